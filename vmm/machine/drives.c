/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Disks as block nodes and devices. A node that named nothing below it would let the image's header
 * do so; hence "backing" is always written.
 */
#include "drives.h"

#include "image/image-chain.h"
#include "limits/limits.h"

#include <json-glib/json-glib.h>

#define SATA_PORTS 6 /* of one controller, that of q35 included */

typedef struct
{
  CommandLine *line;
  gboolean is_pc;
  guint sata_used;
  guint ide_used;
  guint disks_seen; /* boot order: disks in their order, then CDs */
  guint cdroms_seen;
  gboolean has_scsi;
} Drives;

static void
add_node (CommandLine *line, JsonObject *object)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_take_object (root, object);
  text = json_to_string (root, FALSE);
  command_line_add (line, "-blockdev", text);
}

static JsonObject *
new_node (const char *driver, const char *name, gboolean writable)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "driver", driver);
  json_object_set_string_member (object, "node-name", name);
  json_object_set_boolean_member (object, "read-only", !writable);
  json_object_set_string_member (object, "discard", writable ? "unmap" : "ignore");
  return object;
}

/* The node of an open file, named NAME-file. */
static void
add_file_node (CommandLine *line, const char *name, int fd, gboolean writable, gboolean is_device)
{
  g_autofree char *file_name = g_strconcat (name, "-file", NULL);
  g_autofree char *path = command_line_add_fdset (line, fd);
  JsonObject *object = new_node (is_device ? "host_device" : "file", file_name, writable);

  json_object_set_string_member (object, "filename", path);
  json_object_set_string_member (object, "locking", "off"); /* vmm holds the lock */
  json_object_set_boolean_member (object, "auto-read-only", FALSE);
  add_node (line, object);
}

/* The node of a disk on an NBD server, named NAME-file: its socket leads to vitrine-nbd, which has
 * agreed on the export with the server. */
static void
add_remote_node (CommandLine *line, const char *name, int fd, gboolean writable)
{
  g_autofree char *file_name = g_strconcat (name, "-file", NULL);
  g_autofree char *number = g_strdup_printf ("%d", command_line_add_fd (line, fd));
  JsonObject *object = new_node ("nbd", file_name, writable);
  JsonObject *server = json_object_new ();

  json_object_set_string_member (server, "type", "fd");
  json_object_set_string_member (server, "str", number);
  json_object_set_object_member (object, "server", server);
  json_object_set_boolean_member (object, "auto-read-only", FALSE);
  add_node (line, object);
}

/* The node of a format on NAME-file. `backing` is another node's name or NULL. */
static void
add_format_node (CommandLine *line,
                 const char *name,
                 GuestDiskFormat format,
                 gboolean writable,
                 const char *backing)
{
  g_autofree char *file_name = g_strconcat (name, "-file", NULL);
  JsonObject *object = new_node (guest_disk_format_word (format), name, writable);

  json_object_set_string_member (object, "file", file_name);
  if (format == GUEST_DISK_QCOW2 && backing != NULL)
    json_object_set_string_member (object, "backing", backing);
  else if (format == GUEST_DISK_QCOW2)
    json_object_set_null_member (object, "backing");
  add_node (line, object);
}

/* The nodes of a chain, lowest first; the top one is called "diskN". */
static void
add_chain (CommandLine *line, const ImageChain *chain)
{
  g_autofree char *below = NULL;

  for (guint depth = chain->nodes->len; depth-- > 0;)
    {
      const ImageNode *node = chain->nodes->pdata[depth];
      g_autofree char *name = depth == 0
                                  ? g_strdup_printf ("disk%u", chain->disk->index)
                                  : g_strdup_printf ("disk%u-base%u", chain->disk->index, depth);

      if (chain->source != NULL)
        add_remote_node (line, name, node->fd, node->writable);
      else
        add_file_node (line, name, node->fd, node->writable, node->is_device);
      add_format_node (line, name, node->format, node->writable, below);
      g_free (below);
      below = g_steal_pointer (&name);
    }
}

/* The node that the device has: it takes what all disks may do together (limits/limits.h). It is
 * always there, so that limits can be set while the guest runs. */
static void
add_throttle (CommandLine *line, const ImageChain *chain)
{
  const ImageNode *top = chain->nodes->pdata[0];
  g_autofree char *name = g_strdup_printf ("disk%u-limited", chain->disk->index);
  g_autofree char *below = g_strdup_printf ("disk%u", chain->disk->index);
  JsonObject *object = new_node ("throttle", name, top->writable);

  json_object_set_string_member (object, "throttle-group", LIMITS_THROTTLE_GROUP);
  json_object_set_string_member (object, "file", below);
  add_node (line, object);
}

/* Where the next disk on a bus goes: "ide-hd,bus=ide.0", with its controller added if need be. */
static char *
place_sata (Drives *drives, const char *kind)
{
  guint port = drives->sata_used++;

  /* q35 has a controller of its own, whose ports are called ide.N. */
  if (!drives->is_pc && port < SATA_PORTS)
    return g_strdup_printf ("ide-%s,bus=ide.%u", kind, port);
  if (!drives->is_pc)
    port -= SATA_PORTS;
  if (port % SATA_PORTS == 0)
    command_line_add_printf (drives->line, "-device", "ich9-ahci,id=sata%u", port / SATA_PORTS);
  return g_strdup_printf ("ide-%s,bus=sata%u.%u", kind, port / SATA_PORTS, port % SATA_PORTS);
}

static char *
place_scsi (Drives *drives, const char *kind)
{
  if (!drives->has_scsi)
    command_line_add (drives->line, "-device", "virtio-scsi-pci,id=scsi");
  drives->has_scsi = TRUE;
  return g_strdup_printf ("scsi-%s,bus=scsi.0", kind);
}

static char *
place_disk (Drives *drives, const GuestDisk *disk)
{
  const char *kind = disk->media == GUEST_MEDIA_CDROM ? "cd" : "hd";

  /* QEMU's IDE and SATA disks cannot be read-only; SCSI ones can. */
  if (disk->media == GUEST_MEDIA_DISK && disk->read_only && disk->bus != GUEST_BUS_VIRTIO)
    return place_scsi (drives, kind);
  switch (disk->bus)
    {
    case GUEST_BUS_VIRTIO:
      if (disk->media == GUEST_MEDIA_DISK)
        return g_strdup ("virtio-blk-pci");
      return place_scsi (drives, kind); /* virtio has no CD of its own but this */
    case GUEST_BUS_SCSI:
      return place_scsi (drives, kind);
    case GUEST_BUS_IDE:
      /* The two channels of pc; q35 has none, and a fifth disk does not fit. */
      if (drives->is_pc && drives->ide_used < 4)
        {
          guint slot = drives->ide_used++;

          return g_strdup_printf ("ide-%s,bus=ide.%u,unit=%u", kind, slot / 2, slot % 2);
        }
      return place_sata (drives, kind);
    case GUEST_BUS_SATA:
    default:
      return place_sata (drives, kind);
    }
}

/* What becomes of an error. A full disk of the host's, or a server that is away, are a pause: the
 * request is made again afterwards. */
static const char *
error_policy (const ImageChain *chain)
{
  if (chain->source != NULL)
    return ",werror=stop,rerror=stop";
  return chain->disk->media == GUEST_MEDIA_DISK ? ",werror=stop,rerror=report" : "";
}

/* Disks boot before CDs: an empty disk is passed over, so an installer runs once, then its result.
 */
static guint
boot_index (Drives *drives, const GuestDisk *disk)
{
  return disk->media == GUEST_MEDIA_DISK ? ++drives->disks_seen
                                         : GUEST_DISKS_MAX + ++drives->cdroms_seen;
}

static void
add_disk (Drives *drives, const ImageChain *chain)
{
  const GuestDisk *disk = chain->disk;
  g_autofree char *place = NULL;

  add_chain (drives->line, chain);
  add_throttle (drives->line, chain);
  place = place_disk (drives, disk);
  command_line_add_printf (drives->line, "-device",
                           "%s,id=dev-disk%u,drive=disk%u-limited,bootindex=%u%s", place,
                           disk->index, disk->index, boot_index (drives, disk),
                           error_policy (chain));
}

void
drives_add (CommandLine *line, const Resources *resources)
{
  Drives drives = { .line = line, .is_pc = resources->definition->machine == GUEST_MACHINE_PC };

  if (resources->firmware_code >= 0)
    {
      add_file_node (line, DRIVES_FIRMWARE_CODE, resources->firmware_code, FALSE, FALSE);
      add_format_node (line, DRIVES_FIRMWARE_CODE, GUEST_DISK_RAW, FALSE, NULL);
      add_file_node (line, DRIVES_FIRMWARE_VARIABLES, resources->firmware_variables, TRUE, FALSE);
      add_format_node (line, DRIVES_FIRMWARE_VARIABLES, GUEST_DISK_QCOW2, TRUE, NULL);
    }
  if (resources->chains->len > 0)
    {
      g_autofree char *group = limits_throttle_json (&resources->definition->limits);

      command_line_add (line, "-object", group);
    }
  for (guint i = 0; i < resources->chains->len; i++)
    add_disk (&drives, resources->chains->pdata[i]);
}
