/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The front ends' view of a guest whose vmm behaves, misbehaves or dies (hostile-vmm.c): what it
 * costs is that guest's state and a plain message, never the front end.
 */
#include "bounded-text.h"
#include "fds.h"
#include "store-world.h"
#include "vt-library.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#define PATIENCE_SECONDS 60

typedef struct
{
  VtLibrary *library;
  VtGuest *guest;
  GAsyncResult *result;
  guint steps;
  guint warnings;
  char *warning;
  char *ended;
} Fixture;

static gboolean
on_impatient (gpointer data)
{
  g_error ("Nothing happened for %d s", PATIENCE_SECONDS);
  return G_SOURCE_REMOVE;
}

/* Runs the main loop until the expression holds. */
#define WAIT_FOR(condition)                                                                        \
  do                                                                                               \
    {                                                                                              \
      guint impatience = g_timeout_add_seconds (PATIENCE_SECONDS, on_impatient, NULL);             \
      while (!(condition))                                                                         \
        g_main_context_iteration (NULL, TRUE);                                                     \
      g_source_remove (impatience);                                                                \
    }                                                                                              \
  while (0)

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  fixture->result = g_object_ref (result);
}

static void
on_step (VtGuest *guest, const char *text, Fixture *fixture)
{
  fixture->steps++;
}

static void
on_warning (VtGuest *guest, const char *text, Fixture *fixture)
{
  g_assert_cmpuint (strlen (text), <=, BOUNDED_LINE_MAX);
  fixture->warnings++;
  g_free (fixture->warning);
  fixture->warning = g_strdup (text);
}

static void
on_ended (VtGuest *guest, const char *reason, Fixture *fixture)
{
  g_free (fixture->ended);
  fixture->ended = g_strdup (reason);
}

static void
set_up (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GuestDefinition) definition = guest_definition_new ("victim");
  g_autoptr (GError) error = NULL;

  definition->memory_mib = 1;
  fixture->library = vt_library_new (&error);
  g_assert_no_error (error);
  fixture->guest = g_object_ref (vt_library_add (fixture->library, definition, &error));
  g_assert_no_error (error);
  g_signal_connect (fixture->guest, "start-step", G_CALLBACK (on_step), fixture);
  g_signal_connect (fixture->guest, "warning", G_CALLBACK (on_warning), fixture);
  g_signal_connect (fixture->guest, "ended", G_CALLBACK (on_ended), fixture);
  g_setenv ("HOSTILE", mode, TRUE);
}

static gboolean
start (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  vt_guest_start_async (fixture->guest, NULL, TRUE, NULL, on_done, fixture);
  WAIT_FOR (fixture->result != NULL);
  result = g_steal_pointer (&fixture->result);
  return vt_guest_start_finish (fixture->guest, result, error);
}

static gboolean
verb (Fixture *fixture, VtVerb which, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  vt_guest_verb_async (fixture->guest, which, NULL, on_done, fixture);
  WAIT_FOR (fixture->result != NULL);
  result = g_steal_pointer (&fixture->result);
  return vt_guest_verb_finish (fixture->guest, result, error);
}

static char *
monitor (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  vt_guest_monitor_async (fixture->guest, "{\"execute\":\"x\"}", NULL, on_done, fixture);
  WAIT_FOR (fixture->result != NULL);
  result = g_steal_pointer (&fixture->result);
  return vt_guest_monitor_finish (fixture->guest, result, error);
}

/* Nobody can tell it to end: kills it, and the next question finds that out. */
static void
kill_vmm (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "hostile.pid", NULL);
  g_autofree char *text = NULL;
  g_autofree char *name = paths_guest_file (vt_guest_get_uuid (fixture->guest), "lock");
  struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
  autofd fd = open (name, O_RDONLY | O_CLOEXEC);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  kill (atoi (text), SIGKILL);
  /* Its lock is free once it is gone. */
  g_assert_cmpint (fcntl (fd, F_OFD_SETLKW, &lock), ==, 0);
  fds_clear (&fd);
  g_assert_false (verb (fixture, VT_VERB_PAUSE, NULL));
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_STOPPED);
}

/* A guest of which nothing is left can be deleted: its lock is free, its sockets are gone. */
static void
tear_down (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;

  if (strcmp (vt_guest_get_accelerator (fixture->guest), "") == 0 &&
      vt_guest_get_state (fixture->guest) == VT_GUEST_FAILED && strcmp (mode, "wild") != 0)
    kill_vmm (fixture);
  if (vt_guest_get_state (fixture->guest) != VT_GUEST_STOPPED)
    g_assert_true (verb (fixture, VT_VERB_FORCE_OFF, &error));
  g_assert_no_error (error);
  vt_guest_delete (fixture->guest, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->library)), ==, 0);
  g_clear_object (&fixture->guest);
  g_clear_object (&fixture->library);
  g_free (fixture->warning);
  g_free (fixture->ended);
}

static void
test_well_behaved (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reply = NULL;

  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->steps, ==, 1);
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_RUNNING);
  g_assert_cmpint (vt_guest_get_badge (fixture->guest), ==, VT_BADGE_GREEN);
  g_assert_cmpstr (vt_guest_get_accelerator (fixture->guest), ==, "tcg");
  g_assert_true (verb (fixture, VT_VERB_PAUSE, &error));
  WAIT_FOR (vt_guest_get_state (fixture->guest) == VT_GUEST_PAUSED);
  reply = monitor (fixture, &error);
  g_assert_cmpstr (reply, ==, "{\"execute\":\"x\"}");
  g_assert_false (start (fixture, &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE);
  g_clear_error (&error);
  g_assert_false (vt_guest_save (fixture->guest, vt_guest_get_definition (fixture->guest), &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE);
  g_clear_error (&error);
  g_assert_false (vt_guest_delete (fixture->guest, &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE);
  g_clear_error (&error);
  g_assert_true (verb (fixture, VT_VERB_FORCE_OFF, &error));
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_STOPPED);
  g_assert_cmpstr (fixture->ended, ==, "It was forced off");
  g_assert_false (verb (fixture, VT_VERB_PAUSE, &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE);
  g_clear_error (&error);
  /* At once again: nothing of the first run is in the way. */
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
}

/* Another front end finds what this one started. */
static void
test_found_again (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (VtLibrary) other = NULL;
  g_autoptr (GError) error = NULL;
  VtGuest *seen;

  g_assert_true (start (fixture, NULL));
  other = vt_library_new (NULL);
  seen = vt_library_find (other, "victim", NULL);
  WAIT_FOR (vt_guest_get_state (seen) == VT_GUEST_RUNNING);
  g_assert_true (verb (fixture, VT_VERB_FORCE_OFF, NULL));
  WAIT_FOR (vt_guest_get_state (seen) == VT_GUEST_STOPPED);
  /* And what it does not know yet, by watching. */
  start (fixture, &error);
  g_assert_no_error (error);
  WAIT_FOR (vt_guest_get_state (seen) == VT_GUEST_RUNNING);
}

static void
test_edit_seen (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (VtLibrary) other = vt_library_new (NULL);
  g_autoptr (GuestDefinition) changed =
      guest_definition_copy (vt_guest_get_definition (fixture->guest));
  g_autoptr (GError) error = NULL;
  VtGuest *seen = vt_library_find (other, "victim", NULL);

  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_true (guest_definition_set (changed, "name", "renamed", NULL));
  g_assert_true (vt_guest_save (fixture->guest, changed, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (vt_guest_get_name (fixture->guest), ==, "renamed");
  WAIT_FOR (strcmp (vt_guest_get_name (seen), "renamed") == 0);
}

static void
test_report (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (start (fixture, &error));
  g_assert_cmpint (error->domain, ==, VT_GUEST_ERROR);
  g_assert_cmpuint (strlen (error->message), <=, BOUNDED_LINE_MAX);
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_STOPPED);
  if (strcmp (mode, "failed") == 0)
    g_assert_cmpstr (error->message, ==, "The disk /x is not there: put it back");
  else
    g_assert_nonnull (strstr (error->message, "victim"));
}

/* It runs as far as its lock says, but nobody can talk to it. */
static void
test_no_answer (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (start (fixture, &error));
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_FAILED);
  g_assert_cmpstr (vt_guest_get_state_reason (fixture->guest), !=, "");
  g_assert_false (verb (fixture, VT_VERB_PAUSE, &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE);
  g_clear_error (&error);
  g_assert_false (vt_guest_delete (fixture->guest, &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_STATE);
}

static void
test_wild (Fixture *fixture, gconstpointer mode)
{
  g_assert_true (start (fixture, NULL));
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_FAILED);
  g_assert_cmpuint (strlen (vt_guest_get_state_reason (fixture->guest)), ==, BOUNDED_LINE_MAX);
  g_assert_cmpstr (vt_guest_get_accelerator (fixture->guest), ==, "");
  g_assert_cmpstr (vt_guest_get_accelerator_reason (fixture->guest), ==, "a [2J b");
  g_assert_cmpint (vt_guest_get_badge (fixture->guest), ==, VT_BADGE_UNKNOWN);
}

static void
test_replies (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (start (fixture, NULL));
  g_assert_null (monitor (fixture, &error));
  /* A reply of another type does not get past GDBus. */
  if (strcmp (mode, "huge") == 0)
    g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_PROTOCOL);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_RUNNING);
}

static void
test_refuse (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (start (fixture, NULL));
  g_assert_false (verb (fixture, VT_VERB_PAUSE, &error));
  g_assert_cmpuint (strlen (error->message), ==, BOUNDED_LINE_MAX);
}

static void
test_die (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (start (fixture, NULL));
  g_assert_false (verb (fixture, VT_VERB_PAUSE, &error));
  WAIT_FOR (fixture->ended != NULL);
  g_assert_nonnull (strstr (fixture->ended, "ended unexpectedly"));
  g_assert_cmpint (vt_guest_get_state (fixture->guest), ==, VT_GUEST_STOPPED);
}

static void
test_flood (Fixture *fixture, gconstpointer mode)
{
  g_assert_true (start (fixture, NULL));
  WAIT_FOR (fixture->warnings == 51);
  g_assert_cmpstr (fixture->warning, ==, "last  [2J");
}

/* More memory than there is: refused before anything is started. */
static void
test_memory (Fixture *fixture, gconstpointer mode)
{
  g_autoptr (GuestDefinition) large =
      guest_definition_copy (vt_guest_get_definition (fixture->guest));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  large->memory_mib = GUEST_MEMORY_MIB_MAX;
  g_assert_true (vt_guest_save (fixture->guest, large, NULL));
  vt_guest_start_async (fixture->guest, NULL, FALSE, NULL, on_done, fixture);
  WAIT_FOR (fixture->result != NULL);
  result = g_steal_pointer (&fixture->result);
  g_assert_false (vt_guest_start_finish (fixture->guest, result, &error));
  g_assert_error (error, VT_GUEST_ERROR, VT_GUEST_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, "4194304 MiB"));
  g_assert_true (start (fixture, NULL));
}

/* A systemd-run in front of PATH, and the socket that says a user's systemd is there. */
static void
fake_systemd (const char *script)
{
  g_autofree char *run = g_build_filename (g_get_user_runtime_dir (), "systemd", NULL);
  g_autofree char *manager = g_build_filename (run, "private", NULL);
  g_autofree char *program = g_build_filename (run, "systemd-run", NULL);
  g_autofree char *path = g_strconcat (run, ":/usr/bin:/bin", NULL);

  g_assert_cmpint (g_mkdir_with_parents (run, 0700), ==, 0);
  g_assert_true (g_file_set_contents (manager, "", 0, NULL));
  g_assert_true (
      g_file_set_contents_full (program, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_setenv ("PATH", path, TRUE);
}

static void
test_scope (Fixture *fixture, gconstpointer mode)
{
  g_autofree char *asked = g_build_filename (g_get_user_runtime_dir (), "asked", NULL);
  g_autofree char *systemd = g_build_filename (g_get_user_runtime_dir (), "systemd", NULL);
  g_autofree char *text = NULL;
  g_autofree char *unit = NULL;
  g_autoptr (GError) error = NULL;

  fake_systemd ("#!/bin/sh\n"
                "echo \"$@\" > \"$XDG_RUNTIME_DIR/asked\"\n"
                "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n");
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (asked, &text, NULL, NULL));
  unit = g_strdup_printf ("--unit=vitrine-%s.scope -- ", vt_guest_get_uuid (fixture->guest));
  g_assert_nonnull (strstr (text, unit));
  g_assert_true (g_str_has_prefix (text, "--user --scope --quiet --collect "));
  g_assert_true (verb (fixture, VT_VERB_FORCE_OFF, &error));
  /* One that cannot make a scope must not keep the guest from starting. */
  fake_systemd ("#!/bin/sh\nexit 1\n");
  g_assert_true (start (fixture, &error));
  g_assert_no_error (error);
  store_world_remove (systemd);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *mode;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "behave", test_well_behaved },
    { "behave", test_found_again },
    { "behave", test_edit_seen },
    { "behave", test_memory },
    { "eof", test_report },
    { "step-eof", test_report },
    { "garbage-report", test_report },
    { "control-characters", test_report },
    { "endless-line", test_report },
    { "failed", test_report },
    { "garbage", test_no_answer },
    { "hang-up", test_no_answer },
    { "silent", test_no_answer },
    { "wild", test_wild },
    { "huge", test_replies },
    { "wrong-reply", test_replies },
    { "refuse", test_refuse },
    { "die", test_die },
    { "flood", test_flood },
    { "behave", test_scope },
  };
  g_autofree char *root = store_world_make ();
  int failed;

  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *name =
          g_strdup_printf ("/hostile-vmm/%" G_GSIZE_FORMAT "-%s", i, tests[i].mode);

      g_test_add (name, Fixture, tests[i].mode, set_up, tests[i].test, tear_down);
    }
  failed = g_test_run ();
  store_world_remove (root);
  return failed;
}
