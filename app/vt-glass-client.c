/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A front end's connection to a guest's display process. Runs in `vitrine` and `vitrinectl`, on the
 * thread-default main context of its maker. The peer may have been taken over: must never map what
 * can shrink, use a number that glass-parse.c has not checked, wait for it, or keep on a connection
 * that broke a rule.
 */
#include "vt-glass-client-private.h"

#include "fds.h"
#include "glass-picture.h"
#include "glass-queue.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* How long WELCOME may take: a display process that is being replaced needs a moment. */
#define PATIENCE_MS 10000u

/* Below GTK's drawing (120), so that a display process that never stops talking cannot keep the
 * window from being drawn. */
#define READ_PRIORITY (G_PRIORITY_HIGH_IDLE + 25)

struct _VtGlassClient
{
  GObject parent_instance;

  /* owned */
  int socket; /* -1: closed */
  GMainContext *context;
  GSource *read_source;
  GSource *write_source; /* while the socket takes no more */
  GSource *patience_timer;
  GSource *failure_source; /* a failure of ours, to be told from the main loop */
  GlassQueue queue;
  cairo_surface_t *frame;  /* over the shared mapping, which ends with it */
  cairo_surface_t *cursor; /* own memory */

  GBytes *clipboard; /* contents just received, until they are told */

  guint patience; /* ms */
  GlassState state;
  int hot_x, hot_y;
  gboolean cursor_visible;
  gboolean absolute;
  guint leds;
  guint32 lit; /* mask of heads */
  guint sound_state;
};

G_DEFINE_FINAL_TYPE (VtGlassClient, vt_glass_client, G_TYPE_OBJECT)

enum
{
  PROP_SOCKET = 1,
  PROP_PATIENCE,
  PROP_HEAD,
  N_PROPS,
};
static GParamSpec *props[N_PROPS];

enum
{
  SCANOUT,
  DAMAGE,
  BLANK,
  CURSOR,
  CURSOR_POSITION,
  POINTER_MODE,
  LEDS,
  HEADS,
  SOUND_STATE,
  SOUND,
  CLIPBOARD_OFFER,
  CLIPBOARD_WANT,
  CLIPBOARD_DATA,
  CLIPBOARD_STATE,
  DRAINED,
  CLOSED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

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

static void
close_with (VtGlassClient *self, const char *reason)
{
  if (self->socket < 0)
    return;
  disconnect (self);
  g_signal_emit (self, signals[CLOSED], 0, reason);
}

/* --- What we send --- */

static gboolean
on_failure (gpointer user_data)
{
  g_autoptr (VtGlassClient) self = g_object_ref (user_data);

  close_with (self, "The display process does not read what it is sent");
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
    g_signal_emit (self, signals[DRAINED], 0);
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

/* --- What we are sent --- */

static gboolean
take_scanout (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  cairo_surface_t *frame = glass_picture_map_frame (fd, &message->scanout, error);

  if (frame == NULL)
    return FALSE;
  g_clear_pointer (&self->frame, cairo_surface_destroy);
  self->frame = frame;
  return TRUE;
}

static gboolean
take_blank (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  g_clear_pointer (&self->frame, cairo_surface_destroy);
  return TRUE;
}

static gboolean
take_cursor (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  const GlassCursor *cursor = &message->cursor;
  cairo_surface_t *image = NULL;

  if (cursor->width > 0)
    {
      image = glass_picture_copy_cursor (fd, cursor, error);
      if (image == NULL)
        return FALSE;
    }
  g_clear_pointer (&self->cursor, cairo_surface_destroy);
  self->cursor = image;
  self->hot_x = image != NULL ? cursor->hot_x : 0;
  self->hot_y = image != NULL ? cursor->hot_y : 0;
  return TRUE;
}

static gboolean
take_position (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->cursor_visible = message->position.visible;
  return TRUE;
}

static gboolean
take_mode (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->absolute = message->mode.absolute;
  return TRUE;
}

static gboolean
take_leds (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->leds = message->leds.leds;
  return TRUE;
}

/* Copied at once; a text that is none would upset whoever it is pasted to. */
static gboolean
take_clipboard (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  const GlassClipboardData *data = &message->clipboard_data;
  gsize size;
  const char *text;

  g_clear_pointer (&self->clipboard, g_bytes_unref);
  if (data->size == 0)
    return TRUE;
  self->clipboard = fds_read_memory (fd, data->size, error);
  if (self->clipboard == NULL)
    return FALSE;
  text = g_bytes_get_data (self->clipboard, &size);
  if (data->kind != GLASS_CLIPBOARD_TEXT || g_utf8_validate_len (text, size, NULL))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "The clipboard's text is not valid UTF-8");
  return FALSE;
}

static gboolean
take_heads (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->lit = message->heads.lit;
  return TRUE;
}

static gboolean
take_sound_state (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  self->sound_state = message->sound.state;
  return TRUE;
}

static gboolean
take_nothing (VtGlassClient *self, const GlassMessage *message, int fd, GError **error)
{
  return TRUE;
}

/* --- And tell our owner; each is the last thing done with a packet, for it may drop us --- */

static void
tell_plain (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0);
}

static void
tell_welcome (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  clear_source (&self->patience_timer);
  if (flush (self))
    g_signal_emit (self, signal, 0);
}

static void
tell_damage (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->damage.rects, (guint) message->damage.n_rects);
}

/* Far outside is outside: nobody's arithmetic is to overflow. */
static int
clamp_position (gint32 value)
{
  return CLAMP (value, -(gint32) GLASS_DIMENSION_MAX, (gint32) GLASS_DIMENSION_MAX);
}

static void
tell_position (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, clamp_position (message->position.x),
                 clamp_position (message->position.y), self->cursor_visible);
}

static void
tell_mode (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, self->absolute);
}

static void
tell_leds (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, self->leds);
}

static void
tell_sound_state (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, self->sound_state);
}

static void
tell_sound (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->played.frames, (guint) message->played.n_frames);
}

static void
tell_clipboard_offer (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->clipboard_offer.kinds);
}

static void
tell_clipboard_want (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_signal_emit (self, signal, 0, message->clipboard_want.number, message->clipboard_want.kind);
}

static void
tell_clipboard_data (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  g_autoptr (GBytes) contents = g_steal_pointer (&self->clipboard);

  g_signal_emit (self, signal, 0, message->clipboard_data.kind, contents);
}

static void
tell_clipboard_state (VtGlassClient *self, const GlassMessage *message, guint signal)
{
  const GlassClipboardState *state = &message->clipboard_state;

  g_signal_emit (self, signal, 0, state->policy, state->question, state->direction);
}

static const struct
{
  guint32 type;
  gboolean (*take) (VtGlassClient *self, const GlassMessage *message, int fd, GError **error);
  void (*tell) (VtGlassClient *self, const GlassMessage *message, guint signal);
  guint signal;
} takers[] = {
  { GLASS_WELCOME, take_nothing, tell_welcome, DRAINED },
  { GLASS_SCANOUT, take_scanout, tell_plain, SCANOUT },
  { GLASS_DAMAGE, take_nothing, tell_damage, DAMAGE },
  { GLASS_BLANK, take_blank, tell_plain, BLANK },
  { GLASS_CURSOR, take_cursor, tell_plain, CURSOR },
  { GLASS_CURSOR_POSITION, take_position, tell_position, CURSOR_POSITION },
  { GLASS_POINTER_MODE, take_mode, tell_mode, POINTER_MODE },
  { GLASS_LEDS, take_leds, tell_leds, LEDS },
  { GLASS_HEADS, take_heads, tell_plain, HEADS },
  { GLASS_SOUND_STATE, take_sound_state, tell_sound_state, SOUND_STATE },
  { GLASS_SOUND_PLAYED, take_nothing, tell_sound, SOUND },
  { GLASS_CLIPBOARD_OFFER, take_nothing, tell_clipboard_offer, CLIPBOARD_OFFER },
  { GLASS_CLIPBOARD_WANT, take_nothing, tell_clipboard_want, CLIPBOARD_WANT },
  { GLASS_CLIPBOARD_DATA, take_clipboard, tell_clipboard_data, CLIPBOARD_DATA },
  { GLASS_CLIPBOARD_STATE, take_nothing, tell_clipboard_state, CLIPBOARD_STATE },
};

static void
take_message (VtGlassClient *self, const GlassMessage *message, int fd)
{
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (takers); i++)
    {
      if (takers[i].type != message->type)
        continue;
      if (!takers[i].take (self, message, fd, &error))
        {
          g_prefix_error (&error, "The display process offered what cannot be used: ");
          close_with (self, error->message);
          return;
        }
      glass_state_apply (&self->state, message);
      takers[i].tell (self, message, signals[takers[i].signal]);
      return;
    }
}

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
    close_with (self, "The display process has closed the connection");
  else if (broken || glass_parse_message (&self->state, data, size, n_fds, &message) != PARSE_OK)
    close_with (self, "The display process broke the protocol of the display");
  else
    take_message (self, &message, first);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_patience_end (gpointer user_data)
{
  g_autoptr (VtGlassClient) self = g_object_ref (user_data);

  close_with (self, "The display process does not answer");
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
                   "Cannot connect to the display: the name %s is too long for a socket",
                   socket_path);
      return NULL;
    }
  strcpy (address.sun_path, socket_path);
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* With too many waiting to be accepted this is EAGAIN, at once. */
  if (fd < 0 || connect (fd, (const struct sockaddr *) &address, sizeof address) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "Cannot connect to the display at %s: %s", socket_path, g_strerror (code));
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
  props[PROP_HEAD] =
      g_param_spec_uint ("head", NULL, NULL, 0, GLASS_HEADS_MAX - 1, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[SCANOUT] = new_signal ("scanout", 0, 0, 0, 0);
  signals[DAMAGE] = new_signal ("damage", 2, G_TYPE_POINTER, G_TYPE_UINT, 0);
  signals[BLANK] = new_signal ("blank", 0, 0, 0, 0);
  signals[CURSOR] = new_signal ("cursor", 0, 0, 0, 0);
  signals[CURSOR_POSITION] =
      new_signal ("cursor-position", 3, G_TYPE_INT, G_TYPE_INT, G_TYPE_BOOLEAN);
  signals[POINTER_MODE] = new_signal ("pointer-mode", 1, G_TYPE_BOOLEAN, 0, 0);
  signals[LEDS] = new_signal ("leds", 1, G_TYPE_UINT, 0, 0);
  signals[HEADS] = new_signal ("heads", 0, 0, 0, 0);
  signals[SOUND_STATE] = new_signal ("sound-state", 1, G_TYPE_UINT, 0, 0);
  signals[SOUND] = new_signal ("sound", 2, G_TYPE_POINTER, G_TYPE_UINT, 0);
  signals[CLIPBOARD_OFFER] = new_signal ("clipboard-offer", 1, G_TYPE_UINT, 0, 0);
  signals[CLIPBOARD_WANT] = new_signal ("clipboard-want", 2, G_TYPE_UINT, G_TYPE_UINT, 0);
  signals[CLIPBOARD_DATA] = new_signal ("clipboard-data", 2, G_TYPE_UINT, G_TYPE_BYTES, 0);
  signals[CLIPBOARD_STATE] =
      new_signal ("clipboard-state", 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_UINT);
  signals[DRAINED] = new_signal ("drained", 0, 0, 0, 0);
  signals[CLOSED] = new_signal ("closed", 1, G_TYPE_STRING, 0, 0);
}

static void
vt_glass_client_init (VtGlassClient *self)
{
  self->socket = -1;
  self->context = g_main_context_ref_thread_default ();
  glass_queue_init (&self->queue);
}
