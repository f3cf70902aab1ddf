/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * guest.conf: what is read, what is refused and in which words, and that a rewrite touches only
 * what changed.
 */
#include "guest-definition.h"

#include <string.h>

#define UUID "0f3a2b1c-1111-4222-8333-123456789abc"
#define HEAD "[vitrine]\nversion=1\n\n[guest]\nuuid=" UUID "\nname=Test\n"

static GuestDefinition *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GuestDefinition *definition = guest_definition_parse (text, strlen (text), "g.conf", &error);

  g_assert_no_error (error);
  return definition;
}

static void
assert_refused (const char *text, gsize size, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guest_definition_parse (text, size, "g.conf", &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_defaults (void)
{
  g_autoptr (GuestDefinition) d = parse (HEAD "[disk1]\nfile=a.qcow2\nformat=qcow2\n"
                                              "[disk0]\nfile=/b.iso\nformat=raw\nmedia=cdrom\n");
  const GuestDisk *first = g_ptr_array_index (d->disks, 0);
  const GuestDisk *second = g_ptr_array_index (d->disks, 1);

  g_assert_cmpstr (d->uuid, ==, UUID);
  g_assert_cmpuint (d->memory_mib, ==, 2048);
  g_assert_cmpuint (d->cpus, ==, 2);
  g_assert_cmpint (d->machine, ==, GUEST_MACHINE_Q35);
  g_assert_cmpint (d->accel, ==, GUEST_ACCEL_AUTO);
  g_assert_cmpint (d->sound, ==, GUEST_SOUND_HDA);
  g_assert_false (d->microphone);
  g_assert_null (d->kernel);
  g_assert_cmpuint (d->disks->len, ==, 2);
  g_assert_cmpstr (first->file, ==, "/b.iso");
  g_assert_cmpint (first->bus, ==, GUEST_BUS_SATA);
  g_assert_true (first->read_only);
  g_assert_cmpint (second->bus, ==, GUEST_BUS_VIRTIO);
  g_assert_false (second->read_only);
  g_assert_nonnull (second->allow_backing);
}

static void
test_values (void)
{
  g_autoptr (GuestDefinition) d = parse (
      "# mine\r\n[vitrine]\r\nversion = 1 \r\n[guest]\n uuid=" UUID "\nname= A \\sB\\\\C\n"
      "memory=64 \ncpus=255\nfirmware=uefi\nmachine=pc\naccel=tcg\nisolation=required\nos=x\n"
      "[boot]\nkernel=/k\ninitrd=/i\ncmdline=a=b \\\\x\n[display]\ndevice=qxl\npointer=mouse\n"
      "[sound]\ndevice=ac97\nmicrophone=true\n"
      "[network]\npolicy=offline\n"
      "[disk15]\nfile=/d\nformat=raw\nbus=ide\nread-only=true\nallow-backing=/a\\;b;/c;\n");
  const GuestDisk *disk = g_ptr_array_index (d->disks, 0);

  g_assert_cmpstr (d->name, ==, "A  B\\C");
  g_assert_cmpuint (d->memory_mib, ==, 64);
  g_assert_cmpuint (d->cpus, ==, 255);
  g_assert_cmpint (d->firmware, ==, GUEST_FIRMWARE_UEFI);
  g_assert_cmpint (d->machine, ==, GUEST_MACHINE_PC);
  g_assert_cmpint (d->accel, ==, GUEST_ACCEL_TCG);
  g_assert_cmpint (d->isolation, ==, GUEST_ISOLATION_REQUIRED);
  g_assert_cmpstr (d->cmdline, ==, "a=b \\x");
  g_assert_cmpint (d->video, ==, GUEST_VIDEO_QXL);
  g_assert_cmpint (d->sound, ==, GUEST_SOUND_AC97);
  g_assert_true (d->microphone);
  g_assert_cmpint (d->pointer, ==, GUEST_POINTER_MOUSE);
  g_assert_cmpuint (disk->index, ==, 15);
  g_assert_true (disk->read_only);
  g_assert_cmpint (disk->bus, ==, GUEST_BUS_IDE);
  g_assert_cmpstr (disk->allow_backing[0], ==, "/a;b");
  g_assert_cmpstr (disk->allow_backing[1], ==, "/c");
  g_assert_null (disk->allow_backing[2]);
}

static const struct
{
  const char *text, *message;
} refused[] = {
  { HEAD "[display]\nheads=0\n", "g.conf, line 8: heads: '0' is not a number between 1 and 4" },
  { HEAD "[display]\nheads=5\n", "g.conf, line 8: heads: '5' is not a number between 1 and 4" },
  { HEAD "[display]\nheads=x\n", "g.conf, line 8: heads: 'x' is not a number between 1 and 4" },
  { HEAD "[display]\ndevice=qxl\nheads=2\n",
    "g.conf, line 9: heads: only display.device=virtio has more than one; set that, or "
    "display.heads=1" },
  { "", "g.conf: the key version is missing from [vitrine]" },
  { "a=b\n", "g.conf, line 1: a [group] must come before the first key" },
  { "[x\n", "g.conf, line 1: this is not a valid [group]" },
  { "[]\n", "g.conf, line 1: this is not a valid [group]" },
  { "[a] b\n", "g.conf, line 1: this is not a valid [group]" },
  { "\n[a]\nb\n", "g.conf, line 3: this is neither [group] nor key=value nor # comment" },
  { "[a]\n=b\n", "g.conf, line 2: this is not a valid name before the “=”" },
  { "[a]\nb[=c\n", "g.conf, line 2: this is not a valid name before the “=”" },
  { "[a]\nb=\xff\n", "g.conf, line 2: the text is not valid UTF-8" },
  { "[a]\nb=1\nb=2\n", "g.conf, line 3: b is already on line 2" },
  { "[a]\n[b]\n[a]\n", "g.conf, line 3: the group [a] is already on line 1" },
  { "[vitrine]\nversion=2\n",
    "g.conf, line 2: version: 2 is from a newer Vitrine; this one reads only 1" },
  { "[vitrine]\nversion=x\n", "g.conf, line 2: version: it is not a number; only 1 is allowed" },
  { "[vitrine]\nversion=1\n", "g.conf: the key uuid is missing from [guest]" },
  { "[vitrine]\nversion=1\n[guest]\nuuid=" UUID "\n",
    "g.conf, line 3: the key name is missing from [guest]" },
  { HEAD "memory=lots\n",
    "g.conf, line 7: memory: 'lots' is not a number of MiB between 1 and 4194304" },
  { HEAD "memory=0\n", "g.conf, line 7: memory: '0' is not a number of MiB between 1 and 4194304" },
  { HEAD "memory=-1\n",
    "g.conf, line 7: memory: '-1' is not a number of MiB between 1 and 4194304" },
  { HEAD "memory=4194305\n",
    "g.conf, line 7: memory: '4194305' is not a number of MiB between 1 and 4194304" },
  { HEAD "cpus=256\n", "g.conf, line 7: cpus: '256' is not a number between 1 and 255" },
  { HEAD "cpus=99999999999999999999999\n",
    "g.conf, line 7: cpus: '99999999999999999999999' is not a number between 1 and 255" },
  { HEAD "firmware=\n", "g.conf, line 7: firmware: '' is not one of: bios, uefi" },
  { HEAD "accel=hvf\n", "g.conf, line 7: accel: 'hvf' is not one of: auto, kvm, tcg" },
  { HEAD "os=\\x\n", "g.conf, line 7: os: after “\\” only s, n, t, r and “\\” are allowed" },
  { HEAD "os=a\\tb\n", "g.conf, line 7: os: 'a\xef\xbf\xbd"
                       "b' is not one line of at most 2048 bytes without control characters" },
  { HEAD "[sound]\ndevice=sb16\n",
    "g.conf, line 8: device: 'sb16' is not one of: hda, ac97, none" },
  { HEAD "[sound]\nmicrophone=yes\n",
    "g.conf, line 8: microphone: 'yes' is not one of: false, true" },
  { HEAD "[boot]\nkernel=k\n", "g.conf, line 8: kernel: 'k' is not an absolute path" },
  { HEAD "[boot]\n\ninitrd=/i\n", "g.conf, line 9: initrd: it needs a kernel, which is not set" },
  { HEAD "[disk16]\n", "g.conf, line 7: [disk16]: disks are [disk0] to [disk15]" },
  { HEAD "[disk01]\n", "g.conf, line 7: [disk01]: disks are [disk0] to [disk15]" },
  { HEAD "[disk0]\nformat=raw\n", "g.conf, line 7: the key file is missing from [disk0]" },
  { HEAD "[disk0]\nfile=x\n", "g.conf, line 7: the key format is missing from [disk0]" },
  { HEAD "[disk0]\nfile=x\nformat=vmdk\n",
    "g.conf, line 9: format: 'vmdk' is not one of: qcow2, raw" },
  { HEAD "[disk0]\nfile=../x\nformat=raw\n",
    "g.conf, line 8: file: '../x' is not an absolute path, a plain name inside the guest's disks "
    "folder, or an address such as nbd://server/export" },
  { HEAD "[disk0]\nfile=..\nformat=raw\n",
    "g.conf, line 8: file: '..' is not an absolute path, a plain name inside the guest's disks "
    "folder, or an address such as nbd://server/export" },
  { HEAD "[disk0]\nfile=x\nformat=raw\nmedia=cdrom\nbus=virtio\n",
    "g.conf, line 11: bus: a cdrom cannot be on virtio, only on one of: sata, scsi, ide" },
  { HEAD "[disk0]\nfile=x\nformat=raw\nmedia=cdrom\nread-only=false\n",
    "g.conf, line 11: read-only: a cdrom is always read-only, only true is allowed" },
  { HEAD "[disk0]\nfile=x\nformat=raw\nallow-backing=/a;b\n",
    "g.conf, line 10: allow-backing: 'b' is not a list of at most 16 absolute paths, apart by "
    "“;”" },
  { HEAD "[network]\npolicy=all\n",
    "g.conf, line 8: policy: 'all' is not one of: offline, internet, lan, bridge" },
  { HEAD "[network]\ndevice=ne2k\n",
    "g.conf, line 8: device: 'ne2k' is not one of: virtio, e1000e, rtl8139, none" },
  { HEAD "[network]\nforward=tcp:80\n",
    "g.conf, line 8: forward: 'tcp:80' is not a list of at most 64 forwards such as "
    "tcp:127.0.0.1:8080:80, apart by “;”" },
  { HEAD "[network]\ndns=example.org\n",
    "g.conf, line 8: dns: 'example.org' is not an IPv4 or IPv6 address" },
  { HEAD "[network]\nrate-in=fast\n",
    "g.conf, line 8: rate-in: 'fast' is not a number of kB a second between 0 and 100000000" },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    assert_refused (refused[i].text, strlen (refused[i].text), refused[i].message);
}

static void
test_refused_bytes (void)
{
  g_autofree char *big = g_strnfill (GUEST_DEFINITION_BYTES_MAX + 1, '\n');
  g_autofree char *name = g_strnfill (GUEST_NAME_BYTES_MAX + 1, 'n');
  g_autofree char *text = g_strdup_printf ("[guest]\nname=%s\n", name);
  g_autoptr (GError) error = NULL;

  assert_refused ("[a]\nb=\0\n", 8, "g.conf, line 2: a zero byte is not allowed");
  assert_refused (big, strlen (big), "g.conf is larger than the 65536 bytes allowed");
  g_assert_null (guest_definition_parse (text, strlen (text), "g.conf", &error));
  g_assert_true (strstr (error->message, "nnn…' is not a name of 1 to 128 bytes") != NULL);
}

static void
assert_same (const GuestDefinition *a, const GuestDefinition *b)
{
  g_auto (GStrv) left = guest_definition_list (a);
  g_auto (GStrv) right = guest_definition_list (b);

  g_assert_true (g_strv_equal ((const char *const *) left, (const char *const *) right));
}

static void
test_fresh (void)
{
  g_autoptr (GuestDefinition) d = guest_definition_new (" \xea\xb0\x80 #;=\\");
  g_autoptr (GuestDefinition) again = NULL;
  g_autofree char *text = NULL;
  GuestDisk *disk = guest_disk_new (3, "/x;y\\z", GUEST_DISK_RAW);

  g_strfreev (disk->allow_backing);
  disk->allow_backing = g_strsplit ("/a;b /c\\d", " ", -1);
  g_ptr_array_add (d->disks, disk);
  d->cmdline = g_strdup ("quiet ");
  d->kernel = g_strdup ("/k");
  text = guest_definition_format (d);
  again = parse (text);
  assert_same (d, again);
  g_assert_true (g_str_has_prefix (text, "[vitrine]\nversion=1\n\n[guest]\nuuid="));
  g_assert_nonnull (strstr (text, "\nfirmware=bios\n"));
  g_assert_null (strstr (text, "initrd="));
}

/* What is set is listed and written, in whatever group it is. */
static void
test_get_unknown (void)
{
  static const char *const keys[] = { "", ".", "guest", "guest.", "guest.nothing", "disk0.file",
                                      "disk99.file", "memory" };
  g_autoptr (GuestDefinition) d = guest_definition_new ("x");

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_null (guest_definition_get (d, keys[i]));
}

static void
test_set_is_kept (void)
{
  static const char *const settings[][2] = {
    { "guest.cpus", "7" },          { "boot.kernel", "/k" },
    { "display.pointer", "mouse" }, { "sound.device", "ac97" },  { "sound.microphone", "true" },
    { "display.device", "virtio" }, { "display.heads", "4" },
  };
  g_autoptr (GuestDefinition) d = guest_definition_new ("x");
  g_autoptr (GuestDefinition) again = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (guest_definition_set (d, settings[i][0], settings[i][1], NULL));
  text = guest_definition_format (d);
  again = parse (text);
  list = guest_definition_list (again);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *value = guest_definition_get (again, settings[i][0]);
      guint at = 0;

      while (list[at] != NULL && !g_str_equal (list[at], settings[i][0]))
        at += 2;

      g_assert_nonnull (list[at]);
      g_assert_cmpstr (list[at + 1], ==, settings[i][1]);
      g_assert_cmpstr (value, ==, settings[i][1]);
    }
}

#define EDITED_HEAD                                                                                \
  "# top\n[vitrine]\nversion=1\n\n[guest]\nuuid=" UUID                                             \
  "\n  name = Old\n# why\nmystery=1\n\n# disks\n"

static void
test_edit_keeps (void)
{
  g_autoptr (GuestDefinition) d =
      parse (EDITED_HEAD "[disk0]\nfile=a\nformat=raw\nodd=1\n\n# tail\n"
                         "[mine]\nkey=v\n[disk1]\nfile=b\nformat=raw");
  g_autofree char *same = guest_definition_format (d);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  static const char *const settings[][2] = {
    { "name", "New" },          { "guest.memory", "512" },
    { "boot.kernel", "/k" },    { "disk0.file", "" },
    { "disk1.media", "cdrom" }, { "disk2.file", "c.qcow2" },
    { "guest.os", "debian" },   { "os", "" },
  };

  g_assert_cmpstr (same, ==, d->original);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_assert_true (guest_definition_set (d, settings[i][0], settings[i][1], &error));
      g_assert_no_error (error);
    }
  text = guest_definition_format (d);
  g_assert_cmpstr (
      text, ==,
      "# top\n[vitrine]\nversion=1\n\n[guest]\nuuid=" UUID
      "\n  name = New\n# why\nmystery=1\nmemory=512\n\n# disks\n"
      "\n# tail\n[mine]\nkey=v\n"
      "[disk1]\nfile=b\nformat=raw\nmedia=cdrom\n"
      "\n[boot]\nkernel=/k\n"
      "\n[disk2]\nfile=c.qcow2\nformat=qcow2\nmedia=disk\nbus=virtio\nread-only=false\n");
  {
    g_autoptr (GuestDefinition) again = parse (text);
    assert_same (d, again);
  }
}

static const struct
{
  const char *key, *value, *message;
} bad_settings[] = {
  { "memory", "2G", "memory: '2G' is not a number of MiB between 1 and 4194304" },
  { "guest.uuid", UUID, "uuid: it cannot be changed" },
  { "name", "", "name: '' is not a name of 1 to 128 bytes without control characters" },
  { "name", "a\nb",
    "name: 'a\xef\xbf\xbd"
    "b' is not a name of 1 to 128 bytes without control characters" },
  { "name", "\xff", "The text is not valid UTF-8" },
  { "disk1.bus", "ide", "There is no disk1; set disk1.file first" },
  { "disk1.file", "", "There is no disk1; set disk1.file first" },
  { "disk0.format", "", "format: '' is not one of: qcow2, raw" },
  { "disk0.read-only", "no", "read-only: 'no' is not one of: false, true" },
  { "disk0.x", "1",
    "There is no setting disk0.x; there are: disk0.file, disk0.format, disk0.media, disk0.bus, "
    "disk0.read-only, disk0.allow-backing, disk0.tls-ca, disk0.tls-cert, disk0.tls-key" },
};

static void
test_set_refused (void)
{
  g_autoptr (GuestDefinition) d = parse (HEAD "[disk0]\nfile=a\nformat=raw\n");
  g_autoptr (GuestDefinition) before = guest_definition_copy (d);
  g_autoptr (GError) unknown = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_settings); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (guest_definition_set (d, bad_settings[i].key, bad_settings[i].value, &error));
      g_assert_cmpstr (error->message, ==, bad_settings[i].message);
    }
  g_assert_false (guest_definition_set (d, "memry", "1", &unknown));
  g_assert_true (g_str_has_prefix (unknown->message, "There is no setting guest.memry; there are: "
                                                     "guest.name, guest.memory, "));
  assert_same (before, d);
}

static void
test_set_media (void)
{
  g_autoptr (GuestDefinition) d = parse (HEAD "[disk0]\nfile=a\nformat=raw\n");
  g_autoptr (GError) error = NULL;
  const GuestDisk *disk;

  g_assert_true (guest_definition_set (d, "disk0.media", "cdrom", &error));
  disk = g_ptr_array_index (d->disks, 0);
  g_assert_cmpint (disk->bus, ==, GUEST_BUS_SATA);
  g_assert_true (disk->read_only);
  g_assert_false (guest_definition_set (d, "disk0.bus", "virtio", &error));
  g_clear_error (&error);
  g_assert_false (guest_definition_set (d, "disk0.read-only", "false", &error));
  g_assert_true (guest_definition_set (d, "disk0.media", "", NULL));
  disk = g_ptr_array_index (d->disks, 0);
  g_assert_cmpint (disk->media, ==, GUEST_MEDIA_DISK);
  g_assert_cmpint (disk->bus, ==, GUEST_BUS_VIRTIO);
  g_assert_false (disk->read_only);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guest-definition/defaults", test_defaults);
  g_test_add_func ("/guest-definition/values", test_values);
  g_test_add_func ("/guest-definition/refused", test_refused);
  g_test_add_func ("/guest-definition/refused-bytes", test_refused_bytes);
  g_test_add_func ("/guest-definition/fresh", test_fresh);
  g_test_add_func ("/guest-definition/edit-keeps", test_edit_keeps);
  g_test_add_func ("/guest-definition/set-is-kept", test_set_is_kept);
  g_test_add_func ("/guest-definition/get-unknown", test_get_unknown);
  g_test_add_func ("/guest-definition/set-refused", test_set_refused);
  g_test_add_func ("/guest-definition/set-media", test_set_media);
  return g_test_run ();
}
