/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of vmm's messages to vitrine-display. Pure; must never assert on input.
 */
#include "link-parse.h"

#include "ipc/web-wire.h"
#include "plain-text.h"

/* Text that fills the front of a field, and zeros to its end. */
static gboolean
is_padded_text (const char *field, gsize size)
{
  gsize length = strnlen (field, size);

  if (length == size || !g_utf8_validate (field, length, NULL))
    return FALSE;
  for (gsize i = length; i < size; i++)
    if (field[i] != '\0')
      return FALSE;
  return TRUE;
}

/* Viewers show it in their titles. */
static gboolean
is_name (const char *field, gsize size)
{
  return is_padded_text (field, size) && *field != '\0' &&
         !plain_text_has_controls (field, strlen (field));
}

static ParseResult
parse_share (Cursor *cursor, guint n_fds, LinkRequest *ret_request)
{
  LinkShare share = { .type = LINK_SHARE,
                      .share = cursor_u32 (cursor),
                      .protocol = cursor_u32 (cursor),
                      .flags = cursor_u32 (cursor) };

  cursor_read (cursor, share.password, sizeof share.password);
  cursor_read (cursor, share.padding, sizeof share.padding);
  share.head = cursor_u32 (cursor);
  cursor_read (cursor, share.name, sizeof share.name);
  if (!cursor_is_done (cursor) || share.share == 0 || share.protocol < LINK_PROTOCOL_VNC ||
      share.protocol > LINK_PROTOCOL_LAST || (share.flags & ~LINK_SHARE_FLAGS_ALL) != 0 ||
      share.head >= LINK_HEADS_MAX)
    return PARSE_BAD;
  if (n_fds != ((share.flags & LINK_SHARE_TLS) ? 3 : 1))
    return PARSE_BAD;
  if (!is_padded_text (share.password, sizeof share.password) ||
      !is_name (share.name, sizeof share.name) ||
      memcmp (share.padding, "\0\0\0", sizeof share.padding) != 0)
    return PARSE_BAD;
  ret_request->share = share;
  return PARSE_OK;
}

/* A name that can stand in an address: it is compared with what browsers send, and sent to them. */
static gboolean
is_host (const char *field, gsize size)
{
  if (!is_padded_text (field, size))
    return FALSE;
  for (; *field != '\0'; field++)
    if (!g_ascii_islower (*field) && !g_ascii_isdigit (*field) && strchr (".-:", *field) == NULL)
      return FALSE;
  return TRUE;
}

static ParseResult
parse_web (Cursor *cursor, guint n_fds, LinkRequest *ret_request)
{
  LinkWeb web = { .type = LINK_WEB, .share = cursor_u32 (cursor) };

  cursor_read (cursor, web.host, sizeof web.host);
  cursor_read (cursor, web.padding, sizeof web.padding);
  if (!cursor_is_done (cursor) || n_fds != 1 || web.share == 0 ||
      !is_host (web.host, sizeof web.host) || memcmp (web.padding, "\0\0", sizeof web.padding) != 0)
    return PARSE_BAD;
  ret_request->web = web;
  return PARSE_OK;
}

static ParseResult
parse_web_token (Cursor *cursor, guint n_fds, LinkRequest *ret_request)
{
  LinkWebToken token = { .type = LINK_WEB_TOKEN,
                         .share = cursor_u32 (cursor),
                         .seconds = cursor_u32 (cursor),
                         .padding = cursor_u32 (cursor) };

  cursor_read (cursor, token.digest, sizeof token.digest);
  if (!cursor_is_done (cursor) || n_fds != 0 || token.share == 0 || token.seconds < 1 ||
      token.seconds > WEB_TOKEN_SECONDS || token.padding != 0)
    return PARSE_BAD;
  ret_request->web_token = token;
  return PARSE_OK;
}

/* How many descriptors each plain message carries, and whether its value may be 0. */
static const struct
{
  guint32 type;
  guint n_fds;
  guint32 value_min;
  guint32 value_max;
} plain[] = {
  { LINK_QEMU, 1, 0, 0 },
  { LINK_PING, 0, 0, G_MAXUINT32 },
  { LINK_SHARE_END, 0, 1, G_MAXUINT32 },
  { LINK_SHARE_EXPIRED, 0, 1, G_MAXUINT32 },
  { LINK_VIEWER_DROP, 0, 1, G_MAXUINT32 },
  { LINK_VIEWER_ALLOW, 0, 1, G_MAXUINT32 },
  { LINK_CLIPBOARD, 0, 0, CLIPBOARD_POLICY_LAST },
  { LINK_AGENT, 1, 0, 0 },
  { LINK_AGENT_OPENED, 0, 0, 0 },
};

ParseResult
link_parse_request (const void *data, gsize size, guint n_fds, LinkRequest *ret_request)
{
  Cursor cursor = cursor_init (data, size);
  LinkMessage message = { .type = cursor_u32 (&cursor) };

  if (message.type == LINK_SHARE)
    return parse_share (&cursor, n_fds, ret_request);
  if (message.type == LINK_WEB)
    return parse_web (&cursor, n_fds, ret_request);
  if (message.type == LINK_WEB_TOKEN)
    return parse_web_token (&cursor, n_fds, ret_request);
  message.value = cursor_u32 (&cursor);
  if (!cursor_is_done (&cursor))
    return PARSE_BAD;
  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      if (plain[i].type != message.type)
        continue;
      if (n_fds != plain[i].n_fds || message.value < plain[i].value_min ||
          message.value > plain[i].value_max)
        return PARSE_BAD;
      ret_request->message = message;
      return PARSE_OK;
    }
  return PARSE_BAD;
}
