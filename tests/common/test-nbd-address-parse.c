/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses of disks on NBD servers as people write them.
 */
#include "nbd-address-parse.h"

typedef struct
{
  const char *text;
  gboolean tls;
  const char *host;
  guint port;
  const char *socket;
  const char *name;
  const char *server; /* as described */
} Good;

static const Good good[] = {
  { "nbd://nas", FALSE, "nas", 10809, NULL, "", "nas:10809" },
  { "nbd://nas/", FALSE, "nas", 10809, NULL, "", "nas:10809" },
  { "nbd://nas.example.org/disk", FALSE, "nas.example.org", 10809, NULL, "disk",
    "nas.example.org:10809" },
  { "nbds://nas:1234/a/b", TRUE, "nas", 1234, NULL, "a/b", "nas:1234" },
  { "nbd://192.0.2.1:65535/x", FALSE, "192.0.2.1", 65535, NULL, "x", "192.0.2.1:65535" },
  { "nbd://[::1]/x", FALSE, "::1", 10809, NULL, "x", "[::1]:10809" },
  { "nbds://[2001:db8::7]:1/", TRUE, "2001:db8::7", 1, NULL, "", "[2001:db8::7]:1" },
  { "nbd://nas/a%20b%2Fc%3F", FALSE, "nas", 10809, NULL, "a b/c?", "nas:10809" },
  { "nbd://nas/%ED%95%9C", FALSE, "nas", 10809, NULL, "한", "nas:10809" },
  { "nbd+unix:///?socket=/run/nbd", FALSE, NULL, 0, "/run/nbd", "", "/run/nbd" },
  { "nbd+unix://?socket=/run/nbd", FALSE, NULL, 0, "/run/nbd", "", "/run/nbd" },
  { "nbds+unix:///e%78?socket=/run/a%20b", TRUE, NULL, 0, "/run/a b", "ex", "/run/a b" },
};

static const char *const bad[] = {
  "",
  "nbd:",
  "nbd:/x",
  "nbd://",
  "nbd:///x",
  "nbd://:10809/x",
  "nbd://nas:/x",
  "nbd://nas:0/x",
  "nbd://nas:65536/x",
  "nbd://nas:-1/x",
  "nbd://nas:10x/x",
  "nbd://nas:1:2/x",
  "nbd://user@nas/x",
  "nbd://na s/x",
  "nbd://-nas/x",
  "nbd://n\xc3\xa4s/x",
  "nbd://[::1/x",
  "nbd://[::1]x/x",
  "nbd://[]/x",
  "nbd://[nas]/x",
  "nbd://nas/x?tls-certificates=/x",
  "nbd://nas/x#1",
  "nbd://nas/%",
  "nbd://nas/%0",
  "nbd://nas/%zz",
  "nbd://nas/%00",
  "nbd://nas/%0a",
  "nbd://nas/%ff",
  "nbd+unix:///x",
  "nbd+unix:///x?",
  "nbd+unix:///x?socket=",
  "nbd+unix:///x?socket=run",
  "nbd+unix:///x?socket=/",
  "nbd+unix:///x?socket=/a&x=1",
  "nbd+unix:///x?socket=/a%00b",
  "nbd+unix://nas/x?socket=/a",
  "nbd+ssh://nas/x",
  "nbd+vsock://1/x",
  "NBD://nas/x",
  "nbd:unix:/run/x",
  "/nbd://nas",
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      const char *why = NULL;
      g_autoptr (NbdAddress) address = nbd_address_parse (good[i].text, &why);
      g_autofree char *server = NULL;

      g_test_message ("%s", good[i].text);
      g_assert_nonnull (address);
      g_assert_true (nbd_address_is_meant (good[i].text));
      g_assert_cmpint (address->tls, ==, good[i].tls);
      g_assert_cmpstr (address->host, ==, good[i].host);
      g_assert_cmpuint (address->port, ==, good[i].port);
      g_assert_cmpstr (address->socket, ==, good[i].socket);
      g_assert_cmpstr (address->name, ==, good[i].name);
      server = nbd_address_describe_server (address);
      g_assert_cmpstr (server, ==, good[i].server);
    }
}

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *why = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_null (nbd_address_parse (bad[i], &why));
      g_assert_nonnull (why);
    }
  g_assert_false (nbd_address_is_meant ("/nbd"));
  g_assert_false (nbd_address_is_meant ("nbd.img"));
  g_assert_false (nbd_address_is_meant ("nbdisk"));
}

/* One byte more than each cap. */
static void
test_caps (void)
{
  const char *why;
  g_autofree char *host = g_strnfill (NBD_HOST_BYTES_MAX, 'h');
  g_autofree char *name = g_strnfill (NBD_EXPORT_BYTES_MAX, 'e');
  g_autofree char *path = g_strnfill (NBD_SOCKET_BYTES_MAX - 1, 's');
  g_autofree char *most_host = g_strdup_printf ("nbd://%s/x", host);
  g_autofree char *more_host = g_strdup_printf ("nbd://%sh/x", host);
  g_autofree char *most_name = g_strdup_printf ("nbd://h/%s", name);
  g_autofree char *more_name = g_strdup_printf ("nbd://h/%se", name);
  g_autofree char *most_path = g_strdup_printf ("nbd+unix:///x?socket=/%s", path);
  g_autofree char *more_path = g_strdup_printf ("nbd+unix:///x?socket=/%ss", path);
  g_autofree char *long_text = g_strnfill (NBD_ADDRESS_BYTES_MAX, 'x');
  g_autofree char *too_long = g_strconcat ("nbd://h/", long_text, NULL);
  const char *const most[] = { most_host, most_name, most_path };
  const char *const more[] = { more_host, more_name, more_path, too_long };

  for (guint i = 0; i < G_N_ELEMENTS (most); i++)
    {
      g_autoptr (NbdAddress) address = nbd_address_parse (most[i], &why);

      g_assert_nonnull (address);
    }
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    g_assert_null (nbd_address_parse (more[i], &why));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/common/nbd-address-parse/good", test_good);
  g_test_add_func ("/common/nbd-address-parse/bad", test_bad);
  g_test_add_func ("/common/nbd-address-parse/caps", test_caps);
  return g_test_run ();
}
