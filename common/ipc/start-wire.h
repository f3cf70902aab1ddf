/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What vitrine-vmm tells the program that started it, over the pipe named by --report-fd: lines of
 * UTF-8 text, each at most START_LINE_MAX bytes with its newline, no control characters.
 *
 *   step TEXT     what is being done now, for a person
 *   ready         the guest runs and its display is up; nothing follows
 *   failed TEXT   the start was undone; TEXT says what failed, on which file, what to do
 *
 * End of file without ready or failed means that vmm died.
 */
#pragma once

#define START_LINE_MAX 2048
#define START_STEP "step "
#define START_READY "ready"
#define START_FAILED "failed "
