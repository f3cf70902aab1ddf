/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layers that a probe in the same jail proves: Landlock, which no file of the kernel shows,
 * seccomp, of which it shows that there are filters and not what they do, and memory that could
 * hold code, of which it shows what there is now and not what could be made. Runs in vitrine-vmm.
 */
#include "isolation-judge-private.h"

/* TRUE and a row, if the probe did not prove the layer. Takes `found` then. */
static gboolean
is_unproved (const Case *c,
             const char *layer,
             IsolationProof proof,
             const char *wanted,
             char *found,
             const char *what)
{
  switch (proof)
    {
    case PROOF_HELD:
      return FALSE;
    case PROOF_PENDING:
      add_row (c->rows, c->process, layer, wanted, found, ISOLATION_AMBER,
               g_strdup_printf ("%s is being proved by a probe in the same jail; look again in a "
                                "moment.",
                                what));
      return TRUE;
    case PROOF_OPEN:
      add_row (
          c->rows, c->process, layer, wanted, found, ISOLATION_RED,
          g_strdup_printf ("%s does not hold: a probe in the same jail was not refused what it "
                           "forbids.",
                           what));
      return TRUE;
    default:
      add_row (
          c->rows, c->process, layer, wanted, found, ISOLATION_AMBER,
          g_strdup_printf ("%s could not be proved: the probe in the same jail did not come to "
                           "an answer.",
                           what));
      return TRUE;
    }
}

void
isolation_judge_seccomp (const Case *c)
{
  const ProcStatus *status = &c->facts->status;
  gboolean filtered = status->seccomp == 2;
  /* Kernels before 5.9 do not count. */
  gboolean whole = filtered && (status->filters == 0 || status->filters >= c->process->filters);
  const char *wanted = c->process->filters > 1 ? "two filters" : "a filter";
  char *found = filtered ? g_strdup_printf ("%u", MAX (status->filters, 1)) : g_strdup ("none");

  if (!filtered)
    add_row (c->rows, c->process, "seccomp", wanted, found, ISOLATION_RED,
             g_strdup ("The process may make every system call."));
  else if (is_unproved (c, "seccomp", c->process->proofs.seccomp, wanted, found,
                        "The jail's filter of system calls"))
    return;
  else if (!whole)
    add_row (c->rows, c->process, "seccomp", wanted, found, ISOLATION_AMBER,
             g_strdup ("The jail's filter of system calls is in force, the program's own is not."));
  else
    add_row (c->rows, c->process, "seccomp", wanted, found, ISOLATION_GREEN,
             g_strdup ("System calls that the program does not need are refused or end it, as a "
                       "probe in the same jail was."));
}

static char *
landlock_text (const Case *c, guint abi)
{
  if (abi >= JAIL_LANDLOCK_ABI && c->process->host_network)
    return g_strdup ("Files, listening ports and other processes are out of reach by name; a probe "
                     "in the same jail was kept from files.");
  if (abi >= JAIL_LANDLOCK_ABI)
    return g_strdup ("Files, the network and other processes are out of reach by name; a probe in "
                     "the same jail was kept from files.");
  if (abi >= 4)
    return g_strdup ("This kernel's Landlock covers files and the network, but not signals and "
                     "abstract sockets; Linux 6.12 or newer does.");
  return g_strdup ("This kernel's Landlock covers files only; Linux 6.12 or newer covers the "
                   "network, signals and abstract sockets as well.");
}

void
isolation_judge_landlock (const Case *c)
{
  static const char wanted[] = "ABI 6 or newer";
  guint abi = c->process->landlock_abi;
  char *found = abi > 0 ? g_strdup_printf ("ABI %u", abi) : g_strdup ("none");

  G_STATIC_ASSERT (JAIL_LANDLOCK_ABI == 6);
  if (abi == 0)
    add_row (
        c->rows, c->process, "landlock", wanted, found, ISOLATION_AMBER,
        g_strdup ("Landlock is missing: files are kept away by namespaces and seccomp only. It "
                  "needs Linux 5.13 or newer with landlock in the boot parameter lsm=."));
  else if (!is_unproved (c, "landlock", c->process->proofs.landlock, wanted, found, "Landlock"))
    add_row (c->rows, c->process, "landlock", wanted, found,
             abi >= JAIL_LANDLOCK_ABI ? ISOLATION_GREEN : ISOLATION_AMBER, landlock_text (c, abi));
}

void
isolation_judge_code (const Case *c)
{
  static const char wanted[] = "no memory both writable and executable";
  guint n = c->facts->writable_code;
  char *found = n > 0 ? g_strdup_printf ("%u mappings", n) : g_strdup ("none");

  if (c->process->writable_code)
    add_row (c->rows, c->process, "code", wanted, found, ISOLATION_AMBER,
             g_strdup ("Software emulation writes the code that it executes: whoever takes it over "
                       "can run code of their own in this process. Hardware acceleration (KVM) "
                       "needs none of it."));
  else if (n > 0)
    add_row (c->rows, c->process, "code", wanted, found, ISOLATION_RED,
             g_strdup ("The process has memory that is writable and executable at once."));
  else if (!is_unproved (c, "code", c->process->proofs.code, wanted, found,
                         "The ban on memory that is writable and executable"))
    add_row (c->rows, c->process, "code", wanted, found, ISOLATION_GREEN,
             g_strdup ("No memory is writable and executable at once, and none can be made so."));
}
