/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A copy that survives SIGBUS. Runs in vitrine-display on a listener's thread. The handler must do
 * nothing but jump out of that copy: the signal is the copying thread's own, raised by an
 * instruction of memcpy (), which holds no lock and leaves nothing half done but the copy.
 */
#include "guarded-copy.h"

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* The copy under way. */
typedef struct
{
  sigjmp_buf out;
  guintptr from;
  gsize size;
} Copy;

static _Thread_local Copy *volatile under_way;

static void
on_bus (int number, siginfo_t *info, void *context)
{
  Copy *copy = under_way;

  if (copy != NULL && (guintptr) info->si_addr - copy->from < copy->size)
    siglongjmp (copy->out, 1);
  signal (SIGBUS, SIG_DFL); /* the instruction runs again, and ends the process */
}

static void
install (void)
{
  static gsize installed;
  /* Not masked meanwhile: nothing would unmask it after the jump. */
  struct sigaction action = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO | SA_NODEFER };

  if (!g_once_init_enter (&installed))
    return;
  sigemptyset (&action.sa_mask);
  sigaction (SIGBUS, &action, NULL);
  g_once_init_leave (&installed, 1);
}

gboolean
guarded_copy (void *out, const void *from, gsize size)
{
  Copy copy = { .from = (guintptr) from, .size = size };

  install ();
  if (sigsetjmp (copy.out, 0) != 0)
    {
      under_way = NULL;
      return FALSE;
    }
  under_way = &copy;
  atomic_signal_fence (memory_order_seq_cst); /* no byte is read before the handler can know */
  memcpy (out, from, size);
  atomic_signal_fence (memory_order_seq_cst);
  under_way = NULL;
  return TRUE;
}
