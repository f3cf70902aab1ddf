/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a jail is built from on this host, and which layers it can give: found by trying, once a
 * process. Runs in vitrine-vmm. The only state of the jail code that is not a Jail's own.
 */
#include "jail-host.h"

#include "config.h"
#include "fds.h"
#include "jail-command.h"
#include "jail-namespaces.h"
#include "jail-life.h"
#include "landlock-abi.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

typedef enum
{
  TRIAL_NOT_BEGUN,
  TRIAL_RUNS,
  TRIAL_GOOD,
  TRIAL_BAD,
} Trial;

static struct
{
  GHashTable *programs; /* owned; path -> descriptor + 1 of programs opened beforehand */
  char *shim;           /* owned; path */
  char *bwrap;          /* owned; path */
  Trial trial;
  GPid trial_pid;
  int trial_output;   /* memfd with bubblewrap's complaint */
  int trial_life;     /* ours of its JailLife */
  char *trial_reason; /* owned; why namespaces cannot be had */
  gboolean no_namespaces;
  gboolean kill_unknown;
} host = {
  .trial_output = -1,
  .trial_life = -1,
#ifdef SECCOMP_KILLS
  .kill_unknown = TRUE,
#endif
};

void
jail_use_shim_for_tests (const char *path)
{
  g_free (host.shim);
  host.shim = g_strdup (path);
}

void
jail_disable_namespaces_for_tests (gboolean disabled)
{
  host.no_namespaces = disabled;
}

void
jail_kill_unknown_for_tests (gboolean kill)
{
  host.kill_unknown = kill;
}

gboolean
jail_host_is_sanitized (void)
{
#ifdef __SANITIZE_ADDRESS__
  return TRUE;
#else
  return FALSE;
#endif
}

gboolean
jail_host_kills_unknown (void)
{
  return host.kill_unknown;
}

static const char *
shim_path (void)
{
  if (host.shim == NULL)
    host.shim = paths_helper ("vitrine-jail");
  return host.shim;
}

/* Opens a program file and makes sure that the kernel can execute it by descriptor: a script cannot
 * be, since its interpreter would open it again by name. */
static int
open_program (const char *path, GError **error)
{
  autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  char magic[4];

  if (fd < 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   "Cannot open the program %s: %s", path, g_strerror (code));
      return -1;
    }
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || (info.st_mode & 0111) == 0 ||
      pread (fd, magic, sizeof magic, 0) != sizeof magic || memcmp (magic, "\177ELF", 4) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s is not an executable program file (a script cannot run in a jail): name the "
                   "program itself",
                   path);
      return -1;
    }
  return fds_steal (&fd);
}

static gboolean
keep_program (const char *path, GError **error)
{
  int fd = open_program (path, error);

  if (fd < 0)
    return FALSE;
  if (host.programs == NULL)
    host.programs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (host.programs, g_strdup (path), GINT_TO_POINTER (fd + 1));
  return TRUE;
}

gboolean
jail_prepare (const char *const *binaries, GError **error)
{
  if (host.bwrap == NULL)
    host.bwrap = g_find_program_in_path ("bwrap");
  if (!keep_program (shim_path (), error))
    return FALSE;
  for (; binaries != NULL && *binaries != NULL; binaries++)
    if (!keep_program (*binaries, error))
      return FALSE;
  return TRUE;
}

/* The copy has a file position of its own: two jails may read the same program at once. */
int
jail_host_open_program (const char *path, GError **error)
{
  int kept =
      host.programs != NULL ? GPOINTER_TO_INT (g_hash_table_lookup (host.programs, path)) - 1 : -1;
  g_autofree char *name = kept >= 0 ? g_strdup_printf ("/proc/self/fd/%d", kept) : g_strdup (path);

  return open_program (name, error);
}

int
jail_host_open_shim (GError **error)
{
  return jail_host_open_program (shim_path (), error);
}

GStrv
jail_host_environment (gboolean ours)
{
  /* What tests and people who look for a fault set; nothing of the session gets in. QEMU must not
   * be told to abort at a warning of its own: it has some, where a display leaves early. */
  static const char *const passed[] = { "TZ",           "G_DEBUG",       "G_MESSAGES_DEBUG",
                                        "ASAN_OPTIONS", "UBSAN_OPTIONS", "MALLOC_CHECK_" };
  guint n_passed = ours ? G_N_ELEMENTS (passed) : 1;
  GStrv environment =
      g_strdupv ((char *[]) { "HOME=/", "LANG=C.UTF-8", "GIO_USE_VFS=local", NULL });

  for (guint i = 0; i < n_passed; i++)
    if (g_getenv (passed[i]) != NULL)
      environment = g_environ_setenv (environment, passed[i], g_getenv (passed[i]), TRUE);
  return environment;
}

static void
trial_failed (const char *reason)
{
  host.trial = TRIAL_BAD;
  host.trial_reason = g_strdup (reason);
}

static void
trial_begin (void)
{
  g_auto (GStrv) argv = NULL;
  g_auto (GStrv) environment = jail_host_environment (TRUE);
  g_autoptr (GError) error = NULL;
  autofd shim = -1;
  autofd life_theirs = -1;
  JailLife life = { -1, -1 };
  int sources[2];
  const int inside[] = { 3, 4 };
  JailEntrance entrance = { .life = inside[1] };

  if (host.bwrap == NULL)
    host.bwrap = g_find_program_in_path ("bwrap");
  if (host.bwrap == NULL)
    {
      trial_failed ("bubblewrap is not installed: install the package bubblewrap");
      return;
    }
  shim = jail_host_open_shim (&error);
  host.trial_output = memfd_create ("bwrap-complaint", MFD_CLOEXEC);
  argv = jail_command_trial (host.bwrap, inside[0]);
  jail_lsm_prepare (policy_qemu.name, TRUE, &entrance.lsm);
  host.trial = TRIAL_RUNS;
  if (shim >= 0 && jail_life_make (&life, &error))
    {
      sources[0] = shim;
      sources[1] = life_theirs = life.theirs;
      host.trial_life = life.ours;
    }
  if (error != NULL ||
      !g_spawn_async_with_pipes_and_fds (
          "/", (const char *const *) argv, (const char *const *) environment,
          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, jail_life_enter, &entrance, -1,
          -1, host.trial_output, sources, inside, 2, &host.trial_pid, NULL, NULL, NULL, &error))
    trial_failed (error->message);
}

static void
trial_end (void)
{
  g_autofree char *reason = NULL;
  char complaint[400] = "";
  int status = -1;

  while (waitpid (host.trial_pid, &status, 0) < 0 && errno == EINTR)
    ;
  fds_clear (&host.trial_life);
  if (status == 0)
    {
      host.trial = TRIAL_GOOD;
      return;
    }
  if (pread (host.trial_output, complaint, sizeof complaint - 1, 0) < 0)
    complaint[0] = '\0';
  reason = jail_namespaces_explain (complaint[0] != '\0' ? g_strstrip (complaint) : NULL);
  trial_failed (reason);
}

void
jail_begin_trial (void)
{
  if (host.trial == TRIAL_NOT_BEGUN)
    trial_begin ();
}

const char *
jail_host_bwrap (void)
{
  if (host.no_namespaces)
    return NULL;
  jail_begin_trial ();
  if (host.trial == TRIAL_RUNS)
    {
      trial_end ();
      fds_clear (&host.trial_output);
    }
  return host.trial == TRIAL_GOOD ? host.bwrap : NULL;
}

static gboolean
has_seccomp (void)
{
  guint32 action = SECCOMP_RET_KILL_PROCESS;

  return syscall (SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

JailLayers
jail_host_layers (GStrv *ret_missing)
{
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  JailLayers layers = JAIL_LAYERS_ALL;

  if (!has_seccomp ())
    {
      layers &= ~JAIL_LAYER_SECCOMP;
      g_ptr_array_add (missing,
                       g_strdup ("Seccomp: this kernel cannot filter system calls; use one "
                                 "with CONFIG_SECCOMP_FILTER"));
    }
  if (ll_abi () > 0 && ll_abi () < JAIL_LANDLOCK_ABI)
    g_ptr_array_add (
        missing, g_strdup_printf ("Landlock: this kernel has ABI %u only, which leaves out %s; use "
                                  "Linux 6.12 or newer, which has ABI %u",
                                  ll_abi (),
                                  ll_abi () >= 4 ? "signals and abstract sockets"
                                                 : "the network, signals and abstract sockets",
                                  JAIL_LANDLOCK_ABI));
  if (ll_abi () == 0)
    {
      layers &= ~JAIL_LAYER_LANDLOCK;
      g_ptr_array_add (missing,
                       g_strdup ("Landlock: this kernel has none or it is switched off; use Linux "
                                 "5.13 or newer with landlock in the boot parameter lsm="));
    }
  if (jail_host_bwrap () == NULL)
    {
      layers &= ~JAIL_LAYER_NAMESPACES;
      g_ptr_array_add (missing, g_strdup_printf ("Namespaces: %s", host.no_namespaces
                                                                       ? "switched off by a test"
                                                                       : host.trial_reason));
    }
  g_ptr_array_add (missing, NULL);
  if (ret_missing != NULL)
    *ret_missing = (GStrv) g_ptr_array_free (g_steal_pointer (&missing), FALSE);
  return layers;
}
