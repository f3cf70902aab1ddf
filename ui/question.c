/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Questions. Runs in `vitrine`; text is never read as markup.
 */
#include "config.h"

#include "question.h"

typedef struct
{
  GtkWindow *parent;
  GObject *subject;
  QuestionAgreed agreed;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;

  g_object_unref (question->parent);
  g_clear_object (&question->subject);
  g_free (question);
}

static void
on_answer (GtkDialog *dialog, int response, Question *question)
{
  g_autoptr (GtkWindow) parent = g_object_ref (question->parent);
  g_autoptr (GObject) subject = question->subject ? g_object_ref (question->subject) : NULL;
  QuestionAgreed agreed = question->agreed;

  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response == GTK_RESPONSE_ACCEPT)
    agreed (parent, subject);
}

GtkWidget *
question_ask (GtkWindow *parent, const QuestionText *text, QuestionAgreed agreed, gpointer subject)
{
  Question *question = g_new0 (Question, 1);
  GtkWidget *dialog = gtk_message_dialog_new (
      parent, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT | GTK_DIALOG_USE_HEADER_BAR,
      GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, "%s", text->title);
  GtkWidget *button;

  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", text->text);
  gtk_dialog_add_button (GTK_DIALOG (dialog), text->no, GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), text->yes, GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  question->parent = g_object_ref (parent);
  question->subject = subject ? g_object_ref (subject) : NULL;
  question->agreed = agreed;
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_answer), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  return dialog;
}
