/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Limits: what changes are taken, what they come to, and what the kernel says of groups.
 */
#include "limits/cgroup-parse.h"
#include "limits/limits.h"

#include <string.h>

static GVariant *
changes (const char *name, guint value)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, name, "u", value);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
test_change (void)
{
  static const struct
  {
    const char *name;
    guint value;
    gboolean good;
  } cases[] = {
    { "cpu", 0, TRUE },
    { "cpu", 50, TRUE },
    { "cpu", 4, FALSE },
    { "cpu", 25501, FALSE },
    { "memory", 128, TRUE },
    { "memory", 127, FALSE },
    { "disk-rate", 1, TRUE },
    { "disk-iops", 100, TRUE },
    { "processes", 63, FALSE },
    { "processes", 64, TRUE },
    { "descriptors", 3, FALSE },
    { "descriptors", 4096, TRUE },
    { "descriptors", 4097, FALSE },
    { "cpus", 1, FALSE },
    { "", 1, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) change = changes (cases[i].name, cases[i].value);
      g_autoptr (GError) error = NULL;
      GuestLimits limits = { 10, 512, 3, 4, 100, 200 };
      const GuestLimits before = limits;

      g_test_message ("%s=%u", cases[i].name, cases[i].value);
      g_assert_cmpint (limits_change (&limits, change, &error), ==, cases[i].good);
      g_assert_cmpint (error == NULL, ==, cases[i].good);
      if (!cases[i].good)
        g_assert_cmpmem (&limits, sizeof limits, &before, sizeof before);
    }
}

/* All or none: the good one before the bad one is not taken. */
static void
test_all_or_none (void)
{
  GuestLimits limits = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) both =
      g_variant_ref_sink (g_variant_new_parsed ("{'cpu': <@u 50>, 'memory': <'lots'>}"));

  g_assert_false (limits_change (&limits, both, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (limits.cpu, ==, 0);
}

static void
test_memory (void)
{
  GuestLimits limits = { 0 };

  g_assert_cmpuint (limits_memory_bytes (&limits, 1024), ==,
                    (1024 + (guint64) LIMITS_MEMORY_BESIDE_MIB) << 20);
  limits.memory = 300;
  g_assert_cmpuint (limits_memory_bytes (&limits, 1024), ==, (guint64) 300 << 20);
  g_assert_cmpuint (limits_memory_bytes (&(GuestLimits) { 0 }, GUEST_MEMORY_MIB_MAX), >,
                    (guint64) GUEST_MEMORY_MIB_MAX << 20);
}

static void
test_throttle (void)
{
  g_autofree char *json = limits_throttle_json (&(GuestLimits) { .disk_rate = 5, .disk_iops = 7 });

  g_assert_cmpstr (json, ==,
                   "{\"qom-type\":\"throttle-group\",\"id\":\"disk-limits\",\"limits\":"
                   "{\"bps-total\":5000,\"iops-total\":7}}");
}

static void
test_counts (void)
{
  const char *events = "low 0\nhigh 1\nmax 22\noom 3\noom_kill 2\noom_group_kill 0\n";

  g_assert_cmpuint (cgroup_parse_count (events, "oom_kill"), ==, 2);
  g_assert_cmpuint (cgroup_parse_count (events, "oom"), ==, 3);
  g_assert_cmpuint (cgroup_parse_count (events, "kill"), ==, 0);
  g_assert_cmpuint (cgroup_parse_count ("", "oom_kill"), ==, 0);
}

/* Where there is no group to be had, it is said why, and nothing breaks. */
static void
test_no_group (void)
{
  CgroupRemains none = { .parent = -1 };
  g_autoptr (GError) error = NULL;

  cgroup_remove (&none);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus", TRUE);
  if (geteuid () != 0)
    {
      g_assert_null (cgroup_make ("00000000-0000-4000-8000-000000000000", geteuid (), 0, &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limits/change", test_change);
  g_test_add_func ("/limits/all-or-none", test_all_or_none);
  g_test_add_func ("/limits/memory", test_memory);
  g_test_add_func ("/limits/throttle", test_throttle);
  g_test_add_func ("/limits/counts", test_counts);
  g_test_add_func ("/limits/no-group", test_no_group);
  return g_test_run ();
}
