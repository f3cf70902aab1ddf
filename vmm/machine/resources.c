/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Opens what a definition names. Runs in vitrine-vmm, as the only step that resolves a path a
 * person typed. The KVM probe runs in a thread beside it.
 */
#include "resources.h"

#include "fds.h"
#include "host-config.h"
#include "image/image-chain.h"
#include "image/image-make.h"
#include "image/image-tool.h"
#include "jail/jail-lsm.h"
#include "jail/privileges.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define FIRMWARE_VARIABLES_BYTES_MAX (16 << 20)

void
resources_free (Resources *resources)
{
  g_ptr_array_unref (resources->chains);
  fds_clear (&resources->kernel);
  fds_clear (&resources->initrd);
  fds_clear (&resources->firmware_code);
  fds_clear (&resources->firmware_variables);
  fds_clear (&resources->kvm);
  g_free (resources->accelerator_reason);
  g_free (resources->disks_changed);
  g_free (resources);
}

typedef struct
{
  KvmProbe *probe;
  int fd;
} ProbeResult;

static gpointer
probe_thread (gpointer data)
{
  ProbeResult *result = data;

  result->probe = kvm_probe_run (&result->fd);
  return NULL;
}

/* Whether to use KVM, and why; FALSE if KVM was demanded and cannot be had. */
static gboolean
choose_accelerator (Resources *resources, GuestAccel accel, ProbeResult *result, GError **error)
{
  const KvmProbe *probe = result->probe;

  if (probe == NULL)
    {
      resources->accelerator_reason = g_strdup ("Software emulation was chosen for this guest.");
      return TRUE;
    }
  if (probe->verdict != KVM_USABLE && accel == GUEST_ACCEL_KVM)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "This guest is to run by KVM, which this host cannot do: %s %s%s"
                   "Or start it with accel=auto",
                   probe->reason, probe->remedy, *probe->remedy != '\0' ? " " : "");
      return FALSE;
    }
  resources->use_kvm = probe->verdict == KVM_USABLE;
  resources->accelerator_reason =
      g_strdup_printf ("%s%s%s", probe->reason, *probe->remedy != '\0' ? " " : "", probe->remedy);
  if (resources->use_kvm)
    resources->kvm = fds_steal (&result->fd);
  return TRUE;
}

/* A copy in memory, which any uid can open by /proc/self/fd. */
static int
copy_to_memory (int fd, off_t size)
{
  autofd copy = memfd_create ("boot-file", MFD_CLOEXEC);
  off_t done = 0;

  while (copy >= 0 && done < size)
    {
      ssize_t sent = sendfile (copy, fd, &done, size - done);

      if (sent <= 0 && !(sent < 0 && errno == EINTR))
        return -1;
    }
  return fds_steal (&copy);
}

/* Whether QEMU may open a file again, as it does with -kernel: the guest's uid one of root's, and a
 * profile that judges files by their paths. */
static gboolean
is_reachable (const struct stat *info)
{
  return (geteuid () != 0 || (info->st_mode & S_IROTH) != 0) && !jail_lsm_judges_paths ();
}

/* Opens a kernel or initrd; `path` NULL is no file. */
static gboolean
open_boot_file (const char *path, const char *what, int *out, GError **error)
{
  gboolean is_device;
  struct stat info;
  autofd fd = -1;

  if (path == NULL)
    return TRUE;
  fd = image_open (path, O_RDONLY, what, &is_device, error);
  if (fd < 0)
    return FALSE;
  if (is_device || fstat (fd, &info) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "The %s %s is not a file", what,
                   path);
      return FALSE;
    }
  *out = is_reachable (&info) ? fds_steal (&fd) : copy_to_memory (fd, info.st_size);
  if (*out < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot read the %s %s: %s",
                 what, path, g_strerror (errno));
  return *out >= 0;
}

/* A copy of the firmware's empty variables as qcow2, made by the jailed qemu-img, in a memfd. */
static int
make_variables (int template, const char *uuid, GError **error)
{
  struct stat info;
  autofd raw = -1;
  autofd image = memfd_create ("nvram", MFD_CLOEXEC);
  g_autofree char *output = NULL;

  if (fstat (template, &info) == 0 && info.st_size <= FIRMWARE_VARIABLES_BYTES_MAX)
    raw = copy_to_memory (template, info.st_size);
  if (raw < 0 || image < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           "The firmware's variables cannot be read");
      return -1;
    }
  output = image_tool_run ("convert", uuid, 0, raw, image, error);
  if (output == NULL)
    {
      g_prefix_error (error, "The guest's firmware variables cannot be made: ");
      return -1;
    }
  return fds_steal (&image);
}

/* The guest's own variables. It can write them, so their header is looked at like a disk's. */
static gboolean
open_variables (Resources *resources, const char *path, BackingRecord *record, GError **error)
{
  g_autoptr (GuestDisk) disk = guest_disk_new (0, path, GUEST_DISK_QCOW2);
  g_autoptr (ImageChain) chain = image_chain_open (resources->definition, disk, record, error);

  if (chain != NULL && chain->nodes->len > 1)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "They rest on another file");
  if (chain == NULL || chain->nodes->len > 1)
    {
      g_prefix_error (
          error,
          "The guest's firmware variables cannot be used; remove %s to start with fresh "
          "ones. ",
          path);
      return FALSE;
    }
  resources->firmware_variables = fds_steal (&((ImageNode *) chain->nodes->pdata[0])->fd);
  return TRUE;
}

static gboolean
open_firmware (Resources *resources, BackingRecord *record, GError **error)
{
  const char *uuid = resources->definition->uuid;
  g_autofree char *path = paths_guest_file (uuid, "nvram.qcow2");
  autofd template = -1;

  if (!host_config_open_firmware (&resources->firmware_code, &template, error))
    return FALSE;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      autofd image = make_variables (template, uuid, error);

      if (image < 0 || !image_make_store (image, path, error))
        return FALSE;
    }
  return open_variables (resources, path, record, error);
}

/* Says so if the image is another file than it was at the last start: somebody may have put it
 * there while the guest ran, with the guest's newest data in the one that is gone. */
static void
note_file (Resources *resources, const ImageNode *node, BackingRecord *record)
{
  struct stat info;
  struct statfs where;
  guint64 before;

  /* File systems of programs may number their files anew each time. */
  if (node->is_device || !node->writable || fstat (node->fd, &info) != 0 ||
      fstatfs (node->fd, &where) != 0 || where.f_type == FUSE_SUPER_MAGIC)
    return;
  before = backing_record_note_inode (record, node->path, info.st_ino);
  if (before == 0 || before == info.st_ino || resources->disks_changed != NULL)
    return;
  resources->disks_changed = g_strdup_printf (
      "The disk image %s is another file than at the last start. If it was not you "
      "who put it there, look at it before you go on",
      node->path);
}

static gboolean
open_files (Resources *resources, GError **error)
{
  const GuestDefinition *definition = resources->definition;
  g_autoptr (BackingRecord) record = backing_record_load (definition->uuid);

  for (guint i = 0; i < definition->disks->len; i++)
    {
      ImageChain *chain = image_chain_open (definition, definition->disks->pdata[i], record, error);

      if (chain == NULL)
        return FALSE;
      g_ptr_array_add (resources->chains, chain);
      note_file (resources, chain->nodes->pdata[0], record);
    }
  if (definition->initrd != NULL && definition->kernel == NULL)
    {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "The definition names an initrd but no kernel: set boot.kernel, or remove "
          "boot.initrd");
      return FALSE;
    }
  return open_boot_file (definition->kernel, "kernel", &resources->kernel, error) &&
         open_boot_file (definition->initrd, "initrd", &resources->initrd, error) &&
         (definition->firmware != GUEST_FIRMWARE_UEFI ||
          open_firmware (resources, record, error)) &&
         backing_record_save (record, error);
}

Resources *
resources_open (const GuestDefinition *definition, GuestAccel accel, GError **error)
{
  g_autoptr (Resources) resources = g_new0 (Resources, 1);
  ProbeResult probe = { NULL, -1 };
  GThread *thread = NULL;
  gboolean opened;

  resources->definition = definition;
  resources->chains = g_ptr_array_new_with_free_func ((GDestroyNotify) image_chain_free);
  resources->kernel = resources->initrd = resources->kvm = -1;
  resources->firmware_code = resources->firmware_variables = -1;
  if (accel != GUEST_ACCEL_TCG)
    thread = g_thread_new ("kvm-probe", probe_thread, &probe);
  opened = open_files (resources, error);
  if (thread != NULL)
    g_thread_join (thread);
  opened = opened && choose_accelerator (resources, accel, &probe, error);
  g_clear_pointer (&probe.probe, kvm_probe_free);
  fds_clear (&probe.fd);
  return opened ? g_steal_pointer (&resources) : NULL;
}
