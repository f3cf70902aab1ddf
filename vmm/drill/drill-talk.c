/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Somebody speaks nonsense, somebody judges. Runs in vitrine-vmm. The channels are like those of
 * the guest's own processes and are read by the same code, but lead to none of them.
 */
#include "drill/drill-judge.h"

#include "guest-log.h"

#include <string.h>
#include <unistd.h>

#define TALK_FD 3

#define ROW(name, channel, what) { name, channel },
static const struct
{
  const char *name;
  DrillChannel channel;
} talks[] = { DRILL_TALK (ROW) };

static const struct
{
  const char *role; /* whose channel it is */
  const DrillJudge *judge;
} channels[] = {
  [DRILL_QMP] = { "qemu", &drill_judge_monitor },
  [DRILL_LINK] = { "display", &drill_judge_link },
  [DRILL_NET] = { "net", &drill_judge_link },
  [DRILL_NBD] = { "nbd", &drill_judge_link },
  [DRILL_FRAMES] = { "qemu", &drill_judge_frames },
  [DRILL_GLASS] = { "display", &drill_judge_glass },
  [DRILL_CONTROL] = { DRILL_ROLE_USER, &drill_judge_control },
  [DRILL_SERVER] = { DRILL_ROLE_SERVER, &drill_judge_server },
  [DRILL_IMAGE] = { "qemu-img", &drill_judge_image },
};

static int
find_talk (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (talks); i++)
    if (strcmp (talks[i].name, name) == 0)
      return i;
  return -1;
}

gboolean
drill_talk_is_for (const char *role, const char *name)
{
  int talk = find_talk (name);

  return talk >= 0 && strcmp (channels[talks[talk].channel].role, role) == 0;
}

static gboolean
on_over (gpointer data)
{
  DrillTalk *talk = data;

  talk->over = 0;
  talk->done (talk, talk->held, talk->data);
  return G_SOURCE_REMOVE;
}

void
drill_talk_judge (DrillTalk *talk, gboolean held, const char *why)
{
  if (talk->judged)
    return;
  talk->judged = TRUE;
  talk->held = held;
  guest_log (held ? "Drill: the stand-in for %s spoke nonsense (%s) and was ended: %s"
                  : "Drill: the stand-in for %s spoke nonsense (%s) and was not refused: %s",
             talk->role, talk->name, why);
  if (talk->ended)
    talk->over = g_idle_add (on_over, talk);
  else
    jail_kill (talk->jail);
}

static gboolean
on_deadline (gpointer data)
{
  DrillTalk *talk = data;

  talk->deadline = 0;
  drill_talk_judge (talk, FALSE, "nobody minded");
  return G_SOURCE_REMOVE;
}

static void
on_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  DrillTalk *talk = data;

  talk->ended = TRUE;
  if (talk->judged)
    talk->done (talk, talk->held, talk->data);
  else if (talk->judge->spoken != NULL)
    talk->judge->spoken (talk, wait_status);
  else
    drill_talk_judge (talk, FALSE, text);
}

static gboolean
start_speaker (DrillTalk *talk, const DrillJail *jailed, int socket, GError **error)
{
  const char *argv[] = { "vitrine-drill", "--say", talk->name, NULL };
  const JailFd fd = { .source = socket, .target = TALK_FD };
  JailRequest request = { .kind = jailed->kind,
                          .binary = talk->programs->drill,
                          .argv = argv,
                          .fds = &fd,
                          .n_fds = 1,
                          .stdin_fd = -1,
                          .stdout_fd = -1,
                          .stderr_fd = -1,
                          .writable_code = jailed->writable_code,
                          .kvm = jailed->kvm };

  talk->jail = jail_spawn (&request, error);
  return talk->jail != NULL;
}

gboolean
drill_talk_is_bounded (Jail *jail)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) jail_get_pid (jail));
  g_autofree char *status = NULL;
  const char *most =
      g_file_get_contents (path, &status, NULL, NULL) ? strstr (status, "VmHWM:") : NULL;

  return most != NULL &&
         g_ascii_strtoull (most + strlen ("VmHWM:"), NULL, 10) < NONSENSE_KEPT_MAX >> 10;
}

DrillTalk *
drill_talk_new (const DrillPrograms *programs,
                const DrillJail *jailed,
                const char *name,
                DrillTalkDone done,
                gpointer data,
                GError **error)
{
  int which = find_talk (name);
  DrillTalk *talk;
  int speaker = -1;
  gboolean good;

  g_return_val_if_fail (which >= 0, NULL);
  talk = g_new0 (DrillTalk, 1);
  talk->name = talks[which].name;
  talk->channel = talks[which].channel;
  talk->judge = channels[talk->channel].judge;
  talk->role = jailed->role;
  talk->programs = programs;
  talk->done = done;
  talk->data = data;
  good = talk->judge->begin (talk, &speaker, error) && start_speaker (talk, jailed, speaker, error);
  if (speaker >= 0)
    close (speaker);
  if (!good)
    {
      drill_talk_free (talk);
      return NULL;
    }
  jail_set_ended (talk->jail, on_ended, talk);
  talk->deadline = g_timeout_add_seconds (DRILL_ATTEMPT_SECONDS, on_deadline, talk);
  return talk;
}

void
drill_talk_free (DrillTalk *talk)
{
  talk->judged = TRUE;
  g_clear_handle_id (&talk->deadline, g_source_remove);
  g_clear_handle_id (&talk->over, g_source_remove);
  if (talk->jail != NULL)
    jail_set_ended (talk->jail, NULL, NULL);
  g_clear_pointer (&talk->jail, jail_free);
  talk->judge->end (talk);
  g_free (talk);
}
