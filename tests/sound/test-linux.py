# SPDX-License-Identifier: GPL-2.0-or-later
"""The usual sound card with Linux' own driver and ALSA's own programs in the guest: aplay is heard,
and what a listener says is recorded by arecord and heard again."""

import os
import sys
import tempfile
import time

SOURCE = os.environ.get("VITRINE_SOURCE", ".")
sys.path[:0] = [os.path.join(SOURCE, "tests", name)
                for name in ("display", "process", "sound", "guests")]

import harness  # noqa: E402
import tones  # noqa: E402
from linux_guest import CMDLINE, InitialRamDisk, KERNEL  # noqa: E402
from listener import HEAR, PLAYING, RECORDING, SPEAK, Listener, speak  # noqa: E402

FORMAT = "-D plughw:0 -t raw -f S16_LE -r 48000 -c 2"
SCRIPT = f"""
until grep -q '^ *0' /proc/asound/cards; do sleep 0.1; done
for control in Master PCM; do amixer -q sset $control 100% unmute; done
amixer -q sset Capture 100% cap
aplay -q {FORMAT} /tone
echo played
arecord -q {FORMAT} --buffer-time=100000 --period-time=20000 |
  aplay -q {FORMAT} --buffer-time=100000 --period-time=20000
"""
BOTH_WAYS = ",".join("%s.frequency=48000,%s.channels=2,%s.format=s16" % (way, way, way)
                     for way in ("out", "in"))


def make_ram(path):
    ram = InitialRamDisk()
    ram.add_modules("snd_hda_codec_generic", "snd_hda_intel")
    for program in ("aplay", "arecord", "amixer"):
        ram.add_program("/usr/bin/" + program)
    ram.add_file("/usr/share/alsa/alsa.conf", "/usr/share/alsa/alsa.conf")
    for folder in ("cards", "pcm", "ctl"):
        ram.add_tree("/usr/share/alsa/" + folder)
    ram.add_file("/tone", tones.sine(600, 3))
    ram.set_init(SCRIPT)
    return ram.write(path)


def run(initrd, *card):
    with harness.machine(
            "-audiodev", "dbus,id=sound,out.voices=4,in.voices=4,timer-period=20000,nsamples=960," + BOTH_WAYS, "-display",
            "dbus,p2p=on,audiodev=sound", "-device", "VGA", *card, "-m", "256", "-kernel", KERNEL,
            "-initrd", initrd, "-append", CMDLINE, "-machine", "q35", "-cpu", "max,la57=off",
            options=["--microphone"]) as (qemu, display), Listener(display.path) as listener:
        listener.wait(lambda: listener.state == PLAYING, "the guest plays", 120)
        listener.hear(600, 60)
        listener.set_wish(HEAR | SPEAK)
        listener.wait(lambda: listener.state == PLAYING | RECORDING, "the guest records", 60)
        end = time.monotonic() + 60
        while True:
            listener.heard = b""
            speak(listener, 900, 1.5)
            heard = tones.left(listener.heard[-tones.RATE:])
            if tones.power(heard, 900) > 0.6:
                return "heard again with a loudness of %.0f" % tones.loudness(heard)
            if time.monotonic() > end:
                raise AssertionError("the guest does not hear: %.2f, loudness %.0f"
                                     % (tones.power(heard, 900), tones.loudness(heard)))


def test_hda():
    with tempfile.NamedTemporaryFile(prefix="vitrine-sound-") as file:
        return run(make_ram(file.name), "-device", "ich9-intel-hda", "-device",
                   "hda-micro,audiodev=sound")


harness.run_tests([test_hda])
