/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A record of the guests that keep some: numbered, with a checksum. Freestanding. They are read
 * outside by tests/faults/records.py, which holds the same layout.
 */
#pragma once

#include <stdint.h>

#define SIZE 4096u
#define WORDS (SIZE / 4)
#define MAGIC 0x44524356u /* "VCRD" */

/* The one at hand; so aligned, it crosses no 64 KiB. */
static uint32_t record[WORDS] __attribute__ ((aligned (SIZE)));

/* FNV-1a over all words but the last. */
static uint32_t
checksum (void)
{
  uint32_t sum = 2166136261u;

  for (uint32_t i = 0; i < WORDS - 1; i++)
    sum = (sum ^ record[i]) * 16777619u;
  return sum;
}

static void
fill (uint32_t number)
{
  uint32_t noise = number + 1;

  record[0] = MAGIC;
  record[1] = number;
  for (uint32_t i = 2; i < WORDS - 1; i++)
    record[i] = noise = noise * 1103515245u + 12345u;
  record[WORDS - 1] = checksum ();
}

static int
is_good (uint32_t number)
{
  return record[0] == MAGIC && record[1] == number && record[WORDS - 1] == checksum ();
}
