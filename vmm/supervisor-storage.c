/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The guest's disks on NBD servers: before QEMU starts all of them answer; when one goes away the
 * guest pauses, and goes on by itself when it is back. Runs in vitrine-vmm.
 */
#include "supervisor-private.h"

#include "image/image-chain.h"
#include "nbd/nbd-disk.h"
#include "qmp/json-guard.h"

#include <string.h>

static void
on_ready (gpointer data)
{
  Supervisor *self = data;

  for (guint i = 0; i < self->storage->len; i++)
    if (!nbd_disk_is_open (self->storage->pdata[i]))
      return;
  if (self->phase == PHASE_STARTING && self->qemu == NULL)
    supervisor_start_machine (self);
}

static void
on_failed (const char *why, gpointer data)
{
  supervisor_end (data, why);
}

static void
on_lost (const char *why, gboolean for_good, gpointer data)
{
  Supervisor *self = data;
  g_autofree char *text =
      for_good ? g_strdup (why)
               : g_strdup_printf ("%s. The guest pauses when it needs that disk, and goes on by "
                                  "itself when it is back",
                                  why);

  if (self->phase == PHASE_STARTING)
    {
      supervisor_end (self, why);
      return;
    }
  if (self->phase != PHASE_RUNNING)
    return;
  vt_dbus_guest1_emit_warning (control_get_guest (self->control), text);
  g_free (self->io_error);
  self->io_error = g_steal_pointer (&text);
  supervisor_refresh (self, NULL);
}

/* Paused for want of a disk, and for nothing else. */
static void
on_status (JsonNode *result, const GError *error, gpointer data)
{
  Supervisor *self = data;

  if (error != NULL || self->phase != PHASE_RUNNING || supervisor_storage_trouble (self) != NULL ||
      g_strcmp0 (json_guard_string (result, "status"), "io-error") != 0)
    return;
  guest_log ("The guest goes on: its disks are back");
  qmp_client_send (self->qmp, "cont", NULL, -1, 0, NULL, NULL);
}

static void
on_back (gpointer data)
{
  Supervisor *self = data;

  if (self->phase != PHASE_RUNNING)
    return;
  g_clear_pointer (&self->io_error, g_free);
  qmp_client_send (self->qmp, "query-status", NULL, -1, 0, on_status, self);
}

static void
on_warning (const char *text, gpointer data)
{
  Supervisor *self = data;

  guest_log ("%s", text);
  vt_dbus_guest1_emit_warning (control_get_guest (self->control), text);
}

static void
on_changed (gpointer data)
{
  Supervisor *self = data;

  if (self->phase == PHASE_RUNNING)
    supervisor_publish_processes (self);
}

const char *
supervisor_storage_trouble (Supervisor *self)
{
  for (guint i = 0; self->storage != NULL && i < self->storage->len; i++)
    if (nbd_disk_get_trouble (self->storage->pdata[i]) != NULL)
      return nbd_disk_get_trouble (self->storage->pdata[i]);
  return NULL;
}

gboolean
supervisor_connect_storage (Supervisor *self, GError **error)
{
  static const NbdDiskEvents events = { on_ready, on_failed,  on_lost,
                                        on_back,  on_warning, on_changed };
  const Launch *launch = self->launch;

  self->storage = g_ptr_array_new_with_free_func ((GDestroyNotify) nbd_disk_free);
  for (guint i = 0; i < launch->resources->chains->len; i++)
    {
      ImageChain *chain = launch->resources->chains->pdata[i];
      ImageNode *top = chain->nodes->pdata[0];
      NbdDisk *disk;

      if (chain->source == NULL)
        continue;
      disk = nbd_disk_new (launch->nbd_binary, chain->source, top->writable, &events, self,
                           &top->fd, error);
      if (disk == NULL)
        return FALSE;
      g_ptr_array_add (self->storage, disk);
    }
  if (self->storage->len > 0)
    start_report_step (self->report, "Connecting to the NBD servers of its disks");
  else
    supervisor_start_machine (self);
  return TRUE;
}

void
supervisor_expect_storage_end (Supervisor *self)
{
  for (guint i = 0; self->storage != NULL && i < self->storage->len; i++)
    nbd_disk_expect_end (self->storage->pdata[i]);
}

/* --- what a remote qcow2 image rests on --- */

/* QEMU is told "backing": null, so the file would be passed over, and what it holds be missing. */
static const char *
find_backing (JsonNode *nodes, const char *name)
{
  JsonArray *array = nodes != NULL && JSON_NODE_HOLDS_ARRAY (nodes) ? json_node_get_array (nodes)
                                                                     : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

      if (object != NULL && g_strcmp0 (json_guard_string (node, "node-name"), name) == 0 &&
          json_object_has_member (object, "image"))
        return json_guard_string (json_object_get_member (object, "image"), "backing-filename");
    }
  return NULL;
}

static void
on_nodes (JsonNode *result, const GError *error, gpointer data)
{
  Supervisor *self = data;
  const GPtrArray *chains;

  if (self->phase != PHASE_STARTING)
    return;
  if (error != NULL)
    {
      supervisor_end (self, error->message);
      return;
    }
  chains = self->launch->resources->chains;
  for (guint i = 0; i < chains->len; i++)
    {
      const ImageChain *chain = chains->pdata[i];
      g_autofree char *name = g_strdup_printf ("disk%u", chain->disk->index);
      g_autofree char *why = NULL;

      if (chain->source == NULL || chain->disk->format != GUEST_DISK_QCOW2 ||
          find_backing (result, name) == NULL)
        continue;
      why = g_strdup_printf (
          "The image at %s rests on a backing file, which is not followed from an NBD server: export "
          "a whole image, or let the server read the format and set disk%u.format=raw",
          chain->disk->file, chain->disk->index);
      supervisor_end (self, why);
      return;
    }
  supervisor_storage_checked (self);
}

void
supervisor_check_storage (Supervisor *self)
{
  JsonObject *arguments;

  if (self->storage->len == 0)
    {
      supervisor_storage_checked (self);
      return;
    }
  arguments = json_object_new ();
  json_object_set_boolean_member (arguments, "flat", TRUE);
  qmp_client_send (self->qmp, "query-named-block-nodes", arguments, -1, 0, on_nodes, self);
}
