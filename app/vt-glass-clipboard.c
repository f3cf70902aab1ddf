/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a front end says of the clipboard to the display process. Runs in `vitrine` and `vitrinectl`;
 * must never hand over what nobody asked it to.
 */
#include "fds.h"
#include "vt-glass-client-private.h"

void
vt_glass_client_clipboard_give (VtGlassClient *self, guint serial, guint kinds)
{
  GlassRequest request = { .clipboard_offer = { GLASS_CLIPBOARD_GIVE, serial,
                                                kinds & GLASS_CLIPBOARD_KINDS_ALL } };

  vt_glass_client_send_take_fd (self, &request, -1);
}

static gboolean
send_contents (VtGlassClient *self, guint number, guint kind, GBytes *contents, GError **error)
{
  GlassRequest request = { .clipboard_data = { GLASS_CLIPBOARD_SEND, number, kind, 0 } };
  gsize size = contents != NULL ? g_bytes_get_size (contents) : 0;
  int fd = -1;

  if (size > GLASS_CLIPBOARD_BYTES_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                   "The clipboard holds %" G_GSIZE_FORMAT " bytes; at most %u pass", size,
                   GLASS_CLIPBOARD_BYTES_MAX);
      return FALSE;
    }
  if (size > 0)
    {
      fd = fds_memory_of ("clipboard", contents, error);
      if (fd < 0)
        return FALSE;
      request.clipboard_data.size = size;
    }
  vt_glass_client_send_take_fd (self, &request, fd);
  return TRUE;
}

void
vt_glass_client_clipboard_answer (VtGlassClient *self, guint number, guint kind, GBytes *contents)
{
  /* What cannot be handed over is none: the guest must not wait. */
  if (!send_contents (self, number, kind, contents, NULL))
    send_contents (self, number, kind, NULL, NULL);
}

gboolean
vt_glass_client_clipboard_leave (VtGlassClient *self, guint kind, GBytes *contents, GError **error)
{
  g_return_val_if_fail (g_bytes_get_size (contents) > 0, FALSE);
  return send_contents (self, 0, kind, contents, error);
}

gboolean
vt_glass_client_clipboard_fetch (VtGlassClient *self, guint kind)
{
  GlassState *state = vt_glass_client_get_state (self);
  GlassRequest request = { .clipboard_want = { GLASS_CLIPBOARD_FETCH, 0, kind } };

  if (state->fetch != 0)
    return FALSE;
  state->last_fetch = MAX (state->last_fetch + 1, 1);
  state->fetch = request.clipboard_want.number = state->last_fetch;
  state->fetch_kind = kind;
  vt_glass_client_send_take_fd (self, &request, -1);
  return TRUE;
}

void
vt_glass_client_clipboard_decide (VtGlassClient *self, guint question, gboolean allow)
{
  GlassRequest request = { .clipboard_decision = { GLASS_CLIPBOARD_DECIDE, question,
                                                   allow != FALSE } };

  if (question != 0)
    vt_glass_client_send_take_fd (self, &request, -1);
}
