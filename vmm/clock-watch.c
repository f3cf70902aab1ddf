/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A timer that never runs out, but that the kernel cancels whenever the clock is set
 * (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Runs in vitrine-vmm, on its main context; never
 * asks again and again what time it is.
 */
#include "clock-watch.h"

#include "fds.h"
#include "guest-log.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct _ClockWatch
{
  void (*on_set) (gpointer user_data);
  gpointer user_data;
  int timer;
  guint source;
};

/* Reading is what makes the kernel wait for the next time; the timer itself stays set. */
static gboolean
on_cancelled (int fd, GIOCondition condition, gpointer data)
{
  ClockWatch *watch = data;
  guint64 times;

  if (read (fd, &times, sizeof times) < 0 && errno == ECANCELED)
    watch->on_set (watch->user_data);
  return G_SOURCE_CONTINUE;
}

ClockWatch *
clock_watch_new (void (*on_set) (gpointer user_data), gpointer user_data)
{
  /* The last second that the kernel can count to on any architecture, 292 years after the epoch. */
  const struct itimerspec never = { .it_value.tv_sec =
                                        G_MAXINT64 / G_GINT64_CONSTANT (1000000000) };
  ClockWatch *watch = g_new0 (ClockWatch, 1);

  watch->on_set = on_set;
  watch->user_data = user_data;
  watch->timer = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (watch->timer >= 0 &&
      timerfd_settime (watch->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) ==
          0)
    watch->source = g_unix_fd_add (watch->timer, G_IO_IN, on_cancelled, watch);
  else
    guest_log ("Times on the wall will not be shown anew when the clock is set: %s",
               g_strerror (errno));
  return watch;
}

void
clock_watch_free (ClockWatch *watch)
{
  g_clear_handle_id (&watch->source, g_source_remove);
  fds_clear (&watch->timer);
  g_free (watch);
}
