/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a command of vitrinectl is. One table of these (ctl-commands.c) feeds the parser, the help
 * and the shell's completion, so that they cannot disagree.
 */
#pragma once

#include <gio/gio.h>

#define CTL_ERROR (ctl_error_quark ())
GQuark ctl_error_quark (void);
typedef enum
{
  CTL_ERROR_USAGE,  /* the command line is wrong: exit status 2 */
  CTL_ERROR_FAILED, /* exit status 1 */
} CtlError;

typedef enum
{
  CTL_OPTION_REPEAT = 1 << 0, /* may be given more than once */
  CTL_OPTION_HIDDEN = 1 << 1, /* of a later version: known, refused, neither shown nor completed */
  CTL_OPTION_FILE = 1 << 2,   /* its value is a file, for completion */
  CTL_OPTION_PLACE = 1 << 3,  /* its value is an address, and may be left out: then it is NULL */
} CtlOptionFlags;

typedef struct
{
  const char *name;  /* without its two dashes; NULL ends a list */
  const char *value; /* N_(): what stands for its value in the help; NULL: it takes none */
  const char *help;  /* N_() */
  const char *words; /* the values allowed, apart by "|"; NULL: any */
  CtlOptionFlags flags;
} CtlOption;

typedef struct _CtlCall CtlCall;

typedef enum
{
  CTL_COMMAND_ON_GUEST = 1 << 0,    /* its first argument is a guest that there is */
  CTL_COMMAND_TAKES_FILE = 1 << 1,  /* its last argument is a file */
  CTL_COMMAND_TAKES_KEYS = 1 << 2,  /* its further arguments are settings of the guest */
  CTL_COMMAND_TAKES_NAMES = 1 << 3, /* its argument is a command */
} CtlCommandFlags;

typedef struct
{
  const char *name;
  const char *arguments; /* N_(): as in the help */
  guint min, max;        /* how many arguments; CTL_ANY for no limit */
  CtlCommandFlags flags;
  const CtlOption *options; /* NULL: none */
  const char *summary;      /* N_(): one line without a full stop */
  const char *details;      /* N_(): a paragraph for its own help, or NULL */
  /* Prints its result on stdout, or fails with one plain sentence. */
  gboolean (*run) (const CtlCall *call, GError **error);
} CtlCommand;

#define CTL_ANY G_MAXUINT

/* In the order of the help; ends with a NULL name. */
extern const CtlCommand ctl_commands[];
const CtlCommand *ctl_command_find (const char *name);

/* The commands, by the file that holds them. */
gboolean ctl_backup (const CtlCall *call, GError **error); /* ctl-backup.c */
gboolean ctl_create (const CtlCall *call, GError **error); /* ctl-create.c */
gboolean ctl_list (const CtlCall *call, GError **error);   /* ctl-show.c */
gboolean ctl_show (const CtlCall *call, GError **error);
gboolean ctl_set (const CtlCall *call, GError **error); /* ctl-set.c */
gboolean ctl_delete (const CtlCall *call, GError **error);
gboolean ctl_start (const CtlCall *call, GError **error); /* ctl-run.c */
gboolean ctl_stop (const CtlCall *call, GError **error);
gboolean ctl_pause (const CtlCall *call, GError **error);
gboolean ctl_resume (const CtlCall *call, GError **error);
gboolean ctl_reset (const CtlCall *call, GError **error);
gboolean ctl_screenshot (const CtlCall *call, GError **error); /* ctl-screen.c */
gboolean ctl_type (const CtlCall *call, GError **error);
gboolean ctl_send_keys (const CtlCall *call, GError **error);
gboolean ctl_pointer (const CtlCall *call, GError **error);
gboolean ctl_resize (const CtlCall *call, GError **error);
gboolean ctl_isolation (const CtlCall *call, GError **error); /* ctl-report.c */
gboolean ctl_doctor (const CtlCall *call, GError **error);
gboolean ctl_monitor (const CtlCall *call, GError **error);
gboolean ctl_limits (const CtlCall *call, GError **error); /* ctl-limits.c */
gboolean ctl_drill (const CtlCall *call, GError **error); /* ctl-drill.c */
gboolean ctl_clipboard (const CtlCall *call, GError **error); /* ctl-clipboard.c */
gboolean ctl_share (const CtlCall *call, GError **error); /* ctl-share.c */
gboolean ctl_unshare (const CtlCall *call, GError **error);
gboolean ctl_viewers (const CtlCall *call, GError **error);
gboolean ctl_network (const CtlCall *call, GError **error); /* ctl-network.c */
gboolean ctl_capture (const CtlCall *call, GError **error);
gboolean ctl_help (const CtlCall *call, GError **error); /* ctl-help.c */
