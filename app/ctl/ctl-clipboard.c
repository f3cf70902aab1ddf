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
  const char *word; /* of --type */
  guint kind;
  const char *nothing; /* N_(), as what follows: why nothing came */
  const char *other;   /* why nothing will */
} Kind;

static const Kind kinds[] = {
  { "text", GLASS_CLIPBOARD_TEXT,
    N_ ("The guest has copied no text, more than 8 MiB of it, or its spice-vdagent does not "
        "answer"),
    N_ ("The guest has copied a picture, not text; --type png prints it") },
  { "png", GLASS_CLIPBOARD_PNG,
    N_ ("The guest has copied no picture, one of more than 8 MiB, or its spice-vdagent does not "
        "answer"),
    N_ ("The guest has copied text, not a picture") },
};

typedef struct
{
  VtGlassClient *client;
  const Kind *kind;
  GBytes *contents; /* owned */
  gboolean done;
  gboolean is_other; /* the guest has copied something, but not of that kind */
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
on_offer (Exchange *exchange, guint offered)
{
  exchange->is_other = offered != 0 && !(offered & exchange->kind->kind);
  if (offered & exchange->kind->kind)
    vt_glass_client_clipboard_fetch (exchange->client, exchange->kind->kind);
}

static void
on_data (Exchange *exchange, guint kind, GBytes *contents)
{
  exchange->contents = contents ? g_bytes_ref (contents) : NULL;
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
print (const Kind *kind, GBytes *contents, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (contents, &size);

  if (kind->kind == GLASS_CLIPBOARD_PNG && isatty (STDOUT_FILENO))
    return fail (error, _ ("A picture is no text for a terminal; send standard output to a file"));
  if (fwrite (data, 1, size, stdout) == size && fflush (stdout) == 0)
    return TRUE;
  return fail (error, _ ("What the guest has copied cannot be written to standard output"));
}

static gboolean
get (VtGuest *guest, const Kind *kind, GError **error)
{
  Exchange exchange = { .kind = kind };
  g_autoptr (GBytes) contents = NULL;
  guint timer;

  if (!check_policy (guest, CLIPBOARD_FROM_GUEST, error) || !begin (&exchange, guest, error))
    return FALSE;
  g_signal_connect_swapped (exchange.client, "clipboard-offer", G_CALLBACK (on_offer), &exchange);
  g_signal_connect_swapped (exchange.client, "clipboard-data", G_CALLBACK (on_data), &exchange);
  timer = g_timeout_add_seconds (WAIT_SECONDS, on_late, &exchange);
  while (!exchange.done && !exchange.late && !exchange.closed && !exchange.is_other)
    g_main_context_iteration (NULL, TRUE);
  if (!exchange.late)
    g_source_remove (timer);
  end (&exchange);
  contents = exchange.contents;
  if (contents)
    return print (kind, contents, error);
  return fail (error, exchange.is_other ? _ (kind->other) : _ (kind->nothing));
}

/* All of standard input, up to what passes and one byte more. */
static GBytes *
read_input (GError **error)
{
  g_autoptr (GByteArray) input = g_byte_array_new ();
  guint8 buffer[4096];

  while (input->len <= GLASS_CLIPBOARD_BYTES_MAX)
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
      g_byte_array_append (input, buffer, got);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&input));
}

/* The broker in the display process says nothing of what it refuses. */
static gboolean
is_of_kind (const Kind *kind, GBytes *contents)
{
  static const char png[] = "\x89PNG\r\n\x1a\n";
  gsize size;
  const char *data = g_bytes_get_data (contents, &size);

  if (size == 0 || size > GLASS_CLIPBOARD_BYTES_MAX)
    return FALSE;
  if (kind->kind == GLASS_CLIPBOARD_TEXT)
    return g_utf8_validate_len (data, size, NULL);
  return size > strlen (png) && memcmp (data, png, strlen (png)) == 0;
}

static gboolean
set (VtGuest *guest, const Kind *kind, GBytes *contents, GError **error)
{
  Exchange exchange = { .kind = kind };
  gboolean sent;

  if (!is_of_kind (kind, contents))
    {
      if (kind->kind == GLASS_CLIPBOARD_TEXT)
        g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                     _ ("The text must be UTF-8 of 1 to %u bytes, which is what passes to a guest"),
                     GLASS_CLIPBOARD_BYTES_MAX);
      else
        g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                     _ ("The picture must be a PNG file of at most %u bytes, which is what passes to "
                        "a guest"),
                     GLASS_CLIPBOARD_BYTES_MAX);
      return FALSE;
    }
  if (!check_policy (guest, CLIPBOARD_TO_GUEST, error) || !begin (&exchange, guest, error))
    return FALSE;
  sent = vt_glass_client_clipboard_leave (exchange.client, kind->kind, contents, error);
  while (sent && !exchange.closed && !vt_glass_client_is_drained (exchange.client))
    g_main_context_iteration (NULL, TRUE);
  if (sent && exchange.closed)
    sent = fail (error, _ ("The guest's display was lost; it has not got what it was given"));
  end (&exchange);
  return sent;
}

static const Kind *
find_kind (const CtlCall *call)
{
  const char *word = ctl_call_value (call, "type");

  for (guint i = 1; word && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].word, word) == 0)
      return &kinds[i];
  return &kinds[0];
}

gboolean
ctl_clipboard (const CtlCall *call, GError **error)
{
  const char *verb = ctl_call_argument (call, 1);
  const Kind *kind = find_kind (call);
  gboolean is_set = strcmp (verb, "set") == 0;
  gboolean has_text = call->arguments->len > 2;
  g_autoptr (GBytes) contents = NULL;
  VtGuest *guest;

  if ((!is_set && (strcmp (verb, "get") != 0 || has_text)) ||
      (has_text && kind->kind != GLASS_CLIPBOARD_TEXT))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("clipboard: it is 'get', or 'set' and a text, or 'set' and a picture "
                              "on standard input"));
      return FALSE;
    }
  guest = ctl_running_guest (call, error);
  if (!guest)
    return FALSE;
  if (!is_set)
    return get (guest, kind, error);
  if (has_text)
    contents = g_bytes_new (ctl_call_argument (call, 2), strlen (ctl_call_argument (call, 2)));
  else
    contents = read_input (error);
  return contents && set (guest, kind, contents, error);
}
