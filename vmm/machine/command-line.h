/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The argument vector of one QEMU and the descriptors that go with it. Holds no path a person
 * typed; of their text only the guest's name, its commas doubled, and the kernel's command line, an
 * argument of its own. Pure.
 */
#pragma once

#include "jail/jail.h"
#include "machine/resources.h"

typedef struct
{
  GPtrArray *argv; /* of char *, NULL at the end once built */
  GArray *fds;     /* of JailFd; the sources are borrowed from the resources */
} CommandLine;

/* `binary` is argv[0]; `qmp` is QEMU's end of the monitor socketpair, `card` that of the network's
 * frames, `agent` where it listens for who speaks with the guest's agent; -1 for none. */
CommandLine *command_line_build (const char *binary,
                                 const Resources *resources,
                                 int qmp,
                                 int card,
                                 int agent);
void command_line_free (CommandLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandLine, command_line_free)

/* For the builders: adds an option and its value, or a value made by printf. */
void command_line_add (CommandLine *line, const char *option, const char *value);
void command_line_add_printf (CommandLine *line, const char *option, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Hands `source` over; returns its number in QEMU. */
int command_line_add_fd (CommandLine *line, int source);

/* Hands `source` over as an fd set; returns "/dev/fdset/N", free with g_free. */
char *command_line_add_fdset (CommandLine *line, int source);
