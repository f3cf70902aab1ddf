/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What AppArmor and SELinux call a process, to a verdict: nothing is taken for confined by our
 * profile that is not.
 */
#include "lsm-label.h"

#include <string.h>

static const struct
{
  const char *label;
  const char *role;
  LsmState state;
} cases[] = {
  { NULL, "qemu", LSM_ABSENT },
  { "", "qemu", LSM_ABSENT },
  { "unconfined", "qemu", LSM_APPARMOR_IDLE },
  { "vitrine-qemu//&vitrine-qemu-jail (enforce)", "qemu", LSM_ENFORCED },
  { "vitrine-qemu//&vitrine-qemu-jail (kill)", "qemu", LSM_ENFORCED },
  { "vitrine-qemu (enforce)", "qemu", LSM_ENFORCED },
  { "vitrine-qemu-img//&vitrine-qemu-img-jail (enforce)", "qemu-img", LSM_ENFORCED },
  { "vitrine-qemu//&vitrine-qemu-jail (complain)", "qemu", LSM_LENIENT },
  { "vitrine-qemu//&vitrine-qemu-jail (mixed)", "qemu", LSM_LENIENT },
  { "vitrine-qemu//&vitrine-qemu-jail (unconfined)", "qemu", LSM_LENIENT },
  { "vitrine-qemu", "qemu", LSM_LENIENT },
  { "vitrine-qemu (enforce) ", "qemu", LSM_APPARMOR_OTHER },
  { "(enforce)", "qemu", LSM_APPARMOR_OTHER },
  /* The jail around it alone: the program's own profile is missing. */
  { "vitrine-qemu-jail (enforce)", "qemu", LSM_APPARMOR_OTHER },
  { "vitrine-qemu-img (enforce)", "qemu", LSM_APPARMOR_OTHER },
  { "vitrine-display//&vitrine-display-jail (enforce)", "qemu", LSM_APPARMOR_OTHER },
  { "vitrine-qemu//child (enforce)", "qemu", LSM_APPARMOR_OTHER },
  { "docker-default (enforce)", "qemu", LSM_APPARMOR_OTHER },
  { ":root//ns:unconfined (enforce)", "qemu", LSM_APPARMOR_OTHER },
  { "system_u:system_r:vitrine_qemu_t:s0:c1,c900 (enforce)", "qemu", LSM_ENFORCED },
  { "system_u:system_r:vitrine_qemu_t:s0-s0:c0.c1023 (permissive)", "qemu", LSM_LENIENT },
  { "system_u:system_r:vitrine_qemu_img_t:s0 (enforce)", "qemu-img", LSM_ENFORCED },
  { "system_u:system_r:vitrine_qemu_jail_t:s0 (enforce)", "qemu", LSM_SELINUX_OTHER },
  { "vitrine_qemu_t:vitrine_qemu_t:unconfined_t:s0 (enforce)", "qemu", LSM_SELINUX_OTHER },
  { "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023 (enforce)", "net", LSM_SELINUX_OTHER },
  { "system_u:system_r:vitrine_qemu_t:s0", "qemu", LSM_LENIENT },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].label != NULL ? cases[i].label : "(none)");
      g_assert_cmpint (lsm_label_judge (cases[i].label, cases[i].role), ==, cases[i].state);
    }
}

/* A label that was cut is never a confined one, unless it is cut to the name and mode themselves.
 */
static void
test_cut (void)
{
  static const char label[] = "vitrine-net//&vitrine-net-jail (enforce)";

  for (gsize size = 0; size < strlen (label); size++)
    {
      g_autofree char *cut = g_strndup (label, size);

      g_assert_cmpint (lsm_label_judge (cut, "net"), !=, LSM_ENFORCED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lsm-label/cases", test_cases);
  g_test_add_func ("/lsm-label/cut", test_cut);
  return g_test_run ();
}
