/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `vitrinectl clipboard`: a guest's clipboard from a shell, as its policy allows.
 */
#include "config.h"

#include "ctl-guests.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* For a guest's agent to answer, or a person at the window. */
#define WAIT_SECONDS 30

typedef struct
{
  VtGlassClient *client;
  GBytes *text; /* owned */
  gboolean done;
  gboolean late;
  gboolean closed;
} Exchange;

static gboolean
fail (GError **error, const char *text)
{
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, text);
  return FALSE;
}

static gboolean
check_policy (VtGuest *guest, ClipboardDirection direction, GError **error)
{
  const GuestDefinition *definition = vt_guest_get_definition (guest);
  ClipboardPolicy policy = definition ? definition->clipboard : CLIPBOARD_POLICY_OFF;

  if (clipboard_policy_judge (policy, direction, CLIPBOARD_SIDE_LOCAL) != CLIPBOARD_REFUSE)
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               _ ("The clipboard of “%s” is “%s”, which does not allow it; 'vitrinectl set %s "
                  "clipboard.policy=both' does"),
               vt_guest_get_name (guest), clipboard_policy_word (policy),
               vt_guest_get_name (guest));
  return FALSE;
}

static void
on_closed (Exchange *exchange)
{
  exchange->closed = TRUE;
}

static gboolean
on_late (gpointer data)
{
  ((Exchange *) data)->late = TRUE;
  return G_SOURCE_REMOVE;
}

static void
on_offer (Exchange *exchange, guint kinds)
{
  if (kinds & GLASS_CLIPBOARD_TEXT)
    vt_glass_client_clipboard_fetch (exchange->client, GLASS_CLIPBOARD_TEXT);
}

static void
on_data (Exchange *exchange, guint kind, GBytes *contents)
{
  exchange->text = contents ? g_bytes_ref (contents) : NULL;
  exchange->done = TRUE;
}

static gboolean
begin (Exchange *exchange, VtGuest *guest, GError **error)
{
  exchange->client = vt_guest_open_display (guest, 0, error);
  if (!exchange->client)
    return FALSE;
  g_signal_connect_swapped (exchange->client, "closed", G_CALLBACK (on_closed), exchange);
  return TRUE;
}

static void
end (Exchange *exchange)
{
  g_signal_handlers_disconnect_by_data (exchange->client, exchange);
  g_clear_object (&exchange->client);
}

static gboolean
get (VtGuest *guest, GError **error)
{
  Exchange exchange = { NULL };
  g_autoptr (GBytes) text = NULL;
  guint timer;

  if (!check_policy (guest, CLIPBOARD_FROM_GUEST, error) || !begin (&exchange, guest, error))
    return FALSE;
  g_signal_connect_swapped (exchange.client, "clipboard-offer", G_CALLBACK (on_offer), &exchange);
  g_signal_connect_swapped (exchange.client, "clipboard-data", G_CALLBACK (on_data), &exchange);
  timer = g_timeout_add_seconds (WAIT_SECONDS, on_late, &exchange);
  while (!exchange.done && !exchange.late && !exchange.closed)
    g_main_context_iteration (NULL, TRUE);
  if (!exchange.late)
    g_source_remove (timer);
  end (&exchange);
  text = exchange.text;
  if (text && fwrite (g_bytes_get_data (text, NULL), 1, g_bytes_get_size (text), stdout) ==
                  g_bytes_get_size (text))
    return TRUE;
  if (text)
    return fail (error, _ ("The text cannot be written to standard output"));
  return fail (error, _ ("The guest has copied no text, or its spice-vdagent does not answer"));
}

/* All of standard input, up to what passes and one byte more. */
static GBytes *
read_input (GError **error)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  guint8 buffer[4096];

  while (text->len <= GLASS_CLIPBOARD_BYTES_MAX)
    {
      gssize got = read (STDIN_FILENO, buffer, sizeof buffer);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED, _ ("Standard input cannot be read: %s"),
                       g_strerror (errno));
          return NULL;
        }
      if (got == 0)
        break;
      g_byte_array_append (text, buffer, got);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&text));
}

static gboolean
set (VtGuest *guest, GBytes *text, GError **error)
{
  Exchange exchange = { NULL };
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  gboolean sent;

  if (size == 0 || size > GLASS_CLIPBOARD_BYTES_MAX || !g_utf8_validate_len (data, size, NULL))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                   _ ("The text must be UTF-8 of 1 to %u bytes, which is what passes to a guest"),
                   GLASS_CLIPBOARD_BYTES_MAX);
      return FALSE;
    }
  if (!check_policy (guest, CLIPBOARD_TO_GUEST, error) || !begin (&exchange, guest, error))
    return FALSE;
  sent = vt_glass_client_clipboard_leave (exchange.client, GLASS_CLIPBOARD_TEXT, text, error);
  while (sent && !exchange.closed && !vt_glass_client_is_drained (exchange.client))
    g_main_context_iteration (NULL, TRUE);
  if (sent && exchange.closed)
    sent = fail (error, _ ("The guest's display was lost; it has not got the text"));
  end (&exchange);
  return sent;
}

gboolean
ctl_clipboard (const CtlCall *call, GError **error)
{
  const char *verb = ctl_call_argument (call, 1);
  gboolean is_set = strcmp (verb, "set") == 0;
  g_autoptr (GBytes) text = NULL;
  VtGuest *guest;

  if ((!is_set && strcmp (verb, "get") != 0) || (!is_set && call->arguments->len > 2))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("clipboard: it is 'get', or 'set' and a text"));
      return FALSE;
    }
  guest = ctl_running_guest (call, error);
  if (!guest)
    return FALSE;
  if (!is_set)
    return get (guest, error);
  if (call->arguments->len > 2)
    text = g_bytes_new (ctl_call_argument (call, 2), strlen (ctl_call_argument (call, 2)));
  else
    text = read_input (error);
  return text && set (guest, text, error);
}
