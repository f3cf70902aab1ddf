/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Numbers of the D-Bus wire protocol ("D-Bus Specification", Message Protocol and Authentication
 * Protocol) that a listener of QEMU's meets, and our limits. Numbers only.
 */
#pragma once

#define DBUS_VERSION 1u
#define DBUS_FIXED_BYTES 16u /* of every message, with the size of the header's fields */
#define DBUS_FLAG_NO_REPLY 1u

typedef enum
{
  DBUS_TYPE_CALL = 1,
  DBUS_TYPE_RETURN = 2,
  DBUS_TYPE_ERROR = 3,
  DBUS_TYPE_SIGNAL = 4,
} DbusType;

typedef enum
{
  DBUS_FIELD_PATH = 1,
  DBUS_FIELD_INTERFACE = 2,
  DBUS_FIELD_MEMBER = 3,
  DBUS_FIELD_SIGNATURE = 8,
  DBUS_FIELD_UNIX_FDS = 9,
} DbusField;

/* The specification's limit; no more than a piece of it is ever in memory. */
#define DBUS_MESSAGE_BYTES_MAX (1u << 27)
/* Of the fields of a header: the longest call that QEMU makes of a listener has 180. */
#define DBUS_FIELDS_BYTES_MAX 2048u
/* Of a line of the authentication. */
#define DBUS_LINE_BYTES_MAX 512u
