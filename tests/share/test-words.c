/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What people write of a share, what a vmm says of it, and the certificate.
 */
#include "fds.h"
#include "share-options.h"
#include "tls-identity.h"
#include "vt-share.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static void
place (const char *text, const char *address, guint16 port)
{
  g_autofree char *got_address = NULL;
  g_autofree char *shown = NULL;
  g_autoptr (GError) error = NULL;
  guint16 got_port = 1;

  if (address == NULL)
    {
      g_assert_false (share_options_parse_place (text, &got_address, &got_port, &error));
      g_assert_nonnull (error);
      g_assert_null (got_address);
      return;
    }
  g_assert_true (share_options_parse_place (text, &got_address, &got_port, &error));
  g_assert_cmpstr (got_address, ==, address);
  g_assert_cmpuint (got_port, ==, port);
  /* What is shown is understood again. */
  shown = share_options_place (got_address, got_port);
  g_clear_pointer (&got_address, g_free);
  g_assert_true (share_options_parse_place (shown, &got_address, &got_port, &error));
  g_assert_cmpstr (got_address, ==, address);
}

static void
test_places (void)
{
  place ("127.0.0.1:5901", "127.0.0.1", 5901);
  place ("127.0.0.1", "127.0.0.1", 0);
  place ("0.0.0.0:0", "0.0.0.0", 0);
  place (":5900", "127.0.0.1", 5900);
  place ("5900", "127.0.0.1", 5900);
  place ("[::1]:65535", "::1", 65535);
  place ("[::1]", "::1", 0);
  place ("::", "::", 0);
  place ("fe80::1", "fe80::1", 0);
  for (const char *const *bad =
           (const char *const[]) { "", "localhost:1", "127.0.0.1:", "[::1", "[::1]x", "[]:1",
                                   "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
                                   "127.0.0.1:1 ", "127.1:5900x", "\xff", "224.0.0.1:1", NULL };
       *bad != NULL; bad++)
    place (*bad, NULL, 0);
}

static void
duration (const char *text, guint seconds)
{
  guint got = 0;

  g_assert_cmpint (share_options_parse_duration (text, &got, NULL), ==, seconds != 0);
  g_assert_cmpuint (got, ==, seconds);
}

static void
test_durations (void)
{
  duration ("1s", 1);
  duration ("45m", 2700);
  duration ("1h", 3600);
  duration ("1h30m", 5400);
  duration ("2d", 172800);
  duration ("20", 1200);
  duration ("31d", SHARE_EXPIRE_MAX);
  duration ("31d1s", 0);
  duration ("32d", 0);
  duration ("", 0);
  duration ("0", 0);
  duration ("0s", 0);
  duration ("h", 0);
  duration ("1h30", 0);
  duration ("1w", 0);
  duration ("-1h", 0);
  duration ("1h ", 0);
  duration ("99999999999999999999s", 0);
}

static void
test_passwords (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 1000; i++)
    {
      char *password = share_options_make_password ();

      g_assert_cmpuint (strlen (password), ==, SHARE_PASSWORD_CHARACTERS);
      g_assert_cmpuint (strspn (password, "abcdefghijkmnpqrstuvwxyz23456789"), ==,
                        SHARE_PASSWORD_CHARACTERS);
      g_assert_true (g_hash_table_add (seen, password));
    }
}

#define SHARE_TEXT                                                                                 \
  "{'id': <uint32 1>, 'protocol': <'vnc'>, 'address': <'::1'>, 'port': <uint32 %s>, "              \
  "'head': <uint32 2>, 'tls': <true>, 'fingerprint': <'A\\nB'>, 'view-only': <false>, 'ask': "     \
  "<true>, "                                                                                       \
  "'expires': <uint64 %s>}"

static VtShare *
parse_share (const char *port, const char *expires)
{
  g_autofree char *text = g_strdup_printf (SHARE_TEXT, port, expires);
  g_autoptr (GVariant) variant = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

  g_assert_nonnull (variant);
  return vt_share_parse (variant);
}

static void
test_replies (void)
{
  g_autoptr (VtShare) share = parse_share ("5901", "1000");
  g_autoptr (GVariant) empty = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autoptr (GVariant) other = g_variant_ref_sink (g_variant_new_string ("x"));
  g_autoptr (GVariant) list = g_variant_ref_sink (
      g_variant_new_parsed ("[{'number': <uint32 4>, 'share': <uint32 1>, 'address': <'::1'>, "
                            "'protocol': <'vnc'>, 'state': <'asks'>, 'since': <uint64 5>, "
                            "'bytes': <uint64 6>}, {'number': <uint32 5>}, "
                            "{'number': <uint32 4>, 'share': <uint32 1>, 'address': <'::1'>, "
                            "'protocol': <'vnc'>, 'state': <'root'>, 'since': <uint64 5>, "
                            "'bytes': <uint64 6>}]"));
  g_autoptr (GPtrArray) viewers = vt_viewer_parse_list (list);
  g_autoptr (GPtrArray) nothing = vt_viewer_parse_list (NULL);
  g_autoptr (GPtrArray) wrong = vt_share_parse_list (other);
  const VtViewer *viewer;

  g_assert_cmpuint (share->port, ==, 5901);
  g_assert_cmpstr (share->fingerprint, ==, "A B");
  g_assert_true (share->ask && share->tls);
  g_assert_null (vt_share_parse (empty));
  g_assert_null (vt_viewer_parse (empty));
  g_assert_cmpuint (share->head, ==, 2);
  g_assert_null (parse_share ("65536", "1"));
  g_assert_null (parse_share ("1>, 'head': <uint32 0", "1"));
  g_assert_null (parse_share ("1>, 'head': <uint32 5", "1"));
  g_assert_null (parse_share ("1", "9223372036854775808"));
  g_assert_cmpuint (nothing->len, ==, 0);
  g_assert_cmpuint (wrong->len, ==, 0);
  g_assert_cmpuint (viewers->len, ==, 1);
  viewer = viewers->pdata[0];
  g_assert_cmpuint (viewer->number, ==, 4);
  g_assert_cmpstr (vt_viewer_state_word (viewer->state), ==, "asks");
}

/* A share by web has an address, and a link if it was just made: one bounded line each. */
static void
test_web_replies (void)
{
  g_autoptr (VtShare) plain = parse_share ("5901", "1000");
  g_autoptr (VtShare) share =
      parse_share ("8443", "1000>, 'url': <'https://desk:8443/'>, "
                           "'link': <'https://desk:8443/#a\\nb'>, 'more': <uint64 1");

  g_assert_null (plain->url);
  g_assert_null (plain->link);
  g_assert_cmpstr (share->url, ==, "https://desk:8443/");
  g_assert_cmpstr (share->link, ==, "https://desk:8443/#a b");
}

static gpointer
ensure_in_thread (gpointer data)
{
  return tls_identity_ensure (NULL);
}

/* One for all who ask at once, kept, and not readable by others. */
static void
test_identity (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "vitrine", "tls", NULL);
  g_autofree char *certificate = g_build_filename (folder, "cert.pem", NULL);
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TlsIdentity) again = NULL;
  g_autoptr (TlsIdentity) first = NULL;
  GThread *threads[4];
  struct stat info;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, ensure_in_thread, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autoptr (TlsIdentity) identity = g_thread_join (threads[i]);

      g_assert_nonnull (identity);
      if (first != NULL)
        g_assert_cmpstr (identity->certificate, ==, first->certificate);
      else
        first = g_steal_pointer (&identity);
    }
  again = tls_identity_load (certificate, key, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->key, ==, first->key);
  g_assert_cmpint (stat (key, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

static void
refused (const char *certificate, const char *key, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (tls_identity_load (certificate, key, &error));
  if (strstr (error->message, word) == NULL)
    g_error ("“%s” lacks “%s”", error->message, word);
}

static void
test_identity_refused (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "vitrine", "tls", NULL);
  g_autofree char *certificate = g_build_filename (folder, "cert.pem", NULL);
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autofree char *other = g_build_filename (g_get_user_data_dir (), "other.pem", NULL);
  g_autoptr (TlsIdentity) first = tls_identity_ensure (NULL);
  g_autoptr (TlsIdentity) second = NULL;

  refused ("/nonexistent/cert.pem", key, "/nonexistent/cert.pem");
  refused (certificate, "/dev/null", "/dev/null");
  refused (folder, key, folder);
  refused (key, key, "cannot be used");
  /* Another pair's key. */
  g_assert_true (g_rename (certificate, other) == 0 && g_unlink (key) == 0);
  second = tls_identity_ensure (NULL);
  g_assert_cmpstr (second->certificate, !=, first->certificate);
  refused (other, key, "cannot be used");
  /* Broken files are not silently replaced: people may have compared fingerprints. */
  g_assert_true (g_file_set_contents (certificate, "nonsense", -1, NULL));
  g_assert_null (tls_identity_ensure (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/share/places", test_places);
  g_test_add_func ("/share/durations", test_durations);
  g_test_add_func ("/share/passwords", test_passwords);
  g_test_add_func ("/share/replies", test_replies);
  g_test_add_func ("/share/replies/web", test_web_replies);
  g_test_add_func ("/share/identity", test_identity);
  g_test_add_func ("/share/identity/refused", test_identity_refused);
  return g_test_run ();
}
