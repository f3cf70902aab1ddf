/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Judges what a display process says to a front end: by vitrine-drill-viewer, which reads it by the
 * code that the window reads it by. Runs in vitrine-vmm. The viewer is in QEMU's jail, since it
 * needs none and that one lets it map memory; it is ours, and believed.
 */
#include "drill/drill-judge.h"

#include "fds.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

/* drill-viewer.c */
#define VIEWER_GLASS_FD 3
#define VIEWER_WORD_FD 4
#define CLOSED_BY_US 'c'
#define CLOSED_EARLY 'b'

typedef struct
{
  Jail *jail; /* the viewer's */
  int word;
  guint readable;
} Viewer;

/* Most follow on a picture that was shown: a viewer that cannot even show one has proved nothing.
 */
static gboolean
is_refusal (const DrillTalk *talk, char word)
{
  static const char *const early[] = { "glass-early", "glass-version", "glass-console", NULL };

  return word == (g_strv_contains (early, talk->name) ? CLOSED_EARLY : CLOSED_BY_US);
}

static gboolean
on_word (int fd, GIOCondition condition, gpointer data)
{
  DrillTalk *talk = data;
  Viewer *viewer = talk->state;
  char word = '\0';
  gssize got = read (fd, &word, 1);

  viewer->readable = 0;
  if (got <= 0)
    drill_talk_judge (talk, FALSE, "the viewer ended of it");
  else if (!is_refusal (talk, word))
    drill_talk_judge (talk, FALSE, "the viewer did not hang up for it");
  else if (!drill_talk_is_bounded (viewer->jail))
    drill_talk_judge (talk, FALSE, "the viewer keeps it in memory");
  else
    drill_talk_judge (talk, TRUE, "the viewer hung up");
  return G_SOURCE_REMOVE;
}

static gboolean
start_viewer (DrillTalk *talk, int glass, int word, GError **error)
{
  Viewer *viewer = talk->state;
  const char *argv[] = { "vitrine-drill-viewer", NULL };
  const JailFd fds[] = { { glass, VIEWER_GLASS_FD }, { word, VIEWER_WORD_FD } };
  const JailRequest request = { .kind = JAIL_QEMU,
                                .binary = talk->programs->viewer,
                                .argv = argv,
                                .fds = fds,
                                .n_fds = G_N_ELEMENTS (fds),
                                .stdin_fd = -1,
                                .stdout_fd = -1,
                                .stderr_fd = -1 };

  viewer->jail = jail_spawn (&request, error);
  return viewer->jail != NULL;
}

static gboolean
begin (DrillTalk *talk, int *ret_speaker, GError **error)
{
  Viewer *viewer = talk->state = g_new0 (Viewer, 1);
  autofd glass = -1, word = -1;
  int pair[2];

  viewer->word = -1;
  if (!fds_socketpair (SOCK_SEQPACKET, pair, error))
    return FALSE;
  *ret_speaker = pair[0];
  glass = pair[1];
  if (!g_unix_open_pipe (pair, FD_CLOEXEC, error))
    return FALSE;
  viewer->word = pair[0];
  word = pair[1];
  if (!start_viewer (talk, glass, word, error))
    return FALSE;
  viewer->readable = g_unix_fd_add (viewer->word, G_IO_IN | G_IO_HUP | G_IO_ERR, on_word, talk);
  return TRUE;
}

/* It was hung up on, and the viewer's word is there to be read. */
static void
spoken (DrillTalk *talk, int wait_status)
{
}

static void
end (DrillTalk *talk)
{
  Viewer *viewer = talk->state;

  if (viewer == NULL)
    return;
  g_clear_handle_id (&viewer->readable, g_source_remove);
  g_clear_pointer (&viewer->jail, jail_free);
  fds_clear (&viewer->word);
  g_free (viewer);
}

const DrillJudge drill_judge_glass = { begin, spoken, end };
