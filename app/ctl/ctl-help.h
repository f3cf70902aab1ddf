/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the table says, for people (help) and for shells (completion).
 */
#pragma once

#include "ctl-command.h"

void ctl_help_all (void);
void ctl_help_command (const CtlCommand *command);

/* `words` are those of the command line after "vitrinectl", the last being the one under the cursor
 * (perhaps empty). Prints what may stand there, a candidate a line; nothing where a file goes. */
void ctl_complete (int n_words, char **words);
