/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SPICE as its protocol description has it (spice.proto, protocol.h): numbers, sizes and our
 * limits, nothing else. Everything on the wire is little-endian and packed.
 *
 *   viewer                                   front end
 *     SpiceLinkHeader, SpiceLinkMess  ->
 *                                     <-       SpiceLinkHeader, SpiceLinkReply with a public key
 *     auth mechanism (if negotiated)  ->
 *     ticket, encrypted for that key  ->
 *                                     <-       result
 *     messages of the channel        <->
 *
 * Every channel is a connection of its own; those of one session carry the number that the main
 * channel was told.
 */
#pragma once

#include <glib.h>

#define SPICE_WIRE_MAGIC 0x51444552u /* "REDQ" */
#define SPICE_WIRE_MAJOR 2u
#define SPICE_WIRE_MINOR 2u

#define SPICE_WIRE_HEADER_BYTES 16u /* magic, major, minor, size of what follows */
#define SPICE_WIRE_MESS_BYTES 18u   /* before the capabilities */
#define SPICE_WIRE_LINK_BYTES_MAX 256u
#define SPICE_WIRE_CAPS_WORDS_MAX 8u /* each of the two lists; all that exist fit in one */

#define SPICE_WIRE_KEY_BITS 1024u
#define SPICE_WIRE_KEY_BYTES 162u    /* SubjectPublicKeyInfo of such a key, DER */
#define SPICE_WIRE_TICKET_BYTES 128u /* RSA-OAEP with SHA-1 of the password and a NUL */
#define SPICE_WIRE_REPLY_BYTES 178u  /* error, key, number of both lists, offset */
#define SPICE_WIRE_RESULT_BYTES 4u   /* of the ticket: a SpiceWireResult */

typedef enum
{
  SPICE_WIRE_OK = 0,
  SPICE_WIRE_ERROR = 1,
  SPICE_WIRE_INVALID_DATA = 3,
  SPICE_WIRE_VERSION_MISMATCH = 4,
  SPICE_WIRE_PERMISSION_DENIED = 7,
  SPICE_WIRE_BAD_CONNECTION_ID = 8,
  SPICE_WIRE_CHANNEL_NOT_AVAILABLE = 9,
} SpiceWireResult;

typedef enum
{
  SPICE_WIRE_MAIN = 1,
  SPICE_WIRE_DISPLAY = 2,
  SPICE_WIRE_INPUTS = 3,
  SPICE_WIRE_CURSOR = 4,
  SPICE_WIRE_PLAYBACK = 5,
  SPICE_WIRE_RECORD = 6,
  SPICE_WIRE_CHANNEL_LAST = SPICE_WIRE_RECORD, /* of those that a console has */
} SpiceWireChannel;

/* Capabilities that every channel has, as bits of the first word. */
#define SPICE_WIRE_CAP_AUTH_SELECTION (1u << 0)
#define SPICE_WIRE_CAP_AUTH_SPICE (1u << 1)
#define SPICE_WIRE_CAP_MINI_HEADER (1u << 3)
#define SPICE_WIRE_AUTH_SPICE 1u /* the mechanism that is the ticket */

#define SPICE_WIRE_FULL_HEADER_BYTES 18u /* serial, type, size, offset of a sub-list */
#define SPICE_WIRE_MINI_HEADER_BYTES 6u  /* type, size */

#define SPICE_WIRE_MAIN_INIT 103u /* server to viewer; begins with the session's number */

/* What a viewer may ask of the display channel: pixels its caches hold. Nothing of ours grows with
 * them, but they are numbers that the library takes at their word. */
#define SPICE_WIRE_CACHE_PIXELS_MAX (1 << 28)
#define SPICE_WIRE_WINDOW_PIXELS_MAX (1 << 25)
#define SPICE_WIRE_DISPLAY_INIT 101u
#define SPICE_WIRE_DISPLAY_INIT_BYTES 14u

#define SPICE_WIRE_SOUND_BYTES_MAX 65536u
/* Messages of one viewer's channel in a second; typing and pointing make a few hundred. */
#define SPICE_WIRE_MESSAGES_PER_SECOND_MAX 8000u
