/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * QEMU's command line: every node explicit, no typed path in it, every descriptor handed over once.
 */
#include "fds.h"
#include "image/image-chain.h"
#include "machine/agent.h"
#include "machine/command-line.h"
#include "net/network.h"

#include <string.h>

#define TYPED "/home/user/my,disk"

typedef struct
{
  GuestDefinition *definition;
  Resources *resources;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  Resources *resources = g_new0 (Resources, 1);

  fixture->definition = guest_definition_new ("my,name");
  resources->definition = fixture->definition;
  resources->chains = g_ptr_array_new_with_free_func ((GDestroyNotify) image_chain_free);
  resources->kernel = resources->initrd = resources->kvm = -1;
  resources->firmware_code = resources->firmware_variables = -1;
  fixture->resources = resources;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  /* The numbers are made up: nothing to close. */
  fixture->resources->kernel = fixture->resources->initrd = fixture->resources->kvm = -1;
  fixture->resources->firmware_code = fixture->resources->firmware_variables = -1;
  resources_free (fixture->resources);
  guest_definition_free (fixture->definition);
}

static void
free_node (gpointer data)
{
  g_free (((ImageNode *) data)->path);
  g_free (data);
}

/* A disk of `depth` files with descriptors from `fd` on. */
static GuestDisk *
add_disk (Fixture *fixture,
          guint index,
          GuestDiskFormat format,
          GuestDiskBus bus,
          int fd,
          int depth)
{
  GuestDisk *disk = guest_disk_new (index, TYPED, format);
  ImageChain *chain = g_new0 (ImageChain, 1);

  disk->bus = bus;
  g_ptr_array_add (fixture->definition->disks, disk);
  chain->disk = disk;
  chain->nodes = g_ptr_array_new_with_free_func (free_node);
  for (int i = 0; i < depth; i++)
    {
      ImageNode *node = g_new0 (ImageNode, 1);

      node->path = g_strdup (TYPED);
      node->fd = fd + i;
      node->format = format;
      node->writable = i == 0;
      g_ptr_array_add (chain->nodes, node);
    }
  g_ptr_array_add (fixture->resources->chains, chain);
  return disk;
}

static char *
build_with_agent (Fixture *fixture, int agent, GArray **ret_fds)
{
  g_autoptr (CommandLine) line =
      command_line_build ("/usr/bin/qemu", fixture->resources, 500, -1, agent);
  GString *text = g_string_new ("");

  for (guint i = 0; i + 1 < line->argv->len; i++)
    g_string_append_printf (text, "%s\n", (char *) line->argv->pdata[i]);
  g_assert_null (line->argv->pdata[line->argv->len - 1]);
  if (ret_fds != NULL)
    *ret_fds = g_array_ref (line->fds);
  return g_string_free (text, FALSE);
}

static char *
build (Fixture *fixture, GArray **ret_fds)
{
  return build_with_agent (fixture, -1, ret_fds);
}

static void
assert_has (const char *text, const char *line)
{
  g_autofree char *whole = g_strdup_printf ("\n%s\n", line);

  if (strstr (text, whole) == NULL)
    g_error ("“%s” is missing in:\n%s", line, text);
}

static guint
count (const char *text, const char *word)
{
  guint n = 0;

  for (const char *at = strstr (text, word); at != NULL; at = strstr (at + 1, word))
    n++;
  return n;
}

/* Without leave for the clipboard there is a bus, and no agent's port on it. */
static void
test_agent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *off = build (fixture, NULL);
  g_autoptr (GArray) fds = NULL;
  g_autofree char *both = build_with_agent (fixture, 600, &fds);
  g_autofree char *socket = NULL;

  assert_has (off, "virtio-serial-pci,id=agent-bus");
  g_assert_null (strstr (off, "virtserialport"));
  for (guint i = 0; i < fds->len; i++)
    if (g_array_index (fds, JailFd, i).source == 600)
      socket = g_strdup_printf ("socket,id=agent,fd=%d,server=on,wait=off",
                                g_array_index (fds, JailFd, i).target);
  assert_has (both, socket);
  assert_has (both, "virtserialport,bus=agent-bus.0,chardev=agent,id=agent-port,"
                    "name=com.redhat.spice.0");
}

/* -1: of another port. */
static int
parse_change (const char *json)
{
  g_autoptr (JsonNode) event = json_from_string (json, NULL);
  gboolean is_open;

  return agent_parse_change (event, &is_open) ? is_open : -1;
}

static void
test_agent_event (void)
{
  g_assert_cmpint (parse_change ("{\"open\": false, \"id\": \"agent-port\"}"), ==, FALSE);
  g_assert_cmpint (parse_change ("{\"open\": true, \"id\": \"agent-port\"}"), ==, TRUE);
  g_assert_cmpint (parse_change ("{\"open\": \"yes\", \"id\": \"agent-port\"}"), ==, FALSE);
  g_assert_cmpint (parse_change ("{\"open\": false, \"id\": \"another\"}"), ==, -1);
  g_assert_cmpint (parse_change ("{\"open\": false}"), ==, -1);
  g_assert_cmpint (parse_change ("[\"agent-port\"]"), ==, -1);
}

static void
test_plain (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = build (fixture, NULL);

  assert_has (text, "-nodefaults");
  assert_has (text, "-no-user-config");
  assert_has (text, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  assert_has (text, "-S");
  assert_has (text, "dbus,p2p=on,audiodev=sound");
  assert_has (text, "guest=my,,name,debug-threads=off");
  assert_has (text, "tcg,thread=multi");
  assert_has (text, "2048M");
  assert_has (text, "socket,id=qmp,fd=10");
  assert_has (text, "none"); /* no network card */
  g_assert_null (strstr (text, "-blockdev"));
  g_assert_null (strstr (text, "kvm"));
}

static void
test_heads (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = NULL;
  g_autofree char *three = NULL;

  fixture->definition->video = GUEST_VIDEO_VIRTIO;
  one = build (fixture, NULL);
  assert_has (one, "virtio-vga");
  fixture->definition->heads = 3;
  three = build (fixture, NULL);
  assert_has (three, "virtio-vga,max_outputs=3");
  g_assert_cmpuint (count (three, "usb-tablet"), ==, 1);
}

/* One format, and no way to record without the permission. */
static void
test_sound (Fixture *fixture, gconstpointer data)
{
  g_autofree char *silent = NULL;
  g_autofree char *hears = NULL;
  g_autofree char *old = NULL;
  g_autofree char *none = NULL;

  silent = build (fixture, NULL);
  assert_has (silent, "dbus,id=sound,out.voices=4,in.voices=0,timer-period=20000,nsamples=960,out.frequency=48000,out.channels=2,"
                      "out.format=s16,in.frequency=48000,in.channels=2,in.format=s16");
  assert_has (silent, "ich9-intel-hda");
  assert_has (silent, "hda-output,audiodev=sound");
  g_assert_nonnull (strstr (silent, ",pcspk-audiodev=sound"));

  fixture->definition->microphone = TRUE;
  hears = build (fixture, NULL);
  assert_has (hears, "hda-micro,audiodev=sound");
  g_assert_nonnull (strstr (hears, ",in.voices=4,"));

  fixture->definition->machine = GUEST_MACHINE_PC;
  old = build (fixture, NULL);
  assert_has (old, "intel-hda");
  fixture->definition->sound = GUEST_SOUND_AC97;
  g_free (old);
  old = build (fixture, NULL);
  assert_has (old, "AC97,audiodev=sound");
  g_assert_null (strstr (old, "hda"));

  fixture->definition->sound = GUEST_SOUND_NONE;
  none = build (fixture, NULL);
  assert_has (none, "dbus,p2p=on");
  g_assert_null (strstr (none, "audiodev"));
}

static void
test_nodes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) fds = NULL;
  g_autofree char *text = NULL;

  add_disk (fixture, 0, GUEST_DISK_QCOW2, GUEST_BUS_VIRTIO, 100, 3);
  add_disk (fixture, 5, GUEST_DISK_RAW, GUEST_BUS_SCSI, 200, 1);
  text = build (fixture, &fds);
  assert_has (text, "{\"driver\":\"file\",\"node-name\":\"disk0-file\",\"read-only\":false,"
                    "\"discard\":\"unmap\",\"filename\":\"/dev/fdset/13\",\"locking\":\"off\","
                    "\"auto-read-only\":false}");
  assert_has (text, "{\"driver\":\"qcow2\",\"node-name\":\"disk0\",\"read-only\":false,"
                    "\"discard\":\"unmap\",\"file\":\"disk0-file\",\"backing\":\"disk0-base1\"}");
  assert_has (text, "{\"driver\":\"qcow2\",\"node-name\":\"disk0-base2\",\"read-only\":true,"
                    "\"discard\":\"ignore\",\"file\":\"disk0-base2-file\",\"backing\":null}");
  assert_has (text, "{\"driver\":\"raw\",\"node-name\":\"disk5\",\"read-only\":false,"
                    "\"discard\":\"unmap\",\"file\":\"disk5-file\"}");
  /* Every file has its lock elsewhere, every qcow2 its backing stated. */
  g_assert_cmpuint (count (text, "\"driver\":\"file\""), ==, 4);
  g_assert_cmpuint (count (text, "\"locking\":\"off\""), ==, 4);
  g_assert_cmpuint (count (text, "\"driver\":\"qcow2\""), ==, 3);
  g_assert_cmpuint (count (text, "\"backing\":"), ==, 3);
  g_assert_null (strstr (text, "/home"));
  /* QMP and four files, each once. */
  g_assert_cmpuint (fds->len, ==, 5);
  for (guint i = 0; i < fds->len; i++)
    for (guint j = i + 1; j < fds->len; j++)
      {
        JailFd *one = &g_array_index (fds, JailFd, i);
        JailFd *two = &g_array_index (fds, JailFd, j);

        g_assert_cmpint (one->target, !=, two->target);
        g_assert_cmpint (one->source, !=, two->source);
      }
}

static void
test_buses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autofree char *pc = NULL;
  GuestDisk *disk;

  for (guint i = 0; i < 7; i++)
    add_disk (fixture, i, GUEST_DISK_RAW, GUEST_BUS_SATA, 100 + i, 1);
  disk = add_disk (fixture, 7, GUEST_DISK_RAW, GUEST_BUS_IDE, 107, 1);
  disk->media = GUEST_MEDIA_CDROM;
  disk->read_only = TRUE;
  disk = add_disk (fixture, 8, GUEST_DISK_RAW, GUEST_BUS_IDE, 108, 1);
  disk->read_only = TRUE;
  text = build (fixture, NULL);
  assert_has (text, "ide-hd,bus=ide.5,id=dev-disk5,drive=disk5-limited,bootindex=6,werror=stop,"
                    "rerror=report");
  assert_has (text, "ich9-ahci,id=sata0");
  assert_has (text, "ide-hd,bus=sata0.0,id=dev-disk6,drive=disk6-limited,bootindex=7,werror=stop,"
                    "rerror=report");
  assert_has (text, "ide-cd,bus=sata0.1,id=dev-disk7,drive=disk7-limited,bootindex=17");
  /* IDE has no read-only disks. */
  assert_has (text, "scsi-hd,bus=scsi.0,id=dev-disk8,drive=disk8-limited,bootindex=8,werror=stop,"
                    "rerror=report");
  g_assert_cmpuint (count (text, "-ahci,"), ==, 1);

  fixture->definition->machine = GUEST_MACHINE_PC;
  pc = build (fixture, NULL);
  assert_has (pc, "ide-cd,bus=ide.0,unit=0,id=dev-disk7,drive=disk7-limited,bootindex=17");
  assert_has (pc, "ich9-ahci,id=sata1"); /* seven SATA disks, six ports each */
}

static void
test_kvm (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture->resources->use_kvm = TRUE;
  fixture->resources->kvm = 300;
  text = build (fixture, NULL);
  assert_has (text, "kvm,device=/dev/fdset/11");
  assert_has (text, "fd=11,set=11");
  g_assert_null (strstr (text, "tcg"));
}

static void
test_boot (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture->definition->cmdline = g_strdup ("console=ttyS0,115200 -evil");
  fixture->definition->kernel = g_strdup (TYPED);
  fixture->resources->kernel = 300;
  fixture->resources->initrd = 301;
  fixture->resources->firmware_code = 302;
  fixture->resources->firmware_variables = 303;
  text = build (fixture, NULL);
  assert_has (text, "-kernel\n/proc/self/fd/13");
  assert_has (text, "-initrd\n/proc/self/fd/14");
  assert_has (text, "-append\nconsole=ttyS0,115200 -evil");
  assert_has (text, "q35,dump-guest-core=off,vmport=off,pcspk-audiodev=sound,pflash0=firmware-code,"
                    "pflash1=firmware-variables");
  g_assert_nonnull (strstr (text, "\"node-name\":\"firmware-code\",\"read-only\":true"));
  g_assert_nonnull (strstr (text, "\"node-name\":\"firmware-variables\",\"read-only\":false"));
  g_assert_cmpuint (count (text, "\"backing\":null"), ==, 1);
  g_assert_null (strstr (text, "/home"));
}

/* The card is there if the network has a socket, with an address of the guest's own, and no ROM. */
static void
test_card (Fixture *fixture, gconstpointer data)
{
  static const char *const models[] = { "virtio-net-pci,", "e1000e,", "rtl8139," };
  guint8 mac[6];
  g_autofree char *address = NULL;

  network_mac (fixture->definition->uuid, mac);
  address = g_strdup_printf ("mac=52:54:00:%02x:%02x:%02x", mac[3], mac[4], mac[5]);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    {
      g_autoptr (CommandLine) line = NULL;
      g_autofree char *text = NULL;
      const JailFd *last;

      fixture->definition->nic = i;
      line = command_line_build ("/usr/bin/qemu", fixture->resources, 500, 700, -1);
      text = g_strjoinv (" ", (GStrv) line->argv->pdata);
      last = &g_array_index (line->fds, JailFd, line->fds->len - 1);
      g_assert_nonnull (strstr (text, models[i]));
      g_assert_nonnull (strstr (text, address));
      g_assert_nonnull (strstr (text, "romfile="));
      g_assert_cmpint (strstr (text, "host_mtu=32768") != NULL, ==, i == GUEST_NIC_VIRTIO);
      g_assert_nonnull (strstr (text, "-netdev dgram,id=net0,local.type=fd,local.str="));
      g_assert_cmpint (last->source, ==, 700);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/command-line/plain", Fixture, NULL, set_up, test_plain, tear_down);
  g_test_add ("/command-line/agent", Fixture, NULL, set_up, test_agent, tear_down);
  g_test_add_func ("/command-line/agent-event", test_agent_event);
  g_test_add ("/command-line/heads", Fixture, NULL, set_up, test_heads, tear_down);
  g_test_add ("/command-line/sound", Fixture, NULL, set_up, test_sound, tear_down);
  g_test_add ("/command-line/nodes", Fixture, NULL, set_up, test_nodes, tear_down);
  g_test_add ("/command-line/buses", Fixture, NULL, set_up, test_buses, tear_down);
  g_test_add ("/command-line/kvm", Fixture, NULL, set_up, test_kvm, tear_down);
  g_test_add ("/command-line/card", Fixture, NULL, set_up, test_card, tear_down);
  g_test_add ("/command-line/boot", Fixture, NULL, set_up, test_boot, tear_down);
  return g_test_run ();
}
