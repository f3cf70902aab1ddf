/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A picture of the open guest's screen, saved as a file that a person chooses.
 */
#pragma once

#include "vt-window.h"

/* Asks for the file; what comes of it is a message on the window. */
void screenshot_save (VtWindow *window);
