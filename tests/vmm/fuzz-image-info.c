/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzzes what vmm reads from qemu-img (B2), and the decision on it.
 */
#include "image/image-policy.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (ImageInfo) info = image_info_parse ((const char *) data, size, NULL);
  g_autoptr (GuestDisk) disk = guest_disk_new (0, "/images/top.qcow2", GUEST_DISK_QCOW2);
  g_autoptr (ImageBacking) backing = NULL;

  if (info == NULL)
    return 0;
  if (image_policy_check (info, "/images/top.qcow2", disk, "guest", &backing, NULL) &&
      backing != NULL)
    {
      /* Whatever the bytes: nothing outside the image's own folder. */
      g_assert_true (backing->beneath);
      g_assert_true (g_str_has_prefix (backing->path, "/images/"));
      g_assert_null (strchr (backing->path + strlen ("/images/"), '/'));
    }
  return 0;
}
