/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs a guest of a few instructions by KVM and measures it. Runs in vitrine-vmm, on the calling
 * thread, 250 ms at most. Real mode, user mode and rarer instructions are not tried: emulators that
 * run a guest well otherwise stumble over them.
 */
#include "kvm-probe.h"

#include "fds.h"
#include "kvm-verdict.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define MEMORY_SIZE (2u << 20)
#define CODE_X87 0x1000
#define CODE_LOOP 0x1010
#define PML4 0x2000
#define PDPT 0x3000
#define PD 0x4000
#define DEADLINE_NS (250 * 1000000l)
#define MEASURE_NS (10 * 1000000l)
#define LOOPS_FIRST 1000u
#define LOOPS_LAST 1000000u

static const guint8 code_x87[] = { 0xd9, 0xe8, 0xf4 };              /* fld1; hlt */
static const guint8 code_loop[] = { 0xff, 0xc9, 0x75, 0xfc, 0xf4 }; /* dec ecx; jnz; hlt */

typedef struct
{
  int vm;
  int vcpu;
  guint8 *memory;
  struct kvm_run *run;
  int run_size;
} Machine;

/* Where the deadline's signal handler leaves its word; one probe at a time. */
static struct kvm_run *deadline_run;

static void
machine_clear (Machine *machine)
{
  if (machine->run != NULL)
    munmap (machine->run, machine->run_size);
  if (machine->memory != NULL)
    munmap (machine->memory, MEMORY_SIZE);
  fds_clear (&machine->vcpu);
  fds_clear (&machine->vm);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Machine, machine_clear)

static gboolean
failed (KvmFindings *findings, const char *step)
{
  findings->run = KVM_RUN_FAILED;
  findings->failed_step = step;
  findings->failed_errno = errno;
  return FALSE;
}

/* One 2 MiB page, mapped to itself. */
static void
fill_memory (guint8 *memory)
{
  guint64 entry;

  memcpy (memory + CODE_X87, code_x87, sizeof code_x87);
  memcpy (memory + CODE_LOOP, code_loop, sizeof code_loop);
  entry = PDPT | 3;
  memcpy (memory + PML4, &entry, sizeof entry);
  entry = PD | 3;
  memcpy (memory + PDPT, &entry, sizeof entry);
  entry = 0x83;
  memcpy (memory + PD, &entry, sizeof entry);
}

static gboolean
make_machine (int kvm, Machine *machine, KvmFindings *findings)
{
  struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };

  machine->vm = ioctl (kvm, KVM_CREATE_VM, 0);
  if (machine->vm < 0)
    return failed (findings, "making a machine");
  machine->memory =
      mmap (NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (machine->memory == MAP_FAILED)
    {
      machine->memory = NULL;
      return failed (findings, "allocating the machine's memory");
    }
  fill_memory (machine->memory);
  region.userspace_addr = (guint64) (gsize) machine->memory;
  if (ioctl (machine->vm, KVM_SET_USER_MEMORY_REGION, &region) != 0)
    return failed (findings, "giving the machine memory");
  machine->vcpu = ioctl (machine->vm, KVM_CREATE_VCPU, 0);
  if (machine->vcpu < 0)
    return failed (findings, "making a virtual processor");
  machine->run_size = ioctl (kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  machine->run = machine->run_size > 0 ? mmap (NULL, machine->run_size, PROT_READ | PROT_WRITE,
                                               MAP_SHARED, machine->vcpu, 0)
                                       : MAP_FAILED;
  if (machine->run == MAP_FAILED)
    {
      machine->run = NULL;
      return failed (findings, "mapping the virtual processor");
    }
  return TRUE;
}

/* Long mode is refused to a processor whose CPUID does not have it. */
static gboolean
set_cpuid (int kvm, const Machine *machine, KvmFindings *findings)
{
  enum
  {
    ROOM = 256
  };
  g_autofree struct kvm_cpuid2 *cpuid =
      g_malloc0 (sizeof *cpuid + ROOM * sizeof (struct kvm_cpuid_entry2));

  cpuid->nent = ROOM;
  if (ioctl (kvm, KVM_GET_SUPPORTED_CPUID, cpuid) != 0 ||
      ioctl (machine->vcpu, KVM_SET_CPUID2, cpuid) != 0)
    return failed (findings, "describing the virtual processor");
  return TRUE;
}

static gboolean
enter_long_mode (const Machine *machine, KvmFindings *findings)
{
  struct kvm_segment code = {
    .limit = ~0u, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1
  };
  struct kvm_segment data = {
    .limit = ~0u, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1
  };
  struct kvm_sregs registers;

  if (ioctl (machine->vcpu, KVM_GET_SREGS, &registers) != 0)
    return failed (findings, "reading the virtual processor");
  registers.cs = code;
  registers.ds = registers.es = registers.fs = registers.gs = registers.ss = data;
  registers.cr0 = 0x80050033; /* PG AM WP NE ET MP PE */
  registers.cr3 = PML4;
  registers.cr4 = 0x620;  /* OSXMMEXCPT OSFXSR PAE */
  registers.efer = 0x500; /* LMA LME */
  if (ioctl (machine->vcpu, KVM_SET_SREGS, &registers) != 0)
    return failed (findings, "setting the virtual processor up");
  return TRUE;
}

/* Runs from `address` with `loops` in ecx to the hlt. */
static gboolean
run_to_halt (const Machine *machine, guint64 address, guint64 loops, KvmFindings *findings)
{
  struct kvm_regs registers = { .rip = address, .rcx = loops, .rsp = CODE_X87, .rflags = 2 };

  if (ioctl (machine->vcpu, KVM_SET_REGS, &registers) != 0)
    return failed (findings, "setting the virtual processor up");
  if (ioctl (machine->vcpu, KVM_RUN, 0) != 0 && errno != EINTR && errno != EAGAIN)
    return failed (findings, "running a guest");
  if (machine->run->immediate_exit)
    findings->run = KVM_RUN_TIMEOUT;
  else if (machine->run->exit_reason == KVM_EXIT_HLT)
    findings->run = KVM_RUN_OK;
  else if (machine->run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
    findings->run = KVM_RUN_INTERNAL_ERROR;
  else
    {
      findings->run = KVM_RUN_UNEXPECTED;
      findings->exit_reason = machine->run->exit_reason;
    }
  return findings->run == KVM_RUN_OK;
}

static gint64
thread_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* Rounds of growing length, so that an emulator is found out after one of a millisecond and the
 * cost of an exit does not count on real hardware. */
static void
measure (const Machine *machine, KvmFindings *findings)
{
  gint64 begin = thread_time ();

  for (guint64 loops = LOOPS_FIRST; loops <= LOOPS_LAST; loops *= 10)
    {
      gint64 before = thread_time ();
      gint64 after;

      if (!run_to_halt (machine, CODE_LOOP, loops, findings))
        return;
      after = thread_time ();
      findings->iterations_per_s = loops * 1000000000 / MAX (after - before, 1);
      if (after - begin > MEASURE_NS)
        return;
    }
}

static void
deadline_passed (int number)
{
  deadline_run->immediate_exit = 1;
}

/* KVM_RUN returns when a signal arrives; immediate_exit covers one that came just before it. */
static void
run_with_deadline (const Machine *machine, KvmFindings *findings)
{
  struct sigaction action = { .sa_handler = deadline_passed };
  struct sigaction saved;
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 3 };
  struct itimerspec deadline = { .it_value = { 0, DEADLINE_NS } };
  timer_t timer;

  event._sigev_un._tid = syscall (SYS_gettid);
  deadline_run = machine->run;
  if (sigaction (event.sigev_signo, &action, &saved) != 0)
    {
      failed (findings, "setting a deadline");
      return;
    }
  if (timer_create (CLOCK_MONOTONIC, &event, &timer) != 0)
    failed (findings, "setting a deadline");
  else
    {
      timer_settime (timer, 0, &deadline, NULL);
      if (run_to_halt (machine, CODE_X87, 0, findings))
        measure (machine, findings);
      timer_delete (timer);
    }
  sigaction (event.sigev_signo, &saved, NULL);
  deadline_run = NULL;
}

static void
run_guest (int kvm, KvmFindings *findings)
{
  g_auto (Machine) machine = { .vm = -1, .vcpu = -1 };

  if (make_machine (kvm, &machine, findings) && set_cpuid (kvm, &machine, findings) &&
      enter_long_mode (&machine, findings))
    run_with_deadline (&machine, findings);
}

/* CPUID tells what the processor has; /proc/cpuinfo what the firmware left of it. */
static void
look_at_processor (KvmFindings *findings)
{
  g_autofree char *text = NULL;
  guint a, b, c, d;

  if (__get_cpuid (0, &a, &b, &c, &d))
    findings->is_amd = c == 0x444d4163 || c == 0x656e6975; /* AuthenticAMD, HygonGenuine */
  if (__get_cpuid (1, &a, &b, &c, &d))
    {
      findings->is_virtual = (c & (1u << 31)) != 0;
      findings->cpu_has = (c & (1u << 5)) != 0;
    }
  if (findings->is_amd && __get_cpuid (0x80000001, &a, &b, &c, &d))
    findings->cpu_has = (c & (1u << 2)) != 0;
  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    findings->kernel_has =
        g_regex_match_simple ("^flags\\s*:.*\\b(vmx|svm)\\b", text, G_REGEX_MULTILINE, 0);
}

KvmProbe *
kvm_probe_run (int *ret_fd)
{
  KvmFindings findings = { 0 };
  autofd kvm = open ("/dev/kvm", O_RDWR | O_CLOEXEC);
  KvmProbe *probe;

  findings.open_errno = kvm < 0 ? errno : 0;
  look_at_processor (&findings);
  if (kvm >= 0)
    run_guest (kvm, &findings);
  probe = kvm_verdict_new (&findings);
  if (ret_fd != NULL)
    *ret_fd = probe->verdict == KVM_USABLE ? fds_steal (&kvm) : -1;
  return probe;
}
