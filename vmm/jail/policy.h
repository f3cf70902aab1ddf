/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a jailed program may do: one table a kind of program, each line with its reason. The shim
 * turns the tables into a seccomp filter and Landlock rules, vmm turns the paths into bubblewrap's
 * arguments. Data only; used by vitrine-vmm and by the shim (so no GLib here).
 */
#pragma once

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>

typedef enum
{
  CALL_END, /* ends a table */
  CALL_ALLOW,
  CALL_REFUSE, /* fails with `code`: harmless programs try it and go on without */
  CALL_KILL,   /* only an attacker calls it: the process dies, in every build */
} CallAction;

typedef enum
{
  WHEN_ALWAYS,
  WHEN_KVM,            /* the request asks for KVM */
  WHEN_WRITABLE_CODE,  /* the request asks for memory that is writable and executable */
  WHEN_PROTECTED_CODE, /* it does not */
} CallWhen;

#define CALL_CHECKS_MAX 3

typedef struct
{
  CallAction action;
  CallWhen when;
  int call; /* SCMP_SYS () */
  int code; /* errno of CALL_REFUSE */
  unsigned n_checks;
  struct scmp_arg_cmp checks[CALL_CHECKS_MAX]; /* all must hold */
  const char *why;
} PolicyCall;

/* Begins the reason of a line that no test meets on the machine that tests/jail/policy-seen.txt was
 * recorded on: names the host, the build or the moment that it is kept for. Any other line has to be
 * met there. */
#define FOR(host) "[" host "] "

#define ALLOW(name, reason)                                                                        \
  {                                                                                                \
    .action = CALL_ALLOW, .call = SCMP_SYS (name), .why = reason                                   \
  }
#define ALLOW_WHEN(name, condition, reason)                                                        \
  {                                                                                                \
    .action = CALL_ALLOW, .when = condition, .call = SCMP_SYS (name), .why = reason                \
  }
#define ALLOW_IF(name, reason, ...) ALLOW_IF_WHEN (name, WHEN_ALWAYS, reason, __VA_ARGS__)
#define ALLOW_IF_WHEN(name, condition, reason, ...)                                                \
  {                                                                                                \
    .action = CALL_ALLOW, .when = condition, .call = SCMP_SYS (name), .why = reason,               \
    .n_checks = sizeof ((struct scmp_arg_cmp[]) { __VA_ARGS__ }) / sizeof (struct scmp_arg_cmp),   \
    .checks = {                                                                                    \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define REFUSE(name, error, reason)                                                                \
  {                                                                                                \
    .action = CALL_REFUSE, .call = SCMP_SYS (name), .code = error, .why = reason                   \
  }
#define REFUSE_IF(name, error, reason, ...)                                                        \
  {                                                                                                \
    .action = CALL_REFUSE, .call = SCMP_SYS (name), .code = error, .why = reason,                  \
    .n_checks = sizeof ((struct scmp_arg_cmp[]) { __VA_ARGS__ }) / sizeof (struct scmp_arg_cmp),   \
    .checks = {                                                                                    \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define KILL(name, reason)                                                                         \
  {                                                                                                \
    .action = CALL_KILL, .call = SCMP_SYS (name), .why = reason                                    \
  }

/* Checks of one argument. */
#define IS(n, value)                                                                               \
  {                                                                                                \
    .arg = n, .op = SCMP_CMP_EQ, .datum_a = value                                                  \
  }
#define NOT(n, value)                                                                              \
  {                                                                                                \
    .arg = n, .op = SCMP_CMP_NE, .datum_a = value                                                  \
  }
#define BITS(n, mask, value)                                                                       \
  {                                                                                                \
    .arg = n, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value                          \
  }
/* A socket that is connected sends to its peer alone. A listening TCP socket that was shut down
 * connects to anywhere when it sends with MSG_FASTOPEN, in the network namespace that it was made
 * in; a datagram socket sends to any other that it can name, and sendmsg () hides the name in
 * memory: so there shall be none. */
#define NO_FAST_OPEN(n) BITS (n, MSG_FASTOPEN, 0)
#define STREAM_TYPE(n) BITS (n, 0xf, SOCK_STREAM)
/* What a program of these needs to put on a filter of its own by libseccomp, which can only take
 * more away; never one with a listener. */
#define SECOND_FILTER(reason)                                                                      \
  ALLOW_IF (seccomp, reason, IS (0, SECCOMP_SET_MODE_FILTER),                                      \
            BITS (1, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0)),                                        \
      ALLOW_IF (seccomp, "libseccomp asks what there is", IS (0, SECCOMP_GET_ACTION_AVAIL)),       \
      REFUSE_IF (seccomp, EINVAL, "libseccomp tries it", IS (0, SECCOMP_SET_MODE_STRICT)),         \
      REFUSE_IF (seccomp, EINVAL, "libseccomp tries it", IS (0, SECCOMP_SET_MODE_FILTER),          \
                 BITS (1, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_NEW_LISTENER)),    \
      ALLOW_IF (prctl, reason, IS (0, PR_SET_NO_NEW_PRIVS), IS (1, 1))

/* Numbers known only when the filter is made: the process's own, and the program's descriptor,
 * which lies above the limit of open files so that no other can ever take its place. */
#define SELF_PID_PLACEHOLDER 0xfffffffful
#define EXEC_FD_PLACEHOLDER 0xfffffffeul
#define IS_SELF(n) IS (n, SELF_PID_PLACEHOLDER)
#define IS_EXEC_FD(n) IS (n, EXEC_FD_PLACEHOLDER)

typedef enum
{
  PATH_END,
  PATH_READ,    /* a file or a whole folder, read-only */
  PATH_EXECUTE, /* a file below a readable folder that may be executed */
  PATH_DEVICE,  /* a device node to be read and written */
} PathUse;

typedef struct
{
  PathUse use;
  const char *path; /* left out where the host does not have it */
  const char *why;
} PolicyPath;

typedef struct
{
  const char *name; /* as in the shim's --kind */
  const PolicyCall *calls;
  const PolicyPath *paths;
  int alone;              /* without policy_common_calls: it is put on by a program that runs already */
  int host_network;       /* keeps the host's network; may connect, never listen */
  uint64_t file_size_max; /* RLIMIT_FSIZE; 0: as high as the caller's */
  uint64_t open_files_max;
  uint64_t threads_max; /* RLIMIT_NPROC; set only where a user namespace counts by itself */
  uint64_t memory_max;  /* RLIMIT_AS; 0: as high as the caller's */
} Policy;

extern const Policy policy_qemu;
extern const Policy policy_display;
extern const Policy policy_net;
extern const Policy policy_nbd;
extern const Policy policy_qemu_img;
extern const Policy policy_copy; /* of no jail: vmm/backup/copy-lock.h */

/* What every dynamically linked program of ours needs, and what only attackers call. */
extern const PolicyCall policy_common_calls[];
extern const PolicyCall policy_killed_calls[];
extern const PolicyPath policy_common_paths[];
