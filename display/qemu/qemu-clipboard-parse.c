/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parser of QEMU's clipboard calls and answers. Runs in vitrine-display. Pure; must never assert on
 * input.
 */
#include "qemu-clipboard-parse.h"

#include <gio/gio.h>

static gboolean
parse_kinds (GVariant *mimes, ClipboardKinds *ret_kinds)
{
  gsize n = g_variant_n_children (mimes);
  ClipboardKinds kinds = 0;

  if (n > QEMU_CLIPBOARD_MIMES_MAX)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (mimes, i);
      gsize size;
      const char *mime = g_variant_get_string (child, &size);

      if (size > QEMU_CLIPBOARD_MIME_BYTES_MAX)
        return FALSE;
      if (strcmp (mime, QEMU_CLIPBOARD_TEXT) == 0)
        kinds |= CLIPBOARD_TEXT;
      else if (strcmp (mime, QEMU_CLIPBOARD_PNG) == 0)
        kinds |= CLIPBOARD_PNG;
    }
  *ret_kinds = kinds;
  return TRUE;
}

static guint32
get_u32 (GVariant *body, gsize index)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (body, index);

  return g_variant_get_uint32 (child);
}

static const struct
{
  const char *member;
  const char *type;
  QemuClipboardVerb verb;
  gboolean has_serial;
  gboolean has_kinds;
} verbs[] = {
  { "Register", "()", QEMU_CLIPBOARD_REGISTER, FALSE, FALSE },
  { "Grab", "(uuas)", QEMU_CLIPBOARD_GRAB, TRUE, TRUE },
  { "Release", "(u)", QEMU_CLIPBOARD_RELEASE, FALSE, FALSE },
  { "Request", "(uas)", QEMU_CLIPBOARD_REQUEST, FALSE, TRUE },
};

static ParseResult
parse_body (gsize verb, GVariant *body, QemuClipboardCall *ret_call)
{
  QemuClipboardCall call = { .verb = verbs[verb].verb };

  if (body != NULL && g_variant_n_children (body) > 0)
    {
      call.selection = get_u32 (body, 0);
      if (verbs[verb].has_serial)
        call.serial = get_u32 (body, 1);
      if (verbs[verb].has_kinds)
        {
          g_autoptr (GVariant) mimes =
              g_variant_get_child_value (body, verbs[verb].has_serial ? 2 : 1);

          if (!parse_kinds (mimes, &call.kinds))
            return PARSE_BAD;
        }
    }
  if (call.selection > QEMU_CLIPBOARD_SELECTION_LAST)
    return PARSE_BAD;
  *ret_call = call;
  return PARSE_OK;
}

ParseResult
qemu_clipboard_parse_call (const char *member, GVariant *body, QemuClipboardCall *ret_call)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      if (g_strcmp0 (member, verbs[i].member) != 0)
        continue;
      if (g_strcmp0 (body != NULL ? g_variant_get_type_string (body) : "()", verbs[i].type) != 0)
        return PARSE_BAD;
      return parse_body (i, body, ret_call);
    }
  return PARSE_BAD;
}

ParseResult
qemu_clipboard_parse_contents (GVariant *body, ClipboardKinds kind, GBytes **ret_contents)
{
  g_autoptr (GVariant) mime = NULL;
  g_autoptr (GVariant) contents = NULL;
  const char *expected = kind == CLIPBOARD_PNG ? QEMU_CLIPBOARD_PNG : QEMU_CLIPBOARD_TEXT;
  const guint8 *data;
  gsize size;

  *ret_contents = NULL;
  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE ("(say)")))
    return PARSE_BAD;
  mime = g_variant_get_child_value (body, 0);
  contents = g_variant_get_child_value (body, 1);
  data = g_variant_get_fixed_array (contents, &size, 1);
  if (strcmp (g_variant_get_string (mime, NULL), expected) != 0)
    return PARSE_OK;
  while (kind == CLIPBOARD_TEXT && size > 0 && data[size - 1] == '\0')
    size--;
  if (size == 0 || size > CLIPBOARD_BYTES_MAX)
    return PARSE_OK;
  /* Copied: the message around it may be many times as long. */
  *ret_contents = g_bytes_new (data, size);
  return PARSE_OK;
}
