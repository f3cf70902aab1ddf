/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The cheapest VNC viewer that still takes every byte: it follows the protocol, counts, and throws
 * pixels away undecoded (in the kernel where it can), so that what is measured is the server. A
 * thread each; blocking. Trusts its server: for the bench and tests only.
 */
#pragma once

#include "front/rfb-wire.h"

typedef struct
{
  const char *address; /* literal */
  guint port;
  const char *password; /* NULL: none */
  RfbEncoding encoding;
  int quality;     /* of JPEG, 0..9; -1: lossless */
  int compression; /* 0..9; -1: the server's choice */
} RfbWanted;

typedef struct
{
  int socket; /* owned; -1: closed */
  const RfbWanted *wanted;
  guint32 width, height;

  guint8 buffer[64 * 1024];
  gsize at, end;

  /* Other threads read these as they are: a count may be a moment old. */
  guint64 bytes;   /* received */
  guint64 updates; /* that had pixels */
  guint64 pixels;

  guint32 corner;       /* the first pixel, of raw only */
  gboolean corner_news; /* the update under way has changed the first pixel */
} RfbClient;

/* A connected socket, -1: no. */
int rfb_client_connect (const RfbWanted *wanted, int receive_buffer);

/* Logs in (with VNC's own password check or none), says what it wants and asks for the whole
 * picture. Takes the socket. FALSE if the connection ended. */
gboolean rfb_client_login (RfbClient *client, int socket, const RfbWanted *wanted);
void rfb_client_close (RfbClient *client);

/* Takes one message of the server's. Asks for the next update when one begins to arrive, as
 * TigerVNC does. FALSE if the connection ended. */
gboolean rfb_client_step (RfbClient *client);

gboolean rfb_client_request (RfbClient *client, gboolean incremental);
/* From any thread. */
gboolean rfb_client_key (RfbClient *client, guint32 keysym, gboolean down);
