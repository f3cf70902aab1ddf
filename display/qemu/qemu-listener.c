/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Serves org.qemu.Display1.Listener and Listener.Unix.Map (B4). Runs in vitrine-display on GDBus's
 * worker thread. Must never wait for a viewer, queue a message, or believe a number that
 * geometry-parse.c has not passed.
 */
#include "qemu-listener.h"

#include "fds.h"
#include "qemu/qemu-map.h"
#include "vt-qemu-dbus.h"

#include <gio/gunixfdlist.h>
#include <sys/stat.h>

struct _QemuListener
{
  GDBusConnection *connection; /* owned; NULL in tests */
  guint filter;
  Screen *screen; /* borrowed */

  /* worker thread only */
  QemuMap map;
  guint unread_replies;
  gboolean failed; /* nothing more is looked at */
};

/* What a handler made of a call. */
typedef enum
{
  ANSWER_DONE,      /* reply without values, if one is wanted */
  ANSWER_REFUSED,   /* an error reply; QEMU carries on */
  ANSWER_VIOLATION, /* the link is over */
  ANSWER_NO_MEMORY,
} Answer;

typedef Answer (*Handler) (QemuListener *listener, GVariant *body, GDBusMessage *message);

static Answer
answer_of (gboolean ok)
{
  return ok ? ANSWER_DONE : ANSWER_NO_MEMORY;
}

static Answer
handle_scanout (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  guint32 width, height, stride, pixman;
  g_autoptr (GVariant) data = g_variant_get_child_value (body, 4);
  PixelBlock block;

  g_variant_get (body, "(uuuu@ay)", &width, &height, &stride, &pixman, NULL);
  if (geometry_parse_scanout (width, height, stride, pixman, g_variant_get_size (data), &block) !=
      PARSE_OK)
    return ANSWER_VIOLATION;
  if (!screen_begin_frame (listener->screen, width, height, NULL))
    return ANSWER_NO_MEMORY;
  qemu_map_clear (&listener->map);
  screen_apply (listener->screen, &block, g_variant_get_data (data));
  screen_end (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_update (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  gint32 x, y, width, height;
  guint32 stride, pixman;
  g_autoptr (GVariant) data = g_variant_get_child_value (body, 6);
  PixelBlock block;

  g_variant_get (body, "(iiiiuu@ay)", &x, &y, &width, &height, &stride, &pixman, NULL);
  if (geometry_parse_update (x, y, width, height, stride, pixman, g_variant_get_size (data),
                             &block) != PARSE_OK)
    return ANSWER_VIOLATION;
  /* After a mode switch QEMU may report part of a surface before all of it; the whole one follows.
   */
  if (!screen_begin_part (listener->screen, &block.rect))
    return ANSWER_REFUSED;
  screen_apply (listener->screen, &block, g_variant_get_data (data));
  screen_end (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_disable (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  qemu_map_clear (&listener->map);
  screen_blank (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_mouse_set (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  gint32 x, y, on;

  g_variant_get (body, "(iii)", &x, &y, &on);
  screen_set_cursor_position (listener->screen, geometry_clamp_position (x),
                              geometry_clamp_position (y), on != 0);
  return ANSWER_DONE;
}

static Answer
handle_cursor_define (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  gint32 width, height, hot_x, hot_y;
  g_autoptr (GVariant) data = g_variant_get_child_value (body, 4);
  GlassCursor cursor;

  g_variant_get (body, "(iiii@ay)", &width, &height, &hot_x, &hot_y, NULL);
  if (geometry_parse_cursor (width, height, hot_x, hot_y, g_variant_get_size (data), &cursor) !=
      PARSE_OK)
    return ANSWER_VIOLATION;
  return answer_of (screen_set_cursor (listener->screen, &cursor, g_variant_get_data (data), NULL));
}

/* The descriptor that a handle of the message stands for, or -1. */
static int
take_handle (GDBusMessage *message, gint32 handle)
{
  GUnixFDList *list = g_dbus_message_get_unix_fd_list (message);

  if (list == NULL || handle < 0 || handle >= g_unix_fd_list_get_length (list))
    return -1;
  return g_unix_fd_list_get (list, handle, NULL);
}

static Answer
handle_scanout_map (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  gint32 handle;
  guint32 offset, width, height, stride, pixman;
  autofd fd = -1;
  struct stat info;
  PixelBlock block;

  g_variant_get (body, "(huuuuu)", &handle, &offset, &width, &height, &stride, &pixman);
  fd = take_handle (message, handle);
  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size < 0)
    return ANSWER_VIOLATION;
  if (geometry_parse_map (offset, width, height, stride, pixman, info.st_size, &block) != PARSE_OK)
    return ANSWER_VIOLATION;
  if (!screen_begin_frame (listener->screen, width, height, NULL))
    return ANSWER_NO_MEMORY;
  qemu_map_set (&listener->map, fds_steal (&fd), &block);
  if (!qemu_map_read (&listener->map, &block, listener->screen))
    return ANSWER_VIOLATION;
  screen_end (listener->screen);
  return ANSWER_DONE;
}

static Answer
handle_update_map (QemuListener *listener, GVariant *body, GDBusMessage *message)
{
  gint32 x, y, width, height;
  PixelBlock part;

  g_variant_get (body, "(iiii)", &x, &y, &width, &height);
  /* Sent before QEMU knew that a Scanout or Disable has ended the sharing. */
  if (listener->map.fd < 0)
    return ANSWER_REFUSED;
  if (geometry_parse_update_map (&listener->map.block, x, y, width, height, &part) != PARSE_OK ||
      !screen_begin_part (listener->screen, &part.rect) ||
      !qemu_map_read (&listener->map, &part, listener->screen))
    return ANSWER_VIOLATION;
  screen_end (listener->screen);
  return ANSWER_DONE;
}

#define LISTENER "org.qemu.Display1.Listener"
#define UNIX_MAP "org.qemu.Display1.Listener.Unix.Map"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* Everything we answer; the signatures are those of qemu/org.qemu.Display1.xml. */
static const struct
{
  const char *interface;
  const char *member;
  Handler handler;
} methods[] = {
  { LISTENER, "Scanout", handle_scanout },      { LISTENER, "Update", handle_update },
  { UNIX_MAP, "UpdateMap", handle_update_map }, { UNIX_MAP, "ScanoutMap", handle_scanout_map },
  { LISTENER, "MouseSet", handle_mouse_set },   { LISTENER, "CursorDefine", handle_cursor_define },
  { LISTENER, "Disable", handle_disable },
};

/* The signature that the XML gives a method, "(uuuuay)"; NULL if it has none of that name. */
static char *
method_signature (const char *interface, const char *member)
{
  GDBusInterfaceInfo *info = g_str_equal (interface, LISTENER)
                                 ? vt_qemu_listener_interface_info ()
                                 : vt_qemu_listener_unix_map_interface_info ();
  GDBusMethodInfo *method = g_dbus_interface_info_lookup_method (info, member);
  GString *signature = g_string_new ("(");

  for (guint i = 0; method != NULL && method->in_args != NULL && method->in_args[i] != NULL; i++)
    g_string_append (signature, method->in_args[i]->signature);
  g_string_append_c (signature, ')');
  return g_string_free (signature, FALSE);
}

static gboolean
has_signature (GVariant *body, const char *interface, const char *member)
{
  g_autofree char *signature = method_signature (interface, member);

  if (body == NULL)
    return g_str_equal (signature, "()");
  return g_str_equal (g_variant_get_type_string (body), signature);
}

/* GetAll and Get: what Interfaces says decides whether QEMU shares surfaces as memory. */
static GVariant *
answer_properties (GVariant *body, const char *member)
{
  static const char *const interfaces[] = { UNIX_MAP, NULL };
  const char *interface = NULL;
  const char *name = NULL;

  if (body == NULL)
    return NULL;
  if (g_str_equal (member, "GetAll") && g_variant_is_of_type (body, G_VARIANT_TYPE ("(s)")))
    {
      GVariantBuilder builder;

      g_variant_get (body, "(&s)", &interface);
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sv}"));
      if (g_str_equal (interface, LISTENER))
        g_variant_builder_add (&builder, "{sv}", "Interfaces", g_variant_new_strv (interfaces, -1));
      return g_variant_new ("(a{sv})", &builder);
    }
  if (g_str_equal (member, "Get") && g_variant_is_of_type (body, G_VARIANT_TYPE ("(ss)")))
    {
      g_variant_get (body, "(&s&s)", &interface, &name);
      if (g_str_equal (interface, LISTENER) && g_str_equal (name, "Interfaces"))
        return g_variant_new ("(v)", g_variant_new_strv (interfaces, -1));
    }
  return NULL;
}

static void
fail (QemuListener *listener, LinkFailure failure, const char *reason)
{
  listener->failed = TRUE;
  screen_fail (listener->screen, failure, reason);
}

static gboolean
wants_reply (QemuListener *listener, GDBusMessage *call)
{
  return listener->connection != NULL &&
         !(g_dbus_message_get_flags (call) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
}

static void
send_reply (QemuListener *listener, GDBusMessage *take_reply)
{
  g_autoptr (GDBusMessage) reply = take_reply;

  if (++listener->unread_replies > QEMU_LISTENER_REPLIES_MAX)
    {
      fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU asks without reading the answers");
      return;
    }
  g_dbus_connection_send_message (listener->connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                  NULL);
}

static void
refuse (QemuListener *listener, GDBusMessage *call, const char *text)
{
  if (wants_reply (listener, call))
    send_reply (listener, g_dbus_message_new_method_error_literal (
                              call, "org.freedesktop.DBus.Error.NotSupported", text));
}

static void
finish_call (QemuListener *listener, GDBusMessage *call, Answer answer)
{
  switch (answer)
    {
    case ANSWER_DONE:
      if (wants_reply (listener, call))
        send_reply (listener, g_dbus_message_new_method_reply (call));
      break;
    case ANSWER_REFUSED:
      refuse (listener, call, "There is no such frame");
      break;
    case ANSWER_VIOLATION:
      fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU described a picture that cannot be");
      break;
    case ANSWER_NO_MEMORY:
      fail (listener, LINK_FAILURE_MEMORY, "There is no memory for the guest's picture");
      break;
    }
}

/* FALSE if it asks for no property of ours. */
static gboolean
handle_properties (QemuListener *listener, GDBusMessage *call)
{
  GVariant *values =
      answer_properties (g_dbus_message_get_body (call), g_dbus_message_get_member (call));
  GDBusMessage *reply;

  if (values == NULL)
    return FALSE;
  g_variant_ref_sink (values);
  if (wants_reply (listener, call))
    {
      reply = g_dbus_message_new_method_reply (call);
      g_dbus_message_set_body (reply, values);
      send_reply (listener, reply);
    }
  g_variant_unref (values);
  return TRUE;
}

static void
handle_call (QemuListener *listener, GDBusMessage *call)
{
  const char *interface = g_dbus_message_get_interface (call);
  const char *member = g_dbus_message_get_member (call);
  GVariant *body = g_dbus_message_get_body (call);

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_strcmp0 (member, methods[i].member) == 0 &&
        g_strcmp0 (interface, methods[i].interface) == 0)
      {
        Answer answer = has_signature (body, interface, member)
                            ? methods[i].handler (listener, body, call)
                            : ANSWER_VIOLATION;

        finish_call (listener, call, answer);
        return;
      }
  if (g_strcmp0 (interface, PROPERTIES) == 0 && member != NULL &&
      handle_properties (listener, call))
    return;
  /* ScanoutDMABUF and whatever QEMU may learn later. */
  refuse (listener, call, "This display takes no such call");
}

void
qemu_listener_take (QemuListener *listener, GDBusMessage *message)
{
  if (listener->failed ||
      g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return;
  /* GDBus lets it pass, and then could not say what an answer belongs to. */
  if (g_dbus_message_get_serial (message) == 0)
    fail (listener, LINK_FAILURE_QEMU_PROTOCOL, "QEMU sent a message without a number");
  else
    handle_call (listener, message);
}

static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  QemuListener *listener = user_data;

  if (!incoming)
    {
      /* About to be written: what is before it has been taken by the socket. Never below zero: QEMU
       * is only ever sent answers here. */
      if (listener->unread_replies > 0)
        listener->unread_replies--;
      return message;
    }
  qemu_listener_take (listener, message);
  g_object_unref (message);
  return NULL;
}

/* With the last use by the worker thread. */
static void
release (gpointer data)
{
  QemuListener *listener = data;

  qemu_map_clear (&listener->map);
  g_clear_object (&listener->connection);
  g_free (listener);
}

QemuListener *
qemu_listener_new (GDBusConnection *connection, Screen *screen)
{
  QemuListener *listener = g_new0 (QemuListener, 1);

  listener->screen = screen;
  qemu_map_init (&listener->map);
  if (connection == NULL)
    return listener;
  listener->connection = g_object_ref (connection);
  listener->filter = g_dbus_connection_add_filter (connection, filter, listener, release);
  return listener;
}

void
qemu_listener_free (QemuListener *listener)
{
  g_autoptr (GDBusConnection) connection = NULL;

  if (listener == NULL)
    return;
  if (listener->connection == NULL)
    {
      release (listener);
      return;
    }
  connection = g_object_ref (listener->connection);
  g_dbus_connection_remove_filter (connection, listener->filter);
}
