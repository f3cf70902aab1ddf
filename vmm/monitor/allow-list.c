/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The monitor's allow-list. Runs in vitrine-vmm between a person (control socket) and QMP. Allowed
 * is what reads the machine's state or does what the console's buttons do; never what names a file,
 * an address or a descriptor, changes the machine's parts, or takes QEMU away from vmm.
 */
#include "allow-list.h"

#include "qmp/json-guard.h"

#include <gio/gio.h>
#include <string.h>

typedef struct
{
  const char *name; /* a final * matches any rest */
  gboolean allowed;
  const char *reason; /* completes "… because it " */
} Verb;

#define NAMES_A_FILE "names a file or an address of the host, which QEMU's jail denies it"
#define CHANGES_PARTS "changes the machine's parts, which the guest's definition alone decides"
#define IS_VMM_S "is the supervisor's own: use vitrinectl or the window"

/* The first match counts. */
static const Verb verbs[] = {
  { "query-*", TRUE, "only reads state" },
  { "qom-get", TRUE, "only reads state" },
  { "qom-list", TRUE, "only reads state" },
  { "qom-list-types", TRUE, "only reads state" },
  { "qom-list-properties", TRUE, "only reads state" },
  { "device-list-properties", TRUE, "only reads state" },
  { "stop", TRUE, "is what Pause does" },
  { "cont", TRUE, "is what Resume does" },
  { "system_reset", TRUE, "is what Reset does" },
  { "system_powerdown", TRUE, "is what Power Off does" },
  { "system_wakeup", TRUE, "acts on the guest only" },
  { "inject-nmi", TRUE, "acts on the guest only" },
  { "send-key", TRUE, "acts on the guest only" },
  { "input-send-event", TRUE, "acts on the guest only" },
  { "balloon", TRUE, "acts on the guest only" },
  { "rtc-reset-reinjection", TRUE, "acts on the guest only" },

  { "human-monitor-command", FALSE, "would carry any command past this list" },
  { "quit", FALSE, IS_VMM_S " (stop --force)" },
  { "qmp_capabilities", FALSE, IS_VMM_S },
  { "add_client", FALSE, "would take the display away from Vitrine" },
  { "getfd", FALSE, "handles descriptors, which only the supervisor hands over" },
  { "closefd", FALSE, "handles descriptors, which only the supervisor hands over" },
  { "add-fd", FALSE, "handles descriptors, which only the supervisor hands over" },
  { "remove-fd", FALSE, "handles descriptors, which only the supervisor hands over" },
  { "migrate", FALSE, "can run a program or open an address of the host" },
  { "migrate*", FALSE, "belongs to migration, which can run programs and open addresses" },
  { "screendump", FALSE, NAMES_A_FILE ": use vitrinectl screenshot" },
  { "dump-*", FALSE, NAMES_A_FILE },
  { "memsave", FALSE, NAMES_A_FILE },
  { "pmemsave", FALSE, NAMES_A_FILE },
  { "block*", FALSE, "changes disks, which can name any file" },
  { "drive-*", FALSE, "changes disks, which can name any file" },
  { "nbd-*", FALSE, "would listen or connect on the network" },
  { "change*", FALSE, "changes disks or passwords, which can name any file" },
  { "eject", FALSE, CHANGES_PARTS },
  { "snapshot-*", FALSE, "changes disks, which can name any file" },
  { "transaction", FALSE, "would carry other commands past this list" },
  { "chardev-*", FALSE, "can open files and addresses of the host" },
  { "ringbuf-*", FALSE, "works on character devices, of which the guest has none" },
  { "netdev_*", FALSE, "would connect the guest past its network policy" },
  { "set_link", FALSE, "would connect the guest past its network policy" },
  { "device_*", FALSE, CHANGES_PARTS },
  { "device-sync-config", FALSE, CHANGES_PARTS },
  { "object-*", FALSE, CHANGES_PARTS },
  { "qom-set", FALSE, CHANGES_PARTS },
  { "set_password", FALSE, "is for QEMU's own display servers, of which there are none" },
  { "expire_password", FALSE, "is for QEMU's own display servers, of which there are none" },
  { "display-*", FALSE, "is for QEMU's own display servers, of which there are none" },
  { "trace-event-*", FALSE, "writes to the host" },
  { "xen-*", FALSE, NAMES_A_FILE },
  { "x-*", FALSE, "is not a stable command of QEMU" },
};

static gboolean
matches (const char *pattern, const char *name)
{
  gsize length = strlen (pattern);

  if (pattern[length - 1] == '*')
    return strncmp (pattern, name, length - 1) == 0 && name[length - 1] != '\0';
  return strcmp (pattern, name) == 0;
}

gboolean
allow_list_allows (const char *name, const char **ret_reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (matches (verbs[i].name, name))
      {
        *ret_reason = verbs[i].reason;
        return verbs[i].allowed;
      }
  *ret_reason = "is not on the list of commands known to be harmless";
  return FALSE;
}

static const JsonLimits command_limits = {
  .bytes_max = ALLOW_LIST_COMMAND_BYTES_MAX,
  .depth_max = 8,
  .values_max = 1000,
  .string_max = 1024,
};

static gboolean
fail (GError **error, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "This is no command for the monitor: it %s. Write {\"execute\": \"NAME\", "
               "\"arguments\": {…}}",
               why);
  return FALSE;
}

static gboolean
has_only_known_members (JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    if (strcmp (l->data, "execute") != 0 && strcmp (l->data, "arguments") != 0)
      return FALSE;
  return TRUE;
}

/* The name must be one that can be quoted in a message and in QMP. */
static gboolean
is_name (const char *name)
{
  return *name != '\0' && strlen (name) <= 64 &&
         strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             strlen (name);
}

gboolean
allow_list_check (const char *json, char **ret_name, JsonObject **ret_arguments, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  const char *why = NULL;
  const char *name;
  JsonNode *root;
  JsonNode *arguments;

  if (!json_guard_check (json, strlen (json), &command_limits, &why))
    return fail (error, why);
  if (!json_parser_load_from_data (parser, json, -1, NULL))
    return fail (error, "is not JSON");
  root = json_parser_get_root (parser);
  name = json_guard_string (root, "execute");
  if (name == NULL || !is_name (name))
    return fail (error, "lacks the name of a command");
  if (!has_only_known_members (json_node_get_object (root)))
    return fail (error, "has another member than “execute” and “arguments”");
  arguments = json_guard_object (root, "arguments");
  if (arguments == NULL && json_object_has_member (json_node_get_object (root), "arguments"))
    return fail (error, "has arguments that are no object");
  if (!allow_list_allows (name, &why))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "The monitor's “%s” is refused because it %s", name, why);
      return FALSE;
    }
  *ret_name = g_strdup (name);
  *ret_arguments = arguments != NULL ? json_node_dup_object (arguments) : NULL;
  return TRUE;
}
