# SPDX-License-Identifier: GPL-2.0-or-later
"""A PulseAudio of the test's own, with sinks that go nowhere, and PulseAudio's own programs to hear
what arrives there and to speak into a microphone."""

import os
import select
import signal
import subprocess
import time

import tones

CHUNK = tones.RATE // 100 * 4  # 10 ms


class Pulse:
    """The sound server on the usual socket below XDG_RUNTIME_DIR."""

    def __init__(self, sinks=("out",)):
        self.folder = os.path.join(os.environ["XDG_RUNTIME_DIR"], "pulse")
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self.env = {**os.environ, "PULSE_SERVER": "unix:" + self.folder + "/native"}
        self.sinks = sinks
        self.process = None
        self.start()

    def start(self):
        modules = ["module-native-protocol-unix auth-anonymous=1 socket=%s/native" % self.folder]
        modules += ["module-null-sink sink_name=%s rate=48000 channels=2" % sink
                    for sink in self.sinks]
        # What is said into this one is what the microphone hears.
        modules += ["module-null-sink sink_name=mouth rate=48000 channels=2",
                    "module-remap-source master=mouth.monitor source_name=microphone"]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                   "--disable-shm", "--realtime=no", "--high-priority=no", "--log-level=error"]
        for module in modules:
            command += ["-L", module]
        self.process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while subprocess.run(["pactl", "info"], env=self.env, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False).returncode != 0:
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError("pulseaudio does not come up")
            time.sleep(0.05)
        self.ctl("set-default-sink", self.sinks[0])
        self.ctl("set-default-source", "microphone")

    def ctl(self, *arguments):
        return subprocess.run(["pactl", *arguments], env=self.env, check=True, text=True,
                              stdout=subprocess.PIPE, timeout=60).stdout

    def stop(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.thaw()
            self.stop()

    def play(self, data):
        """Says this into the microphone."""
        return Player(self, data)


class Ear:
    """parec on a sink's monitor: what a person before that loudspeaker hears."""

    def __init__(self, pulse, sink):
        self.process = subprocess.Popen(
            ["parec", "-d", sink + ".monitor", "--raw", "--format=s16le", "--rate=48000",
             "--channels=2", "--latency-msec=10"], env=pulse.env, stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def read(self, size, timeout=60):
        data = b""
        end = time.monotonic() + timeout
        while len(data) < size:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError("parec says nothing")
            part = os.read(self.process.stdout.fileno(), size - len(data))
            if not part:
                raise AssertionError("parec has ended")
            data += part
        return data

    def drop(self):
        """What has come already."""
        while select.select([self.process.stdout], [], [], 0)[0]:
            if not os.read(self.process.stdout.fileno(), 1 << 16):
                break

    def hear(self, frequency, timeout=60):
        """Until a quarter of a second is of this frequency; how loud."""
        end = time.monotonic() + timeout
        self.drop()
        while True:
            samples = tones.left(self.read(tones.RATE))
            if tones.power(samples, frequency) > 0.6:
                return tones.loudness(samples)
            if time.monotonic() > end:
                raise AssertionError("%d Hz are not heard, only a loudness of %.0f"
                                     % (frequency, tones.loudness(samples)))

    def silence(self, timeout=60):
        end = time.monotonic() + timeout
        self.drop()
        while tones.loudness(tones.left(self.read(tones.RATE))) > 1:
            if time.monotonic() > end:
                raise AssertionError("it does not become silent")


class Player:
    def __init__(self, pulse, data):
        self.process = subprocess.Popen(
            ["pacat", "-d", "mouth", "--raw", "--format=s16le", "--rate=48000", "--channels=2"],
            env=pulse.env, stdin=subprocess.PIPE)
        self.data = data
        self.thread = None

    def __enter__(self):
        import threading

        def feed():
            try:
                while True:
                    self.process.stdin.write(self.data)
            except (BrokenPipeError, ValueError, OSError):
                pass
        self.thread = threading.Thread(target=feed, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join(10)
