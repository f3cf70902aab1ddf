/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The shortcuts. Runs in `vitrine`. tests/ui/check-shortcuts.py reads this table: every action has
 * one, no key has two, and help-overlay.ui shows all.
 */
#include "config.h"

#include "vt-window-actions.h"

static const struct
{
  const char *action; /* with its target, as gtk_application_set_accels_for_action wants it */
  const char *accels[3];
} accels[] = {
  { "app.quit", { "<Primary>q" } },
  { "app.about", { "<Shift>F1" } },
  { "win.new-guest", { "<Primary>n" } },
  { "win.search", { "<Primary>f" } },
  { "win.menu", { "F10" } },
  { "win.back", { "<Alt>Left", "Escape" } },
  { "win.close", { "<Primary>w" } },
  { "win.show-help-overlay", { "<Primary>question", "F1" } },
  { "win.open", { "<Primary>o" } },
  { "win.open-window", { "<Primary><Shift>o" } },
  { "win.start", { "<Primary>Return", "<Primary>KP_Enter" } },
  { "win.pause", { "<Primary>p" } },
  { "win.resume", { "<Primary><Shift>p" } },
  { "win.reset", { "<Primary><Shift>r" } },
  { "win.power-off", { "<Primary>d" } },
  { "win.force-off", { "<Primary><Shift>d" } },
  { "win.settings", { "<Primary>comma", "<Alt>Return" } },
  { "win.delete", { "Delete" } },
  { "win.isolation", { "<Primary>i" } },
  { "win.monitor", { "<Primary>m" } },
  { "win.share", { "<Primary><Shift>s" } },
  { "win.backup", { "<Primary>b" } },
  { "win.network::internet", { "<Primary><Shift>i" } },
  { "win.network::lan", { "<Primary><Shift>l" } },
  { "win.network::offline", { "<Primary><Shift>n" } },
  { "win.screenshot", { "<Primary>s" } },
  { "win.grab", { "<Primary><Alt>g" } },
  { "win.type-clipboard", { "<Primary><Shift>t" } },
  { "win.clipboard-policy::off", { "<Primary><Shift>x" } },
  { "win.clipboard-policy::both", { "<Primary><Shift>v" } },
  { "win.clipboard-policy::ask", { "<Primary><Shift>k" } },
  { "win.mute", { "<Primary><Shift>m" } },
  { "win.microphone", { "<Primary><Shift>u" } },
  { "win.scale-to-fit", { "<Primary>0" } },
  { "win.fullscreen", { "F11" } },
  { "win.display-2", { "<Primary>2" } },
  { "win.display-3", { "<Primary>3" } },
  { "win.display-4", { "<Primary>4" } },
  { "win.displays-automatic", { "<Primary><Alt>d" } },
  { "win.send-keys::ctrl-alt-delete", { "<Primary><Alt>End" } },
  { "win.send-keys::ctrl-alt-backspace", { "<Primary><Shift>BackSpace" } },
  { "win.send-keys::ctrl-alt-f1", { "<Primary><Shift>F1" } },
  { "win.send-keys::ctrl-alt-f2", { "<Primary><Shift>F2" } },
  { "win.send-keys::ctrl-alt-f3", { "<Primary><Shift>F3" } },
  { "win.send-keys::ctrl-alt-f4", { "<Primary><Shift>F4" } },
  { "win.send-keys::ctrl-alt-f5", { "<Primary><Shift>F5" } },
  { "win.send-keys::ctrl-alt-f6", { "<Primary><Shift>F6" } },
  { "win.send-keys::ctrl-alt-f7", { "<Primary><Shift>F7" } },
  { "win.send-keys::print", { "<Primary><Shift>Print" } },
};

void
vt_window_actions_set_accels (GtkApplication *application)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (application, accels[i].action, accels[i].accels);
}
