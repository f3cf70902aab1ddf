/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrine-display: the one broker between a guest's display and everyone who looks at it. Jailed,
 * one a guest, assumed taken over by the guest sooner or later: it must never open a file, create a
 * socket or execute anything, and holds nothing but the descriptors it was handed.
 *
 *   vitrine-display --link-fd N --glass-fd M [--microphone]
 */
#include "agent/guest-agent.h"
#include "config.h"
#include "fds.h"
#include "front/front.h"
#include "heads.h"
#include "link.h"
#include "local/glass-server.h"
#include "log-line.h"
#include "qemu/qemu-audio.h"
#include "qemu/qemu-broker.h"
#include "qemu/qemu-playback.h"
#include "sandbox.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/socket.h>

/* Memory that a burst of large frames has left free goes back to the system after this. */
#define TRIM_SECONDS 3

typedef struct
{
  GMainLoop *loop;
  Heads *heads;
  GlassServer *server;
  Front *front;
  Link *link;
  GlassServerHost server_host;
  HeadsHost heads_host;
  FrontHost front_host;
  LinkHost link_host;
  QemuBrokerHost broker_host;
  QemuBroker *broker; /* NULL until vmm has sent QEMU's socket */
  Sound *sound;
  Clipboard *clipboard;
  GuestAgent *agent;      /* NULL until vmm has connected us, and while the policy is off */
  QemuPlayback *playback; /* NULL until QEMU reports to us */
  QemuAudio *audio_in;    /* NULL without the guest's permission to hear */
  gboolean microphone;
  gboolean registered; /* QEMU reports to us */
  gboolean told_ready;
  gboolean drawn_since_trim;
  guint trim_timer;
  guint leave_timer;
  gboolean leaving;    /* the guest is off */
  LinkFailure failure; /* 0: none */
} Display;

static QemuInput *
get_input (gpointer user_data)
{
  Display *display = user_data;

  return display->broker != NULL ? qemu_broker_get_input (display->broker) : NULL;
}

static gboolean
on_trim_timer (gpointer user_data)
{
  Display *display = user_data;

  if (display->drawn_since_trim)
    {
      display->drawn_since_trim = FALSE;
      return G_SOURCE_CONTINUE;
    }
  display->trim_timer = 0;
  malloc_trim (0);
  return G_SOURCE_REMOVE;
}

static void
check_ready (Display *display)
{
  if (display->told_ready || !display->registered || !heads_get (display->heads, 0)->news.known)
    return;
  display->told_ready = TRUE;
  link_send_ready (display->link);
}

static gboolean
on_leave_timer (gpointer user_data)
{
  Display *display = user_data;

  display->leave_timer = 0;
  g_main_loop_quit (display->loop);
  return G_SOURCE_REMOVE;
}

static void
on_left (gpointer user_data)
{
  Display *display = user_data;

  g_main_loop_quit (display->loop);
}

/* The guest is off. Local front ends see it by the end of their connections; browsers are told. */
static void
leave (Display *display)
{
  if (display->leaving)
    return;
  display->leaving = TRUE;
  g_clear_pointer (&display->server, glass_server_free);
  if (front_leave (display->front, LINK_WHY_OFF))
    g_main_loop_quit (display->loop);
  else
    display->leave_timer = g_timeout_add (LINK_FAREWELL_MS, on_leave_timer, display);
}

static void
on_head_changed (Head *head, gpointer user_data)
{
  Display *display = user_data;
  const ScreenNews *news = &head->news;
  QemuInput *input = get_input (display);

  if (display->leaving)
    return;
  glass_server_update (display->server, head);
  if (news->failure != 0)
    {
      g_printerr ("vitrine-display: %s\n", news->reason);
      display->failure = news->failure;
      if (news->failure == LINK_FAILURE_QEMU_GONE)
        leave (display);
      else
        g_main_loop_quit (display->loop);
      return;
    }
  if (input != NULL)
    qemu_input_set_head (input, head->number, news->width, news->height, news->lit);
  if (input != NULL && head->number == 0)
    qemu_input_set_leds (input, news->leds);
  if (news->changes & SCREEN_LIT)
    glass_server_update_heads (display->server);
  check_ready (display);
  vnc_server_update (head->vnc, news);
  front_update (display->front, head);
  if (news->changes & (SCREEN_FRAME | SCREEN_DAMAGE))
    {
      display->drawn_since_trim = TRUE;
      if (display->trim_timer == 0)
        display->trim_timer = g_timeout_add_seconds (TRIM_SECONDS, on_trim_timer, display);
    }
}

static Screen *
on_head_found (guint number, gpointer user_data)
{
  Display *display = user_data;

  return heads_get (display->heads, number)->screen;
}

/* After the picture, which is what is waited for. */
static void
start_audio (Display *display)
{
  Screen *screen = heads_get (display->heads, 0)->screen;
  GDBusConnection *link = qemu_broker_get_link (display->broker);

  if (display->playback != NULL)
    return;
  display->playback = qemu_playback_new (link, display->sound, screen);
  if (display->microphone)
    display->audio_in = qemu_audio_new (link, QEMU_AUDIO_IN, display->sound, screen);
}

static void
on_registered (guint n_heads, gpointer user_data)
{
  Display *display = user_data;

  if (display->leaving)
    return;
  display->registered = TRUE;
  heads_set_count (display->heads, n_heads);
  glass_server_update_heads (display->server);
  start_audio (display);
  /* The first picture may have come before. */
  check_ready (display);
}

static void
on_input_relieved (gpointer user_data)
{
  Display *display = user_data;

  if (display->leaving)
    return;
  glass_server_resume (display->server);
  front_resume (display->front);
}

static void
on_qemu (int socket, gpointer user_data)
{
  Display *display = user_data;

  display->broker = qemu_broker_new (socket, &display->broker_host);
}

static gboolean
on_share (const LinkShare *share, int listening, int certificate, int key, gpointer user_data)
{
  Display *display = user_data;

  return front_share (display->front, share, listening, certificate, key);
}

static gboolean
on_web (const LinkWeb *web, int pages, gpointer user_data)
{
  Display *display = user_data;

  return front_web (display->front, web, pages);
}

static void
on_web_token (const LinkWebToken *token, gpointer user_data)
{
  Display *display = user_data;

  front_web_token (display->front, token);
}

static void
on_share_end (guint32 share, LinkWhy why, gpointer user_data)
{
  Display *display = user_data;

  front_share_end (display->front, share, why);
}

static void
on_viewer_drop (guint32 viewer, gpointer user_data)
{
  Display *display = user_data;

  front_viewer_drop (display->front, viewer);
}

static void
on_viewer_allow (guint32 viewer, gpointer user_data)
{
  Display *display = user_data;

  front_viewer_allow (display->front, viewer);
}

static void
on_clipboard_policy (ClipboardPolicy policy, gpointer user_data)
{
  Display *display = user_data;

  clipboard_set_policy (display->clipboard, policy);
  if (policy == CLIPBOARD_POLICY_OFF)
    g_clear_pointer (&display->agent, guest_agent_free);
}

static void
on_agent_broken (gpointer user_data)
{
  Display *display = user_data;

  link_send_agent_over (display->link);
}

static void
on_agent (int socket, gpointer user_data)
{
  Display *display = user_data;

  g_clear_pointer (&display->agent, guest_agent_free);
  display->agent = guest_agent_new (socket, display->clipboard, on_agent_broken, display);
}

static void
on_agent_opened (gpointer user_data)
{
  Display *display = user_data;

  if (display->agent != NULL)
    guest_agent_opened (display->agent);
}

static void
on_link_relieved (gpointer user_data)
{
  Display *display = user_data;

  front_relieved (display->front);
}

static void
on_viewer_report (const LinkViewer *report, gpointer user_data)
{
  Display *display = user_data;

  link_send_viewer (display->link, report);
}

static gboolean
on_token_used (const LinkWebTokenUsed *used, gpointer user_data)
{
  Display *display = user_data;

  return link_send_token_used (display->link, used);
}

static gboolean
is_link_behind (gpointer user_data)
{
  Display *display = user_data;

  return link_is_behind (display->link);
}

static void
on_link_closed (gpointer user_data)
{
  leave (user_data);
}

static void
on_viewers_changed (guint n_viewers, gpointer user_data)
{
  Display *display = user_data;

  link_send_viewers (display->link, n_viewers);
}

/* The value of --link-fd or --glass-fd must be an open socket of the right type. */
static gboolean
check_socket (int fd, const char *option)
{
  int type;
  socklen_t size = sizeof type;

  if (fd >= 3 && getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
    {
      fcntl (fd, F_SETFD, FD_CLOEXEC);
      return TRUE;
    }
  g_printerr ("vitrine-display: %s must name an open SOCK_SEQPACKET socket\n", option);
  return FALSE;
}

static gboolean
parse_options (int argc, char **argv, int *ret_link, int *ret_glass, gboolean *ret_microphone)
{
  const GOptionEntry entries[] = {
    { "link-fd", 0, 0, G_OPTION_ARG_INT, ret_link, "The link to vitrine-vmm", "N" },
    { "glass-fd", 0, 0, G_OPTION_ARG_INT, ret_glass, "The listening socket for viewers", "N" },
    { "microphone", 0, 0, G_OPTION_ARG_NONE, ret_microphone, "The guest may hear a viewer", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Serves a guest's display; started by vitrine-vmm only.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("vitrine-display: %s\n", error->message);
      return FALSE;
    }
  return check_socket (*ret_link, "--link-fd") && check_socket (*ret_glass, "--glass-fd");
}

/* What the parts tell us. */
static void
fill_hosts (Display *display)
{
  display->server_host = (GlassServerHost) { get_input, on_viewers_changed, display };
  display->heads_host = (HeadsHost) { on_head_changed, get_input, display };
  display->broker_host =
      (QemuBrokerHost) { on_head_found, on_registered, on_input_relieved, display };
  display->front_host = (FrontHost) { .report = on_viewer_report,
                                      .token_used = on_token_used,
                                      .is_behind = is_link_behind,
                                      .left = on_left,
                                      .get_input = get_input,
                                      .clipboard = display->clipboard,
                                      .sound = display->sound,
                                      .microphone = display->microphone,
                                      .user_data = display };
  display->link_host = (LinkHost) { .qemu = on_qemu,
                                    .share = on_share,
                                    .web = on_web,
                                    .web_token = on_web_token,
                                    .share_end = on_share_end,
                                    .viewer_drop = on_viewer_drop,
                                    .viewer_allow = on_viewer_allow,
                                    .clipboard = on_clipboard_policy,
                                    .agent = on_agent,
                                    .agent_opened = on_agent_opened,
                                    .relieved = on_link_relieved,
                                    .closed = on_link_closed,
                                    .user_data = display };
}

static void
set_up (Display *display, int link_fd, int glass_fd, Encoders *encoders)
{
  display->sound = sound_new ();
  display->clipboard = clipboard_new ();
  fill_hosts (display);
  display->heads = heads_new (encoders, display->sound, display->clipboard, &display->heads_host);
  display->server = glass_server_new (glass_fd, display->heads, display->sound, display->clipboard,
                                      &display->server_host);
  display->front = front_new (display->heads, &display->front_host);
  display->link = link_new (link_fd, &display->link_host);
}

static void
tear_down (Display *display)
{
  g_clear_handle_id (&display->leave_timer, g_source_remove);
  g_clear_handle_id (&display->trim_timer, g_source_remove);
  g_clear_pointer (&display->front, front_free);
  g_clear_pointer (&display->server, glass_server_free);
  g_clear_pointer (&display->audio_in, qemu_audio_free);
  g_clear_pointer (&display->playback, qemu_playback_free);
  g_clear_pointer (&display->agent, guest_agent_free);
  g_clear_pointer (&display->clipboard, clipboard_free);
  g_clear_pointer (&display->broker, qemu_broker_free);
  g_clear_pointer (&display->link, link_free);
  g_clear_pointer (&display->loop, g_main_loop_unref);
}

int
main (int argc, char **argv)
{
  /* Static, since GDBus's worker thread may look at it until the very end. */
  static Display display;
  g_autoptr (Encoders) encoders = NULL;
  g_autoptr (GError) error = NULL;
  int link_fd = -1;
  int glass_fd = -1;

  /* Two threads that allocate little, and frames that come and go: one arena, kept small. */
  mallopt (M_ARENA_MAX, 1);
  /* A viewer that goes while a frame is sent to it from its memory, which takes no MSG_NOSIGNAL. */
  signal (SIGPIPE, SIG_IGN);
  log_line_install (NULL);
  if (!parse_options (argc, argv, &link_fd, &glass_fd, &display.microphone))
    return 2;
  encoders = encoders_new (&error);
  if (encoders == NULL)
    {
      g_printerr ("vitrine-display: %s\n", error->message);
      return 1;
    }
  display.loop = g_main_loop_new (NULL, FALSE);
  /* Before the first byte of a peer. */
  if (!sandbox_lock_display (&error))
    {
      LinkMessage failed = { LINK_FAILED, LINK_FAILURE_SANDBOX };

      g_printerr ("vitrine-display: %s\n", error->message);
      fds_send (link_fd, &failed, sizeof failed, NULL, 0);
      return 1;
    }
  set_up (&display, link_fd, glass_fd, g_steal_pointer (&encoders));
  g_main_loop_run (display.loop);

  if (display.failure != 0)
    link_send_failed (display.link, display.failure);
  tear_down (&display);
  return display.failure != 0 ? 1 : 0;
}
