/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What this host offers for isolated guests: `vitrine-vmm --doctor`, shown by `vitrinectl doctor`.
 * Tries things out (KVM, bubblewrap, QEMU's version), so it takes some 100 ms.
 *
 * JSON, stable; keys may be added:
 *
 *   { "version": 1, "ok": true,
 *     "kvm": { "verdict": "usable|…", "usable": true, "reason": "…", "remedy": "…",
 *              "loopsPerSecond": 1000000000 },
 *     "qemu": { "path": "/usr/bin/qemu-system-x86_64", "version": "10.0.2" or "", "ok": true,
 *               "text": "a sentence" },
 *     "bubblewrap": { "path": "/usr/bin/bwrap" or "", "version": "0.8.0" or "" },
 *     "landlockAbi": 7,
 *     "kernel": "6.18.44",
 *     "layers": [ { "layer": "namespaces|landlock|seccomp|cgroup|lsm", "level": "green|amber|red",
 *                   "text": "a sentence: what it does, or why it is missing and how to get it" } ]
 * }
 *
 * "ok": guests can be started (in software at least); it does not ask for every layer.
 */
#pragma once

#include <gio/gio.h>

#define DOCTOR_QEMU_MAJOR_MIN 10

char *doctor_report_json (const char *qemu_binary);
