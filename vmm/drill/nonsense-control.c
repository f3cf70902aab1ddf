/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nonsense for the control socket, from a program of the user: D-Bus as no library speaks it, and
 * calls that ask for what cannot be. Runs jailed in vitrine-drill, which could not connect by
 * itself. Exits with 0 if it was refused, by an error or by the end of the connection, and with 1
 * if not.
 */
#include "nonsense-dbus.h"

#include <string.h>
#include <unistd.h>

/* --- logging in --- */

static _Noreturn void
expect_no_agreement (int fd)
{
  _exit (nonsense_dbus_hear_agreement (fd) ? 1 : 0);
}

/* Its end is heard by nonsense_hear (). */
static _Noreturn void
expect_end (int fd)
{
  char byte;

  for (;;)
    nonsense_hear (fd, &byte, 1);
}

static void
no_login (int fd)
{
  nonsense_say_binary (fd);
  nonsense_say_text (fd, "\r\n");
  expect_end (fd);
}

static void
other_words (int fd)
{
  nonsense_dbus_say_who (fd);
  nonsense_say_text (fd, "GET / HTTP/1.1\r\n");
  expect_end (fd);
}

static void
other_user (int fd)
{
  nonsense_dbus_say_who (fd);
  nonsense_dbus_say_user (fd, getuid () + 1);
  expect_no_agreement (fd);
}

static void
nobody (int fd)
{
  nonsense_dbus_say_who (fd);
  nonsense_say_text (fd, "AUTH ANONYMOUS 64\r\n");
  expect_no_agreement (fd);
}

static void
cookie (int fd)
{
  nonsense_dbus_say_who (fd);
  nonsense_say_text (fd, "AUTH DBUS_COOKIE_SHA1 30\r\n");
  expect_no_agreement (fd);
}

/* --- messages --- */

static _Noreturn void
say_call (int fd, const DbusCall *call)
{
  const DbusBytes message = nonsense_dbus_make (call);

  nonsense_dbus_log_in (fd);
  nonsense_say (fd, message.bytes, message.size);
  nonsense_dbus_expect_error (fd);
}

/* One byte of a good message is another. */
static _Noreturn void
say_bent (int fd, size_t at, uint8_t value)
{
  const DbusCall call = { .member = "Network" };
  DbusBytes message = nonsense_dbus_make (&call);

  message.bytes[at] = value;
  nonsense_dbus_log_in (fd);
  nonsense_say (fd, message.bytes, message.size);
  nonsense_dbus_expect_error (fd);
}

static void
byte_order (int fd)
{
  say_bent (fd, 0, 'x');
}

static void
message_type (int fd)
{
  say_bent (fd, 1, 0);
}

static void
version (int fd)
{
  say_bent (fd, 3, 9);
}

static void
body_huge (int fd)
{
  say_bent (fd, 7, 0x7f);
}

static void
fields_huge (int fd)
{
  say_bent (fd, 15, 0x7f);
}

static void
no_serial (int fd)
{
  say_bent (fd, 8, 0);
}

static void
field_type (int fd)
{
  say_bent (fd, 18, 'v');
}

static void
not_utf8 (int fd)
{
  say_call (fd, &(DbusCall) { .member = "Net\xff\xfe" });
}

/* A text that says to be longer than the message. */
static void
text_long (int fd)
{
  DbusCall call = { .member = "Monitor", .signature = "s" };

  nonsense_dbus_put_number (&call.body, 0x7fffff00);
  say_call (fd, &call);
}

static void
nested (int fd)
{
  DbusCall call = { .member = "Monitor", .signature = "v" };

  for (unsigned i = 0; i < 500; i++)
    nonsense_dbus_put_signature (&call.body, "v");
  nonsense_dbus_put_signature (&call.body, "y");
  nonsense_dbus_put_byte (&call.body, 1);
  say_call (fd, &call);
}

/* --- calls --- */

static void
unknown_call (int fd)
{
  say_call (fd, &(DbusCall) { .member = "MakeMeRoot" });
}

static void
other_object (int fd)
{
  say_call (fd, &(DbusCall) { .path = "/org/vitrine/Host", .member = "Network" });
}

static void
other_arguments (int fd)
{
  DbusCall call = { .member = "ForceOff", .signature = "s" };

  nonsense_dbus_put_text (&call.body, "now");
  say_call (fd, &call);
}

static void
say_text (int fd, const char *member, const char *text)
{
  DbusCall call = { .member = member, .signature = "s" };

  nonsense_dbus_put_text (&call.body, text);
  say_call (fd, &call);
}

static void
monitor_nonsense (int fd)
{
  say_text (fd, "Monitor", "{\"execute\": [[[[");
}

static void
monitor_forbidden (int fd)
{
  say_text (fd, "Monitor",
            "{\"execute\": \"migrate\", \"arguments\": {\"uri\": \"exec:touch /tmp/out\"}}");
}

static void
clipboard (int fd)
{
  say_text (fd, "SetClipboard", "everything");
}

static void
say_number (int fd, const char *member, uint32_t number)
{
  DbusCall call = { .member = member, .signature = "u" };

  nonsense_dbus_put_number (&call.body, number);
  say_call (fd, &call);
}

static void
viewer (int fd)
{
  say_number (fd, "DisconnectViewer", UINT32_MAX);
}

static void
share_nobody (int fd)
{
  say_number (fd, "Unshare", UINT32_MAX);
}

/* Options with one entry, a text. */
static _Noreturn void
say_option (int fd, const char *member, const char *name, const char *text)
{
  DbusCall call = { .member = member, .signature = "a{sv}" };
  uint32_t size;

  nonsense_dbus_put_number (&call.body, 0);
  nonsense_dbus_align (&call.body, 8);
  nonsense_dbus_put_text (&call.body, name);
  nonsense_dbus_put_signature (&call.body, "s");
  nonsense_dbus_put_text (&call.body, text);
  size = (uint32_t) call.body.size - 8;
  memcpy (call.body.bytes, &size, sizeof size);
  say_call (fd, &call);
}

static void
limits (int fd)
{
  say_option (fd, "SetLimits", "memory", "all of it");
}

static void
network (int fd)
{
  say_option (fd, "SetNetwork", "policy", "everywhere");
}

static void
share (int fd)
{
  say_option (fd, "Share", "vnc", "0.0.0.0:99999999");
}

/* Descriptors by number, of which none came. */
static void
capture (int fd)
{
  DbusCall call = { .member = "StartCapture", .signature = "ht" };

  nonsense_dbus_put_number (&call.body, 1000);
  nonsense_dbus_align (&call.body, 8);
  nonsense_dbus_put_number (&call.body, 1 << 20);
  nonsense_dbus_put_number (&call.body, 0);
  say_call (fd, &call);
}

static void
backup (int fd)
{
  DbusCall call = { .member = "StartBackup", .signature = "uuhhh" };

  for (unsigned i = 0; i < 5; i++)
    nonsense_dbus_put_number (&call.body, UINT32_MAX);
  say_call (fd, &call);
}

const Nonsense nonsense_control[] = {
  { "control-no-login", no_login },
  { "control-other-words", other_words },
  { "control-other-user", other_user },
  { "control-nobody", nobody },
  { "control-cookie", cookie },
  { "control-byte-order", byte_order },
  { "control-type", message_type },
  { "control-version", version },
  { "control-body-huge", body_huge },
  { "control-fields-huge", fields_huge },
  { "control-no-serial", no_serial },
  { "control-field-type", field_type },
  { "control-not-utf8", not_utf8 },
  { "control-text-long", text_long },
  { "control-nested", nested },
  { "control-unknown-call", unknown_call },
  { "control-other-object", other_object },
  { "control-other-arguments", other_arguments },
  { "control-monitor", monitor_nonsense },
  { "control-monitor-forbidden", monitor_forbidden },
  { "control-clipboard", clipboard },
  { "control-viewer", viewer },
  { "control-unshare", share_nobody },
  { "control-limits", limits },
  { "control-network", network },
  { "control-share", share },
  { "control-capture", capture },
  { "control-backup", backup },
  { 0 },
};
