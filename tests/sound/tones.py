# SPDX-License-Identifier: GPL-2.0-or-later
"""Sound as tests look at it: signed 16-bit samples, one channel, 48 kHz."""

import array
import math

RATE = 48000


def left(data):
    """The left channel of interleaved bytes."""
    samples = array.array("h")
    samples.frombytes(data[:len(data) // 4 * 4])
    return samples[::2]


def power(samples, frequency):
    """How much of the samples' energy is at this frequency: 1 for a pure sine of it, about 0.8 for a
    square wave (Goertzel)."""
    energy = sum(s * s for s in samples)
    if not energy:
        return 0.0
    step = 2 * math.cos(2 * math.pi * frequency / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + step * last - before
    found = last * last + before * before - step * last * before
    return 2 * found / (len(samples) * energy)


def loudness(samples):
    return math.sqrt(sum(s * s for s in samples) / len(samples)) if samples else 0.0


def sine(frequency, seconds, amplitude=12000):
    """Bytes of two channels."""
    out = array.array("h")
    for n in range(int(RATE * seconds)):
        value = int(amplitude * math.sin(2 * math.pi * frequency * n / RATE))
        out.append(value)
        out.append(value)
    return out.tobytes()
