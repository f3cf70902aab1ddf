/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Shares and viewers as a guest's vmm tells of them (B1). Pure.
 */
#include "vt-share.h"

#include "bounded-text.h"
#include "ipc/link-wire.h"

#include <string.h>

void
vt_share_free (VtShare *share)
{
  if (share == NULL)
    return;
  g_free (share->protocol);
  g_free (share->address);
  g_free (share->fingerprint);
  g_free (share->url);
  g_free (share->link);
  g_free (share);
}

void
vt_viewer_free (VtViewer *viewer)
{
  if (viewer == NULL)
    return;
  g_free (viewer->address);
  g_free (viewer->protocol);
  g_free (viewer);
}

static const char *const state_words[] = {
  [VT_VIEWER_LOGIN] = "login",
  [VT_VIEWER_ASKS] = "asks",
  [VT_VIEWER_IN] = "in",
};

const char *
vt_viewer_state_word (VtViewerState state)
{
  return state_words[state];
}

static char *
take_text (GVariant *dictionary, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (dictionary, key, "&s", &text) ? bounded_text_line (text) : NULL;
}

VtShare *
vt_share_parse (GVariant *dictionary)
{
  g_autoptr (VtShare) share = g_new0 (VtShare, 1);
  guint64 expires = 0;

  share->protocol = take_text (dictionary, "protocol");
  share->address = take_text (dictionary, "address");
  share->fingerprint = take_text (dictionary, "fingerprint");
  share->url = take_text (dictionary, "url");
  share->link = take_text (dictionary, "link");
  if (share->protocol == NULL || share->address == NULL || share->fingerprint == NULL ||
      !g_variant_lookup (dictionary, "id", "u", &share->id) ||
      !g_variant_lookup (dictionary, "port", "u", &share->port) ||
      !g_variant_lookup (dictionary, "tls", "b", &share->tls) ||
      !g_variant_lookup (dictionary, "head", "u", &share->head) ||
      !g_variant_lookup (dictionary, "view-only", "b", &share->view_only) ||
      !g_variant_lookup (dictionary, "ask", "b", &share->ask) ||
      !g_variant_lookup (dictionary, "expires", "t", &expires) || share->port > G_MAXUINT16 ||
      share->head < 1 || share->head > LINK_HEADS_MAX ||
      expires > G_MAXINT64)
    return NULL;
  share->expires = expires;
  return g_steal_pointer (&share);
}

VtViewer *
vt_viewer_parse (GVariant *dictionary)
{
  g_autoptr (VtViewer) viewer = g_new0 (VtViewer, 1);
  const char *state = NULL;
  guint64 since = 0;

  viewer->address = take_text (dictionary, "address");
  viewer->protocol = take_text (dictionary, "protocol");
  if (viewer->address == NULL || viewer->protocol == NULL ||
      !g_variant_lookup (dictionary, "number", "u", &viewer->number) ||
      !g_variant_lookup (dictionary, "share", "u", &viewer->share) ||
      !g_variant_lookup (dictionary, "state", "&s", &state) ||
      !g_variant_lookup (dictionary, "since", "t", &since) ||
      !g_variant_lookup (dictionary, "bytes", "t", &viewer->bytes) || since > G_MAXINT64)
    return NULL;
  viewer->since = since;
  for (guint i = 0; i < G_N_ELEMENTS (state_words); i++)
    if (strcmp (state, state_words[i]) == 0)
      {
        viewer->state = i;
        return g_steal_pointer (&viewer);
      }
  return NULL;
}

typedef gpointer (*ParseOne) (GVariant *dictionary);

static GPtrArray *
parse_list (GVariant *list, guint most, ParseOne parse, GDestroyNotify free_one)
{
  GPtrArray *array = g_ptr_array_new_with_free_func (free_one);
  gsize n = list != NULL && g_variant_is_of_type (list, G_VARIANT_TYPE ("aa{sv}"))
                ? g_variant_n_children (list)
                : 0;

  for (gsize i = 0; i < MIN (n, most); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (list, i);
      gpointer one = parse (child);

      if (one != NULL)
        g_ptr_array_add (array, one);
    }
  return array;
}

GPtrArray *
vt_share_parse_list (GVariant *list)
{
  return parse_list (list, VT_SHARES_MAX, (ParseOne) vt_share_parse,
                     (GDestroyNotify) vt_share_free);
}

GPtrArray *
vt_viewer_parse_list (GVariant *list)
{
  return parse_list (list, VT_VIEWERS_MAX, (ParseOne) vt_viewer_parse,
                     (GDestroyNotify) vt_viewer_free);
}
