/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A stand-in for QEMU that has been taken over from the start: named by [host] qemu= in
 * vitrine.conf, it runs in QEMU's jail and speaks QMP as badly as its mode says. The mode is the
 * guest's name
 * (-name). Everything it does must cost only itself. Test code; libc only.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING                                                                                   \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, "               \
  "\"package\": \"hostile\"}, \"capabilities\": [\"oob\"]}}\r\n"

static int qmp = -1;
static const char *mode = "";
static int handed = -1; /* the descriptor that came last, by getfd */

static void
sleep_for_ever (void)
{
  for (;;)
    pause ();
}

static void
say (const char *data, size_t size)
{
  while (size > 0)
    {
      ssize_t n = write (qmp, data, size);

      if (n < 0)
        _exit (3);
      data += n;
      size -= n;
    }
}

static void
say_text (const char *text)
{
  say (text, strlen (text));
}

static void
say_many (char byte, size_t total)
{
  static char block[65536];

  memset (block, byte, sizeof block);
  for (; total > 0; total -= total < sizeof block ? total : sizeof block)
    say (block, total < sizeof block ? total : sizeof block);
}

static int
is_mode (const char *name)
{
  return strcmp (mode, name) == 0;
}

/* The number after "fd=" in an option of QMP's socket, wherever it stands. */
static void
parse_arguments (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    {
      const char *fd = strstr (argv[i], "fd=");

      if (strstr (argv[i], "version") == argv[i] + strspn (argv[i], "-"))
        {
          puts ("QEMU emulator version 10.0.2 (hostile)");
          exit (0);
        }
      if (i > 0 && strcmp (argv[i - 1], "-chardev") == 0 && fd != NULL && qmp < 0)
        qmp = atoi (fd + 3);
      if (strcmp (argv[i - 1], "-name") == 0)
        {
          char *name = strdup (argv[i]);
          char *comma = strchr (name, ',');

          if (comma != NULL)
            *comma = '\0';
          mode = strncmp (name, "guest=", 6) == 0 ? name + 6 : name;
        }
    }
  if (qmp >= 0)
    fcntl (qmp, F_SETFL, fcntl (qmp, F_GETFL) & ~O_NONBLOCK);
  else
    {
      fprintf (stderr, "hostile-qemu: no QMP descriptor among the arguments\n");
      exit (4);
    }
}

/* Modes that never get as far as a command. */
static void
misbehave_at_once (void)
{
  if (is_mode ("silent"))
    sleep_for_ever ();
  if (is_mode ("exits"))
    exit (1);
  if (is_mode ("crashes"))
    abort ();
  if (is_mode ("closes"))
    {
      close (qmp);
      sleep_for_ever ();
    }
  if (is_mode ("garbage"))
    {
      unsigned seed = 1;

      for (int i = 0; i < 1 << 20; i++)
        {
          char byte;

          seed = seed * 1103515245 + 12345;
          byte = seed >> 16;
          say (&byte, 1);
        }
      sleep_for_ever ();
    }
  if (is_mode ("giant"))
    {
      say_text ("{\"QMP\": \"");
      say_many ('a', (size_t) 1 << 30);
      sleep_for_ever ();
    }
  if (is_mode ("deep"))
    {
      say_many ('[', 1 << 20);
      say_text ("\n");
      sleep_for_ever ();
    }
  if (is_mode ("zeros"))
    {
      say_many ('\0', 1 << 20);
      sleep_for_ever ();
    }
  if (is_mode ("utf8"))
    {
      say_text ("{\"QMP\": {\"version\": {\"package\": \"\xff\xfe\xc0\x80\"}}}\r\n");
      sleep_for_ever ();
    }
  if (is_mode ("slow-greeting"))
    {
      /* A byte at a time, never ending a line. */
      for (;;)
        {
          say_text (" ");
          usleep (20000);
        }
    }
  if (is_mode ("wrong-types"))
    {
      say_text ("{\"QMP\": [1, 2, {\"version\": -1e999}]}\r\n");
      sleep_for_ever ();
    }
  if (is_mode ("old"))
    {
      say_text ("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "
                "\"package\": \"\"}, \"capabilities\": []}}\r\n");
      return;
    }
  if (is_mode ("chatter"))
    {
      static char line[1024];

      memset (line, 'x', sizeof line);
      line[sizeof line - 1] = '\n';
      for (int i = 0; i < 256 * 1024; i++)
        if (write (2, line, sizeof line) < 0)
          break;
      sleep_for_ever ();
    }
  say_text (GREETING);
  if (is_mode ("flood"))
    for (;;)
      say_text (
          "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 1}, \"event\": \"RESUME\"}\r\n");
  if (is_mode ("unasked"))
    for (int i = 0; i < 1000; i++)
      say_text ("{\"return\": {}, \"id\": 99999}\r\n{\"return\": {}}\r\n");
  if (is_mode ("stopped"))
    sleep_for_ever ();
}

/* Reads what there is; keeps the last descriptor handed in. */
static ssize_t
hear (char *buffer, size_t size)
{
  char control[CMSG_SPACE (sizeof (int))];
  struct iovec iov = { .iov_base = buffer, .iov_len = size };
  struct msghdr message = {
    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  ssize_t n = recvmsg (qmp, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;

  if (head != NULL && head->cmsg_type == SCM_RIGHTS)
    memcpy (&handed, CMSG_DATA (head), sizeof handed);
  return n;
}

/* What the display process gets to hear on its link. */
static void
link_display (void)
{
  if (is_mode ("link-garbage") && handed >= 0)
    for (int i = 0; i < 1000; i++)
      if (write (handed, "\0garbage\r\nOK\r\nBEGIN", 20) < 0)
        break;
  if (is_mode ("link-closed") && handed >= 0)
    close (handed);
}

static void
answer (const char *line)
{
  const char *id = strstr (line, "\"id\"");
  char number[64] = "";

  if (id != NULL)
    {
      id = strchr (id + 4, ':');
      if (id != NULL)
        sscanf (id + 1, " %60[^,}]", number);
    }
  if (is_mode ("no-getfd") && strstr (line, "\"getfd\"") != NULL)
    return;
  if (is_mode ("no-add-client") && strstr (line, "\"add_client\"") != NULL)
    return;
  if (is_mode ("wrong-id"))
    strcpy (number, "424242");
  if (is_mode ("error"))
    {
      say_text ("{\"error\": {\"class\": \"GenericError\", \"desc\": \"bad\\u001b[31m\\nfailed ");
      say_many ('e', 1 << 16);
      say_text ("\"}");
    }
  else
    say_text ("{\"return\": {}");
  if (number[0] != '\0')
    {
      say_text (", \"id\": ");
      say_text (number);
    }
  say_text ("}\r\n");
  if (strstr (line, "\"add_client\"") != NULL)
    link_display ();
}

int
main (int argc, char **argv)
{
  static char buffer[65536];
  size_t size = 0;

  parse_arguments (argc, argv);
  misbehave_at_once ();
  for (;;)
    {
      ssize_t n = hear (buffer + size, sizeof buffer - 1 - size);
      char *end;

      if (n <= 0)
        return 0;
      size += n;
      buffer[size] = '\0';
      while ((end = strchr (buffer, '\n')) != NULL)
        {
          *end = '\0';
          answer (buffer);
          size -= end + 1 - buffer;
          memmove (buffer, end + 1, size + 1);
        }
    }
}
