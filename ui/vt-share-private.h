/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the page of shared consoles is made of: the form (vt-share-dialog.c), the rows of what is
 * shared and of who looks on (vt-share-rows.c) with their words (vt-share-words.c), and files for
 * viewers (vt-share-save.c).
 */
#pragma once

#include "vt-message-bar.h"
#include "vt-share-dialog.h"

struct _VtShareDialog
{
  HdyWindow parent_instance;

  /* template */
  HdyHeaderBar *header;
  GtkButton *share_button;
  VtMessageBar *messages;
  GtkScrolledWindow *scroller;
  HdyPreferencesGroup *shares_group;
  HdyPreferencesGroup *viewers_group;
  HdyPreferencesGroup *form_group;
  HdyActionRow *protocol_row;
  GtkComboBoxText *protocol_combo;
  HdyActionRow *head_row; /* shown if there are several displays to choose from */
  GtkComboBoxText *head_combo;
  GtkComboBoxText *address_combo;
  GtkSpinButton *port_spin;
  GtkEntry *password_entry;
  GtkButton *copy_button;
  GtkSwitch *view_only_switch;
  GtkSwitch *ask_switch;
  GtkComboBoxText *expire_combo;

  /* owned */
  VtGuest *guest;
  GtkFileChooserNative *chooser; /* NULL until a connection file is saved */
  guint saved_share;             /* which it is for */
  guint clock; /* source */
  GCancellable *cancellable;
  GHashTable *shares;          /* id to row */
  GHashTable *viewers;         /* number to row */
  GtkSizeGroup *button_widths; /* of the buttons of the shares */
};

gboolean vt_share_dialog_has_several_heads (VtShareDialog *self);
/* `what` is a sentence that says so. */
void vt_share_dialog_copy_text (VtShareDialog *self, const char *text, const char *what);

/* ADDRESS:PORT to be typed into a viewer: every address is none to type, the computer's name is. */
char *vt_share_words_place (const VtShare *share);
/* A protocol's name; a vmm of a later version may know more of them. */
const char *vt_share_words_title (const char *word);
/* How it is shared, for how much longer, and what a viewer must be told. */
char *vt_share_words_share (VtShareDialog *self, const VtShare *share);
char *vt_share_words_viewer (const VtViewer *viewer);
/* Which display a share serves, if there are several; else "". */
char *vt_share_words_display (VtShareDialog *self, guint id);

/* The rows as the guest is shared now; those that were there stay, with the focus. */
void vt_share_rows_refresh (VtShareDialog *self);
/* Offers the password of a share that was just made. */
void vt_share_rows_offer_password (VtShareDialog *self, const VtShare *share);

/* Asks for a file and writes the share into it as Remote Viewer opens it, with the password. */
void vt_share_save (VtShareDialog *self, guint share);
