/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves org.qemu.Display1.Listener and Listener.Unix.Map (B4). Runs in vitrine-display on a thread
 * of its own. Must never wait for a viewer, queue a message, take memory of a size that QEMU names,
 * or believe a number that geometry-parse.c has not passed.
 */
#include "qemu-listener.h"

#include "fds.h"
#include "qemu/dbus-answer.h"
#include "qemu/qemu-map.h"

#include <sys/socket.h>
#include <sys/stat.h>

/* What is read of a picture at once: as much as stays in a processor's cache until it has been
 * compared. Rows of tiles are not cut. */
#define BAND_BYTES (256u * 1024)
/* Of the calls whose arguments are strings. */
#define STRINGS_BYTES_MAX 1024u
#define NUMBERS_MAX 7

G_STATIC_ASSERT (BAND_BYTES >= GEOMETRY_STRIDE_MAX);

struct _QemuListener
{
  Screen *screen; /* borrowed */
  int socket;     /* owned */
  GThread *thread;

  /* its thread only */
  DbusReader reader;
  QemuMap map;
  guint8 *band; /* owned; NULL before the first pixels */
  guint8 buffer[4096];
};

/* A call whose numbers have been read. */
typedef struct
{
  const DbusHead *head;
  guint32 numbers[NUMBERS_MAX];
  gsize left; /* of the body, not read yet: the data */
  int fd;     /* owned; -1: none came along */
  guint32 n_fds;
} Call;

/* What a handler made of a call. */
typedef enum
{
  ANSWER_DONE,      /* reply without values, if one is wanted */
  ANSWER_REFUSED,   /* an error reply; QEMU carries on */
  ANSWER_VIOLATION, /* the link is over */
  ANSWER_NO_MEMORY,
  ANSWER_NONE, /* the connection has ended meanwhile */
} Answer;

typedef Answer (*Handler) (QemuListener *listener, Call *call);

static gboolean
take (QemuListener *listener, Call *call, void *out, gsize size)
{
  if (!dbus_reader_take (&listener->reader, out, size))
    return FALSE;
  call->left -= size;
  return TRUE;
}

/* The block's pixels, the next bytes of the call, into the frame. */
static Answer
take_pixels (QemuListener *listener, Call *call, const PixelBlock *block)
{
  PixelBlock band = *block;
  guint32 step = BAND_BYTES / block->stride;
  guint32 end = block->rect.y + block->rect.height;

  if (listener->band == NULL)
    listener->band = g_malloc (BAND_BYTES);
  for (; band.rect.y < end; band.rect.y += band.rect.height)
    {
      gsize bytes;

      band.rect.height = frame_cut_band (band.rect.y, step, end);
      bytes = band.rect.y + band.rect.height < end ? (gsize) band.rect.height * band.stride
                                                   : geometry_block_bytes (&band);
      if (!take (listener, call, listener->band, bytes))
        return ANSWER_NONE;
      screen_apply (listener->screen, &band, listener->band);
    }
  screen_end (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_scanout (QemuListener *listener, Call *call)
{
  const guint32 *n = call->numbers; /* width, height, stride, format */
  PixelBlock block;

  if (geometry_parse_scanout (n[0], n[1], n[2], n[3], call->left, &block) != PARSE_OK)
    return ANSWER_VIOLATION;
  if (!screen_begin_frame (listener->screen, n[0], n[1], NULL))
    return ANSWER_NO_MEMORY;
  qemu_map_clear (&listener->map);
  return take_pixels (listener, call, &block);
}

static Answer
handle_update (QemuListener *listener, Call *call)
{
  const guint32 *n = call->numbers; /* x, y, width, height, stride, format */
  PixelBlock block;

  if (geometry_parse_update (n[0], n[1], n[2], n[3], n[4], n[5], call->left, &block) != PARSE_OK)
    return ANSWER_VIOLATION;
  /* After a mode switch QEMU may report part of a surface before all of it; the whole one follows.
   */
  if (!screen_begin_part (listener->screen, &block.rect))
    return ANSWER_REFUSED;
  return take_pixels (listener, call, &block);
}

static Answer
handle_disable (QemuListener *listener, Call *call)
{
  qemu_map_clear (&listener->map);
  screen_blank (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_mouse_set (QemuListener *listener, Call *call)
{
  const guint32 *n = call->numbers; /* x, y, on */

  screen_set_cursor_position (listener->screen, geometry_clamp_position (n[0]),
                              geometry_clamp_position (n[1]), n[2] != 0);
  return ANSWER_DONE;
}

static Answer
handle_cursor_define (QemuListener *listener, Call *call)
{
  const guint32 *n = call->numbers; /* width, height, hot spot */
  g_autofree guint8 *argb = NULL;
  GlassCursor cursor;
  gsize bytes;

  if (geometry_parse_cursor (n[0], n[1], n[2], n[3], call->left, &cursor) != PARSE_OK)
    return ANSWER_VIOLATION;
  bytes = (gsize) cursor.width * cursor.height * 4; /* at most a megabyte */
  argb = g_malloc (bytes);
  if (!take (listener, call, argb, bytes))
    return ANSWER_NONE;
  return screen_set_cursor (listener->screen, &cursor, argb, NULL) ? ANSWER_DONE : ANSWER_NO_MEMORY;
}

static Answer
handle_scanout_map (QemuListener *listener, Call *call)
{
  const guint32 *n = call->numbers; /* handle, offset, width, height, stride, format */
  struct stat info;
  PixelBlock block;

  if (n[0] != 0 || call->fd < 0 || fstat (call->fd, &info) != 0 || !S_ISREG (info.st_mode) ||
      info.st_size < 0)
    return ANSWER_VIOLATION;
  if (geometry_parse_map (n[1], n[2], n[3], n[4], n[5], info.st_size, &block) != PARSE_OK)
    return ANSWER_VIOLATION;
  if (!screen_begin_frame (listener->screen, n[2], n[3], NULL))
    return ANSWER_NO_MEMORY;
  qemu_map_set (&listener->map, fds_steal (&call->fd), &block);
  if (!qemu_map_read (&listener->map, &block, listener->screen))
    return ANSWER_VIOLATION;
  screen_end (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_update_map (QemuListener *listener, Call *call)
{
  const guint32 *n = call->numbers; /* x, y, width, height */
  PixelBlock part;

  /* Sent before QEMU knew that a Scanout or Disable has ended the sharing. */
  if (listener->map.fd < 0)
    return ANSWER_REFUSED;
  if (geometry_parse_update_map (&listener->map.block, n[0], n[1], n[2], n[3], &part) != PARSE_OK ||
      !screen_begin_part (listener->screen, &part.rect) ||
      !qemu_map_read (&listener->map, &part, listener->screen))
    return ANSWER_VIOLATION;
  screen_end (listener->screen);
  return ANSWER_DONE;
}

#define LISTENER "org.qemu.Display1.Listener"
#define UNIX_MAP "org.qemu.Display1.Listener.Unix.Map"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* Everything we answer; the signatures are those of qemu/org.qemu.Display1.xml. Each is numbers of
 * four bytes, after which there may be data ("ay"). */
static const struct
{
  const char *interface;
  const char *member;
  const char *signature;
  Handler handler;
} methods[] = {
  { LISTENER, "Scanout", "uuuuay", handle_scanout },
  { LISTENER, "Update", "iiiiuuay", handle_update },
  { UNIX_MAP, "UpdateMap", "iiii", handle_update_map },
  { UNIX_MAP, "ScanoutMap", "huuuuu", handle_scanout_map },
  { LISTENER, "MouseSet", "iii", handle_mouse_set },
  { LISTENER, "CursorDefine", "iiiiay", handle_cursor_define },
  { LISTENER, "Disable", "", handle_disable },
};

/* --- Answers --- */

static void
fail (QemuListener *listener, LinkFailure failure, const char *reason)
{
  screen_fail (listener->screen, failure, reason);
}

/* FALSE: the link is over. */
static gboolean
finish_call (QemuListener *listener, const DbusHead *head, Answer answer)
{
  switch (answer)
    {
    case ANSWER_DONE:
      dbus_answer_values (&listener->reader, head, NULL);
      return TRUE;
    case ANSWER_REFUSED:
      dbus_answer_refuse (&listener->reader, head, "There is no such frame");
      return TRUE;
    case ANSWER_VIOLATION:
      fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU described a picture that cannot be");
      return FALSE;
    case ANSWER_NO_MEMORY:
      fail (listener, LINK_FAILURE_MEMORY, "There is no memory for the guest's picture");
      return FALSE;
    default:
      return TRUE; /* the reader knows why */
    }
}

/* GetAll and Get: what Interfaces says decides whether QEMU shares surfaces as memory. */
static GVariant *
get_properties (const char *member, guint n, const char **strings)
{
  static const char *const interfaces[] = { UNIX_MAP, NULL };
  GVariant *ours = g_str_equal (strings[0], LISTENER) ? g_variant_new_strv (interfaces, -1) : NULL;
  GVariantBuilder builder;

  if (n == 2)
    return ours != NULL && g_str_equal (strings[1], "Interfaces") ? g_variant_new ("(v)", ours)
                                                                  : NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sv}"));
  if (ours != NULL)
    g_variant_builder_add (&builder, "{sv}", "Interfaces", ours);
  return g_variant_new ("(a{sv})", &builder);
}

/* --- Calls --- */

/* What is no call for pictures. The head's strings end with the reading of the body. */
static void
take_question (QemuListener *listener, const DbusHead *head)
{
  DbusHead kept = *head;
  guint n = g_str_equal (head->member, "GetAll") && g_str_equal (head->signature, "s") ? 1
            : g_str_equal (head->member, "Get") && g_str_equal (head->signature, "ss") ? 2
                                                                                       : 0;
  guint8 body[STRINGS_BYTES_MAX];
  const char *strings[2];
  GVariant *values = NULL;

  if (n == 0 || !g_str_equal (head->interface, PROPERTIES) || head->body_bytes > sizeof body)
    {
      if (dbus_reader_take (&listener->reader, NULL, head->body_bytes))
        dbus_answer_refuse (&listener->reader, &kept, "This display takes no such call");
      return;
    }
  if (!dbus_reader_take (&listener->reader, body, head->body_bytes))
    return;
  if (dbus_parse_strings (body, kept.body_bytes, n, strings) == PARSE_OK)
    values = get_properties (n == 1 ? "GetAll" : "Get", n, strings);
  if (values != NULL)
    dbus_answer_values (&listener->reader, &kept, values);
  else
    dbus_answer_refuse (&listener->reader, &kept, "This display takes no such call");
}

/* The numbers before the data, if a body can be that of such a call. */
static Answer
take_numbers (QemuListener *listener, Call *call, const char *signature)
{
  gboolean has_data = g_str_has_suffix (signature, "ay");
  gsize n = strlen (signature) - (has_data ? 1 : 0); /* the data's size is a number, too */
  guint32 numbers[NUMBERS_MAX + 1] = { 0 };

  if (call->left < n * 4 || (!has_data && call->left != n * 4))
    return ANSWER_VIOLATION;
  if (!take (listener, call, numbers, n * 4))
    return ANSWER_NONE;
  if (has_data && numbers[n - 1] != call->left)
    return ANSWER_VIOLATION;
  memcpy (call->numbers, numbers, sizeof call->numbers);
  return ANSWER_DONE;
}

static gboolean
take_call (QemuListener *listener, const DbusHead *head, guint method)
{
  DbusHead kept = *head;
  Call call = { .head = &kept, .left = head->body_bytes, .fd = -1 };
  autofd fd = -1;
  Answer answer = ANSWER_VIOLATION;

  if (!dbus_reader_take_fds (&listener->reader, head->n_fds, &fd, 1))
    return TRUE;
  call.fd = fd;
  if (g_str_equal (head->signature, methods[method].signature))
    answer = take_numbers (listener, &call, methods[method].signature);
  if (answer == ANSWER_DONE)
    answer = methods[method].handler (listener, &call);
  fd = call.fd;
  if ((answer == ANSWER_DONE || answer == ANSWER_REFUSED) && call.left > 0 &&
      !dbus_reader_take (&listener->reader, NULL, call.left))
    return TRUE;
  return finish_call (listener, &kept, answer);
}

/* FALSE: the link is over. */
static gboolean
take_message (QemuListener *listener, const DbusHead *head)
{
  if (head->type == DBUS_TYPE_CALL)
    for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
      if (g_str_equal (head->member, methods[i].member) &&
          g_str_equal (head->interface, methods[i].interface))
        return take_call (listener, head, i);
  if (!dbus_reader_take_fds (&listener->reader, head->n_fds, NULL, 0))
    return TRUE;
  if (head->type == DBUS_TYPE_CALL)
    take_question (listener, head); /* ScanoutDMABUF, too, and whatever QEMU may learn later */
  else
    dbus_reader_take (&listener->reader, NULL, head->body_bytes);
  return TRUE;
}

/* --- Life --- */

static void
serve (QemuListener *listener)
{
  DbusHead head;

  while (dbus_reader_next (&listener->reader, &head))
    if (!take_message (listener, &head))
      return;
  switch (listener->reader.state)
    {
    case DBUS_READER_BROKEN:
      fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU sent what is not D-Bus");
      break;
    case DBUS_READER_DEAF:
      fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU asks without reading the answers");
      break;
    default:
      fail (listener, LINK_FAILURE_QEMU_GONE, "QEMU has closed its display");
    }
}

static void
init (QemuListener *listener, int socket, Screen *screen)
{
  listener->screen = screen;
  listener->socket = socket;
  dbus_reader_init (&listener->reader, socket, TRUE, listener->buffer, sizeof listener->buffer);
  qemu_map_init (&listener->map);
}

static void
clear (QemuListener *listener)
{
  dbus_reader_clear (&listener->reader);
  qemu_map_clear (&listener->map);
  g_free (listener->band);
}

static gpointer
run (gpointer data)
{
  QemuListener *listener = data;

  if (dbus_reader_authenticate (&listener->reader))
    serve (listener);
  else
    fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU did not accept the listener for its display");
  /* QEMU must not go on sending to nobody. */
  shutdown (listener->socket, SHUT_RDWR);
  return NULL;
}

void
qemu_listener_serve (int socket, Screen *screen)
{
  QemuListener listener = { 0 };

  init (&listener, socket, screen);
  serve (&listener);
  clear (&listener);
}

QemuListener *
qemu_listener_new (int socket, Screen *screen)
{
  QemuListener *listener = g_new0 (QemuListener, 1);

  init (listener, socket, screen);
  listener->thread = g_thread_try_new ("qemu-listener", run, listener, NULL);
  if (listener->thread == NULL)
    g_clear_pointer (&listener, qemu_listener_free);
  return listener;
}

void
qemu_listener_free (QemuListener *listener)
{
  if (listener == NULL)
    return;
  shutdown (listener->socket, SHUT_RDWR);
  if (listener->thread != NULL)
    g_thread_join (listener->thread);
  clear (listener);
  fds_clear (&listener->socket);
  g_free (listener);
}
