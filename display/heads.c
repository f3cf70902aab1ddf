/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The list of heads. Runs in vitrine-display on the main loop.
 */
#include "heads.h"

struct _Heads
{
  Encoders *encoders; /* owned */
  const HeadsHost *host;
  VncServerHost vnc_host;
  Head *heads[GLASS_HEADS_MAX]; /* owned; NULL: not wanted yet */
  guint count;
};

static void
on_changed (gpointer user_data)
{
  Head *head = user_data;

  screen_take_news (head->screen, &head->news);
  head->heads->host->changed (head, head->heads->host->user_data);
}

Head *
heads_get (Heads *heads, guint number)
{
  Head *head = heads->heads[number];

  if (head != NULL)
    return head;
  head = g_new0 (Head, 1);
  head->number = number;
  head->heads = heads;
  head->screen = screen_new (on_changed, head);
  head->vnc = vnc_server_new (heads->encoders, head->screen, number, &heads->vnc_host);
  screen_take_news (head->screen, &head->news);
  heads->heads[number] = head;
  return head;
}

void
heads_set_count (Heads *heads, guint count)
{
  heads->count = count;
}

guint
heads_get_count (Heads *heads)
{
  return heads->count;
}

guint32
heads_get_lit (Heads *heads)
{
  guint32 lit = 0;

  for (guint i = 0; i < heads->count; i++)
    if (heads->heads[i] != NULL && heads->heads[i]->news.lit)
      lit |= 1u << i;
  return lit;
}

Heads *
heads_new (Encoders *encoders, Sound *sound, Clipboard *clipboard, const HeadsHost *host)
{
  Heads *heads = g_new0 (Heads, 1);

  heads->encoders = encoders;
  heads->host = host;
  heads->vnc_host = (VncServerHost) { host->get_input, host->user_data, sound, clipboard };
  heads_get (heads, 0);
  return heads;
}

void
heads_free (Heads *heads)
{
  if (heads == NULL)
    return;
  for (guint i = 0; i < GLASS_HEADS_MAX; i++)
    {
      Head *head = heads->heads[i];

      if (head == NULL)
        continue;
      vnc_server_free (head->vnc);
      screen_news_clear (&head->news);
      screen_free (head->screen);
      g_free (head);
    }
  encoders_free (heads->encoders);
  g_free (heads);
}
