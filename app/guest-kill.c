/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ends a vmm that hangs, by descriptors of processes, so that no number can come to mean another
 * one meanwhile. Runs in the front ends, in a thread.
 */
#include "config.h"

#include "guest-kill.h"

#include "fds.h"
#include "lock-holders-parse.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#define POLL_MS 20
#define CHILDREN_MAX 4096
#define COMMAND_LINE_MAX 65536

static gboolean
read_holders (GuestStore *store, const char *uuid, LockHolders *ret_holders)
{
  g_autofree char *path = g_build_filename (guest_store_get_path (store), uuid, "lock", NULL);
  autofd fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char data[LOCK_HOLDERS_BYTES + 1];
  gssize got = fd >= 0 ? read (fd, data, sizeof data) : -1;

  return got > 0 && lock_holders_parse (data, got, ret_holders) == PARSE_OK;
}

/* A small file of /proc, its zeroes kept. */
static gsize
read_proc (pid_t pid, const char *name, char *into, gsize size)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, name);
  autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize got = fd >= 0 ? read (fd, into, size - 1) : -1;

  into[MAX (got, 0)] = '\0';
  return MAX (got, 0);
}

/* Whether it is a vmm or janitor that was started for this guest. */
static gboolean
serves (pid_t pid, const char *uuid)
{
  g_autofree char *arguments = g_malloc (COMMAND_LINE_MAX);
  char name[32];
  gsize size = read_proc (pid, "cmdline", arguments, COMMAND_LINE_MAX);

  read_proc (pid, "comm", name, sizeof name);
  g_strchomp (name);
  if (strcmp (name, "vitrine-vmm") != 0 && strcmp (name, "vitrine-janitor") != 0)
    return FALSE;
  for (const char *at = arguments; at < arguments + size; at += strlen (at) + 1)
    if (strcmp (at, uuid) == 0)
      return TRUE;
  return FALSE;
}

/* -1 if there is none of that number, or it is another program. */
static int
open_process (pid_t pid, const char *uuid)
{
  autofd fd = syscall (SYS_pidfd_open, pid, 0);

  return fd >= 0 && serves (pid, uuid) ? fds_steal (&fd) : -1;
}

static void
send_signal (int pidfd, int number)
{
  if (pidfd >= 0 && syscall (SYS_pidfd_send_signal, pidfd, number, NULL, 0) != 0)
    g_debug ("No signal %d can be sent: %s", number, g_strerror (errno));
}

/* A vmm that was just forked has not written itself down yet. */
static void
kill_children (pid_t janitor, const char *uuid)
{
  char text[CHILDREN_MAX];
  g_autofree char *name = g_strdup_printf ("task/%d/children", (int) janitor);
  g_auto (GStrv) pids = NULL;

  read_proc (janitor, name, text, sizeof text);
  pids = g_strsplit (g_strchomp (text), " ", -1);
  for (guint i = 0; pids[i] != NULL; i++)
    {
      autofd child = open_process (g_ascii_strtoull (pids[i], NULL, 10), uuid);

      send_signal (child, SIGKILL);
    }
}

static gboolean
is_gone (int pidfd)
{
  struct pollfd end = { .fd = pidfd, .events = POLLIN };

  return pidfd < 0 || poll (&end, 1, 0) != 0;
}

/* Until nobody holds the lock; only here, and rarely, is anything asked again and again: the kernel
 * tells nobody of a lock that is free without making him wait for it without end. */
static gboolean
wait_free (GuestStore *store, const char *uuid, int vmm, int janitor, gint64 deadline)
{
  while (guest_store_is_running (store, uuid) || !is_gone (vmm) || !is_gone (janitor))
    {
      if (g_get_monotonic_time () > deadline)
        return FALSE;
      g_usleep (POLL_MS * 1000);
    }
  return TRUE;
}

gboolean
guest_kill (GuestStore *store, const char *uuid, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gint64 half = GUEST_KILL_SECONDS * G_USEC_PER_SEC / 2;
  LockHolders holders = { 0, 0 };
  autofd vmm = -1;
  autofd janitor = -1;

  if (read_holders (store, uuid, &holders))
    {
      vmm = open_process (holders.vmm, uuid);
      janitor = open_process (holders.janitor, uuid);
    }
  if (vmm < 0 && janitor < 0 && guest_store_is_running (store, uuid))
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
          _ ("Which process holds the guest cannot be told; see with 'ps' which vitrine-vmm "
             "has %s among its arguments"),
          uuid);
      return FALSE;
    }
  if (janitor >= 0)
    kill_children (holders.janitor, uuid);
  send_signal (vmm, SIGKILL);
  /* It ends what is left and removes sockets and control group, unless it is stopped as well. */
  send_signal (janitor, SIGCONT);
  if (!wait_free (store, uuid, vmm, janitor, now + half))
    {
      send_signal (janitor, SIGKILL);
      if (!wait_free (store, uuid, vmm, janitor, now + 2 * half))
        {
          g_set_error (
              error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
              _ ("Process %d of the guest cannot be ended: it most likely waits for a disk "
                 "or a file server that does not answer. See to that, then try again"),
              (int) holders.vmm);
          return FALSE;
        }
    }
  guest_store_clear_runtime (store, uuid);
  return TRUE;
}
