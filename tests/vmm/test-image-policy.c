/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * qemu-img's description of an image, and what may be opened because of it.
 */
#include "image/backing-record.h"
#include "image/image-policy.h"
#include "paths.h"

#include <string.h>

#define FOLDER "/home/user/images"
#define IMAGE FOLDER "/top.qcow2"

/* A description with `members` added to the top object and `specific` to the qcow2 part. */
static char *
describe (const char *members, const char *specific)
{
  return g_strdup_printf ("{\"virtual-size\": 1048576, \"filename\": \"/proc/self/fd/3\", "
                          "\"format\": \"qcow2\"%s, \"format-specific\": {\"type\": \"qcow2\", "
                          "\"data\": {\"compat\": \"1.1\", \"corrupt\": false%s}}}",
                          members, specific);
}

static ImageInfo *
parse (const char *json)
{
  g_autoptr (GError) error = NULL;
  ImageInfo *info = image_info_parse (json, strlen (json), &error);

  g_assert_no_error (error);
  return info;
}

static char *
with_backing (const char *name, const char *format)
{
  g_autofree char *stated = format != NULL
                                ? g_strdup_printf (", \"backing-filename-format\": \"%s\"", format)
                                : g_strdup ("");
  g_autofree char *members = g_strdup_printf (
      ", \"backing-filename\": \"%s\", \"full-backing-filename\": \"/elsewhere\"%s", name, stated);

  return describe (members, "");
}

static void
test_parse (void)
{
  g_autofree char *plain = describe ("", "");
  g_autofree char *backed = with_backing ("base.qcow2", "qcow2");
  g_autofree char *split = describe ("", ", \"data-file\": \"/etc/shadow\"");
  g_autoptr (ImageInfo) one = parse (plain);
  g_autoptr (ImageInfo) two = parse (backed);
  g_autoptr (ImageInfo) three = parse (split);

  g_assert_cmpuint (one->virtual_size, ==, 1048576);
  g_assert_null (one->backing_name);
  g_assert_cmpstr (two->backing_name, ==, "base.qcow2");
  g_assert_cmpstr (two->backing_format, ==, "qcow2");
  g_assert_cmpstr (three->data_file, ==, "/etc/shadow");
}

static void
test_parse_bad (void)
{
  g_autofree char *control = with_backing ("a\\u001b[2J", "raw");
  g_autofree char *endless = g_strnfill (IMAGE_INFO_NAME_MAX + 1, 'a');
  g_autofree char *overlong = with_backing (endless, "raw");
  g_autofree char *empty = with_backing ("", "raw");
  const char *bad[] = {
    "",
    "{}",
    "[]",
    "null",
    "{\"format\": \"raw\", \"virtual-size\": 1}",
    "{\"format\": \"qcow2\", \"virtual-size\": 1}",
    "{\"format\": \"qcow2\", \"virtual-size\": -1, \"format-specific\": {\"data\": {}}}",
    "{\"format\": \"qcow2\", \"virtual-size\": 1, \"format-specific\": {\"data\": []}}",
    control,
    overlong,
    empty,
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_null (image_info_parse (bad[i], strlen (bad[i]), &error));
      g_assert_nonnull (error);
    }
}

/* The verdict on an image that rests on `name`; `allow` may list one path. */
static gboolean
judge (const char *name,
       const char *format,
       const char *allow,
       ImageBacking **backing,
       GError **error)
{
  g_autofree char *json = with_backing (name, format);
  g_autoptr (ImageInfo) info = parse (json);
  g_autoptr (GuestDisk) disk = guest_disk_new (2, IMAGE, GUEST_DISK_QCOW2);

  if (allow != NULL)
    {
      g_strfreev (disk->allow_backing);
      disk->allow_backing = g_strsplit (allow, ";", -1);
    }
  return image_policy_check (info, IMAGE, disk, "my guest", backing, error);
}

static void
test_allowed (void)
{
  static const struct
  {
    const char *name, *format, *allow, *path;
    gboolean beneath;
  } cases[] = {
    { "base.qcow2", "qcow2", NULL, FOLDER "/base.qcow2", TRUE },
    { "./base.qcow2", "qcow2", NULL, FOLDER "/base.qcow2", TRUE },
    { FOLDER "/base.qcow2", "qcow2", NULL, FOLDER "/base.qcow2", TRUE },
    { FOLDER "/../images/base.qcow2", "qcow2", NULL, FOLDER "/base.qcow2", TRUE },
    { "base.raw", "raw", FOLDER "/base.raw", FOLDER "/base.raw", FALSE },
    { "../base.qcow2", "qcow2", "/x;/home/user/base.qcow2", "/home/user/base.qcow2", FALSE },
    { "/srv/base.img", "raw", "/srv//base.img", "/srv/base.img", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ImageBacking) backing = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (judge (cases[i].name, cases[i].format, cases[i].allow, &backing, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (backing->path, ==, cases[i].path);
      g_assert_cmpint (backing->beneath, ==, cases[i].beneath);
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *name, *format, *allow, *says;
  } cases[] = {
    { "/etc/passwd", "raw", NULL, "/etc/passwd" },
    { "/etc/passwd", "qcow2", NULL, "lies in another folder" },
    { "../secret.qcow2", "qcow2", NULL, "/home/user/secret.qcow2" },
    { "sub/base.qcow2", "qcow2", NULL, "lies in another folder" },
    { "base.img", "raw", NULL, "is a raw file" },
    { "base.qcow2", NULL, NULL, "does not state the format" },
    { "base.vmdk", "vmdk", NULL, "“vmdk”" },
    { "nbd:localhost:10809", "raw", NULL, "not a plain file name" },
    { "json:{}", "raw", "json:{}", "not a plain file name" },
    { "fat:/etc", "raw", NULL, "not a plain file name" },
    { "/dev/fdset/1", "raw", NULL, "/dev/fdset/1" },
    { "/srv/b.img", "raw", "/srv/a.img;/srv/b.img2", "/srv/b.img" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ImageBacking) backing = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_false (judge (cases[i].name, cases[i].format, cases[i].allow, &backing, &error));
      g_assert_null (backing);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i].says));
      g_assert_nonnull (strstr (error->message, IMAGE));
    }
}

static void
test_command (void)
{
  g_autoptr (ImageBacking) backing = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (judge ("/srv/it's.img", "raw", "/srv/a", &backing, &error));
  /* What it says can be pasted into a shell. */
  g_assert_nonnull (strstr (error->message, "vitrinectl set 'my guest' "
                                            "'disk2.allow-backing=/srv/a;/srv/it'\\''s.img'"));
}

static void
test_header (void)
{
  static const char *const specifics[] = { ", \"data-file\": \"x.raw\"",
                                           ", \"encrypt\": {\"format\": \"luks\"}" };
  g_autoptr (GuestDisk) disk = guest_disk_new (0, IMAGE, GUEST_DISK_QCOW2);
  g_autofree char *plain = describe ("", "");
  g_autoptr (ImageInfo) good = parse (plain);
  ImageBacking *backing = (ImageBacking *) disk; /* must become NULL */

  for (guint i = 0; i < G_N_ELEMENTS (specifics); i++)
    {
      g_autofree char *json = describe ("", specifics[i]);
      g_autoptr (ImageInfo) info = parse (json);
      g_autoptr (GError) error = NULL;

      g_assert_false (image_policy_check (info, IMAGE, disk, "g", &backing, &error));
      g_assert_nonnull (error);
    }
  g_assert_true (image_policy_check (good, IMAGE, disk, "g", &backing, NULL));
  g_assert_null (backing);
}

/* What the disks rested on before: the rest of the folder is no longer theirs. */
static void
test_record (void)
{
  static const char uuid[] = "0f9c2a1e-0000-4000-8000-000000000002";
  static const char *const both[] = { "/i/a", "/i/b;c", NULL };
  static const char *const none[] = { NULL };
  g_autofree char *folder = paths_guest_file (uuid, ".");
  g_autoptr (BackingRecord) first = NULL;
  g_autoptr (BackingRecord) second = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  first = backing_record_load (uuid);
  g_assert_true (backing_record_allows (first, "/i/[top]", "/i/a")); /* never seen */
  backing_record_note (first, "/i/[top]", both);
  backing_record_note (first, "/i/plain", none);
  g_assert_true (backing_record_save (first, NULL));

  second = backing_record_load (uuid);
  g_assert_true (backing_record_allows (second, "/i/[top]", "/i/a"));
  g_assert_true (backing_record_allows (second, "/i/[top]", "/i/b;c"));
  g_assert_false (backing_record_allows (second, "/i/[top]", "/i/d"));
  g_assert_false (backing_record_allows (second, "/i/plain", "/i/a"));
  g_assert_true (backing_record_allows (second, "/i/other", "/i/a"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/image/record", test_record);
  g_test_add_func ("/image/info", test_parse);
  g_test_add_func ("/image/info-bad", test_parse_bad);
  g_test_add_func ("/image/allowed", test_allowed);
  g_test_add_func ("/image/refused", test_refused);
  g_test_add_func ("/image/command", test_command);
  g_test_add_func ("/image/header", test_header);
  return g_test_run ();
}
