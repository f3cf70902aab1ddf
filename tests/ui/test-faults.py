#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong under a guest, as its window tells it: in a sentence, with the way on beside it, for
eyes and for screen readers, and no longer than it is true."""
import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "faults"))

# pylint: disable=wrong-import-position
from faultfs import FaultFs, own_mounts
from desktop import (Application, BUILD, check, check_names, ctl, leave_console, press, run,
                     run_main, shoot, wait, xdotool)

HOME = Path(os.environ["HOME"])
DATA = Path(os.environ["XDG_DATA_HOME"])
NAME, UUID = "keeper", "6b1c9f0e-5d7a-4f51-9a65-0c1d2e3f4a5b"
DEFINITION = """[vitrine]
version=1
[guest]
uuid={uuid}
name={name}
memory=64
cpus=1
machine=pc
[disk0]
file={boot}
format=raw
bus=ide
[disk1]
file={disk}
format=qcow2
bus=ide
"""


def pids(program):
    """Of this guest: those below a process that names it."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if UUID.encode() in (entry / "cmdline").read_bytes():
                found |= below(entry.name, program)
        except OSError:
            pass
    return sorted(found)


def below(pid, program):
    found = set()
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text().startswith(program):
                found.add(int(child))
            found |= below(child, program)
    except OSError:
        pass  # it has ended since
    return found


def page_of(app):
    page = app.window(NAME)
    return page, page.get(name=f"Screen of {NAME}")


def runs(page):
    wait("the guest to run", lambda: page.find(role="label", name="Running")
         or page.find(role="label", contains="Keys go to the guest"))


def told(page, *words):
    """The sentence in the message bar."""
    return wait(f"a sentence with {words}", lambda: next(
        (w for w in page.all(role="label") if all(word in w.text for word in words)), None))


def withdrawn(page, word):
    wait(f"no sentence with {word!r} any more",
         lambda: not any(word in w.text for w in page.all(role="label")))


def fail(app, fs, number, picture, *words):
    """The disk fails; Resume while it still does is in vain, and says so; then it goes on."""
    page, _ = page_of(app)
    runs(page)
    fs.write_error = number
    page.get(role="label", name="Paused")
    told(page, fs.disk, "resume the guest", *words)
    resume = page.get(role="push button", name="Resume")
    check_names(page)
    shoot(picture)
    refused = fs.refused
    resume.act()
    wait("the disk to fail again", lambda: fs.refused > refused)
    told(page, fs.disk, "resume the guest", *words)
    fs.write_error = 0
    page.get(role="push button", name="Resume").act()
    runs(page)
    withdrawn(page, "resume the guest")
    check(not page.find(role="push button", name="Resume"), "a guest that runs can be resumed")


def test_disk_full(app):
    fail(app, app.fs, errno.ENOSPC, "fault-full", "full")


def test_quota(app):
    fail(app, app.fs, errno.EDQUOT, "fault-quota", "quota")


def test_io_error(app):
    fail(app, app.fs, errno.EIO, "fault-io-error", "could not be written")


def test_flush(app):
    """Resuming would be in vain for ever: what is offered is to force it off, and to start it again."""
    page, _ = page_of(app)
    runs(page)
    app.fs.flush_error = errno.EIO
    told(page, app.fs.disk, "brought to safety", "force it off")
    app.fs.flush_error = 0
    check(not page.find(role="push button", name="Resume"), "a guest that cannot go on can be resumed")
    off = page.get(role="push button", name="Force Off…")
    check_names(page)
    shoot("fault-flush")
    off.act()
    question = wait("the question", lambda: next((w for w in app.windows() if w.find(
        role="push button", name="Force Off")), None))
    question.get(role="push button", name="Force Off").act()
    page.get(role="push button", name="Start Again").act()
    page_of(app)
    withdrawn(page, "brought to safety")


def test_by_keyboard(app):
    """Also of a guest whose page was opened only after it had been paused."""
    app.front(NAME)
    leave_console()
    press("alt+Left")
    window = app.window("Vitrine")
    app.fs.write_error = errno.EIO
    tile = window.get(contains=f"{NAME}, Paused")
    wait("the tile's focus", lambda: tile.focused)
    press("Return")
    page = app.window(NAME)
    told(page, app.fs.disk, "could not be written")
    app.fs.write_error = 0
    leave_console()
    press("ctrl+shift+p")
    runs(page)
    withdrawn(page, "could not be written")


def test_display_dies(app):
    """The guest goes on; the window has the new display and says nothing."""
    page, console = page_of(app)
    old = pids("vitrine-display")
    check(len(old) == 1, f"one display server expected: {old}")
    os.kill(old[0], signal.SIGKILL)
    wait("another display server", lambda: pids("vitrine-display") not in ([], old))
    wait("the picture", lambda: len(console.colours()) > 2)
    check(not page.find(contains="cannot be reached"), "the window gave the display up")
    runs(page)


def test_files_open(app):
    """The window can open little more: it opens no display then, since GTK ends a program that cannot
    open an icon. It says so, blames nobody, and connects when it is told to."""
    page_of(app)
    leave_console()
    press("alt+Left")
    app.front("Vitrine").get(contains=f"{NAME}, Running")
    old = resource.prlimit(app.process.pid, resource.RLIMIT_NOFILE)
    used = {int(name) for name in os.listdir(f"/proc/{app.process.pid}/fd")}
    free = sorted(set(range(max(used) + 9)) - used)
    resource.prlimit(app.process.pid, resource.RLIMIT_NOFILE, (free[8], old[1]))
    press("ctrl+o")
    page = app.window(NAME)
    page.get(described="too many files open")
    check_names(page)
    shoot("fault-files")
    resource.prlimit(app.process.pid, resource.RLIMIT_NOFILE, old)
    page.get(role="push button", name="Connect Again").act()
    page_of(app)
    runs(page)


def test_qemu_dies(app):
    page, _ = page_of(app)
    os.kill(pids("qemu-system")[0], signal.SIGKILL)
    page.get(contains=f"{NAME} has ended")
    page.get(described="QEMU")
    start = page.get(role="push button", name="Start Again")
    check_names(page)
    shoot("fault-qemu-killed")
    wait("the focus on Start Again", lambda: start.focused)
    press("Return")
    page_of(app)


def test_vmm_dies(app):
    page, _ = page_of(app)
    supervisors = pids("vitrine-vmm")
    check(supervisors, "there is no supervisor")
    for pid in supervisors:
        os.kill(pid, signal.SIGKILL)
    page.get(contains=f"{NAME} has ended")
    shoot("fault-vmm-killed")
    page.get(role="push button", name="Start Again").act()
    page_of(app)


def main():
    own_mounts()
    os.umask(0o077)
    boot = HOME / "records.img"
    boot.write_bytes((BUILD / "tests" / "guests" / "records.img").read_bytes())
    os.truncate(boot, 1 << 20)  # SeaBIOS wants a cylinder
    backing, folder = HOME / "records.qcow2", HOME / "failing"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(backing), "1G"], check=True)
    folder.mkdir()
    fs = FaultFs(str(folder), str(backing), os.geteuid())
    guest = DATA / "vitrine" / "guests" / UUID
    guest.mkdir(parents=True)
    (guest / "guest.conf").write_text(DEFINITION.format(uuid=UUID, name=NAME, boot=boot, disk=fs.disk))
    xdotool("mousemove", 5, 5)
    ctl("start", NAME)
    try:
        with Application(NAME) as app:
            app.fs = fs
            run(app, test_disk_full, test_quota, test_io_error, test_flush, test_by_keyboard, test_display_dies,
                test_files_open, test_qemu_dies, test_vmm_dies)
    finally:
        fs.write_error = 0
        ctl("stop", "--force", NAME)
        fs.close()
    print("all passed")
    return 0


if __name__ == "__main__":
    run_main(main)
