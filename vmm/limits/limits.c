/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Limits of a guest, applied. Runs in vitrine-vmm, before and while the guest runs.
 */
#include "limits.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <sys/resource.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define KB 1000u

static const struct
{
  const char *name;
  gsize offset;
  guint min; /* but for 0, which is none */
  guint max;
} values[] = {
  { "cpu", G_STRUCT_OFFSET (GuestLimits, cpu), GUEST_LIMIT_CPU_MIN, GUEST_LIMIT_CPU_MAX },
  { "memory", G_STRUCT_OFFSET (GuestLimits, memory), GUEST_LIMIT_MEMORY_MIN, GUEST_MEMORY_MIB_MAX },
  { "disk-rate", G_STRUCT_OFFSET (GuestLimits, disk_rate), 1, GUEST_LIMIT_RATE_MAX },
  { "disk-iops", G_STRUCT_OFFSET (GuestLimits, disk_iops), 1, GUEST_LIMIT_RATE_MAX },
  { "processes", G_STRUCT_OFFSET (GuestLimits, processes), GUEST_LIMIT_PROCESSES_MIN,
    GUEST_LIMIT_PROCESSES_MAX },
  { "descriptors", G_STRUCT_OFFSET (GuestLimits, descriptors), GUEST_LIMIT_DESCRIPTORS_MIN,
    GUEST_LIMIT_DESCRIPTORS_MAX },
};

static guint *
value_at (GuestLimits *limits, guint index)
{
  return (guint *) ((char *) limits + values[index].offset);
}

/* --- Disks --- */

static JsonObject *
throttle_limits (const GuestLimits *limits)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "bps-total", (gint64) limits->disk_rate * KB);
  json_object_set_int_member (object, "iops-total", limits->disk_iops);
  return object;
}

char *
limits_throttle_json (const GuestLimits *limits)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "qom-type", "throttle-group");
  json_object_set_string_member (object, "id", LIMITS_THROTTLE_GROUP);
  json_object_set_object_member (object, "limits", throttle_limits (limits));
  json_node_take_object (root, object);
  return json_to_string (root, FALSE);
}

void
limits_apply_disks (QmpClient *qmp,
                    const GuestLimits *limits,
                    QmpReply answered,
                    gpointer user_data)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "path", "/objects/" LIMITS_THROTTLE_GROUP);
  json_object_set_string_member (arguments, "property", "limits");
  json_object_set_object_member (arguments, "value", throttle_limits (limits));
  qmp_client_send (qmp, "qom-set", arguments, -1, 0, answered, user_data);
}

/* --- The control group --- */

guint64
limits_memory_bytes (const GuestLimits *limits, guint memory_mib)
{
  guint mib = limits->memory > 0 ? limits->memory : memory_mib + LIMITS_MEMORY_BESIDE_MIB;

  return mib * MIB;
}

gboolean
limits_apply_cgroup (Cgroup *cgroup, const GuestLimits *limits, guint memory_mib, GError **error)
{
  const guint64 wanted[CGROUP_N_LIMITS] = {
    [CGROUP_CPU] = limits->cpu,
    [CGROUP_MEMORY] = limits_memory_bytes (limits, memory_mib),
    [CGROUP_PROCESSES] = limits->processes > 0 ? limits->processes : GUEST_LIMIT_PROCESSES_MAX,
  };

  for (guint i = 0; i < CGROUP_N_LIMITS; i++)
    if (cgroup_can_limit (cgroup, i) && !cgroup_set_limit (cgroup, i, wanted[i], error))
      return FALSE;
  return TRUE;
}

/* --- Descriptors --- */

/* The jail's own limit stays the hard one, so that a limit can be lifted again. */
gboolean
limits_apply_descriptors (pid_t pid, const GuestLimits *limits, GError **error)
{
  struct rlimit now;
  int saved;

  if (prlimit (pid, RLIMIT_NOFILE, NULL, &now) == 0)
    {
      now.rlim_cur =
          limits->descriptors > 0 ? MIN (limits->descriptors, now.rlim_max) : now.rlim_max;
      if (prlimit (pid, RLIMIT_NOFILE, &now, NULL) == 0)
        return TRUE;
    }
  saved = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
               "The limit of QEMU's descriptors cannot be set: %s", g_strerror (saved));
  return FALSE;
}

/* --- For the front ends --- */

static gboolean
take_one (GuestLimits *limits, const char *name, GVariant *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      guint number;

      if (!g_str_equal (values[i].name, name) ||
          !g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        continue;
      number = g_variant_get_uint32 (value);
      if (number != 0 && (number < values[i].min || number > values[i].max))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "The limit “%s” is 0 (none) or %u to %u, not %u", name, values[i].min,
                       values[i].max, number);
          return FALSE;
        }
      *value_at (limits, i) = number;
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "There is no limit “%s” that is a number", name);
  return FALSE;
}

gboolean
limits_change (GuestLimits *limits, GVariant *changes, GError **error)
{
  GuestLimits changed = *limits;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean good = take_one (&changed, name, value, error);

      g_variant_unref (value);
      if (!good)
        return FALSE;
    }
  *limits = changed;
  return TRUE;
}

GVariant *
limits_describe (const GuestLimits *limits,
                 const GuestDefinition *definition,
                 const Cgroup *cgroup,
                 const char *why_no_cgroup)
{
  static const char *const held[CGROUP_N_LIMITS] = { [CGROUP_CPU] = "holds-cpu",
                                                     [CGROUP_MEMORY] = "holds-memory",
                                                     [CGROUP_PROCESSES] = "holds-processes" };
  GuestLimits now = *limits;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "memory-mib", "u", definition->memory_mib);
  g_variant_dict_insert (&dict, "cpus", "u", definition->cpus);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_variant_dict_insert (&dict, values[i].name, "u", *value_at (&now, i));
  g_variant_dict_insert (&dict, "memory-ceiling", "t",
                         limits_memory_bytes (limits, definition->memory_mib));
  g_variant_dict_insert (&dict, "mechanism", "s",
                         cgroup != NULL ? cgroup_kind_word (cgroup) : "none");
  for (guint i = 0; i < CGROUP_N_LIMITS; i++)
    g_variant_dict_insert (&dict, held[i], "b", cgroup != NULL && cgroup_can_limit (cgroup, i));
  if (cgroup == NULL || !cgroup_can_limit (cgroup, CGROUP_MEMORY))
    g_variant_dict_insert (&dict, "why-no-cgroup", "s",
                           cgroup == NULL ? why_no_cgroup : LIMITS_NO_CONTROLLER);
  return g_variant_dict_end (&dict);
}
