/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The end of a SPICE display channel that the library is still opening. Runs in vitrine-display.
 */
#include "spice-settle.h"

#include "spice/spice-core.h"
#include "spice/spice-wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* FALSE once the library has said more than `expected` bytes, has closed, or let the time pass. */
static gboolean
hear (int library, gsize *expected, gint64 deadline)
{
  guint8 data[SPICE_WIRE_RESULT_BYTES];
  struct pollfd ready = { .fd = library, .events = POLLIN };
  gint64 left = (deadline - g_get_monotonic_time ()) / 1000;
  gssize got;

  if (left <= 0)
    return FALSE;
  if (poll (&ready, 1, (int) left) < 0)
    return errno == EINTR;
  got = recv (library, data, MAX (*expected, 1), MSG_DONTWAIT);
  if (got <= 0 || *expected == 0)
    return FALSE;
  *expected -= got;
  return TRUE;
}

void
spice_settle (int library, int theirs, gboolean linked, const guint8 *init, gsize size)
{
  gint64 deadline = g_get_monotonic_time () + SPICE_SETTLE_MS * 1000;
  gsize expected = linked ? 0 : SPICE_WIRE_RESULT_BYTES;

  if (!linked)
    spice_core_finish (theirs); /* it reads the ticket, and says how that went */
  if (size > 0 && send (library, init, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (gssize) size)
    return;
  while (hear (library, &expected, deadline))
    ;
}
