/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The proof of layers: in real jails, with bubblewrap and with the shim alone, Landlock and seccomp
 * are proved; in the jails of a shim that only says that it puts them on, they are found missing;
 * and what a probe says is judged strictly.
 *
 *   test-proof SHIM LYING-SHIM DRILL
 */
#include "drill/layer-proof.h"
#include "jail-host.h"

#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TEST_UID 1500
#define WAIT_S 60

static char **paths; /* shim, lying shim, drill */

static const DrillJail jails[] = {
  { "qemu", JAIL_QEMU },
  { "display", JAIL_DISPLAY },
  { "net", JAIL_NET },
};

static void
on_done (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static gboolean
on_late (gpointer data)
{
  g_error ("the probes are not over after %d s", WAIT_S);
  return G_SOURCE_REMOVE;
}

static LayerProof *
prove (gboolean alone, gboolean kills, const DrillJail *jailed, guint n)
{
  gboolean done = FALSE;
  LayerProof *proof;
  guint late = g_timeout_add_seconds (WAIT_S, on_late, NULL);

  jail_disable_namespaces_for_tests (alone);
  jail_kill_unknown_for_tests (kills);
  proof = layer_proof_new (paths[2], jailed, n, on_done, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
  g_assert_true (layer_proof_is_over (proof));
  return proof;
}

static void
test_held (void)
{
  IsolationProof landlock = jail_host_layers (NULL) & JAIL_LAYER_LANDLOCK ? PROOF_HELD : PROOF_OPEN;

  for (guint kills = 0; kills < 2; kills++)
    for (guint alone = 0; alone < 2; alone++)
      {
        g_autoptr (LayerProof) proof = prove (alone, kills, jails, G_N_ELEMENTS (jails));

        for (guint i = 0; i < G_N_ELEMENTS (jails); i++)
          {
            IsolationProofs proofs = layer_proof_get (proof, jails[i].kind);

            g_assert_cmpint (proofs.landlock, ==, landlock);
            g_assert_cmpint (proofs.seccomp, ==, PROOF_HELD);
            g_assert_cmpint (proofs.code, ==, PROOF_HELD);
          }
        g_assert_cmpint (layer_proof_get (proof, JAIL_QEMU_IMG).landlock, ==, PROOF_UNKNOWN);
      }
}

/* Emulation writes code: that is open, and nothing else. */
static void
test_emulation (void)
{
  const DrillJail emulated = { "qemu", JAIL_QEMU, .writable_code = TRUE };
  g_autoptr (LayerProof) proof = prove (FALSE, FALSE, &emulated, 1);
  IsolationProofs proofs = layer_proof_get (proof, JAIL_QEMU);

  g_assert_cmpint (proofs.code, ==, PROOF_OPEN);
  g_assert_cmpint (proofs.seccomp, ==, PROOF_HELD);
}

static void
test_lies (void)
{
  jail_use_shim_for_tests (paths[1]);
  for (guint alone = 0; alone < 2; alone++)
    {
      g_autoptr (LayerProof) proof = prove (alone, FALSE, jails, G_N_ELEMENTS (jails));

      for (guint i = 0; i < G_N_ELEMENTS (jails); i++)
        {
          IsolationProofs proofs = layer_proof_get (proof, jails[i].kind);

          g_assert_cmpint (proofs.landlock, ==, PROOF_OPEN);
          g_assert_cmpint (proofs.seccomp, ==, PROOF_OPEN);
          g_assert_cmpint (proofs.code, ==, PROOF_OPEN);
        }
    }
  jail_use_shim_for_tests (paths[0]);
}

/* A program that cannot be started proves nothing. */
static void
test_no_program (void)
{
  g_autofree char *kept = g_steal_pointer (&paths[2]);
  g_autoptr (LayerProof) proof = NULL;

  paths[2] = g_strdup ("/nowhere/vitrine-drill");
  proof = prove (FALSE, FALSE, jails, 1);
  g_assert_cmpint (layer_proof_get (proof, JAIL_QEMU).seccomp, ==, PROOF_UNKNOWN);
  g_free (paths[2]);
  paths[2] = g_steal_pointer (&kept);
}

/* Freed in the midst of it. */
static void
test_free (void)
{
  gboolean done = FALSE;

  layer_proof_free (layer_proof_new (paths[2], jails, G_N_ELEMENTS (jails), on_done, &done));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (done);
}

static void
check (const char *text, int wait_status, IsolationProofs expected)
{
  IsolationProofs found = layer_proof_judge (text, strlen (text), wait_status);

  g_test_message ("%s", text);
  g_assert_cmpint (found.landlock, ==, expected.landlock);
  g_assert_cmpint (found.seccomp, ==, expected.seccomp);
  g_assert_cmpint (found.code, ==, expected.code);
}

#define LIST "try layer-list\nclosed 13\n"
#define WRITE "try layer-write\nclosed 13\n"
#define CODE "try layer-code\nclosed 1\n"
#define SOCKET "try layer-socket\nclosed 1\n"
#define END "try layer-personality\n"
#define NOTHING                                                                                    \
  {                                                                                                \
    PROOF_UNKNOWN, PROOF_UNKNOWN, PROOF_UNKNOWN                                                    \
  }

static void
test_judge (void)
{
  const IsolationProofs all = { PROOF_HELD, PROOF_HELD, PROOF_HELD };

  check (LIST WRITE CODE SOCKET END, SIGSYS, all);
  /* Killed for the first forbidden call. */
  check (LIST WRITE "try layer-code\n", SIGSYS, all);
  /* By something else than the filter. */
  check (LIST WRITE CODE SOCKET END, SIGKILL,
         (IsolationProofs) { PROOF_HELD, PROOF_UNKNOWN, PROOF_HELD });
  check (LIST WRITE CODE SOCKET END "closed 1\ndone\n", 0,
         (IsolationProofs) { PROOF_HELD, PROOF_UNKNOWN, PROOF_HELD });
  /* A failure that is not the layer's refusal. */
  check ("try layer-list\nclosed 2\n" WRITE CODE SOCKET END, SIGSYS,
         (IsolationProofs) { PROOF_UNKNOWN, PROOF_HELD, PROOF_HELD });
  /* One open way counts more than all that held. */
  check (LIST "try layer-write\nopen\n" CODE "try layer-socket\nopen\n" END, SIGSYS,
         (IsolationProofs) { PROOF_OPEN, PROOF_OPEN, PROOF_HELD });
  check ("", 0, (IsolationProofs) NOTHING);
  check (LIST, 0, (IsolationProofs) { PROOF_HELD, PROOF_UNKNOWN, PROOF_UNKNOWN });
  /* Nonsense. */
  check ("closed 13\n", 0, (IsolationProofs) NOTHING);
  check (LIST "try read-etc\n", SIGSYS, (IsolationProofs) NOTHING);
  check (LIST "try layer-write\ntry layer-write\n", SIGSYS, (IsolationProofs) NOTHING);
  check (LIST "hello", SIGSYS, (IsolationProofs) NOTHING);
  check (LIST "try layer-write\ndone\n", SIGSYS, (IsolationProofs) NOTHING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 4);
  paths = g_new0 (char *, 4);
  for (int i = 0; i < 3; i++)
    paths[i] = g_canonicalize_filename (argv[i + 1], NULL);
  jail_use_shim_for_tests (paths[0]);
  if (getuid () == 0)
    {
      g_assert_no_errno (setgroups (0, NULL));
      g_assert_no_errno (setresgid (TEST_UID, TEST_UID, TEST_UID));
      g_assert_no_errno (setresuid (TEST_UID, TEST_UID, TEST_UID));
      prctl (PR_SET_DUMPABLE, 1);
    }
  g_test_add_func ("/proof/judge", test_judge);
  g_test_add_func ("/proof/held", test_held);
  g_test_add_func ("/proof/emulation", test_emulation);
  g_test_add_func ("/proof/lies", test_lies);
  g_test_add_func ("/proof/no-program", test_no_program);
  g_test_add_func ("/proof/free", test_free);
  return g_test_run ();
}
