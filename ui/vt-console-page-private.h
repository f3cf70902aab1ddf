/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of a guest's page share: vt-console-page.c (the guest, its display, its clipboard and
 * sound), vt-console-page-state.c (what is there instead of a screen, starts and their failures) and
 * vt-console-page-header.c (what the header says, and where it is in full screen).
 */
#pragma once

#include "vt-badge-label.h"
#include "vt-clipboard-bar.h"
#include "vt-console-page.h"
#include "vt-display-link.h"
#include "vt-guest-news.h"
#include "vt-guest-status.h"
#include "vt-typing-bar.h"

#include <handy.h>

struct _VtConsolePage
{
  GtkBin parent_instance;

  /* template */
  HdyFlap *flap;
  HdyHeaderBar *header;
  GtkLabel *title_label;
  GtkLabel *subtitle_label;
  GtkButton *badge_button;
  VtBadgeLabel *badge;
  GtkButton *shared_button;
  GtkLabel *shared_label;
  GtkMenuButton *menu_button;
  GtkMenuButton *keys_button;
  VtSoundControls *sound;
  GtkMenuButton *displays_button;
  GtkMenuButton *network_button;
  GtkImage *network_icon;
  GtkImage *fullscreen_icon;
  GtkMenuButton *clipboard_button;
  VtMessageBar *messages;
  VtClipboardBar *question;
  VtTypingBar *typing;
  GtkStack *stack;
  VtConsole *console;
  VtGuestStatus *status;
  GtkRevealer *grab_revealer;
  GtkLabel *grab_label;

  /* owned */
  VtGuest *guest;
  VtDisplayLink *link;
  VtClipboard *clipboard;
  VtGuestNews *news;      /* in the message bar, and on the button of sharing */
  GCancellable *starting; /* a start that this page asked for */
  char *step;             /* what that start is doing */
  char *start_error;
  char *ended; /* why the guest ended while we watched */
  char *lost;  /* why its display cannot be reached */

  gboolean short_of_memory; /* start_error can be overruled */
  gboolean fullscreen;
};

/* vt-console-page-state.c */

/* Everything that follows from the guest's state. */
void vt_console_page_refresh (VtConsolePage *self);
gboolean vt_console_page_shows_screen (VtConsolePage *self);
/* Forgets what is known of a start and an end: another guest's. */
void vt_console_page_forget_state (VtConsolePage *self);
/* Follows the guest and its display, which are new. */
void vt_console_page_follow_state (VtConsolePage *self);
void vt_console_page_init_state (VtConsolePage *self);
/* "problem" */
void vt_console_page_emit_problem (VtConsolePage *self, const char *text);

/* vt-console-page-header.c */

void vt_console_page_refresh_header (VtConsolePage *self);
void vt_console_page_refresh_subtitle (VtConsolePage *self);
void vt_console_page_follow_header (VtConsolePage *self);
void vt_console_page_init_header (VtConsolePage *self);
