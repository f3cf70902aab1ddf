/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the vt-library*.c files share.
 */
#pragma once

#include "guest-store.h"
#include "vt-library.h"

struct _VtLibrary
{
  GObject parent;

  /* owned */
  GuestStore *store;
  GListStore *guests; /* of VtGuest, sorted */
  GFileMonitor *folder_monitor;
  GFileMonitor *runtime_monitor;
  guint watch; /* idle source that starts the monitors */
};
