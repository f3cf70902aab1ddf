/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl network capture`: the network of a running guest. Runs in vitrinectl, which opens the
 * file of a capture and no network socket.
 */
#include "config.h"

#include "ctl-guests.h"
#include "ctl-json.h"
#include "ctl-print.h"
#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>

#define CAPTURE_BYTES (G_GUINT64_CONSTANT (1) << 30)

static char *
fetch (VtGuest *guest, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_network_async (guest, NULL, ctl_wait_done, &wait);
  return vt_guest_network_finish (guest, ctl_wait_result (&wait), error);
}

static void
print_pair (const char *name, const char *value)
{
  g_autofree char *plain = ctl_plain (value);
  guint width = ctl_width (name);

  g_print ("%s%*s%s\n", name, width < 14 ? (int) (14 - width) : 1, "",
           *plain != '\0' ? plain : "-");
}

static void
print_rate (const char *name, gint64 rate)
{
  g_autofree char *text =
      rate > 0 ? g_strdup_printf (_ ("at most %u kB/s"), (guint) rate) : g_strdup (_ ("no limit"));

  print_pair (name, text);
}

static void
print_traffic (JsonObject *state, const char *name, const char *bytes, const char *frames)
{
  g_autofree char *size = g_format_size ((guint64) ctl_json_number (state, bytes));
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, ctl_json_number (state, frames));
  /* Translators: an amount of bytes, a number of frames. */
  g_autofree char *text = g_strdup_printf (_ ("%s in %s frames"), size, number);

  print_pair (name, text);
}

static void
print_forwards (JsonObject *state)
{
  JsonArray *forwards = ctl_json_array (state, "forwards");

  for (guint i = 0; forwards && i < json_array_get_length (forwards); i++)
    {
      JsonObject *one = ctl_json_element (forwards, i);
      JsonNode *open = one ? json_object_get_member (one, "open") : NULL;
      gboolean is_open = open && JSON_NODE_HOLDS_VALUE (open) && json_node_get_boolean (open);
      g_autofree char *text = g_strdup_printf (
          "%s %s:%" G_GINT64_FORMAT " → %" G_GINT64_FORMAT "%s", ctl_json_text (one, "protocol"),
          ctl_json_text (one, "address"), ctl_json_number (one, "port"),
          ctl_json_number (one, "guest-port"), is_open ? _ (" (from other machines too)") : "");

      print_pair (i == 0 ? _ ("Forwards") : "", text);
    }
}

/* Only what has happened. */
static void
print_drops (JsonObject *state)
{
  JsonObject *drops = ctl_json_object (state, "drops");
  g_autoptr (GList) reasons = drops ? json_object_get_members (drops) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  for (GList *at = reasons; at; at = at->next)
    if (ctl_json_number (drops, at->data) > 0)
      g_string_append_printf (text, "%s%s %" G_GINT64_FORMAT, text->len > 0 ? ", " : "",
                              (const char *) at->data, ctl_json_number (drops, at->data));
  print_pair (_ ("Dropped"), text->str);
}

static void
print_state (JsonObject *state)
{
  print_pair (_ ("Policy"), ctl_json_text (state, "policy"));
  print_pair (_ ("State"), ctl_json_text (state, "state"));
  print_pair (_ ("Card"), ctl_json_text (state, "device"));
  print_pair (_ ("MAC"), ctl_json_text (state, "mac"));
  print_pair (_ ("Address"), ctl_json_text (state, "lease"));
  print_pair (_ ("IPv6"), ctl_json_text (state, "address6"));
  print_forwards (state);
  print_rate (_ ("To guest"), ctl_json_number (state, "rate-in"));
  print_rate (_ ("From guest"), ctl_json_number (state, "rate-out"));
  print_traffic (state, _ ("Received"), "bytes-in", "frames-in");
  print_traffic (state, _ ("Sent"), "bytes-out", "frames-out");
  print_drops (state);
}

gboolean
ctl_network (const CtlCall *call, GError **error)
{
  VtGuest *guest = ctl_running_guest (call, error);
  g_autofree char *json = guest ? fetch (guest, error) : NULL;
  g_autoptr (JsonNode) root = NULL;

  if (!json)
    return FALSE;
  if (ctl_call_has (call, "json"))
    return ctl_print_json_text (json, error);
  root = ctl_parse_json_object (json, error);
  if (!root)
    return FALSE;
  print_state (json_node_get_object (root));
  return TRUE;
}

static gboolean
stop (VtGuest *guest, GError **error)
{
  g_auto (CtlWait) wait = { NULL };

  vt_guest_verb_async (guest, VT_VERB_STOP_CAPTURE, NULL, ctl_wait_done, &wait);
  return vt_guest_verb_finish (guest, ctl_wait_result (&wait), error);
}

static int
open_file (const char *path, GError **error)
{
  autofd fd = open (
      path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  struct stat info;

  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    return fds_steal (&fd);
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("Cannot write %s: %s"), path,
               fd < 0 ? g_strerror (errno) : _ ("it is not a regular file"));
  return -1;
}

static gboolean
begin (VtGuest *guest, const char *path, guint64 bytes_max, GError **error)
{
  autofd fd = open_file (path, error);
  g_auto (CtlWait) wait = { NULL };

  if (fd < 0)
    return FALSE;
  vt_guest_capture_async (guest, fd, bytes_max, NULL, ctl_wait_done, &wait);
  return vt_guest_capture_finish (guest, ctl_wait_result (&wait), error);
}

gboolean
ctl_capture (const CtlCall *call, GError **error)
{
  const char *path = call->arguments->len > 1 ? ctl_call_argument (call, 1) : NULL;
  const char *max = ctl_call_value (call, "max");
  guint64 bytes_max = CAPTURE_BYTES;
  VtGuest *guest;

  if ((path != NULL) == ctl_call_has (call, "stop"))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("capture: name a file, or use --stop"));
      return FALSE;
    }
  if (max && (!ctl_parse_size (max, 1, &bytes_max) || bytes_max == 0))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   _ ("capture: --max: '%s' is not an amount such as 100M"), max);
      return FALSE;
    }
  guest = ctl_running_guest (call, error);
  if (!guest)
    return FALSE;
  return path ? begin (guest, path, bytes_max, error) : stop (guest, error);
}
