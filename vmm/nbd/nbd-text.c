/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sentences about NBD servers. Runs in vitrine-vmm.
 */
#include "nbd-text.h"

char *
nbd_text_unreachable (const NbdAddress *address, const char *why)
{
  g_autofree char *server = nbd_address_describe_server (address);

  return g_strdup_printf ("The NBD server %s cannot be reached: %s", server, why);
}

static char *
describe (NbdWhy why, const char *text)
{
  switch (why)
    {
    case NBD_WHY_CLOSED:
      return g_strdup ("closed the connection");
    case NBD_WHY_NOT_NBD:
      return g_strdup ("does not speak NBD. Is it the right port? One that speaks TLS from the first "
                       "byte is none either: NBD begins in clear");
    case NBD_WHY_OLD:
      return g_strdup ("speaks a dialect of NBD that is too old: use another server, such as "
                       "qemu-nbd or nbdkit");
    case NBD_WHY_BROKEN:
      return g_strdup_printf ("broke the protocol: %s", text);
    case NBD_WHY_SILENT:
      return g_strdup ("did not answer in time");
    case NBD_WHY_NO_TLS:
      return g_strdup ("does not offer TLS: set it up there, or use an address that begins with nbd "
                       "in a network that you trust");
    case NBD_WHY_TLS_ONLY:
      return g_strdup ("demands TLS: begin the address with nbds");
    case NBD_WHY_TLS:
      return g_strdup_printf ("and this computer could not agree on TLS: %s", text);
    case NBD_WHY_UNTRUSTED:
      return g_strdup_printf ("shows a certificate that is not trusted: %s. If it is the right one, "
                              "set tls-ca to a file with it or its authority",
                              text);
    case NBD_WHY_REFUSED:
      return g_strdup_printf ("refuses this client%s%s", *text != '\0' ? ": " : "", text);
    case NBD_WHY_CREDENTIALS:
      return g_strdup_printf ("was not asked, because of this side's TLS files: %s", text);
    case NBD_WHY_CLIENT:
      return g_strdup ("is not to blame: QEMU closed its side");
    default:
      return g_strdup ("failed");
    }
}

/* Those that are about the export. NULL: it is not one. */
static const char *
describe_export (NbdWhy why)
{
  switch (why)
    {
    case NBD_WHY_EMPTY:
      return "is empty: it has 0 bytes";
    case NBD_WHY_SIZE:
      return "claims a size that no disk can have";
    case NBD_WHY_READ_ONLY:
      return "is read-only: export it writable, or set the disk's read-only=true";
    case NBD_WHY_BLOCK_SIZE:
      return "wants blocks of a size that a guest's disk cannot have (more than 64 KiB)";
    case NBD_WHY_CHANGED:
      return "is not the disk that it was: its size or its abilities have changed";
    default:
      return NULL;
    }
}

char *
nbd_text_failure (const NbdAddress *address, NbdWhy why, const char *text)
{
  g_autofree char *server = nbd_address_describe_server (address);
  g_autofree char *words = NULL;

  if (why == NBD_WHY_UNKNOWN_EXPORT && *text == '\0')
    return g_strdup_printf ("The NBD server %s has no export “%s”, and does not say which it has",
                            server, address->name);
  if (why == NBD_WHY_UNKNOWN_EXPORT)
    return g_strdup_printf ("The NBD server %s has no export “%s”. It has: %s", server,
                            address->name, text);
  if (describe_export (why) != NULL)
    return g_strdup_printf ("The export “%s” of the NBD server %s %s", address->name, server,
                            describe_export (why));
  words = describe (why, text);
  return g_strdup_printf ("The NBD server %s %s", server, words);
}
