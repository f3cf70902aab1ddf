/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of remote viewers. Runs in vitrine-vmm; believes the display process nothing that
 * contradicts what it said before, above all not that a viewer is in whom nobody let in.
 */
#include "share-viewers.h"

#include "boot-clock.h"

#include <string.h>

ShareViewers *
share_viewers_new (void)
{
  ShareViewers *viewers = g_new0 (ShareViewers, 1);

  viewers->viewers = g_ptr_array_new_with_free_func (g_free);
  return viewers;
}

void
share_viewers_free (ShareViewers *viewers)
{
  g_ptr_array_unref (viewers->viewers);
  g_free (viewers);
}

void
share_viewers_clear (ShareViewers *viewers)
{
  g_ptr_array_set_size (viewers->viewers, 0);
}

ShareViewer *
share_viewers_find (ShareViewers *viewers, guint number)
{
  for (guint i = 0; i < viewers->viewers->len; i++)
    {
      ShareViewer *viewer = viewers->viewers->pdata[i];

      if (viewer->number == number)
        return viewer;
    }
  return NULL;
}

static ShareEventKind
add (ShareViewers *viewers, const LinkViewer *event)
{
  ShareViewer *viewer;

  if (viewers->viewers->len >= LINK_REMOTE_VIEWERS_MAX)
    return SHARE_EVENT_BROKEN;
  viewer = g_new0 (ShareViewer, 1);
  viewer->number = event->viewer;
  viewer->share = event->share;
  viewer->protocol = &share_protocols[0];
  viewer->since = boot_clock_now ();
  viewer->bytes = event->bytes;
  memcpy (viewer->address, event->address, sizeof viewer->address);
  g_ptr_array_add (viewers->viewers, viewer);
  return SHARE_EVENT_NEWS;
}

/* A step of its login. */
static ShareEventKind
advance (ShareViewer *viewer, LinkViewerEvent event, ShareKind share)
{
  gboolean logged_in = viewer->state == SHARE_VIEWER_LOGIN;

  if (share == SHARE_IS_OVER || viewer->dropped_at != 0)
    return SHARE_EVENT_STALE;
  if (event == LINK_VIEWER_ASKS && logged_in && share == SHARE_ASKS)
    viewer->state = SHARE_VIEWER_ASKS;
  else if (event == LINK_VIEWER_IN && logged_in && share == SHARE_IS_OPEN)
    viewer->state = SHARE_VIEWER_IN;
  else if (event == LINK_VIEWER_IN && viewer->state == SHARE_VIEWER_ASKS && viewer->allowed)
    viewer->state = SHARE_VIEWER_IN;
  else
    return SHARE_EVENT_BROKEN;
  return SHARE_EVENT_NEWS;
}

ShareEventKind
share_viewers_take (ShareViewers *viewers,
                    const LinkViewer *event,
                    ShareKind share,
                    ShareViewer **ret_gone)
{
  ShareViewer *viewer = share_viewers_find (viewers, event->viewer);

  *ret_gone = NULL;
  if (viewer != NULL && (event->event == LINK_VIEWER_CAME || viewer->share != event->share))
    return SHARE_EVENT_BROKEN;
  if (viewer == NULL && event->event == LINK_VIEWER_CAME && share != SHARE_IS_OVER)
    return add (viewers, event);
  /* One that was refused at the door never came. */
  if (viewer == NULL)
    return event->event == LINK_VIEWER_REFUSED && share != SHARE_IS_OVER ? SHARE_EVENT_NEWS
                                                                         : SHARE_EVENT_STALE;
  viewer->bytes = MAX (viewer->bytes, event->bytes);
  switch (event->event)
    {
    case LINK_VIEWER_ASKS:
    case LINK_VIEWER_IN:
      return advance (viewer, event->event, share);
    case LINK_VIEWER_TRAFFIC:
      return SHARE_EVENT_TRAFFIC;
    default:
      for (guint i = 0; i < viewers->viewers->len; i++)
        if (viewers->viewers->pdata[i] == viewer)
          *ret_gone = g_ptr_array_steal_index (viewers->viewers, i);
      return SHARE_EVENT_NEWS;
    }
}

static const char *
state_word (ShareViewerState state)
{
  switch (state)
    {
    case SHARE_VIEWER_LOGIN:
      return "login";
    case SHARE_VIEWER_ASKS:
      return "asks";
    default:
      return "in";
    }
}

GVariant *
share_viewers_describe (ShareViewers *viewers)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < viewers->viewers->len; i++)
    {
      const ShareViewer *viewer = viewers->viewers->pdata[i];

      if (viewer->dropped_at != 0)
        continue;
      g_variant_builder_open (&list, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&list, "{sv}", "number", g_variant_new_uint32 (viewer->number));
      g_variant_builder_add (&list, "{sv}", "share", g_variant_new_uint32 (viewer->share));
      g_variant_builder_add (&list, "{sv}", "address", g_variant_new_string (viewer->address));
      g_variant_builder_add (&list, "{sv}", "protocol",
                             g_variant_new_string (viewer->protocol->word));
      g_variant_builder_add (&list, "{sv}", "state",
                             g_variant_new_string (state_word (viewer->state)));
      g_variant_builder_add (&list, "{sv}", "since",
                             g_variant_new_uint64 (MAX (0, boot_clock_to_wall (viewer->since))));
      g_variant_builder_add (&list, "{sv}", "bytes", g_variant_new_uint64 (viewer->bytes));
      g_variant_builder_close (&list);
    }
  return g_variant_builder_end (&list);
}

const char *
share_viewers_why (guint32 why)
{
  static const char *const phrases[] = {
    [LINK_WHY_NONE] = "no reason given",
    [LINK_WHY_PASSWORD] = "wrong password",
    [LINK_WHY_PROTOCOL] = "it broke the protocol",
    [LINK_WHY_TIMEOUT] = "its login took too long",
    [LINK_WHY_PENALTY] = "its address has to wait after failed logins",
    [LINK_WHY_TLS] = "TLS could not be agreed on",
    [LINK_WHY_FULL] = "there are too many viewers",
    [LINK_WHY_LEFT] = "it left",
    [LINK_WHY_DROPPED] = "it was cut off",
    [LINK_WHY_STUCK] = "it stopped reading",
    [LINK_WHY_LINK] = "its link was used before, or is too old",
    [LINK_WHY_UNSHARED] = "the share was ended",
    [LINK_WHY_EXPIRED] = "the share's time was over",
    [LINK_WHY_OFF] = "the guest is off",
  };

  return why < G_N_ELEMENTS (phrases) ? phrases[why] : phrases[LINK_WHY_NONE];
}
