/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The steps of a backup, each with the one that undoes it, and its readers. Runs in vitrine-vmm.
 */
#include "backup.h"

#include "fds.h"
#include "guest-log.h"
#include "inner-socket.h"
#include "nbd/nbd-view.h"
#include "qmp/json-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SCRATCH_SET 900
#define SCRATCH "backup-scratch"
#define FILTER "backup-filter"
#define VIEW "backup-view"
#define INNER_NAME "backup"
#define PING_SECONDS 3 /* as often QEMU is asked whether it lives */
#define SIZE_MAX_BYTES (G_GINT64_CONSTANT (1) << 62)

typedef enum
{
  STEP_SIZE,
  STEP_HAND_SCRATCH,
  STEP_ADD_SCRATCH,
  STEP_ADD_FILTER,
  STEP_PUT_FILTER, /* the moment that the backup shows */
  STEP_ADD_VIEW,
  STEP_HAND_LISTENER,
  STEP_SERVE,
  STEP_EXPORT,
  STEPS,
} Step;

struct _Backup
{
  BackupOrder order;
  QmpClient *qmp;
  const char *binary;
  uid_t starter;
  BackupEvents events;
  gpointer user_data;
  InnerSocket inner; /* QEMU's */
  Step step;         /* the present one; when undoing, the one that is undone next */
  gboolean pending;
  gboolean begun;
  gboolean ending;
  gboolean undoing;
  gboolean silent; /* QEMU does not answer */
  guint ping_timer;
  guint idle; /* tells of the end */
  char *why;
  guint life_source;
  guint accept_source;
  guint deadline;
  GPtrArray *views; /* of NbdView */
};

static void on_answer (JsonNode *result, const GError *error, gpointer data);
static void ask (Backup *backup, const char *command, int fd, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* --- QEMU's commands --- */

/* Arguments as JSON; what stands in them is this file's own. */
static void
ask (Backup *backup, const char *command, int fd, const char *format, ...)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  node = json_from_string (text, NULL);
  backup->pending = TRUE;
  qmp_client_send (backup->qmp, command, json_object_ref (json_node_get_object (node)), fd, 0,
                   on_answer, backup);
}

static void
do_step (Backup *backup)
{
  guint disk = backup->order.disk;

  switch (backup->step)
    {
    case STEP_SIZE:
      ask (backup, "query-named-block-nodes", -1, "{\"flat\":true}");
      break;
    case STEP_HAND_SCRATCH:
      ask (backup, "add-fd", backup->order.scratch, "{\"fdset-id\":%d}", SCRATCH_SET);
      break;
    case STEP_ADD_SCRATCH:
      ask (backup, "blockdev-add", -1,
           "{\"driver\":\"file\",\"node-name\":\"" SCRATCH "\",\"filename\":\"/dev/fdset/%d\","
           "\"locking\":\"off\",\"discard\":\"unmap\"}",
           SCRATCH_SET);
      break;
    case STEP_ADD_FILTER:
      /* Above the throttle: reading a backup counts as the guest's. A full host breaks the backup,
       * never the guest. */
      ask (backup, "blockdev-add", -1,
           "{\"driver\":\"copy-before-write\",\"node-name\":\"" FILTER "\","
           "\"file\":\"disk%u-limited\",\"target\":\"" SCRATCH "\","
           "\"on-cbw-error\":\"break-snapshot\"}",
           disk);
      break;
    case STEP_PUT_FILTER:
      ask (backup, "qom-set", -1,
           "{\"path\":\"/machine/peripheral/dev-disk%u\",\"property\":\"drive\","
           "\"value\":\"" FILTER "\"}",
           disk);
      break;
    case STEP_ADD_VIEW:
      ask (backup, "blockdev-add", -1,
           "{\"driver\":\"snapshot-access\",\"node-name\":\"" VIEW "\",\"file\":\"" FILTER "\"}");
      break;
    case STEP_HAND_LISTENER:
      ask (backup, "getfd", backup->inner.listening, "{\"fdname\":\"backup\"}");
      break;
    case STEP_SERVE:
      ask (backup, "nbd-server-start", -1,
           "{\"addr\":{\"type\":\"fd\",\"data\":{\"str\":\"backup\"}},\"max-connections\":%d}",
           BACKUP_READERS_MAX);
      break;
    default:
      ask (backup, "block-export-add", -1,
           "{\"type\":\"nbd\",\"id\":\"backup\",\"node-name\":\"" VIEW "\","
           "\"name\":\"" NBD_VIEW_EXPORT "\",\"writable\":false}");
      break;
    }
}

/* FALSE: there is nothing to be undone. */
static gboolean
ask_undo (Backup *backup, Step step)
{
  switch (step)
    {
    case STEP_HAND_SCRATCH:
      ask (backup, "remove-fd", -1, "{\"fdset-id\":%d}", SCRATCH_SET);
      return TRUE;
    case STEP_ADD_SCRATCH:
      ask (backup, "blockdev-del", -1, "{\"node-name\":\"" SCRATCH "\"}");
      return TRUE;
    case STEP_ADD_FILTER:
      ask (backup, "blockdev-del", -1, "{\"node-name\":\"" FILTER "\"}");
      return TRUE;
    case STEP_PUT_FILTER:
      ask (backup, "qom-set", -1,
           "{\"path\":\"/machine/peripheral/dev-disk%u\",\"property\":\"drive\","
           "\"value\":\"disk%u-limited\"}",
           backup->order.disk, backup->order.disk);
      return TRUE;
    case STEP_ADD_VIEW:
      ask (backup, "blockdev-del", -1, "{\"node-name\":\"" VIEW "\"}");
      return TRUE;
    case STEP_SERVE: /* and the export with it */
      ask (backup, "nbd-server-stop", -1, "{}");
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- the end --- */

static void
stop_serving (Backup *backup)
{
  g_clear_handle_id (&backup->life_source, g_source_remove);
  g_clear_handle_id (&backup->accept_source, g_source_remove);
  g_clear_handle_id (&backup->deadline, g_source_remove);
  g_clear_handle_id (&backup->ping_timer, g_source_remove);
  g_ptr_array_set_size (backup->views, 0);
  if (backup->order.listener >= 0)
    shutdown (backup->order.listener, SHUT_RDWR);
}

static gboolean
on_ended (gpointer data)
{
  Backup *backup = data;

  backup->idle = 0;
  backup->events.ended (backup->user_data);
  return G_SOURCE_REMOVE;
}

static void
undo_step (Backup *backup)
{
  backup->undoing = TRUE;
  while (backup->step > STEP_SIZE)
    if (ask_undo (backup, --backup->step))
      return;
  guest_log ("The backup of disk%u ended: %s", backup->order.disk, backup->why);
  backup->idle = g_idle_add (on_ended, backup);
}

void
backup_end (Backup *backup, const char *why)
{
  if (backup->ending)
    return;
  backup->ending = TRUE;
  backup->why = g_strdup (why);
  stop_serving (backup);
  if (!backup->begun)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, why);

      backup->begun = TRUE;
      backup->events.begun (error, backup->user_data);
    }
  else if (fds_send (backup->order.life, why, MIN (strlen (why), BACKUP_TEXT_MAX), NULL, 0) < 0)
    g_debug ("Nobody waits for the end of the backup");
  if (!backup->pending)
    undo_step (backup);
}

void
backup_free (Backup *backup)
{
  stop_serving (backup);
  g_clear_handle_id (&backup->idle, g_source_remove);
  g_ptr_array_unref (backup->views);
  fds_clear (&backup->order.listener);
  fds_clear (&backup->order.scratch);
  fds_clear (&backup->order.life);
  inner_socket_clear (&backup->inner);
  g_free (backup->why);
  g_free (backup);
}

static gboolean
on_life (int fd, GIOCondition condition, gpointer data)
{
  Backup *backup = data;

  backup->life_source = 0;
  backup_end (backup, "Whoever asked for it is gone.");
  return G_SOURCE_REMOVE;
}

static gboolean
on_deadline (gpointer data)
{
  Backup *backup = data;

  backup->deadline = 0;
  backup_end (backup, "Its time is over.");
  return G_SOURCE_REMOVE;
}

/* --- QEMU's life --- */

static gboolean on_ping_timer (gpointer data);

/* QEMU answers in turn, and so does its silence: this comes before the answer to any step of the
 * end, and thus while there is a backup. */
static void
on_pong (JsonNode *result, const GError *error, gpointer data)
{
  Backup *backup = data;

  if (g_error_matches (error, QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_LOST))
    return;
  backup->silent = g_error_matches (error, QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_TIMEOUT);
  if (backup->silent)
    backup_end (backup, error->message);
  else if (!backup->ending)
    backup->ping_timer = g_timeout_add_seconds (PING_SECONDS, on_ping_timer, backup);
}

/* Readers would wait for QEMU as long as it hangs. */
static gboolean
on_ping_timer (gpointer data)
{
  Backup *backup = data;

  backup->ping_timer = 0;
  qmp_client_send (backup->qmp, "query-status", NULL, -1, 0, on_pong, backup);
  return G_SOURCE_REMOVE;
}

gboolean
backup_is_silent (const Backup *backup)
{
  return backup->silent;
}

/* --- readers --- */

static void
on_view_gone (NbdView *view, gpointer data)
{
  Backup *backup = data;

  g_ptr_array_remove_fast (backup->views, view);
}

static void
meet_reader (Backup *backup, int reader)
{
  g_autoptr (GError) error = NULL;
  NbdView *view;
  uid_t uid;

  if (backup->views->len >= BACKUP_READERS_MAX || !fds_peer_uid (reader, &uid, &error) ||
      (uid != 0 && uid != backup->starter))
    {
      guest_log ("A reader of the backup was refused");
      return;
    }
  view = nbd_view_new (backup->binary, reader, &backup->inner, on_view_gone, backup, &error);
  if (view == NULL)
    guest_log ("A reader of the backup cannot be served: %s", error->message);
  else
    g_ptr_array_add (backup->views, view);
}

static gboolean
on_reader (int listener, GIOCondition condition, gpointer data)
{
  Backup *backup = data;
  autofd reader = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (reader >= 0)
    meet_reader (backup, reader);
  else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
    {
      backup->accept_source = 0;
      backup_end (backup, "Its socket cannot be used any more.");
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

/* --- the beginning --- */

/* The virtual size of diskN among QEMU's nodes; -1. */
static gint64
find_size (JsonNode *nodes, guint disk)
{
  g_autofree char *name = g_strdup_printf ("disk%u", disk);
  JsonArray *array =
      nodes != NULL && JSON_NODE_HOLDS_ARRAY (nodes) ? json_node_get_array (nodes) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      JsonNode *image = object != NULL ? json_object_get_member (object, "image") : NULL;
      gint64 size = 0;

      if (image != NULL && g_strcmp0 (json_guard_string (node, "node-name"), name) == 0 &&
          JSON_NODE_HOLDS_OBJECT (image) &&
          json_object_has_member (json_node_get_object (image), "virtual-size"))
        size = json_object_get_int_member_with_default (json_node_get_object (image),
                                                        "virtual-size", 0);
      if (size > 0 && size <= SIZE_MAX_BYTES)
        return size;
    }
  return -1;
}

static void
become_ready (Backup *backup)
{
  backup->begun = TRUE;
  backup->accept_source = g_unix_fd_add (backup->order.listener, G_IO_IN, on_reader, backup);
  backup->deadline = g_timeout_add_seconds (backup->order.seconds, on_deadline, backup);
  backup->ping_timer = g_timeout_add_seconds (PING_SECONDS, on_ping_timer, backup);
  guest_log ("A backup of disk%u has begun", backup->order.disk);
  backup->events.begun (NULL, backup->user_data);
}

static void
next_step (Backup *backup)
{
  if (++backup->step < STEPS)
    do_step (backup);
  else
    become_ready (backup);
}

static void
take_size (Backup *backup, JsonNode *result)
{
  gint64 size = find_size (result, backup->order.disk);

  if (size < 0)
    backup_end (backup, "The guest has no such disk");
  else if (ftruncate (backup->order.scratch, size) != 0)
    {
      g_autofree char *why = g_strdup_printf (
          "The file for what the guest overwrites cannot be as large as the disk: %s",
          g_strerror (errno));

      backup_end (backup, why);
    }
  else
    next_step (backup);
}

static void
on_answer (JsonNode *result, const GError *error, gpointer data)
{
  Backup *backup = data;

  backup->pending = FALSE;
  if (g_error_matches (error, QMP_CLIENT_ERROR, QMP_CLIENT_ERROR_LOST))
    return; /* QEMU is gone, and this soon too */
  if (backup->ending)
    {
      /* A step that was under way is undone like the others; what cannot be undone is passed over.
       */
      if (!backup->undoing && error == NULL)
        backup->step++;
      undo_step (backup);
      return;
    }
  if (error != NULL)
    {
      g_autofree char *why = g_strdup_printf ("QEMU cannot make the backup: %s", error->message);

      backup_end (backup, why);
    }
  else if (backup->step == STEP_SIZE)
    take_size (backup, result);
  else
    next_step (backup);
}

Backup *
backup_new_take (const BackupOrder *order,
                 QmpClient *qmp,
                 const char *binary,
                 int folder,
                 uid_t starter,
                 const BackupEvents *events,
                 gpointer user_data)
{
  Backup *backup = g_new0 (Backup, 1);
  g_autoptr (GError) error = NULL;

  backup->order = *order;
  backup->qmp = qmp;
  backup->binary = binary;
  backup->starter = starter;
  backup->events = *events;
  backup->user_data = user_data;
  backup->inner = INNER_SOCKET_NONE;
  backup->views = g_ptr_array_new_with_free_func ((GDestroyNotify) nbd_view_free);
  fcntl (order->listener, F_SETFL, O_NONBLOCK);
  backup->life_source = g_unix_fd_add (order->life, G_IO_HUP | G_IO_ERR, on_life, backup);
  if (inner_socket_make (&backup->inner, folder, INNER_NAME, BACKUP_READERS_MAX, &error))
    do_step (backup);
  else
    backup_end (backup, error->message);
  return backup;
}
