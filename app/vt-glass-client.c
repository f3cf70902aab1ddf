/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A front end's connection to a guest's display process. Runs in `vitrine` and `vitrinectl`, on the
 * thread-default main context of its maker. The peer may have been taken over: must never map what
 * can shrink, use a number that glass-parse.c has not checked, wait for it, or keep on a connection
 * that broke a rule.
 */
#include "config.h"

#include "vt-glass-client-private.h"

#include "fds.h"
#include "glass-picture.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

/* How long WELCOME may take: a display process that is being replaced needs a moment. */
#define PATIENCE_MS 10000u

/* Below GTK's drawing (120), so that a display process that never stops talking cannot keep the
 * window from being drawn. */
#define READ_PRIORITY (G_PRIORITY_HIGH_IDLE + 25)

G_DEFINE_FINAL_TYPE (VtGlassClient, vt_glass_client, G_TYPE_OBJECT)

enum
{
  PROP_SOCKET = 1,
  PROP_PATIENCE,
  PROP_HEAD,
  N_PROPS,
};
static GParamSpec *props[N_PROPS];

guint vt_glass_signals[GLASS_SIGNALS];

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
attach (VtGlassClient *self, GSource *source, GSourceFunc callback)
{
  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, self->context);
}

static void
disconnect (VtGlassClient *self)
{
  clear_source (&self->read_source);
  clear_source (&self->write_source);
  clear_source (&self->patience_timer);
  clear_source (&self->failure_source);
  glass_queue_clear (&self->queue);
  self->state.outstanding = FALSE; /* nobody is there to be told */
  self->sound_state = 0;
  fds_clear (&self->socket);
}

void
vt_glass_client_close_with (VtGlassClient *self, const char *reason)
{
  if (self->socket < 0)
    return;
  disconnect (self);
  g_signal_emit (self, vt_glass_signals[GLASS_SIGNAL_CLOSED], 0, reason);
}

/* --- What we send --- */

static gboolean
on_failure (gpointer user_data)
{
  g_autoptr (VtGlassClient) self = g_object_ref (user_data);

  vt_glass_client_close_with (self, _ ("The display process does not read what it is sent"));
  return G_SOURCE_REMOVE;
}

/* Callers of our functions do not expect "closed" to come out of them. */
static void
fail_later (VtGlassClient *self)
{
  if (self->failure_source != NULL)
    return;
  self->failure_source = g_idle_source_new ();
  attach (self, self->failure_source, on_failure);
}

static gboolean on_writable (gint socket, GIOCondition condition, gpointer user_data);

/* Returns whether nothing is left to send. */
static gboolean
flush (VtGlassClient *self)
{
  if (self->socket < 0 || !self->state.welcomed || self->write_source != NULL)
    return FALSE;
  switch (glass_queue_flush (&self->queue, self->socket))
    {
    case GLASS_QUEUE_SENT:
      return TRUE;
    case GLASS_QUEUE_BLOCKED:
      self->write_source = g_unix_fd_source_new (self->socket, G_IO_OUT);
      attach (self, self->write_source, G_SOURCE_FUNC (on_writable));
      return FALSE;
    case GLASS_QUEUE_BROKEN: /* reading will say so, after what it sent before it went */
    default:
      glass_queue_clear (&self->queue);
      return FALSE;
    }
}

static gboolean
on_writable (gint socket, GIOCondition condition, gpointer user_data)
{
  g_autoptr (VtGlassClient) self = g_object_ref (user_data);

  clear_source (&self->write_source);
  if (flush (self))
    g_signal_emit (self, vt_glass_signals[GLASS_SIGNAL_DRAINED], 0);
  return G_SOURCE_REMOVE;
}

void
vt_glass_client_send_take_fd (VtGlassClient *self, const GlassRequest *request, int fd)
{
  autofd owned = fd;

  if (self->socket < 0 || self->failure_source != NULL)
    return;
  if (!glass_queue_push (&self->queue, request, fds_steal (&owned)))
    fail_later (self);
  else
    flush (self);
}

static void
send_request (VtGlassClient *self, const GlassRequest *request)
{
  vt_glass_client_send_take_fd (self, request, -1);
}

GlassState *
vt_glass_client_get_state (VtGlassClient *self)
{
  return &self->state;
}

gboolean
vt_glass_client_is_drained (VtGlassClient *self)
{
  return self->socket >= 0 && self->state.welcomed && g_queue_is_empty (&self->queue.packets);
}

gboolean
vt_glass_client_is_taken (VtGlassClient *self)
{
  int unread;

  return vt_glass_client_is_drained (self) && ioctl (self->socket, SIOCOUTQ, &unread) == 0 &&
         unread == 0;
}

gboolean
vt_glass_client_begin (VtGlassClient *self)
{
  clear_source (&self->patience_timer);
  return flush (self);
}

static const char *
too_many_files (void)
{
  return _ ("Vitrine has too many files open. Close the windows of other guests, then connect "
            "again.");
}

/* --- What we are sent --- */

/* One packet a turn: the main loop sees to it that others have theirs. */
static gboolean
on_readable (gint socket, GIOCondition condition, gpointer user_data)
{
  g_autoptr (VtGlassClient) self = g_object_ref (user_data);
  guint8 data[GLASS_MESSAGE_BYTES_MAX + 1]; /* one more, to notice a longer packet */
  int fds[2] = { -1, -1 };                  /* likewise */
  guint n_fds = G_N_ELEMENTS (fds);
  gssize size = fds_receive (socket, data, sizeof data, fds, &n_fds);
  gboolean broken = size < 0 && errno == EMSGSIZE;
  autofd first = n_fds > 0 ? fds[0] : -1;
  autofd second = n_fds > 1 ? fds[1] : -1;
  GlassMessage message;

  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return G_SOURCE_CONTINUE;
  if (size <= 0 && !broken)
    vt_glass_client_close_with (self, _ ("The display process has closed the connection"));
  else if (broken && !fds_have_room (socket, G_N_ELEMENTS (fds)))
    vt_glass_client_close_with (self, too_many_files ()); /* not its fault */
  else if (broken || glass_parse_message (&self->state, data, size, n_fds, &message) != PARSE_OK)
    vt_glass_client_close_with (self, _ ("The display process broke the protocol of the display"));
  else
    vt_glass_client_take_message (self, &message, first);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_patience_end (gpointer user_data)
{
  g_autoptr (VtGlassClient) self = g_object_ref (user_data);

  vt_glass_client_close_with (self, _ ("The display process does not answer"));
  return G_SOURCE_REMOVE;
}

/* --- For our owner --- */

VtGlassClient *
vt_glass_client_new_take_fd (int socket, guint head)
{
  return g_object_new (VT_TYPE_GLASS_CLIENT, "socket", socket, "head", head, NULL);
}

VtGlassClient *
vt_glass_client_new (const char *socket_path, guint head, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  autofd fd = -1;

  if (strlen (socket_path) >= sizeof address.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                   _ ("Cannot connect to the display: the name %s is too long for a socket"),
                   socket_path);
      return NULL;
    }
  strcpy (address.sun_path, socket_path);
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* The last ones are left to the toolkit: GTK ends a program that cannot open an icon. */
  if (fd >= 0 && !fds_have_room (fd, FDS_ROOM_MAX))
    fds_clear (&fd);
  /* With too many waiting to be accepted this is EAGAIN, at once. */
  if (fd < 0 || connect (fd, (const struct sockaddr *) &address, sizeof address) != 0)
    {
      int code = errno;

      if (code == EMFILE)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES, too_many_files ());
      else
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                     _ ("Cannot connect to the display at %s: %s"), socket_path, g_strerror (code));
      return NULL;
    }
  return vt_glass_client_new_take_fd (fds_steal (&fd), head);
}

guint
vt_glass_client_get_head (VtGlassClient *self)
{
  return self->state.console;
}

guint
vt_glass_client_get_n_heads (VtGlassClient *self)
{
  return self->state.n_heads;
}

guint32
vt_glass_client_get_lit (VtGlassClient *self)
{
  return self->lit;
}

cairo_surface_t *
vt_glass_client_get_frame (VtGlassClient *self)
{
  return self->frame;
}

cairo_surface_t *
vt_glass_client_get_cursor (VtGlassClient *self, int *ret_hot_x, int *ret_hot_y)
{
  *ret_hot_x = self->hot_x;
  *ret_hot_y = self->hot_y;
  return self->cursor;
}

gboolean
vt_glass_client_get_cursor_visible (VtGlassClient *self)
{
  return self->cursor_visible;
}

gboolean
vt_glass_client_is_absolute (VtGlassClient *self)
{
  return self->absolute;
}

guint
vt_glass_client_get_leds (VtGlassClient *self)
{
  return self->leds;
}

void
vt_glass_client_ack (VtGlassClient *self)
{
  GlassRequest request = { .ack = { GLASS_ACK, self->state.serial } };

  if (!self->state.outstanding)
    return;
  self->state.outstanding = FALSE;
  send_request (self, &request);
}

void
vt_glass_client_set_sound (VtGlassClient *self, guint wish)
{
  GlassRequest request = { .sound = { GLASS_SOUND_WISH, wish } };

  self->state.sound_wished |= wish;
  send_request (self, &request);
}

guint
vt_glass_client_get_sound_state (VtGlassClient *self)
{
  return self->sound_state;
}

void
vt_glass_client_record (VtGlassClient *self, const GlassSoundFrame *frames, guint n)
{
  struct
  {
    guint32 type;
    guint32 n_frames;
    GlassSoundFrame frames[GLASS_SOUND_FRAMES_MAX];
  } packet = { .type = GLASS_SOUND_RECORDED, .n_frames = n };

  g_return_if_fail (n >= 1 && n <= GLASS_SOUND_FRAMES_MAX);
  /* Not before what waits: keys must not be overtaken, and sound must not be late. */
  if (!vt_glass_client_is_drained (self))
    return;
  memcpy (packet.frames, frames, n * sizeof *frames);
  fds_send (self->socket, &packet, sizeof (GlassSoundRecorded) + n * sizeof *frames, NULL, 0);
}

gboolean
vt_glass_client_screenshot (VtGlassClient *self, const char *file, GError **error)
{
  if (self->frame != NULL)
    return glass_picture_save (self->frame, file, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "The guest shows no picture now");
  return FALSE;
}

/* --- GObject --- */

static void
vt_glass_client_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  VtGlassClient *self = VT_GLASS_CLIENT (object);

  if (id == PROP_SOCKET)
    self->socket = g_value_get_int (value);
  else if (id == PROP_PATIENCE)
    self->patience = g_value_get_uint (value);
  else if (id == PROP_HEAD)
    self->state.console = g_value_get_uint (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
vt_glass_client_constructed (GObject *object)
{
  VtGlassClient *self = VT_GLASS_CLIENT (object);
  GlassHello hello = { GLASS_HELLO, GLASS_VERSION, self->state.console };

  G_OBJECT_CLASS (vt_glass_client_parent_class)->constructed (object);
  g_return_if_fail (self->socket >= 0);
  fcntl (self->socket, F_SETFL, fcntl (self->socket, F_GETFL) | O_NONBLOCK);
  /* The first packet of a connection has room. If it fails, the peer is gone and reading says so.
   */
  fds_send (self->socket, &hello, sizeof hello, NULL, 0);
  self->read_source = g_unix_fd_source_new (self->socket, G_IO_IN);
  g_source_set_priority (self->read_source, READ_PRIORITY);
  attach (self, self->read_source, G_SOURCE_FUNC (on_readable));
  /* A WELCOME that is there counts, however late we are to look. */
  self->patience_timer = g_timeout_source_new (self->patience);
  g_source_set_priority (self->patience_timer, READ_PRIORITY + 1);
  attach (self, self->patience_timer, on_patience_end);
}

static void
vt_glass_client_dispose (GObject *object)
{
  disconnect (VT_GLASS_CLIENT (object));
  G_OBJECT_CLASS (vt_glass_client_parent_class)->dispose (object);
}

static void
vt_glass_client_finalize (GObject *object)
{
  VtGlassClient *self = VT_GLASS_CLIENT (object);

  g_clear_pointer (&self->frame, cairo_surface_destroy);
  g_clear_pointer (&self->cursor, cairo_surface_destroy);
  g_clear_pointer (&self->clipboard, g_bytes_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (vt_glass_client_parent_class)->finalize (object);
}

static guint
new_signal (const char *name, guint n_args, GType first, GType second, GType third)
{
  return g_signal_new (name, VT_TYPE_GLASS_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_args, first, second, third);
}

static void
vt_glass_client_class_init (VtGlassClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = vt_glass_client_set_property;
  object_class->constructed = vt_glass_client_constructed;
  object_class->dispose = vt_glass_client_dispose;
  object_class->finalize = vt_glass_client_finalize;

  props[PROP_SOCKET] = g_param_spec_int ("socket", NULL, NULL, -1, G_MAXINT, -1, flags);
  props[PROP_PATIENCE] =
      g_param_spec_uint ("patience", NULL, NULL, 0, G_MAXUINT, PATIENCE_MS, flags);
  props[PROP_HEAD] = g_param_spec_uint ("head", NULL, NULL, 0, GLASS_HEADS_MAX - 1, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  vt_glass_signals[GLASS_SIGNAL_SCANOUT] = new_signal ("scanout", 0, 0, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_DAMAGE] = new_signal ("damage", 2, G_TYPE_POINTER, G_TYPE_UINT, 0);
  vt_glass_signals[GLASS_SIGNAL_BLANK] = new_signal ("blank", 0, 0, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_CURSOR] = new_signal ("cursor", 0, 0, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_CURSOR_POSITION] =
      new_signal ("cursor-position", 3, G_TYPE_INT, G_TYPE_INT, G_TYPE_BOOLEAN);
  vt_glass_signals[GLASS_SIGNAL_POINTER_MODE] =
      new_signal ("pointer-mode", 1, G_TYPE_BOOLEAN, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_LEDS] = new_signal ("leds", 1, G_TYPE_UINT, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_HEADS] = new_signal ("heads", 0, 0, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_SOUND_STATE] = new_signal ("sound-state", 1, G_TYPE_UINT, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_SOUND] = new_signal ("sound", 2, G_TYPE_POINTER, G_TYPE_UINT, 0);
  vt_glass_signals[GLASS_SIGNAL_CLIPBOARD_OFFER] =
      new_signal ("clipboard-offer", 1, G_TYPE_UINT, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_CLIPBOARD_WANT] =
      new_signal ("clipboard-want", 2, G_TYPE_UINT, G_TYPE_UINT, 0);
  vt_glass_signals[GLASS_SIGNAL_CLIPBOARD_DATA] =
      new_signal ("clipboard-data", 2, G_TYPE_UINT, G_TYPE_BYTES, 0);
  vt_glass_signals[GLASS_SIGNAL_CLIPBOARD_STATE] =
      new_signal ("clipboard-state", 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_UINT);
  vt_glass_signals[GLASS_SIGNAL_DRAINED] = new_signal ("drained", 0, 0, 0, 0);
  vt_glass_signals[GLASS_SIGNAL_CLOSED] = new_signal ("closed", 1, G_TYPE_STRING, 0, 0);
}

static void
vt_glass_client_init (VtGlassClient *self)
{
  self->socket = -1;
  self->context = g_main_context_ref_thread_default ();
  glass_queue_init (&self->queue);
}
