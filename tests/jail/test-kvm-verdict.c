/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The KVM probe's decision, case by case, and the probe itself on this machine.
 */
#include "kvm-verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct
{
  KvmFindings findings;
  KvmVerdict verdict;
  const char *reason; /* a part of it */
  const char *remedy; /* a part of it; "" for none at all */
} Case;

static const Case cases[] = {
  { { .run = KVM_RUN_OK, .iterations_per_s = 1000000000 }, KVM_USABLE, "processor itself", "" },
  { { .run = KVM_RUN_OK, .iterations_per_s = 300000000, .is_virtual = TRUE }, KVM_USABLE, "", "" },
  { { .run = KVM_RUN_OK, .iterations_per_s = 20000000 }, KVM_USABLE, "", "" },
  { { .run = KVM_RUN_OK, .iterations_per_s = 19999999 }, KVM_SLOW, "19 million", "hypervisor" },
  { { .run = KVM_RUN_OK, .iterations_per_s = 800000 }, KVM_EMULATED, "emulates", "nested" },
  { { .run = KVM_RUN_INTERNAL_ERROR, .is_virtual = TRUE }, KVM_EMULATED, "emulates", "nested" },
  { { .run = KVM_RUN_TIMEOUT }, KVM_SLOW, "in time", "loads" },
  { { .run = KVM_RUN_UNEXPECTED, .exit_reason = 9 }, KVM_BROKEN, "reason 9", "dmesg" },
  { { .run = KVM_RUN_FAILED, .failed_step = "making a machine", .failed_errno = ENOMEM },
    KVM_BROKEN,
    "while making a machine: Cannot allocate",
    "dmesg" },
  { { .open_errno = EACCES, .cpu_has = TRUE, .kernel_has = TRUE },
    KVM_NO_PERMISSION,
    "may not open",
    "usermod -aG kvm" },
  { { .open_errno = EPERM }, KVM_NO_PERMISSION, "may not open", "usermod" },
  { { .open_errno = ENOENT, .cpu_has = TRUE, .kernel_has = TRUE },
    KVM_NO_MODULE,
    "not loaded",
    "modprobe kvm_intel" },
  { { .open_errno = ENODEV, .cpu_has = TRUE, .kernel_has = TRUE, .is_amd = TRUE },
    KVM_NO_MODULE,
    "not loaded",
    "modprobe kvm_amd" },
  { { .open_errno = ENOENT, .cpu_has = TRUE }, KVM_FIRMWARE, "firmware", "VT-x" },
  { { .open_errno = ENOENT, .cpu_has = TRUE, .is_amd = TRUE }, KVM_FIRMWARE, "firmware", "SVM" },
  { { .open_errno = ENOENT }, KVM_NO_HARDWARE, "processor has no", "" },
  { { .open_errno = ENOENT, .is_virtual = TRUE }, KVM_NO_HARDWARE, "itself virtual", "nested" },
  { { .open_errno = EIO, .cpu_has = TRUE }, KVM_BROKEN, "cannot be opened", "dmesg" },
};

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” lacks “%s”", text, part);
}

static void
test_decision (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (KvmProbe) probe = kvm_verdict_new (&cases[i].findings);

      g_test_message ("case %u: %s", i, probe->reason);
      g_assert_cmpstr (kvm_verdict_word (probe->verdict), ==, kvm_verdict_word (cases[i].verdict));
      assert_contains (probe->reason, cases[i].reason);
      g_assert_true (g_str_has_suffix (probe->reason, "."));
      if (*cases[i].remedy == '\0')
        g_assert_cmpstr (probe->remedy, ==, "");
      else
        assert_contains (probe->remedy, cases[i].remedy);
    }
}

static void
test_words (void)
{
  static const char *const words[] = { "usable",        "no-hardware", "firmware", "no-module",
                                       "no-permission", "emulated",    "slow",     "broken" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_cmpstr (kvm_verdict_word (i), ==, words[i]);
}

/* Whatever this machine is: in time, consistent, and a descriptor exactly if usable. */
static void
test_this_machine (void)
{
  gint64 begin = g_get_monotonic_time ();
  int fd;
  g_autoptr (KvmProbe) probe = kvm_probe_run (&fd);
  gint64 took = g_get_monotonic_time () - begin;

  g_test_message ("%s in %" G_GINT64_FORMAT " us, %" G_GUINT64_FORMAT " loops/s: %s",
                  kvm_verdict_word (probe->verdict), took, probe->iterations_per_s, probe->reason);
  g_assert_cmpint (took, <, 20 * G_USEC_PER_SEC); /* it gives up by itself */
  g_assert_cmpint (fd >= 0, ==, probe->verdict == KVM_USABLE);
  if (fd >= 0)
    {
      g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
      close (fd);
    }
  g_assert_true (probe->verdict != KVM_USABLE || probe->iterations_per_s >= KVM_USABLE_ITERATIONS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kvm/decision", test_decision);
  g_test_add_func ("/kvm/words", test_words);
  g_test_add_func ("/kvm/this-machine", test_this_machine);
  return g_test_run ();
}
