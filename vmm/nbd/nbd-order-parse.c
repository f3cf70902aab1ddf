/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets of the link. Runs in vitrine-vmm and vitrine-nbd.
 */
#include "nbd-order-parse.h"

#include "nbd/nbd-wire.h"

#define ANSWER_MS_MAX (600u * 1000)

static gboolean
is_text (const char *text, gsize room)
{
  if (memchr (text, '\0', room) == NULL || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (!g_unichar_isprint (g_utf8_get_char (c)))
      return FALSE;
  return TRUE;
}

static ParseResult
parse_setup (gconstpointer data, gsize size, NbdSetup *setup)
{
  Cursor cursor = cursor_init (data, size);

  cursor_read (&cursor, setup, sizeof *setup);
  if (!cursor_is_done (&cursor) || (setup->flags & ~NBD_SETUP_ALL) != 0 ||
      setup->answer_ms == 0 || setup->answer_ms > ANSWER_MS_MAX ||
      !is_text (setup->name, sizeof setup->name) || !is_text (setup->host, sizeof setup->host))
    return PARSE_BAD;
  return PARSE_OK;
}

ParseResult
nbd_order_parse (gconstpointer data, gsize size, NbdLinkOrder *ret_order)
{
  Cursor cursor = cursor_init (data, size);

  ret_order->type = cursor_u32 (&cursor);
  switch (ret_order->type)
    {
    case NBD_ORDER_SETUP:
      return parse_setup (data, size, &ret_order->setup);
    case NBD_ORDER_CONNECT:
    case NBD_ORDER_GIVE_UP:
      return size == sizeof (NbdOrder) ? PARSE_OK : PARSE_BAD;
    default:
      return PARSE_BAD;
    }
}

ParseResult
nbd_report_parse (gconstpointer data, gsize size, NbdReport *ret_report)
{
  Cursor cursor = cursor_init (data, size);

  cursor_read (&cursor, ret_report, sizeof *ret_report);
  if (!cursor_is_done (&cursor) || ret_report->type < NBD_REPORT_READY ||
      ret_report->type > NBD_REPORT_LOST || ret_report->why >= NBD_WHY_COUNT ||
      ret_report->size > NBD_SIZE_MAX || ret_report->read_only > 1 || ret_report->unsaved > 1 ||
      !is_text (ret_report->text, sizeof ret_report->text))
    return PARSE_BAD;
  return PARSE_OK;
}
