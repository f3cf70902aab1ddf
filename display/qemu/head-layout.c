/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Positions on a head to positions on the tablet. Runs in vitrine-display. Pure.
 */
#include "head-layout.h"

/* All products fit: a desktop is at most GLASS_HEADS_MAX * GLASS_DIMENSION_MAX = 2^16 wide. */
static guint32
scale (guint32 value, guint32 from, guint32 to)
{
  return (guint32) (((guint64) value * 2 + 1) * to / ((guint64) from * 2));
}

guint32
head_layout_left (const HeadLayout *layout, guint head)
{
  guint32 left = 0;

  for (guint i = 0; i < head; i++)
    if (layout->heads[i].lit)
      left += layout->heads[i].width;
  return left;
}

HeadPlace
head_layout_place (const HeadLayout *layout, guint head, guint32 x, guint32 y)
{
  HeadPlace place = { head, x, y };
  guint32 width = head_layout_left (layout, GLASS_HEADS_MAX);
  guint32 height = 0;
  guint n_lit = 0;

  for (guint i = 0; i < GLASS_HEADS_MAX; i++)
    {
      if (!layout->heads[i].lit)
        continue;
      n_lit++;
      height = MAX (height, layout->heads[i].height);
      /* The finest scale. */
      if (layout->heads[i].width > layout->heads[place.head].width)
        place.head = i;
    }
  if (n_lit < 2 || !layout->heads[head].lit)
    return (HeadPlace) { head, x, y };
  place.x = scale (head_layout_left (layout, head) + x, width, layout->heads[place.head].width);
  place.y = scale (y, height, layout->heads[place.head].height);
  return place;
}
