/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The KVM probe's decision and its sentences. Runs in vitrine-vmm. Pure: looks at nothing itself.
 */
#include "kvm-verdict.h"

#include <errno.h>

#define SOFTWARE                                                                                   \
  "The guest runs in software emulation meanwhile, which is slow and isolates nothing."

const char *
kvm_verdict_word (KvmVerdict verdict)
{
  static const char *const words[] = {
    [KVM_USABLE] = "usable",
    [KVM_NO_HARDWARE] = "no-hardware",
    [KVM_FIRMWARE] = "firmware",
    [KVM_NO_MODULE] = "no-module",
    [KVM_NO_PERMISSION] = "no-permission",
    [KVM_EMULATED] = "emulated",
    [KVM_SLOW] = "slow",
    [KVM_BROKEN] = "broken",
  };

  return words[verdict];
}

static KvmProbe *
probe_new (KvmVerdict verdict, const KvmFindings *findings, char *reason, const char *remedy)
{
  KvmProbe *probe = g_new0 (KvmProbe, 1);

  probe->verdict = verdict;
  probe->iterations_per_s = findings->iterations_per_s;
  probe->reason = reason;
  probe->remedy = g_strdup (remedy);
  return probe;
}

/* /dev/kvm is not there, or has nobody behind it. */
static KvmProbe *
absent (const KvmFindings *findings)
{
  if (!findings->cpu_has && findings->is_virtual)
    return probe_new (
        KVM_NO_HARDWARE, findings,
        g_strdup ("This machine is itself virtual, and its hypervisor does not pass on "
                  "hardware virtualization."),
        "Switch on nested virtualization for this machine where it is managed.");
  if (!findings->cpu_has)
    return probe_new (KVM_NO_HARDWARE, findings,
                      g_strdup ("The processor has no hardware virtualization (VT-x or AMD-V)."),
                      "");
  if (!findings->kernel_has)
    return probe_new (KVM_FIRMWARE, findings,
                      g_strdup ("The processor has hardware virtualization, but this machine's "
                                "firmware has switched it off."),
                      findings->is_amd
                          ? "Switch on “SVM Mode” in the firmware settings (BIOS) and start again."
                          : "Switch on “Intel Virtualization Technology (VT-x)” in the firmware "
                            "settings (BIOS) and start again.");
  return probe_new (
      KVM_NO_MODULE, findings,
      g_strdup ("The kernel's KVM module is not loaded: there is no /dev/kvm."),
      findings->is_amd
          ? "Run “sudo modprobe kvm_amd”. If that is refused, switch on “SVM Mode” in the "
            "firmware settings (BIOS). In a container, pass /dev/kvm in."
          : "Run “sudo modprobe kvm_intel”. If that is refused, switch on VT-x in the "
            "firmware settings (BIOS). In a container, pass /dev/kvm in.");
}

static KvmProbe *
not_opened (const KvmFindings *findings)
{
  if (findings->open_errno == EACCES || findings->open_errno == EPERM)
    return probe_new (
        KVM_NO_PERMISSION, findings, g_strdup ("/dev/kvm is there, but you may not open it."),
        "Add yourself to its group with “sudo usermod -aG kvm $USER”, then log out and "
        "in again.");
  if (findings->open_errno == ENOENT || findings->open_errno == ENODEV ||
      findings->open_errno == ENXIO)
    return absent (findings);
  return probe_new (
      KVM_BROKEN, findings,
      g_strdup_printf ("/dev/kvm cannot be opened: %s.", g_strerror (findings->open_errno)),
      "See the kernel's log (“sudo dmesg | grep -i kvm”).");
}

static KvmProbe *
emulated (const KvmFindings *findings)
{
  return probe_new (
      KVM_EMULATED, findings,
      g_strdup ("/dev/kvm is there, but it emulates the guest in software: this machine is itself "
                "virtual and has no hardware virtualization to pass on."),
      "Switch on nested virtualization for this machine where it is managed, or use a machine with "
      "hardware virtualization. " SOFTWARE);
}

static KvmProbe *
measured (const KvmFindings *findings)
{
  if (findings->iterations_per_s < KVM_REAL_ITERATIONS)
    return emulated (findings);
  if (findings->iterations_per_s < KVM_USABLE_ITERATIONS)
    return probe_new (
        KVM_SLOW, findings,
        g_strdup_printf ("KVM works, but far below what hardware does (%" G_GUINT64_FORMAT
                         " million loops a second, at least %u expected).",
                         findings->iterations_per_s / 1000000, KVM_USABLE_ITERATIONS / 1000000),
        "Look for what else loads this machine, or for a hypervisor below it that "
        "emulates.");
  return probe_new (KVM_USABLE, findings, g_strdup ("KVM runs guests on the processor itself."),
                    "");
}

KvmProbe *
kvm_verdict_new (const KvmFindings *findings)
{
  if (findings->open_errno != 0)
    return not_opened (findings);
  switch (findings->run)
    {
    case KVM_RUN_OK:
      return measured (findings);
    case KVM_RUN_INTERNAL_ERROR:
      return emulated (findings);
    case KVM_RUN_TIMEOUT:
      return probe_new (KVM_SLOW, findings,
                        g_strdup ("KVM did not finish a guest of three instructions in time."),
                        "Look for what else loads this machine, or for a hypervisor below it that "
                        "emulates.");
    case KVM_RUN_UNEXPECTED:
      return probe_new (KVM_BROKEN, findings,
                        g_strdup_printf ("KVM stopped a small guest with the unexpected reason %u.",
                                         findings->exit_reason),
                        "See the kernel's log (“sudo dmesg | grep -i kvm”).");
    default:
      return probe_new (KVM_BROKEN, findings,
                        g_strdup_printf ("KVM failed while %s: %s.", findings->failed_step,
                                         g_strerror (findings->failed_errno)),
                        "See the kernel's log (“sudo dmesg | grep -i kvm”).");
    }
}

void
kvm_probe_free (KvmProbe *probe)
{
  if (probe == NULL)
    return;
  g_free (probe->reason);
  g_free (probe->remedy);
  g_free (probe);
}
