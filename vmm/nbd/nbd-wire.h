/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Numbers of the NBD protocol (NBD project, doc/proto.md) and our limits. All in network byte order
 * on the wire.
 */
#pragma once

#include <glib.h>

#define NBD_MAGIC 0x4e42444d41474943ull      /* "NBDMAGIC" */
#define NBD_MAGIC_OPTION 0x49484156454f5054ull /* "IHAVEOPT" */
#define NBD_MAGIC_OLD 0x00420281861253ull
#define NBD_MAGIC_OPTION_REPLY 0x3e889045565a9ull
#define NBD_MAGIC_REQUEST 0x25609513u
#define NBD_MAGIC_REPLY 0x67446698u

#define NBD_GREETING_BYTES 18u
#define NBD_CLIENT_FLAGS_BYTES 4u
#define NBD_OPTION_BYTES 16u
#define NBD_OPTION_REPLY_BYTES 20u
#define NBD_REQUEST_BYTES 28u
#define NBD_REPLY_BYTES 16u
#define NBD_OLD_EXPORT_BYTES 10u /* of the reply to EXPORT_NAME, and 124 zeroes unless agreed */
#define NBD_OLD_EXPORT_ZEROES 124u

typedef struct
{
  guint32 magic; /* NBD_MAGIC_REQUEST */
  guint16 flags;
  guint16 type;
  guint64 cookie;
  guint64 offset;
  guint32 length;
} __attribute__ ((packed)) NbdWireRequest;

G_STATIC_ASSERT (sizeof (NbdWireRequest) == NBD_REQUEST_BYTES);

/* Handshake flags */
#define NBD_FIXED_NEWSTYLE 1u
#define NBD_NO_ZEROES 2u

/* Options */
#define NBD_OPT_EXPORT_NAME 1u
#define NBD_OPT_ABORT 2u
#define NBD_OPT_LIST 3u
#define NBD_OPT_STARTTLS 5u
#define NBD_OPT_INFO 6u
#define NBD_OPT_GO 7u

/* Replies to options */
#define NBD_REP_ACK 1u
#define NBD_REP_SERVER 2u
#define NBD_REP_INFO 3u
#define NBD_REP_ERROR (1u << 31)
#define NBD_REP_ERR_UNSUP (NBD_REP_ERROR + 1)
#define NBD_REP_ERR_POLICY (NBD_REP_ERROR + 2)
#define NBD_REP_ERR_INVALID (NBD_REP_ERROR + 3)
#define NBD_REP_ERR_PLATFORM (NBD_REP_ERROR + 4)
#define NBD_REP_ERR_TLS_REQD (NBD_REP_ERROR + 5)
#define NBD_REP_ERR_UNKNOWN (NBD_REP_ERROR + 6)
#define NBD_REP_ERR_SHUTDOWN (NBD_REP_ERROR + 7)
#define NBD_REP_ERR_BLOCK_SIZE_REQD (NBD_REP_ERROR + 8)
#define NBD_REP_ERR_TOO_BIG (NBD_REP_ERROR + 9)

#define NBD_INFO_EXPORT 0u
#define NBD_INFO_BLOCK_SIZE 3u

/* Transmission flags */
#define NBD_FLAG_HAS_FLAGS (1u << 0)
#define NBD_FLAG_READ_ONLY (1u << 1)
#define NBD_FLAG_FLUSH (1u << 2)
#define NBD_FLAG_FUA (1u << 3)
#define NBD_FLAG_TRIM (1u << 5)
#define NBD_FLAG_WRITE_ZEROES (1u << 6)
#define NBD_FLAG_FAST_ZERO (1u << 11)
/* Those that the relay understands, and passes on. */
#define NBD_FLAGS_KNOWN                                                                            \
  (NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY | NBD_FLAG_FLUSH | NBD_FLAG_FUA | NBD_FLAG_TRIM |       \
   NBD_FLAG_WRITE_ZEROES | NBD_FLAG_FAST_ZERO)

/* Requests */
#define NBD_CMD_READ 0u
#define NBD_CMD_WRITE 1u
#define NBD_CMD_DISC 2u
#define NBD_CMD_FLUSH 3u
#define NBD_CMD_TRIM 4u
#define NBD_CMD_WRITE_ZEROES 6u
#define NBD_CMD_FLAG_FUA (1u << 0)
#define NBD_CMD_FLAG_NO_HOLE (1u << 1)
#define NBD_CMD_FLAG_FAST_ZERO (1u << 4)

/* Errors of replies: the same numbers on every system */
#define NBD_EPERM 1u
#define NBD_EIO 5u
#define NBD_ENOMEM 12u
#define NBD_EINVAL 22u
#define NBD_ENOSPC 28u
#define NBD_EOVERFLOW 75u
#define NBD_ENOTSUP 95u
#define NBD_ESHUTDOWN 108u

/* Our limits */
#define NBD_OPTION_DATA_MAX 8192u       /* of a client: GO with a name of 4096 and requests */
#define NBD_OPTION_REPLY_DATA_MAX 8192u /* of a server */
#define NBD_OPTION_REPLIES_MAX 4096u    /* of a server, in all of a handshake */
#define NBD_OPTIONS_MAX 64u             /* of a client, likewise */
#define NBD_LISTED_MAX 16u              /* exports that are told of */
#define NBD_SIZE_MAX (1ull << 62)
#define NBD_PAYLOAD_MAX (32u << 20)      /* what every server and client must take */
#define NBD_PAYLOAD_PREFERRED (2u << 20) /* told to clients: so much is held in memory a request */
#define NBD_BLOCK_SIZE_MAX 65536u        /* what QEMU takes as the least size of a block */
