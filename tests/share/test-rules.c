/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vmm's rules of sharing: what may be asked for, what the display process may say of viewers, and
 * the listening socket.
 */
#include "fds.h"
#include "share-address.h"
#include "share/share-request.h"
#include "share/share-socket.h"
#include "share/share-viewers.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define PEM "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"

/* Parses GVariant text; the word that a refusal must contain, or NULL if it is allowed. */
static void
check_request (const char *text, const char *refusal)
{
  g_autoptr (GVariant) options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  g_auto (ShareRequest) request = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean ok;

  g_assert_nonnull (options);
  ok = share_request_parse (options, &request, &error);
  if (refusal == NULL)
    g_assert_no_error (error);
  else
    g_assert_nonnull (error);
  g_assert_cmpint (ok, ==, refusal == NULL);
  if (refusal != NULL && strstr (error->message, refusal) == NULL)
    g_error ("%s: “%s” lacks “%s”", text, error->message, refusal);
}

static void
test_request_rules (void)
{
  check_request ("{'password': <'x'>}", NULL);
  check_request ("{'password': <'x'>, 'address': <'::1'>, 'tls': <'off'>}", NULL);
  check_request ("@a{sv} {}", "password");
  check_request ("{'password': <''>}", "password");
  check_request ("{'password': <'a\\nb'>}", "control character");
  check_request (
      "{'password': <'0123456789012345678901234567890123456789012345678901234567890123'>}", NULL);
  check_request (
      "{'password': <'01234567890123456789012345678901234567890123456789012345678901234'>}",
      "longer");
  check_request ("{'password': <'x'>, 'address': <'localhost'>}", "no IPv4 or IPv6");
  check_request ("{'password': <'x'>, 'address': <'224.0.0.1'>}", "multicast");
  check_request ("{'password': <'x'>, 'port': <uint32 65536>}", "65536");
  check_request ("{'password': <'x'>, 'port': <uint32 65535>}", NULL);
  check_request ("{'password': <'x'>, 'port': <'5900'>}", "wrong type");
  check_request ("{'password': <'x'>, 'surprise': <true>}", "surprise");
  check_request ("{'password': <'x'>, 'protocol': <'rdp'>}", "rdp");
  check_request ("{'password': <'x'>, 'protocol': <'spice'>}", NULL);
  check_request ("{'password': <'x'>, 'protocol': <'web'>, 'host': <'Desk-2.example'>}", NULL);
  check_request ("{'password': <'x'>, 'protocol': <'web'>, 'host': <'a/b'>}", "a/b");
  check_request ("{'password': <'x'>, 'host': <'desk'>}", "by web");
  check_request ("{'password': <'x'>, 'expire': <uint32 2678401>}", "31 days");
  check_request ("{'password': <'x'>, 'tls': <'maybe'>}", "maybe");
  check_request ("{'password': <'x'>, 'head': <uint32 0>}", "no display");
  check_request ("{'password': <'x'>, 'head': <uint32 4>}", NULL);
  check_request ("{'password': <'x'>, 'head': <uint32 5>}", "no display");
  check_request ("{'password': <'x'>, 'head': <uint32 4294967295>}", "no display");
  check_request ("{'password': <'x'>, 'head': <'2'>}", "wrong type");
  check_request ("{'password': <'x'>, 'tls': <'on'>}", "certificate");
}

static void
test_request_network (void)
{
#define PAIR "'certificate': <'c'>, 'key': <'k'>"
  check_request ("{'address': <'0.0.0.0'>, 'password': <'12345678'>, " PAIR "}", NULL);
  check_request ("{'address': <'::'>, 'password': <'12345678'>, " PAIR "}", NULL);
  check_request ("{'address': <'0.0.0.0'>, 'password': <'1234567'>, " PAIR "}", "at least 8");
  /* Eight bytes are not eight characters. */
  check_request ("{'address': <'0.0.0.0'>, 'password': <'ääää'>, " PAIR "}", "at least 8");
  check_request ("{'address': <'0.0.0.0'>, 'password': <'12345678'>}", "certificate");
  check_request ("{'address': <'0.0.0.0'>, 'password': <'12345678'>, 'tls': <'off'>}", "TLS");
  check_request ("{'address': <'192.0.2.7'>, 'password': <'12345678'>, 'tls': <'off'>}", "TLS");
  /* Another spelling of loopback that not every program takes for it. */
  check_request ("{'address': <'::ffff:127.0.0.1'>, 'password': <'12345678'>, 'tls': <'off'>}",
                 "TLS");
}

static void
test_request_result (void)
{
  g_autoptr (GVariant) options = g_variant_parse (
      G_VARIANT_TYPE_VARDICT,
      "{'password': <'secret'>, 'port': <uint32 5901>, 'view-only': <true>, 'ask': <true>}", NULL,
      NULL, NULL);
  g_auto (ShareRequest) request = { NULL };

  g_assert_true (share_request_parse (options, &request, NULL));
  g_assert_cmpstr (request.address, ==, "127.0.0.1");
  g_assert_cmpstr (request.password, ==, "secret");
  g_assert_cmpuint (request.port, ==, 5901);
  g_assert_cmpuint (request.expire_s, ==, 3600);
  g_assert_cmpuint (request.head, ==, 1);
  g_assert_true (request.view_only && request.ask && !request.tls);
}

/* One step: an event of viewer 1 (or 2) in a share of a kind, and what it must mean. */
static ShareEventKind
take (ShareViewers *viewers, guint number, LinkViewerEvent event, ShareKind kind)
{
  LinkViewer message = { LINK_VIEWER, number, 1, event, 0, 0, 7, "192.0.2.1" };
  ShareViewer *gone = NULL;
  ShareEventKind meaning = share_viewers_take (viewers, &message, kind, &gone);

  g_free (gone);
  return meaning;
}

static void
test_viewers_open (void)
{
  g_autoptr (ShareViewers) viewers = share_viewers_new ();
  ShareViewer *viewer;

  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_IN, SHARE_IS_OPEN), ==, SHARE_EVENT_STALE);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_CAME, SHARE_IS_OPEN), ==, SHARE_EVENT_NEWS);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_CAME, SHARE_IS_OPEN), ==, SHARE_EVENT_BROKEN);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_ASKS, SHARE_IS_OPEN), ==, SHARE_EVENT_BROKEN);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_IN, SHARE_IS_OPEN), ==, SHARE_EVENT_NEWS);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_IN, SHARE_IS_OPEN), ==, SHARE_EVENT_BROKEN);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_TRAFFIC, SHARE_IS_OPEN), ==, SHARE_EVENT_TRAFFIC);
  viewer = share_viewers_find (viewers, 1);
  g_assert_nonnull (viewer);
  g_assert_cmpuint (viewer->bytes, ==, 7);
  g_assert_cmpint (viewer->state, ==, SHARE_VIEWER_IN);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_ENDED, SHARE_IS_OVER), ==, SHARE_EVENT_NEWS);
  g_assert_null (share_viewers_find (viewers, 1));
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_ENDED, SHARE_IS_OPEN), ==, SHARE_EVENT_STALE);
}

/* Nobody is in whom nobody let in. */
static void
test_viewers_consent (void)
{
  g_autoptr (ShareViewers) viewers = share_viewers_new ();

  take (viewers, 1, LINK_VIEWER_CAME, SHARE_ASKS);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_IN, SHARE_ASKS), ==, SHARE_EVENT_BROKEN);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_ASKS, SHARE_ASKS), ==, SHARE_EVENT_NEWS);
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_IN, SHARE_ASKS), ==, SHARE_EVENT_BROKEN);
  share_viewers_find (viewers, 1)->allowed = TRUE;
  g_assert_cmpint (take (viewers, 1, LINK_VIEWER_IN, SHARE_ASKS), ==, SHARE_EVENT_NEWS);
}

static void
test_viewers_limits (void)
{
  g_autoptr (ShareViewers) viewers = share_viewers_new ();
  g_autoptr (GVariant) list = NULL;

  for (guint i = 1; i <= LINK_REMOTE_VIEWERS_MAX; i++)
    g_assert_cmpint (take (viewers, i, LINK_VIEWER_CAME, SHARE_IS_OPEN), ==, SHARE_EVENT_NEWS);
  g_assert_cmpint (take (viewers, 500, LINK_VIEWER_CAME, SHARE_IS_OPEN), ==, SHARE_EVENT_BROKEN);
  /* Refused at the door: told, but never there. */
  g_assert_cmpint (take (viewers, 501, LINK_VIEWER_REFUSED, SHARE_IS_OPEN), ==, SHARE_EVENT_NEWS);
  g_assert_cmpint (take (viewers, 501, LINK_VIEWER_REFUSED, SHARE_IS_OVER), ==, SHARE_EVENT_STALE);
  share_viewers_find (viewers, 3)->dropped_at = 1;
  list = g_variant_ref_sink (share_viewers_describe (viewers));
  g_assert_cmpuint (g_variant_n_children (list), ==, LINK_REMOTE_VIEWERS_MAX - 1);
  /* Once cut off, it is not in any more, whatever is said. */
  g_assert_cmpint (take (viewers, 3, LINK_VIEWER_IN, SHARE_IS_OPEN), ==, SHARE_EVENT_STALE);
  g_assert_cmpint (take (viewers, 3, LINK_VIEWER_ENDED, SHARE_IS_OPEN), ==, SHARE_EVENT_NEWS);
}

static int
connect_to (guint16 port, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, error);

  return connection != NULL ? 0 : -1;
}

/* Ended means ended, also for another process that holds the socket. */
static void
test_socket (void)
{
  g_autoptr (GError) error = NULL;
  guint16 port = 0;
  guint16 again = 0;
  int fd = share_socket_listen ("127.0.0.1", 0, &port, &error);
  autofd copy = dup (fd);

  g_assert_no_error (error);
  g_assert_cmpuint (port, !=, 0);
  g_assert_cmpint (connect_to (port, NULL), ==, 0);
  g_assert_cmpint (share_socket_listen ("127.0.0.1", port, &again, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "another program listens"));
  g_clear_error (&error);
  share_socket_close (&fd);
  g_assert_cmpint (fd, ==, -1);
  g_assert_cmpint (connect_to (port, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpint (accept (copy, NULL, NULL), ==, -1);
  g_clear_error (&error);
  g_assert_cmpint (share_socket_listen ("192.0.2.1", 0, &again, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "no such address"));
}

static void
test_memory (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sum = share_fingerprint (PEM, &error);
  autofd fd = share_memory_new ("key", PEM, &error);
  char text[sizeof PEM] = { 0 };

  g_assert_no_error (error);
  /* sha256sum of "hello" */
  g_assert_cmpstr (sum, ==,
                   "2C:F2:4D:BA:5F:B0:A3:0E:26:E8:3B:2A:C5:B9:E2:9E:1B:16:1E:5C:1F:A7:42:5E:73:04:"
                   "33:62:93:8B:98:24");
  g_assert_cmpint (pread (fd, text, sizeof text, 0), ==, strlen (PEM));
  g_assert_cmpstr (text, ==, PEM);
  g_assert_cmpint (write (fd, "x", 1), ==, -1);
  g_assert_true (fds_is_safe_to_map (fd, strlen (PEM), NULL));
  g_assert_null (share_fingerprint ("nonsense", NULL));
  g_assert_null (
      share_fingerprint ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/share/request/rules", test_request_rules);
  g_test_add_func ("/share/request/network", test_request_network);
  g_test_add_func ("/share/request/result", test_request_result);
  g_test_add_func ("/share/viewers/open", test_viewers_open);
  g_test_add_func ("/share/viewers/consent", test_viewers_consent);
  g_test_add_func ("/share/viewers/limits", test_viewers_limits);
  g_test_add_func ("/share/socket", test_socket);
  g_test_add_func ("/share/memory", test_memory);
  return g_test_run ();
}
