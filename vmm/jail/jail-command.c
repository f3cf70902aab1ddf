/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The command line of a jail. Runs in vitrine-vmm; looks at which of the policy's paths this host
 * has, starts nothing, and binds nothing writable.
 */
#include "jail-command.h"

#include "jail-host.h"
#include "shim-wire.h"

#include <stdlib.h>

/* Where the shim is inside. */
#define SHIM_INSIDE "/vitrine-jail"

/* No pid namespace: D-Bus authenticates by the peer's pid, which another one shows as 0. Landlock's
 * signal scope and a filter without kill stand in. */
static const char *const namespace_arguments[] = {
  "--unshare-user",   "--unshare-ipc",     "--unshare-uts", "--unshare-cgroup-try",
  "--disable-userns", "--die-with-parent", "--new-session",
};

const Policy *
jail_policy (JailKind kind)
{
  switch (kind)
    {
    case JAIL_QEMU:
      return &policy_qemu;
    case JAIL_DISPLAY:
      return &policy_display;
    case JAIL_NET:
      return &policy_net;
    case JAIL_NBD:
      return &policy_nbd;
    default:
      return &policy_qemu_img;
    }
}

static void
add (GPtrArray *argv, const char *argument)
{
  g_ptr_array_add (argv, g_strdup (argument));
}

static void
add_number (GPtrArray *argv, const char *option, int number)
{
  add (argv, option);
  g_ptr_array_add (argv, g_strdup_printf ("%d", number));
}

static void
add_bind (GPtrArray *argv, const char *option, const char *path)
{
  add (argv, option);
  add (argv, path);
  add (argv, path);
}

/* /lib is a link to usr/lib where /usr is merged. */
static void
add_path (GPtrArray *argv, const PolicyPath *path)
{
  g_autofree char *target = g_file_read_link (path->path, NULL);

  if (path->use == PATH_EXECUTE || !g_file_test (path->path, G_FILE_TEST_EXISTS))
    return;
  if (path->use == PATH_DEVICE || g_str_has_prefix (path->path, "/dev/"))
    {
      add_bind (argv, "--dev-bind", path->path);
      return;
    }
  if (target != NULL && !g_path_is_absolute (target) && g_str_has_prefix (path->path, "/lib"))
    {
      add (argv, "--symlink");
      add (argv, target);
      add (argv, path->path);
      return;
    }
  add_bind (argv, "--ro-bind", path->path);
}

static void
add_paths (GPtrArray *argv, const PolicyPath *paths)
{
  for (; paths->use != PATH_END; paths++)
    add_path (argv, paths);
}

static void
add_bwrap (GPtrArray *argv, const char *bwrap, const Policy *policy, GStrv custom, int shim)
{
  add (argv, bwrap);
  for (guint i = 0; i < G_N_ELEMENTS (namespace_arguments); i++)
    add (argv, namespace_arguments[i]);
  if (!policy->host_network)
    add (argv, "--unshare-net");
  add_paths (argv, policy_common_paths);
  add_paths (argv, policy->paths);
  for (guint i = 0; custom != NULL && custom[i] != NULL; i++)
    add_bind (argv, "--ro-bind", custom[i]);
  /* Of /proc the own descriptors only, so that programs which want a name have one. */
  add (argv, "--dir");
  add (argv, "/proc/self");
  add_bind (argv, "--ro-bind", "/proc/self/fd");
  add (argv, "--perms");
  add (argv, "0555");
  add_number (argv, "--ro-bind-data", shim);
  add (argv, SHIM_INSIDE);
  add (argv, "--remount-ro");
  add (argv, "/");
  add (argv, "--chdir");
  add (argv, "/");
  add (argv, "--");
  add (argv, SHIM_INSIDE);
}

static void
add_shim_options (GPtrArray *argv,
                  const JailRequest *request,
                  const JailNumbers *numbers,
                  GStrv custom)
{
  add (argv, "--kind");
  add (argv, jail_policy (request->kind)->name);
  add_number (argv, "--binary-fd", numbers->binary);
  add_number (argv, "--status-fd", numbers->status);
  for (guint i = 0; i < request->n_fds; i++)
    add_number (argv, "--keep", request->fds[i].target);
  for (guint i = 0; custom[i] != NULL; i++)
    {
      add (argv, "--read");
      add (argv, custom[i]);
    }
  if (request->kvm)
    add (argv, "--kvm");
  if (request->writable_code)
    add (argv, "--writable-code");
  if (!jail_host_is_sanitized ())
    add (argv, "--bound-memory");
  if (jail_host_kills_unknown ())
    add (argv, "--kill-unknown");
}

GStrv
jail_command (const JailRequest *request, const JailNumbers *numbers, const char *bwrap)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) custom = jail_command_custom_paths (request->binary);

  if (bwrap != NULL)
    add_bwrap (argv, bwrap, jail_policy (request->kind), custom, numbers->shim);
  else
    g_ptr_array_add (argv, g_strdup_printf ("/proc/self/fd/%d", numbers->shim));
  add_shim_options (argv, request, numbers, custom);
  if (bwrap != NULL)
    add (argv, "--namespaces");
  add (argv, "--");
  for (guint i = 0; request->argv[i] != NULL; i++)
    add (argv, request->argv[i]);
  g_ptr_array_add (argv, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

GStrv
jail_command_trial (const char *bwrap, int shim)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  add_bwrap (argv, bwrap, &policy_qemu, NULL, shim);
  add (argv, "--trial");
  g_ptr_array_add (argv, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&argv), FALSE);
}

/* Named folders only: the prefix itself may be somebody's home. */
GStrv
jail_command_custom_paths (const char *binary)
{
  static const char *const beside_bin[] = { "lib", "lib64", "lib/x86_64-linux-gnu", "share/qemu",
                                            "share/seabios" };
  static const char *const in_build[] = { "pc-bios", "qemu-bundle", "../pc-bios" };
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *real = realpath (binary, NULL);
  g_autofree char *dir = real != NULL ? g_path_get_dirname (real) : NULL;
  g_autofree char *name = dir != NULL ? g_path_get_basename (dir) : NULL;

  if (real != NULL && !g_str_equal (dir, "/usr/bin") && !g_str_equal (dir, "/usr/libexec"))
    {
      gboolean installed = g_str_equal (name, "bin") || g_str_equal (name, "libexec");
      const char *const *names = installed ? beside_bin : in_build;
      guint n = installed ? G_N_ELEMENTS (beside_bin) : G_N_ELEMENTS (in_build);

      for (guint i = 0; i < n; i++)
        {
          g_autofree char *path = g_build_filename (dir, installed ? ".." : ".", names[i], NULL);
          g_autofree char *found = realpath (path, NULL);

          if (found != NULL && !g_str_has_prefix (found, "/usr/lib") &&
              !g_str_equal (found, "/lib"))
            g_ptr_array_add (paths, g_steal_pointer (&found));
        }
    }
  g_ptr_array_add (paths, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}
