/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * proc(5) texts to facts, facts to rows: the parts of the isolation report that look at nothing.
 */
#include "isolation-judge.h"
#include "jail-end.h"
#include "proc-parse.h"

#include <json-glib/json-glib.h>
#include <string.h>

static const char status_text[] = "Name:\tSeccomp:\t0\\nUid:\t0\n"
                                  "Umask:\t0022\n"
                                  "Uid:\t1500\t1501\t1502\t1503\n"
                                  "Gid:\t100\t101\t102\t103\n"
                                  "Threads:\t7\n"
                                  "CapInh:\t0000000000000000\n"
                                  "CapPrm:\t0000000000000000\n"
                                  "CapEff:\t0000000000000000\n"
                                  "CapBnd:\t000001ffffffffff\n"
                                  "CapAmb:\t0000000000000000\n"
                                  "NoNewPrivs:\t1\n"
                                  "Seccomp:\t2\n"
                                  "Seccomp_filters:\t3\n";

static void
test_status (void)
{
  ProcStatus status;

  g_assert_true (proc_parse_status (status_text, &status));
  g_assert_cmpuint (status.uid[0], ==, 1500);
  g_assert_cmpuint (status.uid[3], ==, 1503);
  g_assert_cmpuint (status.gid[1], ==, 101);
  g_assert_cmpuint (status.capabilities, ==, 0);
  g_assert_cmpuint (status.bounding, ==, 0x1ffffffffff);
  g_assert_true (status.no_new_privs);
  g_assert_cmpuint (status.seccomp, ==, 2);
  g_assert_cmpuint (status.filters, ==, 3);
  g_assert_cmpuint (status.threads, ==, 7);
}

/* Every line is needed but the last, and a cut text is never taken for a whole one. */
static void
test_status_cut (void)
{
  gsize last = strstr (status_text, "Seccomp_filters") - status_text;

  for (gsize size = 0; size < sizeof status_text; size++)
    {
      g_autofree char *text = g_strndup (status_text, size);
      ProcStatus status;

      g_assert_cmpint (proc_parse_status (text, &status), ==, size >= last - 1);
    }
}

static void
test_limits (void)
{
  static const char text[] =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max cpu time              unlimited            unlimited            seconds   \n"
      "Max file size             1073741824           unlimited            bytes     \n"
      "Max core file size        0                    unlimited            bytes     \n"
      "Max processes             96365                96365                processes \n"
      "Max open files            4096                 4096                 files     \n";
  ProcLimits limits;

  g_assert_true (proc_parse_limits (text, &limits));
  g_assert_cmpuint (limits.core, ==, 0);
  g_assert_cmpuint (limits.open_files, ==, 4096);
  g_assert_cmpuint (limits.processes, ==, 96365);
  g_assert_cmpuint (limits.file_size, ==, 1073741824);
  g_assert_false (proc_parse_limits ("Max core file size   soon\n", &limits));
  g_assert_false (proc_parse_limits ("", &limits));
}

static void
test_mountinfo (void)
{
  static const char text[] =
      "25 30 0:23 / / ro,nosuid - tmpfs tmpfs rw\n"
      "26 25 8:1 /usr/lib /usr/lib ro,nosuid,nodev shared:1 - ext4 /dev/sda1 rw\n"
      "27 25 0:5 /null /dev/null rw,nosuid master:2 - devtmpfs udev rw\n"
      "28 25 8:1 /a /with\\040blank rw - ext4 /dev/sda1 rw\n";
  ProcMounts mounts = { 0 };

  g_assert_true (proc_parse_mountinfo (text, &mounts));
  g_assert_cmpuint (mounts.n, ==, 4);
  g_assert_cmpuint (g_strv_length (mounts.writable), ==, 2);
  g_assert_cmpstr (mounts.writable[0], ==, "/dev/null");
  g_assert_cmpstr (mounts.writable[1], ==, "/with blank");
  proc_mounts_clear (&mounts);
  g_assert_false (proc_parse_mountinfo ("25 30 0:23 / /\n", &mounts));
}

static void
test_maps (void)
{
  static const char text[] = "55d0-55d4 r--p 00000000 08:01 131 /usr/bin/a b\n"
                             "7f00-7f01 rw-p 00000000 00:00 0 \n"
                             "7f01-7f02 rwxp 00000000 00:00 0 \n"
                             "7f02-7f03 rwxs 00000000 00:01 9 /memfd:rw-x (deleted)\n"
                             "7f03-7f04 r-xp 00000000 08:01 7 [vdso]";
  guint found = 7;

  g_assert_true (proc_parse_maps (text, &found));
  g_assert_cmpuint (found, ==, 2);
  g_assert_true (proc_parse_maps ("", &found));
  g_assert_cmpuint (found, ==, 0);
  g_assert_false (proc_parse_maps ("7f01-7f02\n", &found));
  g_assert_false (proc_parse_maps ("7f01-7f02 rw", &found));
}

static void
test_others (void)
{
  g_autofree char *cgroup = proc_parse_cgroup ("9:cpu:/x\n0::/user.slice/a b\n");

  g_assert_cmpstr (cgroup, ==, "/user.slice/a b");
  g_assert_null (proc_parse_cgroup ("9:cpu:/x\n"));
  g_assert_cmpint (proc_parse_fd_kind ("socket:[12]"), ==, PROC_FD_SOCKET);
  g_assert_cmpint (proc_parse_fd_kind ("pipe:[12]"), ==, PROC_FD_PIPE);
  g_assert_cmpint (proc_parse_fd_kind ("anon_inode:[eventfd]"), ==, PROC_FD_KERNEL);
  g_assert_cmpint (proc_parse_fd_kind ("/memfd:frame (deleted)"), ==, PROC_FD_MEMORY);
  g_assert_cmpint (proc_parse_fd_kind ("/dev/kvm"), ==, PROC_FD_DEVICE);
  g_assert_cmpint (proc_parse_fd_kind ("/home/u/disk.qcow2"), ==, PROC_FD_FILE);
  g_assert_true (proc_parse_fd_is_writable ("pos:\t0\nflags:\t0100002\nmnt_id:\t1\n"));
  g_assert_true (proc_parse_fd_is_writable ("flags:\t0100001\n"));
  g_assert_false (proc_parse_fd_is_writable ("flags:\t0100000\n"));
  g_assert_false (proc_parse_fd_is_writable (""));
}

static IsolationFacts *
facts_new (guint64 first_namespace)
{
  IsolationFacts *facts = g_new0 (IsolationFacts, 1);

  g_assert_true (proc_parse_status (status_text, &facts->status));
  facts->limits.open_files = 1024;
  facts->mounts.n = 3;
  facts->mounts.writable = g_strdupv ((char *[]) { "/dev/null", NULL });
  facts->fds = g_array_new (FALSE, FALSE, sizeof (IsolationFd));
  for (guint i = 0; i < N_NAMESPACES; i++)
    facts->namespaces[i] = first_namespace + i;
  facts->memory_max = g_strdup ("1073741824");
  return facts;
}

static IsolationProofs proofs = { PROOF_HELD, PROOF_HELD, PROOF_HELD };
static gboolean emulated;

static IsolationLevel
judge (const IsolationFacts *facts, guint landlock_abi, const char *layer, const char *part)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) isolation_row_free);
  g_autoptr (IsolationFacts) supervisor = facts_new (1);
  IsolationProcess process = { .role = "qemu",
                               .jailed = TRUE,
                               .filters = 2,
                               .landlock_abi = landlock_abi,
                               .proofs = proofs,
                               .writable_code = emulated };

  isolation_judge_process (rows, &process, facts, supervisor);
  for (guint i = 0; i < rows->len; i++)
    {
      const IsolationRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->layer, layer))
        {
          if (part != NULL && strstr (row->text, part) == NULL)
            g_error ("“%s” lacks “%s”", row->text, part);
          return row->level;
        }
    }
  g_error ("no row on %s", layer);
  return ISOLATION_RED;
}

static void
test_all_green (void)
{
  g_autoptr (IsolationFacts) facts = facts_new (100);
  static const char *const layers[] = { "user",       "capabilities", "no-new-privileges",
                                        "seccomp",    "landlock",     "code",
                                        "namespaces", "files",        "descriptors",
                                        "limits",     "cgroup",       "lsm" };

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    g_assert_cmpint (judge (facts, 6, layers[i], NULL), ==, ISOLATION_GREEN);
}

/* One thing wrong at a time. */
static void
test_each_wrong (void)
{
  g_autoptr (IsolationFacts) facts = facts_new (100);

  facts->status.uid[2] = 0;
  g_assert_cmpint (judge (facts, 6, "user", "root"), ==, ISOLATION_RED);
  facts->status.capabilities = 1;
  g_assert_cmpint (judge (facts, 6, "capabilities", NULL), ==, ISOLATION_RED);
  facts->status.no_new_privs = FALSE;
  g_assert_cmpint (judge (facts, 6, "no-new-privileges", NULL), ==, ISOLATION_RED);
  facts->status.filters = 1;
  g_assert_cmpint (judge (facts, 6, "seccomp", "own is not"), ==, ISOLATION_AMBER);
  facts->status.seccomp = 0;
  g_assert_cmpint (judge (facts, 6, "seccomp", NULL), ==, ISOLATION_RED);
  g_assert_cmpint (judge (facts, 0, "landlock", "missing"), ==, ISOLATION_AMBER);
  g_assert_cmpint (judge (facts, 2, "landlock", "files only"), ==, ISOLATION_AMBER);
  g_assert_cmpint (judge (facts, 4, "landlock", "signals"), ==, ISOLATION_AMBER);
  facts->namespaces[NAMESPACE_NET] = 1 + NAMESPACE_NET;
  g_assert_cmpint (judge (facts, 6, "namespaces", ": net."), ==, ISOLATION_AMBER);
  g_assert_cmpint (judge (facts, 0, "namespaces", ": net."), ==, ISOLATION_RED);
  facts->limits.core = G_MAXUINT64;
  g_assert_cmpint (judge (facts, 6, "limits", "crash"), ==, ISOLATION_AMBER);
  g_clear_pointer (&facts->memory_max, g_free);
  g_assert_cmpint (judge (facts, 6, "cgroup", "memory"), ==, ISOLATION_AMBER);
  facts->memory_max = g_strdup ("max");
  g_assert_cmpint (judge (facts, 6, "cgroup", "memory"), ==, ISOLATION_AMBER);
  g_strfreev (facts->mounts.writable);
  facts->mounts.writable = g_strdupv ((char *[]) { "/dev/null", "/home", NULL });
  g_assert_cmpint (judge (facts, 6, "files", NULL), ==, ISOLATION_RED);
}

/* What a probe did not prove is never green, whatever the shim and the kernel's counters say. */
static void
test_proofs (void)
{
  static const struct
  {
    IsolationProof proof;
    IsolationLevel level;
    const char *part;
  } cases[] = { { PROOF_PENDING, ISOLATION_AMBER, "is being proved" },
                { PROOF_OPEN, ISOLATION_RED, "does not hold" },
                { PROOF_UNKNOWN, ISOLATION_AMBER, "could not be proved" },
                { PROOF_HELD, ISOLATION_GREEN, NULL } };
  static const char *const layers[] = { "landlock", "seccomp", "code" };
  g_autoptr (IsolationFacts) facts = facts_new (100);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (layers); j++)
      {
        IsolationProof *const proof[] = { &proofs.landlock, &proofs.seccomp, &proofs.code };

        *proof[j] = cases[i].proof;
        for (guint k = 0; k < G_N_ELEMENTS (layers); k++)
          g_assert_cmpint (judge (facts, 6, layers[k], j == k ? cases[i].part : NULL), ==,
                           j == k ? cases[i].level : ISOLATION_GREEN);
        *proof[j] = PROOF_HELD;
      }
}

/* By the kernel's list of mappings. Emulation writes what it executes. */
static void
test_code (void)
{
  g_autoptr (IsolationFacts) facts = facts_new (100);

  facts->writable_code = 1;
  g_assert_cmpint (judge (facts, 6, "code", "at once"), ==, ISOLATION_RED);
  emulated = TRUE;
  g_assert_cmpint (judge (facts, 6, "code", "emulation"), ==, ISOLATION_AMBER);
  facts->writable_code = 0;
  g_assert_cmpint (judge (facts, 6, "code", "emulation"), ==, ISOLATION_AMBER);
  emulated = FALSE;
}

static IsolationReport *
report_of (const char *layer, IsolationLevel level, gboolean software)
{
  IsolationReport *report = g_new0 (IsolationReport, 1);
  IsolationRow *row = g_new0 (IsolationRow, 1);

  report->emulated = software;
  report->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) isolation_row_free);
  row->layer = g_strdup (layer);
  row->process = g_strdup ("qemu");
  row->level = level;
  row->text = g_strdup ("Why.");
  g_ptr_array_add (report->rows, row);
  return report;
}

/* isolation=required: each layer of the jail counts, amber or red. */
static void
test_required (void)
{
  static const char *const needed[] = { "process",    "user",        "capabilities",
                                        "seccomp",    "landlock",    "no-new-privileges",
                                        "namespaces", "descriptors", "files",
                                        "limits",     "code" };
  static const char *const optional[] = { "accelerator", "machine", "cgroup", "lsm" };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    for (IsolationLevel level = ISOLATION_GREEN; level <= ISOLATION_RED; level++)
      {
        g_autoptr (IsolationReport) report = report_of (needed[i], level, FALSE);
        g_autofree char *missing = isolation_report_find_missing (report);
        g_autofree char *expected = g_strdup_printf ("%s of qemu: Why.", needed[i]);

        g_assert_cmpstr (missing, ==, level == ISOLATION_GREEN ? NULL : expected);
      }
  for (guint i = 0; i < G_N_ELEMENTS (optional); i++)
    {
      g_autoptr (IsolationReport) report = report_of (optional[i], ISOLATION_AMBER, FALSE);

      g_assert_null (isolation_report_find_missing (report));
    }
  for (IsolationLevel level = ISOLATION_AMBER; level <= ISOLATION_RED; level++)
    {
      g_autoptr (IsolationReport) report = report_of ("code", level, TRUE);
      g_autofree char *missing = isolation_report_find_missing (report);

      g_assert_cmpint (missing != NULL, ==, level == ISOLATION_RED);
    }
}

static void
test_descriptors (void)
{
  g_autoptr (IsolationFacts) facts = facts_new (100);
  IsolationFd fds[] = {
    { .number = 0, .kind = PROC_FD_DEVICE, .writable = TRUE, .target = "/dev/null" },
    { .number = 3, .kind = PROC_FD_SOCKET, .writable = TRUE, .target = "socket:[1]" },
    { .number = 4, .kind = PROC_FD_FILE, .writable = FALSE, .target = "/usr/x" },
    { .number = 5, .kind = PROC_FD_FILE, .writable = TRUE, .target = "/home/u/.bashrc" },
  };

  g_array_append_vals (facts->fds, fds, 3);
  g_assert_cmpint (judge (facts, 6, "descriptors", NULL), ==, ISOLATION_GREEN);
  g_array_append_val (facts->fds, fds[3]);
  g_assert_cmpint (judge (facts, 6, "descriptors", "/home/u/.bashrc"), ==, ISOLATION_RED);
}

/* Software emulation is never green, and JSON says so to whoever reads it. */
static void
test_json (void)
{
  IsolationProcess gone = { .role = "qemu", .pid = 0, .jailed = TRUE };
  IsolationSubject subject = { &gone, 1, FALSE, TRUE };
  g_autoptr (IsolationReport) report = isolation_report_new (&subject);
  g_autofree char *json = isolation_report_to_json (report);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *root;
  JsonObject *row;

  json_parser_load_from_data (parser, json, -1, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_int_member (root, "version"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (root, "level"), ==, "red");
  g_assert_nonnull (strstr (json_object_get_string_member (root, "reason"), "does not run yet"));
  row = json_array_get_object_element (json_object_get_array_member (root, "rows"), 0);
  g_assert_cmpstr (json_object_get_string_member (row, "layer"), ==, "accelerator");
  g_assert_cmpstr (json_object_get_string_member (row, "level"), ==, "amber");
  g_assert_nonnull (strstr (json_object_get_string_member (row, "text"), "no isolation guarantee"));
}

static void
test_end (void)
{
  static const struct
  {
    int wait_status;
    gboolean through_bwrap;
    const char *text;
  } cases[] = {
    { 0, TRUE, "ended" },
    { 1 << 8, TRUE, "ended with status 1" },
    { (128 + 31) << 8, TRUE, "was killed by signal 31 (a forbidden system call)" },
    { 31, FALSE, "was killed by signal 31 (a forbidden system call)" },
    { 31 | 0x80, FALSE, "was killed by signal 31 (a forbidden system call)" },
    { (128 + 31) << 8, FALSE, "ended with status 159" },
    { 255 << 8, TRUE, "ended with status 255" },
    { 9, TRUE, "was killed by signal 9 (Killed)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
          jail_end_text (jail_end_status (cases[i].wait_status, cases[i].through_bwrap));

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proc/status", test_status);
  g_test_add_func ("/proc/status-cut", test_status_cut);
  g_test_add_func ("/proc/limits", test_limits);
  g_test_add_func ("/proc/mountinfo", test_mountinfo);
  g_test_add_func ("/proc/maps", test_maps);
  g_test_add_func ("/proc/others", test_others);
  g_test_add_func ("/isolation/all-green", test_all_green);
  g_test_add_func ("/isolation/each-wrong", test_each_wrong);
  g_test_add_func ("/isolation/proofs", test_proofs);
  g_test_add_func ("/isolation/code", test_code);
  g_test_add_func ("/isolation/required", test_required);
  g_test_add_func ("/isolation/descriptors", test_descriptors);
  g_test_add_func ("/isolation/json", test_json);
  g_test_add_func ("/jail/end", test_end);
  return g_test_run ();
}
