/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * D-Bus as vitrine-drill speaks it: just enough to be let in and to call, so that nonsense can take
 * its place anywhere. Links libc only.
 */
#pragma once

#include "nonsense.h"

/* The first byte, with which a user says who he is; then as which user he wants to be let in. */
void nonsense_dbus_say_who (int fd);
void nonsense_dbus_say_user (int fd, unsigned user);
/* Whether that was agreed to. */
int nonsense_dbus_hear_agreement (int fd);
/* All of it. Ends with 1 if it is not agreed to: what follows is to be refused, not this. */
void nonsense_dbus_log_in (int fd);

typedef struct
{
  uint8_t bytes[4096];
  size_t size;
} DbusBytes;

void nonsense_dbus_align (DbusBytes *bytes, size_t to);
void nonsense_dbus_put_byte (DbusBytes *bytes, uint8_t value);
void nonsense_dbus_put_number (DbusBytes *bytes, uint32_t value);
void nonsense_dbus_put_text (DbusBytes *bytes, const char *text);
void nonsense_dbus_put_signature (DbusBytes *bytes, const char *signature);

typedef struct
{
  const char *path; /* NULL: the guest's */
  const char *member;
  const char *signature; /* NULL: no arguments */
  DbusBytes body;
} DbusCall;

/* The header, and the body behind it. */
DbusBytes nonsense_dbus_make (const DbusCall *call);

/* Ends with 0 if the answer is an error, with 1 if it is none; and as nonsense_hear () does. */
_Noreturn void nonsense_dbus_expect_error (int fd);
