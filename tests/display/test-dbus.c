/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The heads of D-Bus messages as GLib writes them, cut and bent; and the lines before them.
 */
#include "qemu/dbus-parse.h"

#include <gio/gio.h>

#define PATH "/org/qemu/Display1/Listener"
#define LISTENER "org.qemu.Display1.Listener"

/* A call as QEMU makes it. */
static guint8 *
make_call (const char *member, GVariant *body, gsize *ret_size)
{
  g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (NULL, PATH, LISTENER, member);
  guint8 *blob;

  g_dbus_message_set_serial (message, 7);
  if (body != NULL)
    g_dbus_message_set_body (message, body);
  blob = g_dbus_message_to_blob (message, ret_size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
  g_assert_nonnull (blob);
  return blob;
}

static GVariant *
make_picture (void)
{
  return g_variant_new_parsed ("(uint32 1, uint32 2, uint32 3, uint32 4, [byte 5, 6, 7])");
}

static void
test_head (void)
{
  gsize size, used;
  g_autofree guint8 *blob = make_call ("Scanout", make_picture (), &size);
  DbusHead head;

  g_assert_cmpint (dbus_parse_head (blob, size, &used, &head), ==, PARSE_OK);
  g_assert_cmpuint (head.type, ==, DBUS_TYPE_CALL);
  g_assert_cmpuint (head.serial, ==, 7);
  g_assert_true (head.wants_reply);
  g_assert_cmpuint (head.n_fds, ==, 0);
  g_assert_cmpuint (head.body_bytes, ==, 4 * 4 + 4 + 3);
  g_assert_cmpuint (used + head.body_bytes, ==, size);
  g_assert_cmpstr (head.interface, ==, LISTENER);
  g_assert_cmpstr (head.member, ==, "Scanout");
  g_assert_cmpstr (head.signature, ==, "uuuuay");
}

static void
test_no_body (void)
{
  gsize size, used;
  g_autofree guint8 *blob = make_call ("Disable", NULL, &size);
  DbusHead head;

  blob[2] |= DBUS_FLAG_NO_REPLY;
  g_assert_cmpint (dbus_parse_head (blob, size, &used, &head), ==, PARSE_OK);
  g_assert_false (head.wants_reply);
  g_assert_cmpuint (used, ==, size);
  g_assert_cmpstr (head.signature, ==, "");
}

/* Each prefix of a head is valid so far, whatever lies behind it in memory. */
static void
test_cut (void)
{
  gsize size, used, all;
  g_autofree guint8 *blob = make_call ("Scanout", make_picture (), &size);
  DbusHead head;

  g_assert_cmpint (dbus_parse_head (blob, size, &all, &head), ==, PARSE_OK);
  for (gsize cut = 0; cut < all; cut++)
    {
      g_autofree guint8 *part = g_memdup2 (blob, cut);

      g_assert_cmpint (dbus_parse_head (part, cut, &used, &head), ==, PARSE_NEED_MORE);
    }
}

/* Whatever bit is wrong: no more is believed than what is there. */
static void
test_bent (void)
{
  gsize size;
  g_autofree guint8 *blob = make_call ("Scanout", make_picture (), &size);

  for (gsize bit = 0; bit < size * 8; bit++)
    {
      g_autofree guint8 *bent = g_memdup2 (blob, size);
      gsize used = 0;
      DbusHead head;

      bent[bit / 8] ^= 1u << (bit % 8);
      if (dbus_parse_head (bent, size, &used, &head) != PARSE_OK)
        continue;
      g_assert_cmpuint (used, <=, size);
      g_assert_cmpuint (strlen (head.member), <, size);
      g_assert_cmpuint (head.body_bytes, <=, DBUS_MESSAGE_BYTES_MAX);
    }
}

static void
set_u32 (guint8 *blob, gsize at, guint32 value)
{
  memcpy (blob + at, &value, sizeof value);
}

static void
test_bad (void)
{
  static const struct
  {
    gsize at;
    guint32 value;
  } cases[] = {
    { 4, DBUS_MESSAGE_BYTES_MAX + 1 }, /* the body */
    { 4, G_MAXUINT32 },
    { 8, 0 }, /* the number */
    { 12, DBUS_FIELDS_BYTES_MAX + 1 },
    { 12, G_MAXUINT32 },
    { 12, 0 },           /* a call without fields */
    { 16, 0x006f0100 },  /* field 0 */
    { 16, 0x00730101 },  /* a path that is a string */
    { 20, G_MAXUINT32 }, /* the path's length */
    { 20, 1 },           /* no NUL there */
  };
  gsize size, used;
  g_autofree guint8 *blob = make_call ("Scanout", make_picture (), &size);
  DbusHead head;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *bad = g_memdup2 (blob, size);

      set_u32 (bad, cases[i].at, cases[i].value);
      g_assert_cmpint (dbus_parse_head (bad, size, &used, &head), ==, PARSE_BAD);
    }
  for (gsize i = 0; i < 4; i++)
    if (i != 2) /* any flags will do */
      {
        g_autofree guint8 *bad = g_memdup2 (blob, size);

        bad[i] = 0;
        g_assert_cmpint (dbus_parse_head (bad, size, &used, &head), ==, PARSE_BAD);
      }
}

static void
test_lines (void)
{
  static const struct
  {
    const char *text;
    ParseResult result;
    DbusLine line;
  } cases[] = {
    { "OK 1234deadbeef\r\nmore", PARSE_OK, DBUS_LINE_OK },
    { "OK\r\n", PARSE_OK, DBUS_LINE_OK },
    { "OKAY\r\n", PARSE_OK, DBUS_LINE_REFUSED },
    { "AGREE_UNIX_FD\r\n", PARSE_OK, DBUS_LINE_AGREE_FD },
    { "AGREE_UNIX_FDS\r\n", PARSE_OK, DBUS_LINE_REFUSED },
    { "REJECTED EXTERNAL\r\n", PARSE_OK, DBUS_LINE_REFUSED },
    { "\r\n", PARSE_OK, DBUS_LINE_REFUSED },
    { "OK 12", PARSE_NEED_MORE },
    { "", PARSE_NEED_MORE },
    { "OK\r", PARSE_NEED_MORE },
    { "OK\n", PARSE_BAD },
    { "\n", PARSE_BAD },
  };
  g_autofree char *endless = g_strnfill (DBUS_LINE_BYTES_MAX, 'x');
  gsize used;
  DbusLine line;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *text = cases[i].text;

      g_assert_cmpint (dbus_parse_line ((const guint8 *) text, strlen (text), &used, &line), ==,
                       cases[i].result);
      if (cases[i].result == PARSE_OK)
        {
          g_assert_cmpint (line, ==, cases[i].line);
          g_assert_cmpuint (used, ==, strchr (text, '\n') - text + 1);
        }
    }
  g_assert_cmpint (
      dbus_parse_line ((const guint8 *) endless, DBUS_LINE_BYTES_MAX - 1, &used, &line), ==,
      PARSE_NEED_MORE);
  g_assert_cmpint (dbus_parse_line ((const guint8 *) endless, DBUS_LINE_BYTES_MAX, &used, &line),
                   ==, PARSE_BAD);
}

static void
test_strings (void)
{
  static const guint8 body[] = "\1\0\0\0a\0\0\0\2\0\0\0bc";
  const char *strings[2];

  g_assert_cmpint (dbus_parse_strings (body, sizeof body, 2, strings), ==, PARSE_OK);
  g_assert_cmpstr (strings[0], ==, "a");
  g_assert_cmpstr (strings[1], ==, "bc");
  g_assert_cmpint (dbus_parse_strings (body, sizeof body, 1, strings), ==, PARSE_BAD);
  for (gsize cut = 0; cut < sizeof body; cut++)
    {
      g_autofree guint8 *part = g_memdup2 (body, cut);

      g_assert_cmpint (dbus_parse_strings (part, cut, 2, strings), ==, PARSE_BAD);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/display/dbus/head", test_head);
  g_test_add_func ("/display/dbus/no-body", test_no_body);
  g_test_add_func ("/display/dbus/cut", test_cut);
  g_test_add_func ("/display/dbus/bent", test_bent);
  g_test_add_func ("/display/dbus/bad", test_bad);
  g_test_add_func ("/display/dbus/lines", test_lines);
  g_test_add_func ("/display/dbus/strings", test_strings);
  return g_test_run ();
}
