/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between a front end and the short-lived `vitrine-vmm --copy-disk` that it starts: which descriptor
 * is what, and what comes back. Layout only.
 *
 * Standard input is the connected socket of a backup's reader (StartBackup of the control
 * interface), COPY_FILE_FD an empty regular file open for writing. On standard output comes a byte
 * each time that another per cent is done: 0 to COPY_WHOLE. On standard error, before an exit status
 * other than 0, a sentence.
 */
#pragma once

#define COPY_FILE_FD 3
#define COPY_WHOLE 100
