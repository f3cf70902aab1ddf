/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a server says to vitrine-nbd (B10) and vitrine-nbd to the process that copies a disk, and what
 * its client says: QEMU, or whoever reads a backup. Pure: bytes to numbers, in range. Structured
 * replies are never agreed to, so there are none.
 */
#pragma once

#include "cursor.h"
#include "nbd/nbd-wire.h"

typedef enum
{
  NBD_GREETING_NEW,   /* the one that is spoken */
  NBD_GREETING_OLD,   /* died out: no options */
  NBD_GREETING_WRONG, /* something else than NBD */
} NbdGreetingKind;

typedef struct
{
  NbdGreetingKind kind;
  guint16 flags;
} NbdGreeting;

/* The first NBD_GREETING_BYTES of a server; as soon as they cannot be NBD any more. */
ParseResult nbd_parse_greeting (const guint8 *data, gsize size, NbdGreeting *ret_greeting);

typedef struct
{
  guint32 option;
  guint32 type;
  const guint8 *data; /* inside the bytes that were parsed */
  guint32 size;
} NbdOptionReply;

/* One reply to an option, whole. BAD: another option's, or too long. */
ParseResult nbd_parse_option_reply (const guint8 *data,
                                    gsize size,
                                    guint32 option,
                                    NbdOptionReply *ret_reply,
                                    gsize *ret_used);

/* What NBD_REP_INFO can tell. Fields that are not told stay. */
typedef struct
{
  gboolean has_size;
  guint64 size;
  guint16 flags;
  guint32 block_least; /* bytes, a power of two */
  guint32 block_preferred;
  guint32 payload_max;
} NbdInfo;

/* The data of a REP_INFO. What is not known is passed over. */
ParseResult nbd_parse_info (const guint8 *data, gsize size, NbdInfo *info);

/* The NBD_OLD_EXPORT_BYTES that answer EXPORT_NAME: the size, 1 to NBD_SIZE_MAX, and the flags. */
ParseResult nbd_parse_export (const guint8 *data, gsize size, NbdInfo *ret_info);

/* The data of a REP_SERVER: the name's bytes, still any. */
ParseResult
nbd_parse_listed (const guint8 *data, gsize size, const guint8 **ret_name, guint32 *ret_size);

typedef struct
{
  guint32 error;
  guint64 cookie;
} NbdReply;

/* The head of a reply to a request. BAD: not a simple one, or an error that is none. */
ParseResult nbd_parse_reply (const guint8 *data, gsize size, NbdReply *ret_reply);

/* --- of the client --- */

/* BAD: flags that were not offered, or not the ones that must be. */
ParseResult nbd_parse_client_flags (const guint8 *data, gsize size, guint32 *ret_flags);

typedef struct
{
  guint32 option;
  const guint8 *data;
  guint32 size;
} NbdOption;

ParseResult
nbd_parse_option (const guint8 *data, gsize size, NbdOption *ret_option, gsize *ret_used);

/* The data of GO and INFO: which infos are asked for. TRUE if it is well-formed. */
gboolean nbd_parse_go (const guint8 *data, gsize size, gboolean *ret_wants_block_size);

typedef struct
{
  guint16 flags;
  guint16 type;
  guint64 cookie;
  guint64 offset;
  guint32 length;
} NbdRequest;

/* The head of a request. BAD: another magic, an unknown kind, a payload over NBD_PAYLOAD_MAX: where
 * the next one begins cannot be known then. */
ParseResult nbd_parse_request (const guint8 *data, gsize size, NbdRequest *ret_request);

/* Whether a disk of `size` bytes with these transmission flags can be asked this: 0, or the error
 * of the reply. */
guint32 nbd_judge_request (const NbdRequest *request, guint64 size, guint16 flags);
