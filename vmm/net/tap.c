/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Looks a tap over. Runs in vitrine-vmm; never reads from it.
 */
#include "tap.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

gboolean
tap_check (int fd, GError **error)
{
  struct ifreq request = { 0 };
  int flags = fcntl (fd, F_GETFL);

  if (flags < 0 || ioctl (fd, TUNGETIFF, &request) != 0 || !(request.ifr_flags & IFF_TAP))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "The descriptor %d that was handed in is no tap: open /dev/net/tun and set it up "
                   "with TUNSETIFF and IFF_TAP",
                   fd);
      return FALSE;
    }
  /* Whether IFF_NO_PI was given cannot be seen: the kernel reports it of every tap. */
  if (request.ifr_flags & IFF_VNET_HDR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "The tap %.*s puts a header before each frame: set it up with IFF_NO_PI and "
                   "without IFF_VNET_HDR",
                   IFNAMSIZ, request.ifr_name);
      return FALSE;
    }
  if (fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl (fd, F_SETFD, FD_CLOEXEC) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The tap %.*s cannot be made non-blocking",
               IFNAMSIZ, request.ifr_name);
  return FALSE;
}
