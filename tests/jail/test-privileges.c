/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * privileges_drop () in a child, as root if the test is; and the uids of guests.
 */
#include "privileges.h"

#include "isolation-facts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_uids (void)
{
  uid_t one = privileges_guest_uid ("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  uid_t other = privileges_guest_uid ("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

  g_assert_cmpuint (one, ==, privileges_guest_uid ("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
  g_assert_cmpuint (one, !=, other);
  g_assert_cmpuint (one, >=, 60578);
  g_assert_true (one < 61184 || (one >= 0x70000000u && one < 0x77ff0000u));
}

/* The step at which a child found something wrong; 0: nothing. */
static int
drop_and_look (void)
{
  uid_t uid = privileges_guest_uid ("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  uid_t expected = getuid () == 0 ? uid : getuid ();
  g_autoptr (GError) error = NULL;
  g_autoptr (IsolationFacts) facts = NULL;

  if (getuid () == 0 && privileges_drop (0, NULL))
    return 1;
  if (!privileges_drop (uid, &error))
    return 2;
  if (getuid () != expected || geteuid () != expected)
    return 3;
  if (setuid (0) == 0 || seteuid (0) == 0 || setgid (0) == 0)
    return 4;
  facts = isolation_facts_read (getpid (), &error);
  if (facts == NULL)
    return 5;
  if (expected == uid && (facts->status.capabilities != 0 || facts->status.bounding != 0))
    return 6;
  if (expected == uid && (getgroups (0, NULL) != 0 || open ("/etc/shadow", O_RDONLY) >= 0))
    return 7;
  return privileges_drop (uid, &error) ? 0 : 8; /* again: nothing left to do */
}

static void
test_drop (void)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    _exit (drop_and_look ());
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/privileges/uids", test_uids);
  g_test_add_func ("/privileges/drop", test_drop);
  return g_test_run ();
}
