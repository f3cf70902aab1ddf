/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Properties of QEMU's consoles to their screens. Runs in vitrine-display on GDBus's worker thread.
 * Must never hand a signal or a call of QEMU's on into GDBus, which would queue it.
 */
#include "qemu-routes.h"


/* Two questions a head, and none is asked twice. */
#define QUESTIONS_MAX (GLASS_HEADS_MAX * 2)

typedef struct
{
  const char *path; /* interned */
  Screen *screen;
} Route;

typedef struct
{
  guint32 serial; /* never 0 */
  Screen *screen;
} Question;

struct _QemuRoutes
{
  guint filter;

  GMutex lock; /* guards what follows */
  Route routes[GLASS_HEADS_MAX];
  guint n_routes;

  /* worker thread only */
  Question questions[QUESTIONS_MAX];
  guint n_questions;
};

static Screen *
find_screen (QemuRoutes *routes, const char *path)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&routes->lock);

  for (guint i = 0; i < routes->n_routes; i++)
    if (g_strcmp0 (routes->routes[i].path, path) == 0)
      return routes->routes[i].screen;
  return NULL;
}

static void
apply (Screen *screen, GVariant *values)
{
  gboolean absolute;
  guint32 leds;

  if (g_variant_lookup (values, "IsAbsolute", "b", &absolute))
    screen_set_absolute (screen, absolute);
  if (g_variant_lookup (values, "Modifiers", "u", &leds))
    screen_set_leds (screen, leds);
}

static void
take_signal (QemuRoutes *routes, GDBusMessage *message)
{
  GVariant *body = g_dbus_message_get_body (message);
  g_autoptr (GVariant) values = NULL;
  Screen *screen;

  if (g_strcmp0 (g_dbus_message_get_interface (message), QEMU_ROUTES_PROPERTIES) != 0 ||
      g_strcmp0 (g_dbus_message_get_member (message), "PropertiesChanged") != 0)
    return;
  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  screen = find_screen (routes, g_dbus_message_get_path (message));
  if (screen == NULL)
    return;
  values = g_variant_get_child_value (body, 1);
  apply (screen, values);
}

/* Which question it answers, so that each head gets its own values. */
static void
take_answer (QemuRoutes *routes, GDBusMessage *message)
{
  GVariant *body = g_dbus_message_get_body (message);
  guint32 serial = g_dbus_message_get_reply_serial (message);

  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(a{sv})")))
    return;
  for (guint i = 0; i < routes->n_questions; i++)
    if (routes->questions[i].serial == serial)
      {
        g_autoptr (GVariant) values = g_variant_get_child_value (body, 0);

        apply (routes->questions[i].screen, values);
        routes->questions[i] = routes->questions[--routes->n_questions];
        return;
      }
}

/* A call of ours that is about to be written, so that it has its number. */
static void
note_question (QemuRoutes *routes, GDBusMessage *message)
{
  const char *interface = NULL;
  Screen *screen;

  if (routes->n_questions == QUESTIONS_MAX ||
      g_strcmp0 (g_dbus_message_get_member (message), "GetAll") != 0)
    return;
  g_variant_get (g_dbus_message_get_body (message), "(&s)", &interface);
  if (!g_str_equal (interface, QEMU_ROUTES_KEYBOARD) && !g_str_equal (interface, QEMU_ROUTES_MOUSE))
    return;
  screen = find_screen (routes, g_dbus_message_get_path (message));
  if (screen != NULL)
    routes->questions[routes->n_questions++] =
        (Question) { g_dbus_message_get_serial (message), screen };
}

/* Only answers go on into GDBus, which drops those to calls that we did not make. */
static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  QemuRoutes *routes = user_data;

  if (!incoming)
    {
      note_question (routes, message);
      return message;
    }
  switch (g_dbus_message_get_message_type (message))
    {
    case G_DBUS_MESSAGE_TYPE_METHOD_RETURN:
      take_answer (routes, message);
      return message;
    case G_DBUS_MESSAGE_TYPE_ERROR:
      return message;
    case G_DBUS_MESSAGE_TYPE_SIGNAL:
      take_signal (routes, message);
      break;
    default:
      break;
    }
  g_object_unref (message);
  return NULL;
}

static void
release (gpointer data)
{
  QemuRoutes *routes = data;

  g_mutex_clear (&routes->lock);
  g_free (routes);
}

QemuRoutes *
qemu_routes_new (GDBusConnection *connection)
{
  QemuRoutes *routes = g_new0 (QemuRoutes, 1);

  g_mutex_init (&routes->lock);
  routes->filter = g_dbus_connection_add_filter (connection, filter, routes, release);
  return routes;
}

void
qemu_routes_remove (QemuRoutes *routes, GDBusConnection *connection)
{
  g_dbus_connection_remove_filter (connection, routes->filter);
}

void
qemu_routes_add (QemuRoutes *routes, const char *path, Screen *screen)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&routes->lock);

  if (routes->n_routes == GLASS_HEADS_MAX)
    return;
  routes->routes[routes->n_routes++] = (Route) { g_intern_string (path), screen };
}
