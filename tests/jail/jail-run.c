/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs one program in a jail, for the tests and for looking at a jail by hand. As root it becomes
 * --uid first, as vitrine-vmm does. Prints "PID LAYERS LANDLOCK-ABI MICROSECONDS" on stderr when
 * the shim reports and the sentence of the end last; exits as the program did (128 + N for signal
 * N).
 *
 *   jail-run --shim PATH --kind qemu|display|qemu-img [--shim-alone] [--kill-unknown]
 *            [--writable-code] [--kvm] [--uid N] [--fd N]... -- PROGRAM ARGS...
 */
#include "jail-host.h"
#include "privileges.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *shim;
static char *kind;
static gboolean shim_alone;
static gboolean kill_unknown;
static gboolean writable_code;
static gboolean kvm;
static gint uid = 1500;
static GStrv fd_texts;
static GStrv command;

static const GOptionEntry entries[] = {
  { "shim", 0, 0, G_OPTION_ARG_FILENAME, &shim, "The program vitrine-jail", "PATH" },
  { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, "Which policy", "KIND" },
  { "shim-alone", 0, 0, G_OPTION_ARG_NONE, &shim_alone, "No namespaces", NULL },
  { "kill-unknown", 0, 0, G_OPTION_ARG_NONE, &kill_unknown, "Unknown calls kill", NULL },
  { "writable-code", 0, 0, G_OPTION_ARG_NONE, &writable_code, "As for TCG", NULL },
  { "kvm", 0, 0, G_OPTION_ARG_NONE, &kvm, "As for KVM", NULL },
  { "uid", 0, 0, G_OPTION_ARG_INT, &uid, "What root becomes", "N" },
  { "fd", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fd_texts, "Hand over this descriptor", "N" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &command, NULL, "PROGRAM ARGS" },
  { NULL },
};

typedef struct
{
  GMainLoop *loop;
  int exit_code;
} Run;

static void
ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  Run *run = data;

  run->exit_code =
      WIFEXITED (wait_status) ? WEXITSTATUS (wait_status) : 128 + WTERMSIG (wait_status);
  g_printerr ("%d %x %u\n", jail_get_pid (jail), jail_get_layers (jail),
              jail_get_landlock_abi (jail));
  g_printerr ("%s\n", text);
  g_main_loop_quit (run->loop);
}

static gboolean
terminate (gpointer data)
{
  jail_terminate (data);
  return G_SOURCE_CONTINUE;
}

static Jail *
start (GError **error)
{
  JailFd fds[32];
  JailRequest request = { .binary = command[0],
                          .argv = (const char *const *) command,
                          .fds = fds,
                          .stdin_fd = 0,
                          .stdout_fd = 1,
                          .stderr_fd = 2,
                          .writable_code = writable_code,
                          .kvm = kvm };

  request.kind = g_str_equal (kind, "qemu")      ? JAIL_QEMU
                 : g_str_equal (kind, "display") ? JAIL_DISPLAY
                                                 : JAIL_QEMU_IMG;
  for (guint i = 0; fd_texts != NULL && fd_texts[i] != NULL && i < G_N_ELEMENTS (fds); i++)
    fds[request.n_fds++] = (JailFd) { atoi (fd_texts[i]), atoi (fd_texts[i]) };
  return jail_spawn (&request, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (Jail) jail = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run run = { loop, 1 };

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error) || command == NULL || kind == NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "usage: jail-run --kind K -- PROGRAM");
      return 2;
    }
  if (shim != NULL)
    jail_use_shim_for_tests (shim);
  jail_disable_namespaces_for_tests (shim_alone);
  jail_kill_unknown_for_tests (kill_unknown);
  if (!jail_prepare ((const char *const[]) { command[0], NULL }, &error) ||
      !privileges_drop (uid, &error) || (jail = start (&error)) == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  jail_set_ended (jail, ended, &run);
  g_unix_signal_add (SIGTERM, terminate, jail);
  g_main_loop_run (loop);
  return run.exit_code;
}
