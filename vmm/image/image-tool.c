/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Both sides of the jailed qemu-img. What comes out of it is taken for hostile: capped here, parsed
 * in image-info-parse.c.
 */
#include "image-tool.h"

#include "fds.h"
#include "host-config.h"
#include "jail/jail.h"
#include "jail/privileges.h"
#include "qmp/qmp-parse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define TOOL_IN "/proc/self/fd/3"
#define TOOL_OUT "/proc/self/fd/4"
#define TOOL_MESSAGE_MAX 1024

typedef struct
{
  const char *verb;
  gboolean needs_in;
  gboolean needs_out;
  const char *argv[12]; /* "BYTES" stands for the size */
} ToolVerb;

static const ToolVerb verbs[] = {
  { "info",
    TRUE,
    FALSE,
    { "qemu-img", "info", "--output=json", "--image-opts",
      "driver=qcow2,file.driver=file,file.filename=" TOOL_IN ",file.locking=off" } },
  { "create", FALSE, TRUE, { "qemu-img", "create", "-q", "-f", "qcow2", TOOL_OUT, "BYTES" } },
  { "convert",
    TRUE,
    TRUE,
    { "qemu-img", "convert", "-f", "raw", "-O", "qcow2", TOOL_IN, TOOL_OUT } },
};

static const ToolVerb *
find_verb (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].verb, name) == 0)
      return &verbs[i];
  return NULL;
}

/* In the child between fork and exec: async-signal-safe calls only. */
static void
exec_tool (char **argv, const int *sources)
{
  int copies[4];

  for (int i = 0; i < 4; i++)
    copies[i] = sources[i] >= 0 ? fcntl (sources[i], F_DUPFD, 10) : -1;
  for (int i = 0; i < 4; i++)
    {
      close (i + 1);
      if (copies[i] >= 0)
        dup2 (copies[i], i + 1);
    }
  close (0);
  open ("/dev/null", O_RDONLY);
  close_range (5, ~0u, 0);
  execv ("/proc/self/exe", argv);
  _exit (127);
}

gboolean
image_tool_drain (int fd, GString *into, gsize max)
{
  char chunk[4096];
  gssize got = read (fd, chunk, sizeof chunk);

  if (got < 0)
    return errno == EAGAIN || errno == EINTR;
  if (got == 0 || (gsize) got > max - into->len)
    return FALSE;
  g_string_append_len (into, chunk, got);
  return TRUE;
}

/* Collects both pipes to their end; FALSE if the time is up. */
static gboolean
collect (int output, int messages, GString *text, GString *message)
{
  struct pollfd polls[] = { { output, POLLIN }, { messages, POLLIN } };
  gint64 deadline = g_get_monotonic_time () + IMAGE_TOOL_TIMEOUT_MS * 1000;

  while (polls[0].fd >= 0 || polls[1].fd >= 0)
    {
      gint64 left = (deadline - g_get_monotonic_time ()) / 1000;

      if (left <= 0)
        return FALSE;
      if (poll (polls, 2, left) < 0 && errno != EINTR)
        return FALSE;
      if (polls[0].revents != 0 && !image_tool_drain (output, text, IMAGE_TOOL_OUTPUT_MAX))
        polls[0].fd = -1;
      if (polls[1].revents != 0 && !image_tool_drain (messages, message, TOOL_MESSAGE_MAX))
        polls[1].fd = -1;
    }
  return TRUE;
}

/* The last line that qemu-img printed, without its name, made printable. */
static char *
describe_failure (GString *message)
{
  g_autofree char *valid = g_utf8_make_valid (message->str, message->len);
  char printable[TOOL_MESSAGE_MAX + 1];
  char *line;

  line = strrchr (g_strchomp (valid), '\n');
  line = line != NULL ? line + 1 : valid;
  if (g_str_has_prefix (line, "qemu-img: "))
    line += strlen ("qemu-img: ");
  qmp_copy_printable (printable, TOOL_MESSAGE_MAX, line);
  return g_strdup (*printable != '\0' ? printable : "qemu-img failed without a message");
}

/* Reaps the tool, which has closed its pipes or is out of time. */
static gboolean
finish (pid_t child, gboolean in_time, GString *message, GError **error)
{
  g_autofree char *what = NULL;
  int status = 0;

  if (!in_time)
    kill (child, SIGKILL);
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  if (in_time && WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return TRUE;
  what = in_time ? describe_failure (message) : g_strdup ("qemu-img took too long");
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, what);
  return FALSE;
}

char *
image_tool_run (const char *verb, const char *uuid, guint64 bytes, int in, int out, GError **error)
{
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);
  char *argv[] = { "vitrine-vmm", "--image-tool", (char *) verb, "--uuid",
                   (char *) uuid, "--bytes",      size,          NULL };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) message = g_string_new (NULL);
  autofd output_read = -1, output_write = -1, message_read = -1, message_write = -1;
  int pair[2];
  gboolean in_time;
  pid_t child;

  if (pipe2 (pair, O_CLOEXEC) == 0)
    {
      output_read = pair[0];
      output_write = pair[1];
    }
  if (pipe2 (pair, O_CLOEXEC) == 0)
    {
      message_read = pair[0];
      message_write = pair[1];
    }
  child = output_read >= 0 && message_read >= 0 ? fork () : -1;
  if (child == 0)
    exec_tool (argv, (int[4]) { output_write, message_write, in, out });
  fds_clear (&output_write);
  fds_clear (&message_write);
  if (child < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot start a process: %s",
                   g_strerror (errno));
      return NULL;
    }
  in_time = collect (output_read, message_read, text, message);
  if (!finish (child, in_time, message, error))
    return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

typedef struct
{
  GMainLoop *loop;
  int status;
  const char *text;
} ToolEnd;

static void
on_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  ToolEnd *end = data;

  end->status = wait_status;
  if (WIFSIGNALED (wait_status))
    g_printerr ("qemu-img %s\n", text);
  g_main_loop_quit (end->loop);
}

static gboolean
run_jailed (const ToolVerb *verb, const char *qemu_img, guint64 bytes, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);
  g_autoptr (Jail) jail = NULL;
  ToolEnd end = { loop, 0 };
  const char *argv[G_N_ELEMENTS (verb->argv) + 1] = { NULL };
  JailFd fds[2];
  JailRequest request = { .kind = JAIL_QEMU_IMG,
                          .binary = qemu_img,
                          .argv = argv,
                          .fds = fds,
                          .stdin_fd = -1,
                          .stdout_fd = 1,
                          .stderr_fd = 2 };

  for (guint i = 0; i < G_N_ELEMENTS (verb->argv) && verb->argv[i] != NULL; i++)
    argv[i] = strcmp (verb->argv[i], "BYTES") == 0 ? size : verb->argv[i];
  if (verb->needs_in)
    fds[request.n_fds++] = (JailFd) { IMAGE_TOOL_FD_IN, IMAGE_TOOL_FD_IN };
  if (verb->needs_out)
    fds[request.n_fds++] = (JailFd) { IMAGE_TOOL_FD_OUT, IMAGE_TOOL_FD_OUT };
  jail = jail_spawn (&request, error);
  if (jail == NULL)
    return FALSE;
  jail_set_ended (jail, on_ended, &end);
  g_main_loop_run (loop);
  if (WIFEXITED (end.status) && WEXITSTATUS (end.status) == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "");
  return FALSE;
}

int
image_tool_main (const char *name, const char *uuid, guint64 bytes)
{
  g_autoptr (HostConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  const ToolVerb *verb = find_verb (name);

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (verb == NULL)
    {
      g_printerr ("There is no image tool “%s”\n", name);
      return 2;
    }
  config = host_config_load (&error);
  if (config != NULL && config->qemu_img == NULL)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         "qemu-img is not installed. On Debian: apt install qemu-utils");
  /* A changed uid resets the death signal. */
  if (error == NULL && jail_prepare ((const char *const[]) { config->qemu_img, NULL }, &error) &&
      privileges_drop (geteuid () == 0 ? privileges_guest_uid (uuid) : geteuid (), &error) &&
      prctl (PR_SET_PDEATHSIG, SIGKILL) == 0)
    run_jailed (verb, config->qemu_img, bytes, &error);
  if (error == NULL)
    return 0;
  if (*error->message != '\0')
    g_printerr ("%s\n", error->message);
  return 1;
}
