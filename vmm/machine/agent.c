/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The agent's channel, on QEMU's command line and in a running machine. Runs in vitrine-vmm; never
 * connects to it.
 */
#include "machine/agent.h"

#include "qmp/json-guard.h"

#define CHARDEV "agent"
#define PORT "agent-port"
#define BUS "agent-bus"
#define NAME "com.redhat.spice.0" /* where spice-vdagent looks */

void
agent_add (CommandLine *line, int listening)
{
  command_line_add (line, "-device", "virtio-serial-pci,id=" BUS);
  if (listening < 0)
    return;
  command_line_add_printf (line, "-chardev", "socket,id=" CHARDEV ",fd=%d,server=on,wait=off",
                           command_line_add_fd (line, listening));
  command_line_add (line, "-device",
                    "virtserialport,bus=" BUS ".0,chardev=" CHARDEV ",id=" PORT ",name=" NAME);
}

/* Commands that are all sent at once: QEMU answers in order. */
typedef struct
{
  QmpReply done;
  gpointer user_data;
  GError *error; /* the first */
} Plug;

static void
on_answer (JsonNode *result, const GError *error, gpointer data)
{
  Plug *plug = data;

  if (error != NULL && plug->error == NULL)
    plug->error = g_error_copy (error);
}

static void
on_last (JsonNode *result, const GError *error, gpointer data)
{
  g_autofree Plug *plug = data;
  g_autoptr (GError) first = plug->error;

  plug->done (result, first != NULL ? first : error, plug->user_data);
}

static JsonObject *
name_object (const char *key, const char *name)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, key, name);
  return object;
}

/* A socket that was handed over by the name CHARDEV, to listen there. */
static JsonObject *
describe_backend (void)
{
  JsonObject *backend = name_object ("type", "socket");
  JsonObject *options = json_object_new ();
  JsonObject *address = name_object ("type", "fd");

  json_object_set_object_member (address, "data", name_object ("str", CHARDEV));
  json_object_set_object_member (options, "addr", address);
  json_object_set_boolean_member (options, "server", TRUE);
  json_object_set_boolean_member (options, "wait", FALSE);
  json_object_set_object_member (backend, "data", options);
  return backend;
}

void
agent_plug (QmpClient *qmp, int listening, QmpReply done, gpointer user_data)
{
  Plug *plug = g_new0 (Plug, 1);
  JsonObject *chardev = name_object ("id", CHARDEV);
  JsonObject *device = name_object ("id", PORT);

  plug->done = done;
  plug->user_data = user_data;
  json_object_set_object_member (chardev, "backend", describe_backend ());
  json_object_set_string_member (device, "driver", "virtserialport");
  json_object_set_string_member (device, "bus", BUS ".0");
  json_object_set_string_member (device, "chardev", CHARDEV);
  json_object_set_string_member (device, "name", NAME);
  qmp_client_send (qmp, "getfd", name_object ("fdname", CHARDEV), listening, 0, on_answer, plug);
  qmp_client_send (qmp, "chardev-add", chardev, -1, 0, on_answer, plug);
  qmp_client_send (qmp, "device_add", device, -1, 0, on_last, plug);
}

gboolean
agent_parse_change (JsonNode *event, gboolean *ret_is_open)
{
  if (g_strcmp0 (json_guard_string (event, "id"), PORT) != 0)
    return FALSE;
  *ret_is_open = json_guard_boolean (event, "open");
  return TRUE;
}
