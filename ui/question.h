/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A question before what cannot be undone, over the window that it is about.
 */
#pragma once

#include <gtk/gtk.h>

typedef struct
{
  const char *title;
  const char *text;
  const char *no;  /* the button that changes nothing, which Escape and Return press; a mnemonic */
  const char *yes; /* the one that is warned of */
} QuestionText;

typedef void (*QuestionAgreed) (gpointer parent, gpointer subject);

/* Calls `agreed` if the person does. `subject` is a GObject or NULL; both are kept alive until
 * then. The dialog, borrowed: destroying it is a no. */
GtkWidget *question_ask (GtkWindow *parent,
                         const QuestionText *text,
                         QuestionAgreed agreed,
                         gpointer subject);
