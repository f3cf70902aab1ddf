/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Good D-Bus (its specification, 0.43), little-endian, by hand. Runs jailed in vitrine-drill.
 */
#include "nonsense-dbus.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH "/org/vitrine/Guest"
#define INTERFACE "org.vitrine.Guest1"

/* Of D-Bus's header */
#define CALL 1
#define RETURN 2
#define ERROR 3
#define FIELD_PATH 1
#define FIELD_INTERFACE 2
#define FIELD_MEMBER 3
#define FIELD_SIGNATURE 8
#define HEADER_BYTES 16u

/* --- logging in --- */

/* The first byte, with which a user says who he is. */
void
nonsense_dbus_say_who (int fd)
{
  const struct ucred who = { getpid (), getuid (), getgid () };
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (struct ucred))];
  } control = { 0 };
  struct iovec vector = { (char[]) { '\0' }, 1 };
  struct msghdr message = { .msg_iov = &vector,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control.bytes };
  struct cmsghdr *head = CMSG_FIRSTHDR (&message);

  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_CREDENTIALS;
  head->cmsg_len = CMSG_LEN (sizeof who);
  memcpy (CMSG_DATA (head), &who, sizeof who);
  if (sendmsg (fd, &message, MSG_NOSIGNAL) < 0)
    _exit (1);
}

/* Whether it was agreed to. */
int
nonsense_dbus_hear_agreement (int fd)
{
  char line[512];
  size_t n = 0;

  do
    nonsense_hear (fd, &line[n], 1);
  while (line[n] != '\n' && ++n < sizeof line);
  return strncmp (line, "OK ", 3) == 0;
}

void
nonsense_dbus_say_user (int fd, unsigned user)
{
  char decimal[16], line[64] = "AUTH EXTERNAL ";

  snprintf (decimal, sizeof decimal, "%u", user);
  for (const char *c = decimal; *c != '\0'; c++)
    snprintf (line + strlen (line), 3, "%02x", (unsigned char) *c);
  nonsense_say_text (fd, strcat (line, "\r\n"));
}

void
nonsense_dbus_log_in (int fd)
{
  nonsense_dbus_say_who (fd);
  nonsense_dbus_say_user (fd, getuid ());
  if (!nonsense_dbus_hear_agreement (fd))
    _exit (1); /* for what follows is to be refused, not this */
  nonsense_say_text (fd, "BEGIN\r\n");
}

/* --- messages --- */

static void
put (DbusBytes *bytes, const void *data, size_t size)
{
  memcpy (bytes->bytes + bytes->size, data, size);
  bytes->size += size;
}

void
nonsense_dbus_align (DbusBytes *bytes, size_t to)
{
  while (bytes->size % to != 0)
    bytes->bytes[bytes->size++] = 0;
}

void
nonsense_dbus_put_byte (DbusBytes *bytes, uint8_t value)
{
  put (bytes, &value, 1);
}

void
nonsense_dbus_put_number (DbusBytes *bytes, uint32_t value)
{
  nonsense_dbus_align (bytes, 4);
  put (bytes, &value, sizeof value);
}

void
nonsense_dbus_put_text (DbusBytes *bytes, const char *text)
{
  nonsense_dbus_put_number (bytes, (uint32_t) strlen (text));
  put (bytes, text, strlen (text) + 1);
}

void
nonsense_dbus_put_signature (DbusBytes *bytes, const char *signature)
{
  nonsense_dbus_put_byte (bytes, (uint8_t) strlen (signature));
  put (bytes, signature, strlen (signature) + 1);
}

static void
put_field (DbusBytes *bytes, uint8_t field, const char *type, const char *text)
{
  nonsense_dbus_align (bytes, 8);
  nonsense_dbus_put_byte (bytes, field);
  nonsense_dbus_put_signature (bytes, type);
  if (*type == 'g')
    nonsense_dbus_put_signature (bytes, text);
  else
    nonsense_dbus_put_text (bytes, text);
}

/* The header, and the body behind it. */
DbusBytes
nonsense_dbus_make (const DbusCall *call)
{
  DbusBytes message = { .bytes = { 'l', CALL, 0, 1 }, .size = 4 };
  uint32_t size;

  nonsense_dbus_put_number (&message, (uint32_t) call->body.size);
  nonsense_dbus_put_number (&message, 1);
  nonsense_dbus_put_number (&message, 0);
  put_field (&message, FIELD_PATH, "o", call->path != NULL ? call->path : PATH);
  put_field (&message, FIELD_INTERFACE, "s", INTERFACE);
  put_field (&message, FIELD_MEMBER, "s", call->member);
  if (call->signature != NULL)
    put_field (&message, FIELD_SIGNATURE, "g", call->signature);
  size = (uint32_t) (message.size - HEADER_BYTES);
  memcpy (message.bytes + HEADER_BYTES - sizeof size, &size, sizeof size);
  nonsense_dbus_align (&message, 8);
  put (&message, call->body.bytes, call->body.size);
  return message;
}

/* Signals may come before. */
_Noreturn void
nonsense_dbus_expect_error (int fd)
{
  for (;;)
    {
      uint8_t header[HEADER_BYTES], byte;
      uint32_t body, fields;

      nonsense_hear (fd, header, sizeof header);
      if (header[1] == ERROR || header[1] == RETURN)
        _exit (header[1] == ERROR ? 0 : 1);
      memcpy (&body, header + 4, sizeof body);
      memcpy (&fields, header + 12, sizeof fields);
      for (uint32_t left = (fields + 7) / 8 * 8 + body; left > 0; left--)
        nonsense_hear (fd, &byte, 1);
    }
}
