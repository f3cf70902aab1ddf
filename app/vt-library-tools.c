/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the library has done by a short-lived vitrine-vmm (which jails what it runs), and what this
 * host has room for. Runs in the front ends; never blocks but for reading /proc/meminfo.
 */
#include "config.h"

#include "vt-library-private.h"

#include "bounded-text.h"
#include "meminfo-parse.h"
#include "paths.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define RESERVE_MIB 256
#define DEFAULT_MEMORY_MIB 2048
#define DEFAULT_CPUS_MAX 4

/* The data of empty bytes is NULL. */
static char *
to_text (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return g_strndup (data ? data : "", size);
}

/* What it printed, once it has ended. */
static void
on_communicated (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) err = NULL;
  g_autofree char *text = NULL;
  GSubprocess *process = G_SUBPROCESS (source);

  if (!g_subprocess_communicate_finish (process, result, &out, &err, &error))
    {
      g_subprocess_force_exit (process);
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (g_subprocess_get_successful (process) && g_bytes_get_size (out) <= BOUNDED_JSON_MAX)
    {
      text = to_text (out);
      g_task_return_pointer (task, g_utf8_make_valid (text, -1), g_free);
      return;
    }
  text = to_text (err);
  g_strstrip (text);
  {
    g_autofree char *line = bounded_text_line (text);

    g_task_return_new_error (task, VT_GUEST_ERROR, VT_GUEST_ERROR_START, "%s",
                             *line != '\0' ? line : _ ("vitrine-vmm failed without a word"));
  }
}

static void
run_vmm (GTask *task, const char *const *arguments)
{
  g_autofree char *program = paths_helper ("vitrine-vmm");
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (argv, program);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (char *) *arguments);
  g_ptr_array_add (argv, NULL);
  process =
      g_subprocess_newv ((const char *const *) argv->pdata,
                         G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  if (process == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_subprocess_communicate_async (process, NULL, g_task_get_cancellable (task), on_communicated,
                                  g_object_ref (task));
}

static void
on_disk_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = g_task_propagate_pointer (G_TASK (result), &error);

  if (out != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  guest_store_discard (VT_LIBRARY (source)->store, g_task_get_task_data (task));
  g_task_return_error (task, g_steal_pointer (&error));
}

void
vt_library_make_disk_async (VtLibrary *self,
                            const char *uuid,
                            const char *name,
                            guint64 bytes,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  g_autoptr (GTask) run = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = guest_store_prepare_disk (self->store, uuid, name, &error);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);

  if (file == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_task_set_task_data (task, g_strdup (uuid), g_free);
  run = g_task_new (self, cancellable, on_disk_made, g_steal_pointer (&task));
  run_vmm (run, (const char *const[]) { "--make-disk", file, "--bytes", size, NULL });
}

gboolean
vt_library_make_disk_finish (VtLibrary *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
vt_library_doctor_async (VtLibrary *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  run_vmm (task, (const char *const[]) { "--doctor", NULL });
}

char *
vt_library_doctor_finish (VtLibrary *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

guint
vt_library_free_memory_mib (void)
{
  g_autofree char *text = NULL;
  guint available = 0;

  /* A kernel that does not say must not keep every guest from starting. */
  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL) ||
      !meminfo_parse_available (text, &available))
    return GUEST_MEMORY_MIB_MAX;
  return available > RESERVE_MIB ? available - RESERVE_MIB : 0;
}

void
vt_library_defaults (guint *ret_memory_mib, guint *ret_cpus)
{
  guint half = vt_library_free_memory_mib () / 2;

  *ret_memory_mib = MAX (MIN (half, DEFAULT_MEMORY_MIB), GUEST_MEMORY_MIB_MIN);
  *ret_cpus = CLAMP (g_get_num_processors () / 2, 1, DEFAULT_CPUS_MAX);
}
