/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense for vitrine-nbd, from an NBD server that means harm: in its greeting, in what it says of
 * the export, and in its replies to requests. Runs jailed in vitrine-drill.
 */
#include "nonsense.h"

#include "nbd/nbd-wire.h"

#include <string.h>

#define DISK_BYTES (1u << 20)

static void
say_16 (int fd, uint16_t value)
{
  const uint16_t wire = GUINT16_TO_BE (value);

  nonsense_say (fd, &wire, sizeof wire);
}

static void
say_32 (int fd, uint32_t value)
{
  const uint32_t wire = GUINT32_TO_BE (value);

  nonsense_say (fd, &wire, sizeof wire);
}

static void
say_64 (int fd, uint64_t value)
{
  const uint64_t wire = GUINT64_TO_BE (value);

  nonsense_say (fd, &wire, sizeof wire);
}

/* --- the greeting --- */

static void
greet (int fd)
{
  say_64 (fd, NBD_MAGIC);
  say_64 (fd, NBD_MAGIC_OPTION);
  say_16 (fd, NBD_FIXED_NEWSTYLE | NBD_NO_ZEROES);
}

static void
other_protocol (int fd)
{
  nonsense_say_text (fd, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
}

static void
dead_dialect (int fd)
{
  say_64 (fd, NBD_MAGIC);
  say_64 (fd, NBD_MAGIC_OLD);
  say_64 (fd, DISK_BYTES);
  nonsense_say_zeros (fd, 128);
}

static void
other_magic (int fd)
{
  say_64 (fd, NBD_MAGIC);
  say_64 (fd, ~NBD_MAGIC_OPTION);
  say_16 (fd, 0xffff);
}

static void
no_options (int fd)
{
  say_64 (fd, NBD_MAGIC);
  say_64 (fd, NBD_MAGIC_OPTION);
  say_16 (fd, 0);
}

static void
noise (int fd)
{
  for (unsigned i = 0; i < 1000; i++)
    nonsense_say_binary (fd);
}

/* --- the export --- */

static void
answer (int fd, uint32_t option, uint32_t type, uint32_t size)
{
  say_64 (fd, NBD_MAGIC_OPTION_REPLY);
  say_32 (fd, option);
  say_32 (fd, type);
  say_32 (fd, size);
}

static void
tell_size (int fd, uint64_t size)
{
  answer (fd, NBD_OPT_GO, NBD_REP_INFO, 12);
  say_16 (fd, NBD_INFO_EXPORT);
  say_64 (fd, size);
  say_16 (fd, NBD_FLAG_HAS_FLAGS | NBD_FLAG_FLUSH);
}

static void
tell_blocks (int fd, uint32_t least, uint32_t preferred, uint32_t most)
{
  answer (fd, NBD_OPT_GO, NBD_REP_INFO, 14);
  say_16 (fd, NBD_INFO_BLOCK_SIZE);
  say_32 (fd, least);
  say_32 (fd, preferred);
  say_32 (fd, most);
}

static void
agree (int fd)
{
  answer (fd, NBD_OPT_GO, NBD_REP_ACK, 0);
}

static void
answer_magic (int fd)
{
  greet (fd);
  say_64 (fd, ~NBD_MAGIC_OPTION_REPLY);
  nonsense_say_zeros (fd, 12);
}

static void
answer_other (int fd)
{
  greet (fd);
  answer (fd, NBD_OPT_LIST, NBD_REP_ACK, 0);
}

static void
answer_long (int fd)
{
  greet (fd);
  answer (fd, NBD_OPT_GO, NBD_REP_INFO, UINT32_MAX);
  nonsense_say_many (fd, "x", NONSENSE_ENDLESS_BYTES);
}

static void
answer_many (int fd)
{
  greet (fd);
  for (unsigned i = 0; i <= NBD_OPTION_REPLIES_MAX; i++)
    {
      answer (fd, NBD_OPT_GO, NBD_REP_INFO, 2);
      say_16 (fd, 1000); /* of a kind that nobody knows, which is legal */
    }
}

static void
agree_with_more (int fd)
{
  greet (fd);
  tell_size (fd, DISK_BYTES);
  answer (fd, NBD_OPT_GO, NBD_REP_ACK, 8);
  say_64 (fd, 0);
}

static void
no_size (int fd)
{
  greet (fd);
  agree (fd);
}

static void
two_sizes (int fd)
{
  greet (fd);
  tell_size (fd, DISK_BYTES);
  tell_size (fd, 2 * DISK_BYTES);
  agree (fd);
}

static void
empty (int fd)
{
  greet (fd);
  tell_size (fd, 0);
  agree (fd);
}

static void
huge (int fd)
{
  greet (fd);
  tell_size (fd, UINT64_MAX);
  agree (fd);
}

static void
odd_blocks (int fd)
{
  greet (fd);
  tell_size (fd, DISK_BYTES);
  tell_blocks (fd, 513, 4096, 1 << 20);
  agree (fd);
}

static void
no_payload (int fd)
{
  greet (fd);
  tell_size (fd, DISK_BYTES);
  tell_blocks (fd, 1u << 31, 1u << 31, 1u << 31);
  agree (fd);
}

static void
info_short (int fd)
{
  greet (fd);
  answer (fd, NBD_OPT_GO, NBD_REP_INFO, 3);
  nonsense_say_zeros (fd, 3);
}

static void
words (int fd)
{
  static const char text[] = "\033[2J\r\n\xff\xfeThe disk is fine";

  greet (fd);
  answer (fd, NBD_OPT_GO, NBD_REP_ERR_POLICY, sizeof text);
  nonsense_say (fd, text, sizeof text);
}

static void
list_many (int fd)
{
  greet (fd);
  answer (fd, NBD_OPT_GO, NBD_REP_ERR_UNKNOWN, 0);
  for (unsigned i = 0; i <= NBD_OPTION_REPLIES_MAX; i++)
    {
      answer (fd, NBD_OPT_LIST, NBD_REP_SERVER, 8);
      say_32 (fd, 4);
      nonsense_say_text (fd, "\033[2J");
    }
}

static void
list_wrong (int fd)
{
  greet (fd);
  answer (fd, NBD_OPT_GO, NBD_REP_ERR_UNKNOWN, 0);
  answer (fd, NBD_OPT_LIST, NBD_REP_SERVER, 8);
  say_32 (fd, UINT32_MAX);
  nonsense_say_text (fd, "name");
}

/* --- TLS --- */

static void
tls_clear (int fd)
{
  greet (fd);
  answer (fd, NBD_OPT_STARTTLS, NBD_REP_ACK, 0);
  tell_size (fd, DISK_BYTES);
}

static void
tls_noise (int fd)
{
  uint8_t option[NBD_CLIENT_FLAGS_BYTES + NBD_OPTION_BYTES];

  greet (fd);
  nonsense_hear (fd, option, sizeof option);
  answer (fd, NBD_OPT_STARTTLS, NBD_REP_ACK, 0);
  nonsense_hear (fd, option, 1); /* it begins */
  noise (fd);
}

/* --- replies --- */

/* An honest handshake; returns the cookie of the first request. */
static uint64_t
open_export (int fd)
{
  uint8_t heard[NBD_CLIENT_FLAGS_BYTES + NBD_OPTION_BYTES];
  uint8_t data[NBD_OPTION_DATA_MAX];
  NbdWireRequest request;
  uint32_t size;

  greet (fd);
  tell_size (fd, DISK_BYTES);
  agree (fd);
  nonsense_hear (fd, heard, sizeof heard);
  memcpy (&size, heard + sizeof heard - sizeof size, sizeof size);
  nonsense_hear (fd, data, GUINT32_FROM_BE (size));
  nonsense_hear (fd, &request, sizeof request);
  return GUINT64_FROM_BE (request.cookie);
}

static void
reply (int fd, uint32_t magic, uint32_t error, uint64_t cookie)
{
  say_32 (fd, magic);
  say_32 (fd, error);
  say_64 (fd, cookie);
}

static void
reply_unasked (int fd)
{
  greet (fd);
  tell_size (fd, DISK_BYTES);
  agree (fd);
  reply (fd, NBD_MAGIC_REPLY, 0, 0);
}

static void
reply_magic (int fd)
{
  reply (fd, ~NBD_MAGIC_REPLY, 0, open_export (fd));
}

static void
reply_cookie (int fd)
{
  reply (fd, NBD_MAGIC_REPLY, 0, open_export (fd) + 1);
}

static void
reply_far_cookie (int fd)
{
  reply (fd, NBD_MAGIC_REPLY, 0, open_export (fd) | 0xffffffff);
}

static void
reply_structured (int fd)
{
  const uint64_t cookie = open_export (fd);

  say_32 (fd, 0x668e33ef);
  say_32 (fd, 1u << 16 | 1);
  say_64 (fd, cookie);
  say_32 (fd, UINT32_MAX);
  nonsense_say_many (fd, "x", NONSENSE_ENDLESS_BYTES);
}

static void
reply_twice (int fd)
{
  const uint64_t cookie = open_export (fd);

  reply (fd, NBD_MAGIC_REPLY, NBD_EIO, cookie);
  reply (fd, NBD_MAGIC_REPLY, NBD_EIO, cookie);
}

static void
reply_too_much (int fd)
{
  reply (fd, NBD_MAGIC_REPLY, 0, open_export (fd));
  nonsense_say_many (fd, "x", NONSENSE_ENDLESS_BYTES);
}

const Nonsense nonsense_server[] = {
  { "server-other-protocol", other_protocol },
  { "server-dead-dialect", dead_dialect },
  { "server-magic", other_magic },
  { "server-no-options", no_options },
  { "server-noise", noise },
  { "server-answer-magic", answer_magic },
  { "server-answer-other", answer_other },
  { "server-answer-long", answer_long },
  { "server-answer-many", answer_many },
  { "server-agree-with-more", agree_with_more },
  { "server-no-size", no_size },
  { "server-two-sizes", two_sizes },
  { "server-empty", empty },
  { "server-huge", huge },
  { "server-odd-blocks", odd_blocks },
  { "server-large-blocks", no_payload },
  { "server-info-short", info_short },
  { "server-words", words },
  { "server-list-many", list_many },
  { "server-list-wrong", list_wrong },
  { "server-tls-clear", tls_clear },
  { "server-tls-noise", tls_noise },
  { "server-reply-unasked", reply_unasked },
  { "server-reply-magic", reply_magic },
  { "server-reply-cookie", reply_cookie },
  { "server-reply-far-cookie", reply_far_cookie },
  { "server-reply-structured", reply_structured },
  { "server-reply-twice", reply_twice },
  { "server-reply-too-much", reply_too_much },
  { 0 },
};
