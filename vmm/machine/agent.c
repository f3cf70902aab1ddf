/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The agent's channel, on QEMU's command line and in a running machine. Runs in vitrine-vmm.
 */
#include "machine/agent.h"

#define CHARDEV "agent"
#define PORT "agent-port"
#define BUS "agent-bus"
#define NAME "com.redhat.spice.0" /* where spice-vdagent looks */

void
agent_add (CommandLine *line, gboolean port)
{
  command_line_add (line, "-device", "virtio-serial-pci,id=" BUS);
  if (!port)
    return;
  /* No mouse: guests have a tablet, which needs no agent. */
  command_line_add (line, "-chardev", "qemu-vdagent,id=" CHARDEV ",clipboard=on,mouse=off");
  command_line_add (line, "-device",
                    "virtserialport,bus=" BUS ".0,chardev=" CHARDEV ",id=" PORT ",name=" NAME);
}

/* Two commands, of which the second is sent at once: QEMU answers in order. */
typedef struct
{
  QmpReply done;
  gpointer user_data;
  GError *error; /* the first */
} Pair;

static void
on_first (JsonNode *result, const GError *error, gpointer data)
{
  Pair *pair = data;

  if (error != NULL)
    pair->error = g_error_copy (error);
}

static void
on_second (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree Pair *pair = data;
  g_autoptr (GError) first = pair->error;

  pair->done (result, first != NULL ? first : error, pair->user_data);
}

static JsonObject *
name_object (const char *key, const char *name)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, key, name);
  return object;
}

void
agent_plug (QmpClient *qmp, QmpReply done, gpointer user_data)
{
  Pair *pair = g_new0 (Pair, 1);
  JsonObject *chardev = name_object ("id", CHARDEV);
  JsonObject *backend = name_object ("type", "qemu-vdagent");
  JsonObject *options = json_object_new ();
  JsonObject *device = name_object ("id", PORT);

  pair->done = done;
  pair->user_data = user_data;
  json_object_set_boolean_member (options, "clipboard", TRUE);
  json_object_set_boolean_member (options, "mouse", FALSE);
  json_object_set_object_member (backend, "data", options);
  json_object_set_object_member (chardev, "backend", backend);
  json_object_set_string_member (device, "driver", "virtserialport");
  json_object_set_string_member (device, "bus", BUS ".0");
  json_object_set_string_member (device, "chardev", CHARDEV);
  json_object_set_string_member (device, "name", NAME);
  qmp_client_send (qmp, "chardev-add", chardev, -1, 0, on_first, pair);
  qmp_client_send (qmp, "device_add", device, -1, 0, on_second, pair);
}
