/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Ways to use up what others need. Runs jailed in vitrine-drill. Each stops somewhat above what any
 * jail allows, takes no memory or disk that it could not give back at once, and gives all of it
 * back: on a host where nothing stops it, nobody may notice.
 */
#include "drill-attempts.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 64
#define CHILD_SECONDS 5
#define THREADS (1024 + 64) /* more than any jail's threads_max */
#define STACK_BYTES (16 * 1024)
#define MEMORY_BYTES (16ull << 30)    /* of addresses; none is touched */
#define DESCRIPTORS (4096 + 64)       /* more than any jail's open_files_max */
#define FILE_OFFSET ((1ll << 40) + 1) /* beyond any jail's file_size_max */

static long
fork_bomb (void)
{
  long children[PROCESSES];
  long result = 0;
  int n = 0;

  for (; n < PROCESSES; n++)
    {
      children[n] = syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
      if (children[n] == 0)
        {
          /* Not for ever: a security module may refuse the signal that is to end it. */
          nanosleep (&(struct timespec) { .tv_sec = CHILD_SECONDS }, NULL);
          _exit (0);
        }
      if (children[n] < 0)
        break;
    }
  if (n < PROCESSES)
    result = -1;
  for (int saved = errno, i = 0; i < n; i++, errno = saved)
    {
      kill ((pid_t) children[i], SIGKILL);
      waitpid ((pid_t) children[i], NULL, 0);
    }
  return result;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_at_gate (void *data)
{
  pthread_mutex_lock (&gate);
  pthread_mutex_unlock (&gate);
  return NULL;
}

static long
thread_bomb (void)
{
  static pthread_t threads[THREADS];
  pthread_attr_t attributes;
  int error = 0;
  int n = 0;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  pthread_attr_setguardsize (&attributes, 0);
  pthread_mutex_lock (&gate);
  while (n < THREADS && error == 0)
    {
      error = pthread_create (&threads[n], &attributes, wait_at_gate, NULL);
      n += error == 0;
    }
  pthread_mutex_unlock (&gate);
  for (int i = 0; i < n; i++)
    pthread_join (threads[i], NULL);
  errno = error;
  return error != 0 ? -1 : 0;
}

static long
memory_bomb (void)
{
  void *map = mmap (NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (map == MAP_FAILED)
    return -1;
  munmap (map, MEMORY_BYTES);
  return 0;
}

static long
descriptor_bomb (void)
{
  static int fds[DESCRIPTORS];
  int saved;
  int n = 0;

  while (n < DESCRIPTORS && (fds[n] = epoll_create1 (EPOLL_CLOEXEC)) >= 0)
    n++;
  saved = errno;
  for (int i = 0; i < n; i++)
    close (fds[i]);
  errno = saved;
  return n < DESCRIPTORS ? -1 : 0;
}

/* One byte far out: the file claims a terabyte and takes a block. Judged by its size: SELinux puts its
 * null device in the place of a file that a domain may not have, where writing succeeds for ever and
 * takes no disk. */
static long
fill_disk (void)
{
  signal (SIGXFSZ, SIG_IGN);
  if (lseek (DRILL_WRITABLE_FILE, FILE_OFFSET, SEEK_SET) < 0)
    return -1;
  if (write (DRILL_WRITABLE_FILE, "x", 1) != 1)
    return -1;
  if (lseek (DRILL_WRITABLE_FILE, 0, SEEK_END) > FILE_OFFSET)
    return 0;
  errno = EACCES;
  return -1;
}

const DrillAttempt drill_exhaustion[] = { DRILL_EXHAUSTION (DRILL_ROW) { NULL } };
