/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shared consoles as the front ends see them: what to ask for, what was made of it, who looks on.
 */
#pragma once

#include <gio/gio.h>

/* All borrowed. NULL stands for the default. */
typedef struct
{
  const char *protocol; /* a word of share_protocols; the first */
  const char *host;     /* by web: a name of this computer besides its address */
  const char *address;  /* literal; "127.0.0.1" */
  guint port;           /* 0: any free one */
  const char *password; /* always needed */
  guint head; /* which display, from 1; 0: the first */
  gboolean view_only;
  gboolean ask;
  guint expire_s;               /* 0: an hour */
  const char *tls;              /* "auto", "on", "off" */
  const char *certificate_file; /* the user's own, both or none */
  const char *key_file;
} VtShareOptions;

/* The most of them that a vmm is believed to have (B1). */
#define VT_SHARES_MAX 16u
#define VT_VIEWERS_MAX 256u

typedef struct
{
  guint id;
  char *protocol;
  char *address;
  guint port;
  gboolean tls;
  char *fingerprint; /* SHA-256, "AB:CD:…"; "" without TLS */
  guint head;        /* from 1 */
  gboolean view_only;
  gboolean ask;
  gint64 expires; /* seconds since the epoch */
  char *url;      /* of a share by web, else NULL */
  char *link;     /* of one that was just made: with a token that lets one viewer in, else NULL */
} VtShare;

typedef enum
{
  VT_VIEWER_LOGIN,
  VT_VIEWER_ASKS, /* waits for consent */
  VT_VIEWER_IN,
} VtViewerState;

typedef struct
{
  guint number;
  guint share;
  char *address;
  char *protocol;
  VtViewerState state;
  gint64 since; /* seconds since the epoch */
  guint64 bytes;
} VtViewer;

void vt_share_free (VtShare *share);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtShare, vt_share_free)
void vt_viewer_free (VtViewer *viewer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtViewer, vt_viewer_free)

/* "login", "asks", "in": as in --json, never translated. */
const char *vt_viewer_state_word (VtViewerState state);

/* From the control interface (B1): a{sv}, its strings made one bounded line each. NULL if it is not
 * what it should be. */
VtShare *vt_share_parse (GVariant *dictionary);
VtViewer *vt_viewer_parse (GVariant *dictionary);

/* Lists of them: aa{sv} to an array that frees its elements. What cannot be read is left out; NULL
 * reads as empty. */
GPtrArray *vt_share_parse_list (GVariant *list);
GPtrArray *vt_viewer_parse_list (GVariant *list);
