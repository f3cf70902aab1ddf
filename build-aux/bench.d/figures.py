# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures themselves. Each function measures one subject and adds its rows to the table."""

import os
import random
import re
import subprocess
import time

from plain import Plain, vnc_socket
from rfb import Rfb
from stats import Usage, median, p95, pss
from vitrine_test import BUILD, POPENS, descendants, image, wait_until

KEY_A = 30
SYMBOL_A = 0x61
SQUARE = 0xf0c020


def starts(world, table, quick):
    """How long a start takes, in all and until QEMU answers, with everything on: every layer, a
    network card with its process, limits, and the probes of the isolation report."""
    table.section("start of a boot-sector guest, everything on (plain QEMU: with its own network)")
    runs = 5 if quick else 15
    guest = world.guest("start", [image("paint")], network__policy="internet",
                        limits__disk_rate=50000, limits__disk_iops=5000, limits__descriptors=1024,
                        network__rate_in=100000, network__rate_out=100000)
    network = ("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net")
    plain, ours, ready = [], [], []
    for _ in range(runs):
        with Plain(image("paint"), *network) as qemu:
            plain.append(qemu.ready * 1000)
        before = len(guest.log())
        ours.append(guest.start().seconds * 1000)
        said = re.findall(r"QMP ready after ([0-9.]+) ms", guest.log()[before:], re.I)
        ready += [float(ms) for ms in said[:1]]
        guest.stop()
    if len(ready) == runs:
        table.row("QEMU spawned to QMP ready, median", median(ready), median(plain), unit=" ms")
        table.row("... over plain QEMU", median(ready) - median(plain), limit=20, unit=" ms")
    else:
        table.broken("QEMU spawned to QMP ready", "the log does not say 'QMP ready after N ms'")
    table.row("vitrinectl start, median", median(ours), limit=150, unit=" ms",
              peers="virsh start 316 ms")
    table.row("vitrinectl start, slowest", max(ours), unit=" ms")


def press(client, wait, times, choose):
    """Milliseconds from a key's press or release to the changed pixel."""
    took = []
    for number in range(times):
        time.sleep(choose.uniform(0.1, 0.25))
        begin = time.monotonic()
        client(number % 2 == 0)
        wait()
        took.append((time.monotonic() - begin) * 1000)
    return took


def latency_glass(world, times):
    guest = world.guest("keys", [image("keys")])
    guest.start()
    with guest.glass() as glass:
        glass.wait_pixel(0, 0, lambda pixel: pixel == SQUARE)

        def wait():
            before = wait.last
            wait.last = glass.wait_pixel(0, 0, lambda pixel: pixel != before)
        wait.last = SQUARE
        took = press(lambda down: glass.key(KEY_A, down), wait, times, random.Random(1))
    guest.stop()
    return took


def latency_vnc(world, times):
    more, path = vnc_socket(world.root)
    with Plain(image("keys"), *more), Rfb(path) as rfb:
        rfb.wait_corner(lambda pixel: pixel == SQUARE)

        def wait():
            before = wait.last
            wait.last = rfb.wait_corner(lambda pixel: pixel != before)
        wait.last = SQUARE
        return press(lambda down: rfb.key(SYMBOL_A, down), wait, times, random.Random(1))


def latency(world, table, quick):
    table.section("key press to changed pixel (plain QEMU: its own VNC server)")
    times = 30 if quick else 100
    ours, plain = latency_glass(world, times), latency_vnc(world, times)
    table.row("median", median(ours), median(plain), 20, " ms", peers="QEMU's SPICE 16.7 ms")
    table.row("95th percentile", p95(ours), p95(plain), 35, " ms", peers="QEMU's SPICE 28.8 ms")


def frames_glass(world, seconds):
    guest = world.guest("full", [image("full")])
    guest.start()
    with guest.glass() as glass:
        glass.wait_pixel(0, 0, lambda pixel: glass.width == 1920, 10)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            glass.step()
        qemu, display = guest.process("qemu").pid, guest.process("display").pid
        vmm = guest.process("vmm").pid
        begin, usage = time.monotonic(), Usage([qemu, display, vmm])
        damages, updates = glass.damages, glass.updates
        while time.monotonic() - begin < seconds:
            glass.step()
        passed = time.monotonic() - begin
        usage.finish()
        damages, updates = glass.damages - damages, glass.updates - updates
    guest.stop()
    return {"rate": damages / passed, "offered": updates / passed,
            "lost": updates - damages, "display": usage.core(display),
            "qemu": usage.core(qemu, {usage.busiest(qemu)}), "vmm": usage.core(vmm)}


def frames_vnc(world, seconds):
    more, path = vnc_socket(world.root)
    with Plain(image("full"), *more) as qemu, Rfb(path) as rfb:
        rfb.wait_corner(lambda pixel: rfb.width == 1920, 10)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            rfb.step()
        begin, usage = time.monotonic(), Usage([qemu.process.pid])
        area = rfb.area
        while time.monotonic() - begin < seconds:
            rfb.step()
        passed = time.monotonic() - begin
        usage.finish()
        return {"rate": (rfb.area - area) / (1920 * 1080) / passed,
                "qemu": usage.core(qemu.process.pid, qemu.vcpu_threads())}


def frames(world, table, quick):
    table.section("every pixel of 1920x1080 changing (plain QEMU: its own VNC server, raw)")
    seconds = 4 if quick else 10
    ours, plain = frames_glass(world, seconds), frames_vnc(world, seconds)
    table.row("frames a second", ours["rate"], plain["rate"], 31, "/s", least=True,
              peers="QEMU's SPICE 31/s")
    table.row("frames QEMU offered", ours["offered"], unit="/s")
    table.row("frames merged before they reached us", ours["lost"], limit=0, digits=0)
    table.row("display process, of a core", ours["display"], limit=15, unit=" %")
    table.row("QEMU without its vCPU, of a core", ours["qemu"], plain["qemu"], unit=" %")
    table.row("QEMU and display together", ours["qemu"] + ours["display"], plain["qemu"], unit=" %")


def report_processes(table, processes, usage):
    for process in processes:
        table.row(f"  {process.comm} ({process.pid}): PSS", pss(process.pid), unit=" MiB")
        table.row("      wake-ups", usage.wakeups(process.pid), unit="/s", digits=2)


def rest(world, name, seconds):
    """A guest that shows a still picture, with nobody looking: its processes and what they cost."""
    guest = world.guest(name, [image(name)])
    guest.start()
    time.sleep(3)
    processes = [process for process in guest.processes() if process.role != "qemu"]
    usage = Usage(process.pid for process in processes)
    time.sleep(seconds)
    usage.finish()
    return guest, processes, usage


def idle(world, table, quick):
    table.section("an idle guest (1024x768), nobody looking")
    guest, processes, usage = rest(world, "paint", 5 if quick else 15)
    vmm, display = guest.process("vmm").pid, guest.process("display").pid
    table.row("vmm and display, PSS", pss(vmm) + pss(display), limit=25, unit=" MiB")
    table.row("vmm, wake-ups", usage.wakeups(vmm), limit=2, unit="/s", digits=2)
    table.row("display, wake-ups", usage.wakeups(display), limit=2, unit="/s", digits=2)
    table.row("both, of a core", usage.core(vmm) + usage.core(display), unit=" %", digits=3)
    report_processes(table, processes, usage)
    guest.stop()
    # QEMU reports the cell of a text mode's cursor as changed at every refresh.
    guest, _, usage = rest(world, "idle", 5)
    display = guest.process("display").pid
    table.row("display in text mode, wake-ups", usage.wakeups(display), unit="/s", digits=2)
    table.row("display in text mode, of a core", usage.core(display), unit=" %", digits=3)
    guest.stop()


class Screen:
    """An X server of our own."""

    def __enter__(self):
        ours, theirs = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
            pass_fds=[theirs], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        POPENS.add(self.process.pid)
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            self.name = ":" + pipe.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        POPENS.discard(self.process.pid)


def window(world, table, quick):
    table.section("the window with one idle console open (Xvfb; all our processes, without QEMU)")
    guest = world.guest("paint", [image("paint")])
    guest.start()
    with Screen() as screen:
        env = {**world.env, "DISPLAY": screen.name, "GDK_BACKEND": "x11"}
        gui = subprocess.Popen(["dbus-run-session", "--", os.path.join(BUILD, "vitrine"), "paint"],
                               env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        POPENS.add(gui.pid)
        try:
            wait_until(lambda: guest.show()["viewers"] >= 1, 20, "the window shows the console")
            time.sleep(5)
            ours = [process for process in descendants() if process.role != "qemu" and
                    process.comm.startswith(("vitrine", "bwrap"))]
            if not any(process.comm == "vitrine" for process in ours):
                raise RuntimeError(f"the window is not among {ours}")
            usage = Usage(process.pid for process in ours)
            time.sleep(5 if quick else 20)
            usage.finish()
            table.row("PSS", sum(pss(process.pid) for process in ours), limit=110, unit=" MiB",
                      peers="virt-manager 159, Boxes 303 MiB")
            table.row("of a core", usage.core(), limit=0.2, unit=" %", digits=2,
                      peers="virt-manager 0.25, Boxes 1 %")
            table.row("wake-ups", usage.wakeups(), limit=10, unit="/s",
                      peers="virt-manager 18, Boxes 64/s")
            report_processes(table, ours, usage)
        finally:
            gui.terminate()
            gui.wait()
            POPENS.discard(gui.pid)
    guest.stop()
