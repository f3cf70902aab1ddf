/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The live switch of a guest's network policy. Runs in `vitrine`.
 */
#include "config.h"

#include "network-switch.h"

#include <glib/gi18n.h>

static const struct
{
  const char *policy;
  const char *label;
  const char *icon;
  const char *help;
} policies[] = {
  { "offline", N_ ("Offline"), "network-offline-symbolic",
    N_ ("Network: offline. The guest reaches nothing.") },
  { "internet", N_ ("Internet"), "network-wired-symbolic",
    N_ ("Network: internet. The guest reaches neither this computer nor private networks.") },
  { "lan", N_ ("Internet and local network"), "network-workgroup-symbolic",
    N_ ("Network: internet and local network. The guest does not reach this computer.") },
  { "bridge", N_ ("Bridge (a tap)"), "network-workgroup-symbolic",
    N_ ("Network: bridge. The guest is a machine of the network behind its tap.") },
};

static guint
index_of (const char *policy)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (policies) && g_strcmp0 (policies[i].policy, policy) != 0)
    i++;
  return i;
}

const char *
network_switch_label (const char *policy)
{
  guint i = index_of (policy);

  return i < G_N_ELEMENTS (policies) ? _ (policies[i].label) : "";
}

void
network_switch_show (GtkMenuButton *button, GtkImage *image, VtGuest *guest)
{
  guint i = guest ? index_of (vt_guest_get_network_policy (guest)) : G_N_ELEMENTS (policies);
  VtGuestState state = guest ? vt_guest_get_state (guest) : VT_GUEST_STOPPED;
  gboolean runs = state == VT_GUEST_RUNNING || state == VT_GUEST_PAUSED;
  const char *help;

  gtk_widget_set_visible (GTK_WIDGET (button), runs && i < G_N_ELEMENTS (policies));
  if (i == G_N_ELEMENTS (policies))
    return;
  help = _ (policies[i].help);
  gtk_image_set_from_icon_name (image, policies[i].icon, GTK_ICON_SIZE_BUTTON);
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), help);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (button)), help);
}

typedef struct
{
  GWeakRef object;
  NetworkSwitchFailed failed;
} Change;

static void
on_changed (GObject *source, GAsyncResult *result, gpointer data)
{
  Change *change = data;
  g_autoptr (GObject) object = g_weak_ref_get (&change->object);
  g_autoptr (GError) error = NULL;

  if (!vt_guest_set_finish (VT_GUEST (source), result, &error) && object)
    change->failed (object, error->message);
  g_weak_ref_clear (&change->object);
  g_free (change);
}

void
network_switch_change (VtGuest *guest,
                       const char *policy,
                       NetworkSwitchFailed failed,
                       GObject *object)
{
  Change *change = g_new0 (Change, 1);

  g_weak_ref_init (&change->object, object);
  change->failed = failed;
  vt_guest_set_async (guest, "network.policy", policy, NULL, on_changed, change);
}
