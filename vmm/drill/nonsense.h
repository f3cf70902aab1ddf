/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense, as vitrine-drill speaks it: a table for each kind of channel (drill-talk-list.h), and
 * what its speakers share. Links libc only.
 */
#pragma once

#include "drill-talk-list.h"

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  const char *name;
  /* On the channel `fd`. Who returns waits: whoever judges ends it. */
  void (*speak) (int fd);
} Nonsense;

/* Each ends with a NULL name. */
extern const Nonsense nonsense_links[];
extern const Nonsense nonsense_image[];
extern const Nonsense nonsense_frames[];
extern const Nonsense nonsense_server[];
extern const Nonsense nonsense_glass[];
extern const Nonsense nonsense_control[];

/* All of it; if the other side has closed the channel, it has judged, and this process ends. */
void nonsense_say (int fd, const void *data, size_t size);
void nonsense_say_text (int fd, const char *text);
void nonsense_say_many (int fd, const char *text, size_t times);
void nonsense_say_zeros (int fd, size_t size); /* in one packet; at most 64 KiB */
void nonsense_say_binary (int fd);

/* Exactly so much, or one packet of it. Ends as nonsense_say () does. */
void nonsense_hear (int fd, void *data, size_t size);
