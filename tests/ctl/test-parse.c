/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vitrinectl's command line: sizes, options and disks as they are written.
 */
#include "ctl-disk.h"
#include "ctl-parse.h"

#include <glib/gstdio.h>
#include <string.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)

static void
test_sizes (void)
{
  static const struct
  {
    const char *text;
    guint64 plain_unit;
    guint64 bytes; /* 0: no size */
  } cases[] = {
    { "1", MIB, MIB },
    { "1", 0, 0 },
    { "512M", 0, 512 * MIB },
    { "2G", MIB, 2048 * MIB },
    { "2g", MIB, 2048 * MIB },
    { "2GiB", MIB, 2048 * MIB },
    { "2GB", MIB, 0 },
    { "1K", 0, 1024 },
    { "8T", 0, 8192 * 1024 * MIB },
    { "8388607T", 0, (MIB << 20) * 8388607 },
    { "8388608T", 0, 0 },
    { "99999999999999999999G", 0, 0 },
    { "0G", 0, 0 },
    { "", MIB, 0 },
    { "G", MIB, 0 },
    { "-1G", MIB, 0 },
    { "+1G", MIB, 0 },
    { " 1G", MIB, 0 },
    { "1G ", MIB, 0 },
    { "1.5G", MIB, 0 },
    { "0x10G", MIB, 0 },
    { "10G.qcow2", MIB, 0 },
    { "1GG", MIB, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 bytes = 0;
      gboolean good = ctl_parse_size (cases[i].text, cases[i].plain_unit, &bytes);

      if (good != (cases[i].bytes != 0) || bytes != cases[i].bytes)
        g_error ("“%s” gave %d, %" G_GUINT64_FORMAT, cases[i].text, good, bytes);
    }
}

static const CtlOption options[] = {
  { "file", "FILE", "", NULL, CTL_OPTION_REPEAT },
  { "kind", "KIND", "", "one|two", 0 },
  { "flag", NULL, "", NULL, 0 },
  { "place", "PLACE", "", NULL, CTL_OPTION_PLACE },
  { NULL },
};
static const CtlCommand command = { "try", "NAME…", 1, 2, 0, options, "", NULL, NULL };

/* *ret_words lives as long as the call, which borrows them. */
static CtlCall *
parse (const char *line, GStrv *ret_words, GError **error)
{
  *ret_words = g_strsplit (line, " ", -1);
  return ctl_parse (&command, g_strv_length (*ret_words), *ret_words, error);
}

static void
test_options (void)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (CtlCall) call = parse ("--file a one --file=b --flag --kind two -- --x", &words, NULL);

  g_assert_nonnull (call);
  g_assert_cmpuint (call->arguments->len, ==, 2);
  g_assert_cmpstr (ctl_call_argument (call, 0), ==, "one");
  g_assert_cmpstr (ctl_call_argument (call, 1), ==, "--x");
  g_assert_cmpuint (call->given->len, ==, 4);
  g_assert_cmpstr (g_array_index (call->given, CtlGiven, 0).value, ==, "a");
  g_assert_cmpstr (g_array_index (call->given, CtlGiven, 1).value, ==, "b");
  g_assert_cmpstr (ctl_call_value (call, "kind"), ==, "two");
  g_assert_true (ctl_call_has (call, "flag"));
  g_assert_false (call->help);
}

/* An address may be left out, and is never taken for an argument, nor an argument for it. */
static void
test_places (void)
{
  static const struct
  {
    const char *line;
    const char *value;
    guint arguments;
  } cases[] = {
    { "one --place", NULL, 1 },
    { "--place one", NULL, 1 },
    { "--place --flag one", NULL, 1 },
    { "--place 127.0.0.1:1 one", "127.0.0.1:1", 1 },
    { "--place [::1]:0 one", "[::1]:0", 1 },
    { "--place fe80::1 one two", "fe80::1", 2 },
    { "--place :5 one", ":5", 1 },
    { "--place=anything one", "anything", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) words = NULL;
      g_autoptr (CtlCall) call = parse (cases[i].line, &words, NULL);

      g_assert_nonnull (call);
      g_assert_true (ctl_call_has (call, "place"));
      g_assert_cmpstr (ctl_call_value (call, "place"), ==, cases[i].value);
      g_assert_cmpuint (call->arguments->len, ==, cases[i].arguments);
    }
}

static void
test_values (void)
{
  g_auto (GStrv) empty_words = NULL, dash_words = NULL, help_words = NULL;
  g_autoptr (CtlCall) empty = parse ("--file= name", &empty_words, NULL);
  g_autoptr (CtlCall) dash = parse ("- --file --flag", &dash_words, NULL);
  g_autoptr (CtlCall) help = parse ("--help --nonsense", &help_words, NULL);

  g_assert_cmpstr (ctl_call_value (empty, "file"), ==, "");
  g_assert_cmpstr (ctl_call_argument (dash, 0), ==, "-");
  g_assert_cmpstr (ctl_call_value (dash, "file"), ==, "--flag");
  g_assert_false (ctl_call_has (dash, "flag"));
  g_assert_true (help->help);
}

static void
test_usage_errors (void)
{
  static const struct
  {
    const char *line, *word;
  } cases[] = {
    { "--flag", "NAME" },
    { "a b c", "'c'" },
    { "a --nonsense", "--nonsense" },
    { "a -f", "-f" },
    { "a --flag=1", "--flag" },
    { "a --kind", "--kind" },
    { "a --kind three", "three" },
    { "a --flag --flag", "twice" },
    { "a --kind one --kind two", "twice" },
    { "a --fil x", "--fil" },
    { "a --kind=", "--kind" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) words = NULL;

      g_assert_null (parse (cases[i].line, &words, &error));
      g_assert_error (error, CTL_ERROR, CTL_ERROR_USAGE);
      g_assert_nonnull (strstr (error->message, cases[i].word));
      g_assert_true (g_str_has_prefix (error->message, "try: "));
    }
}

static void
test_disks (void)
{
  g_autoptr (CtlDisk) size = ctl_disk_parse ("20G,bus=virtio");
  g_autoptr (CtlDisk) file = ctl_disk_parse ("./20G");
  g_autoptr (CtlDisk) both = ctl_disk_parse ("a,b.img,format=raw,bus=ide,read-only=true");
  g_autoptr (CtlDisk) odd = ctl_disk_parse ("a,kind=raw");

  g_assert_null (size->file);
  g_assert_cmpuint (size->bytes, ==, 20 * 1024 * MIB);
  g_assert_cmpstr (ctl_disk_setting (size, "bus"), ==, "virtio");
  g_assert_cmpstr (file->file, ==, "./20G");
  g_assert_cmpstr (both->file, ==, "a,b.img");
  g_assert_cmpuint (both->settings->len, ==, 6);
  g_assert_cmpstr (g_ptr_array_index (both->settings, 0), ==, "format");
  g_assert_cmpstr (ctl_disk_setting (both, "format"), ==, "raw");
  g_assert_cmpstr (ctl_disk_setting (both, "read-only"), ==, "true");
  g_assert_cmpstr (odd->file, ==, "a,kind=raw");
}

/* A file of this name and content; what its format is taken for, or NULL. */
static char *
format_of (const char *name, const char *content, const char *settings)
{
  g_autofree char *folder = g_dir_make_tmp ("vt-disk-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = g_strconcat (path, settings, NULL);
  g_autoptr (CtlDisk) disk = ctl_disk_parse (text);
  char *format;

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  format = g_strdup (ctl_disk_format (disk, NULL));
  g_unlink (path);
  g_rmdir (folder);
  return format;
}

static void
test_formats (void)
{
  static const struct
  {
    const char *name, *content, *settings, *format;
  } cases[] = {
    { "a.img", "boot", "", "raw" },
    { "a.RAW", "", "", "raw" },
    { "a.bin", "QFI", "", "raw" },
    { "a.img", "QFI\xfb", "", "qcow2" },
    { "a", "QFI\xfb", "", "qcow2" },
    { "a.img", "QFI\xfb", ",format=raw", "raw" },
    { "a", "KDMV", "", NULL },
    { "a.vmdk", "# Disk DescriptorFile", "", NULL },
    { "a.qcow2", "no header", "", NULL },
    { "a", "boot", ",format=raw", "raw" },
    { "a", "boot", ",bus=ide,format=qcow2", "qcow2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *format = format_of (cases[i].name, cases[i].content, cases[i].settings);

      g_assert_cmpstr (format, ==, cases[i].format);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/sizes", test_sizes);
  g_test_add_func ("/ctl/options", test_options);
  g_test_add_func ("/ctl/places", test_places);
  g_test_add_func ("/ctl/values", test_values);
  g_test_add_func ("/ctl/usage-errors", test_usage_errors);
  g_test_add_func ("/ctl/disks", test_disks);
  g_test_add_func ("/ctl/formats", test_formats);
  return g_test_run ();
}
