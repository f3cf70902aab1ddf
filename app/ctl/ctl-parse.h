/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A command line checked against its command's entry in the table. Pure.
 */
#pragma once

#include "ctl-command.h"

typedef struct
{
  const CtlOption *option;
  const char *value; /* borrowed from argv; NULL if the option takes none */
} CtlGiven;

struct _CtlCall
{
  const CtlCommand *command;
  GPtrArray *arguments; /* of const char *, borrowed from argv */
  GArray *given;        /* of CtlGiven, in the order of the command line */
  gboolean help;        /* --help was among them; nothing else was checked then */
};

/* argv without the program's and the command's name. Options may stand anywhere before "--". NULL
 * with CTL_ERROR_USAGE. */
CtlCall *ctl_parse (const CtlCommand *command, int argc, char **argv, GError **error);
void ctl_call_free (CtlCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlCall, ctl_call_free)

static inline const char *
ctl_call_argument (const CtlCall *call, guint index)
{
  return g_ptr_array_index (call->arguments, index);
}

/* Whether the option was given; its value, or NULL if it was not. */
gboolean ctl_call_has (const CtlCall *call, const char *name);
const char *ctl_call_value (const CtlCall *call, const char *name);

/* The value of --head, which counts displays from 1; 1 without it. */
gboolean ctl_call_head (const CtlCall *call, guint *ret_head, GError **error);

/* "512M", "2G", "1T" or, where `plain_unit` is not 0, a plain number of that many bytes. */
gboolean ctl_parse_size (const char *text, guint64 plain_unit, guint64 *ret_bytes);

/* A whole number in decimal, nothing around it. */
gboolean ctl_parse_number (const char *what,
                           const char *text,
                           guint min,
                           guint max,
                           guint *ret,
                           GError **error);
