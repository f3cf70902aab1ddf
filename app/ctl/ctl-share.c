/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl share unshare viewers`. Runs in vitrinectl; the share lives in the guest's vmm and
 * goes on when this ends. Opens no network socket.
 */
#include "config.h"

#include "connection-file.h"
#include "ctl-guests.h"
#include "ctl-print.h"
#include "ctl-share-print.h"
#include "share-options.h"
#include "share-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_BYTES_MAX 64 /* LINK_PASSWORD_MAX */

/* What the command line says, read and checked as far as that goes here. */
typedef struct
{
  const ShareProtocol *protocol;
  char *address;
  guint16 port;
  guint head; /* from 1 */
  guint expire_s;
  char *password;
  gboolean generated;
} Wanted;

static void
wanted_clear (Wanted *wanted)
{
  g_free (wanted->address);
  g_free (wanted->password);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, wanted_clear)

static gboolean
usage (GError **error, const char *text)
{
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "share: %s", text);
  return FALSE;
}

/* The protocol whose option was given. */
static gboolean
read_protocol (const CtlCall *call, const ShareProtocol **ret_protocol, GError **error)
{
  *ret_protocol = NULL;
  for (const ShareProtocol *each = share_protocols; each->word; each++)
    {
      if (!ctl_call_has (call, each->word))
        continue;
      if (*ret_protocol)
        return usage (error, _ ("one protocol at a time; run it again for the other"));
      *ret_protocol = each;
    }
  if (!*ret_protocol)
    *ret_protocol = share_protocols;
  return TRUE;
}

static gboolean
check_options (const CtlCall *call, GError **error)
{
  if (ctl_call_has (call, "host") && !ctl_call_has (call, "web"))
    return usage (error, _ ("--host goes with --web"));
  if (ctl_call_has (call, "cert") != ctl_call_has (call, "key"))
    return usage (error, _ ("--cert and --key go together"));
  if (ctl_call_has (call, "cert") && g_strcmp0 (ctl_call_value (call, "tls"), "off") == 0)
    return usage (error, _ ("--tls off uses no certificate; leave --cert and --key out"));
  if (ctl_call_has (call, "vv") && !ctl_call_has (call, "spice"))
    return usage (error, _ ("--vv writes a file for viewers by SPICE; it goes with --spice"));
  return TRUE;
}

/* The first line of the file; "-" is standard input. */
static char *
read_password (const char *path, GError **error)
{
  gboolean is_stdin = strcmp (path, "-") == 0;
  int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  char text[PASSWORD_BYTES_MAX + 2] = { 0 };
  gsize size = 0;
  gssize got = fd < 0 ? -1 : 0;
  char *end;

  while (fd >= 0 && size < sizeof text - 1 && memchr (text, '\n', size) == NULL &&
         (got = read (fd, text + size, sizeof text - 1 - size)) > 0)
    size += got;
  if (got < 0)
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("The password cannot be read from %s: %s"),
                 path, g_strerror (errno));
  if (fd >= 0 && !is_stdin)
    close (fd);
  if (got < 0)
    return NULL;
  end = memchr (text, '\n', size);
  if (end != NULL)
    *end = '\0';
  if (*text != '\0' && strlen (text) <= PASSWORD_BYTES_MAX && g_utf8_validate (text, -1, NULL))
    return g_strdup (text);
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The first line of %s is no password of 1 to %d bytes of text"), path,
               PASSWORD_BYTES_MAX);
  return NULL;
}

static gboolean
read_wanted (const CtlCall *call, Wanted *wanted, GError **error)
{
  const char *place;
  const char *expire = ctl_call_value (call, "expire");
  const char *password_file = ctl_call_value (call, "password-file");
  g_autoptr (GError) inner = NULL;

  if (!check_options (call, error) || !read_protocol (call, &wanted->protocol, error) ||
      !ctl_call_head (call, &wanted->head, error))
    return FALSE;
  place = ctl_call_value (call, wanted->protocol->word);
  if (!share_options_parse_place (place ? place : SHARE_ADDRESS_DEFAULT, &wanted->address,
                                  &wanted->port, &inner) ||
      (expire && !share_options_parse_duration (expire, &wanted->expire_s, &inner)))
    return usage (error, inner->message);
  wanted->generated = !password_file;
  wanted->password =
      password_file ? read_password (password_file, error) : share_options_make_password ();
  return wanted->password != NULL;
}

static VtShare *
make_share (VtGuest *guest, const CtlCall *call, const Wanted *wanted, GError **error)
{
  const VtShareOptions options = { .protocol = wanted->protocol->word,
                                   .host = ctl_call_value (call, "host"),
                                   .address = wanted->address,
                                   .port = wanted->port,
                                   .password = wanted->password,
                                   .head = wanted->head,
                                   .view_only = ctl_call_has (call, "view-only"),
                                   .ask = ctl_call_has (call, "ask"),
                                   .expire_s = wanted->expire_s,
                                   .tls = ctl_call_value (call, "tls"),
                                   .certificate_file = ctl_call_value (call, "cert"),
                                   .key_file = ctl_call_value (call, "key") };
  g_auto (CtlWait) wait = { NULL };

  vt_guest_share_async (guest, &options, NULL, ctl_wait_done, &wait);
  return vt_guest_share_finish (guest, ctl_wait_result (&wait), error);
}

static gboolean
write_connection_file (VtGuest *guest,
                       const CtlCall *call,
                       const VtShare *share,
                       const char *password,
                       GError **error)
{
  const char *path = ctl_call_value (call, "vv");

  return path == NULL ||
         connection_file_write (path, share, vt_guest_get_name (guest), password,
                                ctl_call_value (call, "cert"), ctl_call_value (call, "key"), error);
}

gboolean
ctl_share (const CtlCall *call, GError **error)
{
  g_auto (Wanted) wanted = { NULL };
  g_autoptr (VtShare) share = NULL;
  VtGuest *guest;

  if (!read_wanted (call, &wanted, error))
    return FALSE;
  guest = ctl_running_guest (call, error);
  share = guest ? make_share (guest, call, &wanted, error) : NULL;
  if (!share)
    return FALSE;
  if (ctl_call_has (call, "json"))
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      ctl_share_add_json (builder, share, wanted.generated ? wanted.password : NULL);
      ctl_print_json (json_builder_get_root (builder));
    }
  else
    ctl_share_print (share, vt_guest_get_definition (guest)->heads > 1,
                     wanted.generated ? wanted.password : NULL);
  /* The share stands, with its password told, should the file not come about. */
  return write_connection_file (guest, call, share, wanted.password, error);
}

static gboolean
run_verb (VtGuest *guest, VtShareVerb verb, guint number, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_share_verb_async (guest, verb, number, NULL, ctl_wait_done, &wait);
  return vt_guest_share_verb_finish (guest, ctl_wait_result (&wait), error);
}

gboolean
ctl_unshare (const CtlCall *call, GError **error)
{
  VtGuest *guest;
  guint id = 0;

  if (call->arguments->len > 1 &&
      !ctl_parse_number ("unshare: ID", ctl_call_argument (call, 1), 1, G_MAXUINT32, &id, error))
    return FALSE;
  guest = ctl_running_guest (call, error);
  return guest && run_verb (guest, VT_SHARE_VERB_END, id, error);
}

/* --disconnect or --allow, if it was given. */
static gboolean
viewer_verb (VtGuest *guest,
             const CtlCall *call,
             const char *option,
             VtShareVerb verb,
             GError **error)
{
  g_autofree char *what = g_strdup_printf ("viewers: --%s", option);
  const char *value = ctl_call_value (call, option);
  guint number;

  return !value || (ctl_parse_number (what, value, 1, G_MAXUINT32, &number, error) &&
                    run_verb (guest, verb, number, error));
}

static gboolean
print_link (VtGuest *guest, const CtlCall *call, GError **error)
{
  g_auto (CtlWait) wait = { NULL };
  g_autofree char *link = NULL;
  guint number;

  if (!ctl_parse_number ("viewers: --link", ctl_call_value (call, "link"), 1, G_MAXUINT32, &number,
                         error))
    return FALSE;
  vt_guest_share_verb_async (guest, VT_SHARE_VERB_LINK, number, NULL, ctl_wait_done, &wait);
  link = vt_guest_share_link_finish (guest, ctl_wait_result (&wait), error);
  if (link)
    g_print ("%s\n", link);
  return link != NULL;
}

gboolean
ctl_viewers (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_running_guest (call, error);
  g_autoptr (GPtrArray) shares = NULL;
  g_autoptr (GPtrArray) viewers = NULL;

  if (!guest || !viewer_verb (guest, call, "disconnect", VT_SHARE_VERB_DISCONNECT, error) ||
      !viewer_verb (guest, call, "allow", VT_SHARE_VERB_ALLOW, error))
    return FALSE;
  if (ctl_call_has (call, "link"))
    return print_link (guest, call, error);
  if (ctl_call_has (call, "disconnect") || ctl_call_has (call, "allow"))
    return TRUE;
  shares = vt_guest_get_shares (guest);
  viewers = vt_guest_get_remote_viewers (guest);
  if (ctl_call_has (call, "json"))
    ctl_share_print_json (shares, viewers);
  else
    {
      if (shares->len > 0)
        ctl_share_print_all (shares);
      else
        g_print ("%s\n", _ ("The console is not shared."));
      if (viewers->len > 0)
        ctl_share_print_viewers (shares, viewers);
      else if (shares->len > 0)
        g_print ("%s\n", _ ("Nobody looks on."));
    }
  return TRUE;
}
