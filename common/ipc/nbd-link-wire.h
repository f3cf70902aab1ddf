/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The link between vitrine-vmm and vitrine-nbd: a SOCK_SEQPACKET pair, one fixed-size message a
 * packet, host byte order. vmm orders, vitrine-nbd reports (B10). Numbers and limits only.
 *
 *   vmm -> nbd   SETUP   first and once; with the client's socket, then, as `has` says, the
 *                        authorities, certificate and key (PEM, sealed memory)
 *                CONNECT a connected socket to the server; the one before is forgotten
 *                GIVE_UP without a READY since the last CONNECT: that is forgotten, what waits for
 *                        the server fails, and so does whatever comes until a server agrees
 *   nbd -> vmm   READY   the server has agreed, and has answered if anything waited for that
 *                FAILED  it has not: the connection of the last CONNECT is over
 *                LOST    after READY: the connection is over
 */
#pragma once

#include <stdint.h>

#define NBD_LINK_NAME_MAX 1025u /* with the NUL: NBD_EXPORT_BYTES_MAX */
#define NBD_LINK_HOST_MAX 254u
#define NBD_LINK_TEXT_MAX 512u
#define NBD_LINK_PEM_BYTES_MAX (2u << 20) /* of all authorities of a system: 220 kB */

enum
{
  NBD_ORDER_SETUP = 1,
  NBD_ORDER_CONNECT,
  NBD_ORDER_GIVE_UP,
  NBD_REPORT_READY = 16,
  NBD_REPORT_FAILED,
  NBD_REPORT_LOST,
};

enum
{
  NBD_SETUP_TLS = 1 << 0,
  NBD_SETUP_WRITABLE = 1 << 1,  /* the client shall write: a read-only export will not do */
  NBD_SETUP_READ_ONLY = 1 << 2, /* the client is told that the export is read-only */
  NBD_SETUP_HAS_CA = 1 << 3,
  NBD_SETUP_HAS_CERT = 1 << 4, /* and key */
  NBD_SETUP_ALL = (1 << 5) - 1,
};

typedef struct
{
  uint32_t type;
  uint32_t flags;
  uint32_t answer_ms;           /* a server that owes an answer for longer is gone */
  char name[NBD_LINK_NAME_MAX]; /* of the export, NUL-terminated */
  char host[NBD_LINK_HOST_MAX]; /* that the certificate must be for; empty: any */
} NbdSetup;

typedef struct
{
  uint32_t type;
  uint32_t unused;
} NbdOrder;

/* Why a connection is over. */
typedef enum
{
  NBD_WHY_CLOSED,         /* the server closed it, or the network did; text: more of it */
  NBD_WHY_NOT_NBD,        /* it does not speak NBD */
  NBD_WHY_OLD,            /* it speaks a dialect that has died out */
  NBD_WHY_BROKEN,         /* it broke the protocol; text: how */
  NBD_WHY_SILENT,         /* it owed an answer for too long */
  NBD_WHY_NO_TLS,         /* TLS was wanted and is not offered */
  NBD_WHY_TLS_ONLY,       /* it was not wanted, and is demanded */
  NBD_WHY_TLS,            /* TLS failed; text: how */
  NBD_WHY_UNTRUSTED,      /* its certificate; text: why not, and its fingerprint */
  NBD_WHY_UNKNOWN_EXPORT, /* text: the exports it has, if it says so */
  NBD_WHY_REFUSED,        /* it does not want us; text: its words */
  NBD_WHY_EMPTY,          /* the export has no bytes */
  NBD_WHY_SIZE,           /* its size cannot be a disk's */
  NBD_WHY_READ_ONLY,      /* its export is read-only */
  NBD_WHY_BLOCK_SIZE,     /* its blocks are no size that a guest's disk can have */
  NBD_WHY_CHANGED,        /* it is another disk than before: size or abilities differ */
  NBD_WHY_CREDENTIALS,    /* this side's own certificate, key or authorities; text: how */
  NBD_WHY_CLIENT,         /* QEMU, or whoever reads a backup, broke the protocol or left */
  NBD_WHY_COUNT,
} NbdWhy;

typedef struct
{
  uint32_t type;
  uint32_t why;
  uint64_t size;      /* of READY: the disk's bytes */
  uint32_t read_only; /* of READY: 0 or 1 */
  uint32_t unsaved;   /* of LOST: 1 if writes that the server confirmed may not be durable there */
  char text[NBD_LINK_TEXT_MAX]; /* UTF-8 without control characters, NUL-terminated */
} NbdReport;
