#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The SELinux module, linked with Debian's reference policy, judged by setools on what came out of it:
what a jailed program may never do, whatever else that policy says of all domains.

    test-selinux.py MODULE.pp
"""

import os
import sys
import tempfile
import unittest

import setools

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lab"))

from selinux_policy import link  # noqa: E402

MODULE = os.path.abspath(sys.argv.pop(1))
KINDS = ("qemu", "display", "net", "nbd", "qemu_img")
SOCKETS_MADE = {"qemu": {"unix_stream_socket", "unix_dgram_socket"}, "display": {"unix_stream_socket"},
                "net": {"unix_stream_socket", "tcp_socket", "udp_socket", "icmp_socket"},
                "nbd": {"unix_stream_socket"}, "qemu_img": {"unix_stream_socket"}}


class SELinux(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            cls.policy = setools.SELinuxPolicy(link(MODULE, folder))

    def allowed(self, source, classes=None, perms=None, target=None):
        """{(target type, class, permission)} of everything that the source may, attributes expanded."""
        query = setools.TERuleQuery(self.policy, ruletype=["allow"], source=source, source_indirect=True,
                                    target=target, target_indirect=True)
        found = set()
        for rule in query.results():
            if classes and str(rule.tclass) not in classes:
                continue
            for perm in rule.perms:
                if perms is None or perm in perms:
                    found.update((str(t), str(rule.tclass), perm) for t in rule.target.expand())
        return found

    def programs(self):
        return [(kind, f"vitrine_{kind}_t") for kind in KINDS]

    def test_a_query_finds_something(self):
        self.assertIn(("user_home_t", "file", "open"), self.allowed("unconfined_t", {"file"}, {"open"}))

    def test_opens_no_file_of_a_user(self):
        for kind, program in self.programs():
            for perm in ("open", "create", "unlink", "rename", "execute", "setattr", "relabelto"):
                reached = {t for t, _, _ in self.allowed(program, {"file", "dir", "lnk_file"}, {perm})}
                for forbidden in ("user_home_t", "user_home_dir_t", "user_tmp_t", "shadow_t", "etc_t",
                                  "ssh_home_t", "bin_t", "security_t", "selinux_config_t"):
                    if (perm, forbidden) != ("open", "etc_t"):  # the folder only, as every domain
                        self.assertNotIn(forbidden, reached, perm)
            self.assertEqual(self.allowed(program, {"file"}, {"open"}, "etc_t"), set())

    def test_writes_nothing_that_it_opens(self):
        """But memory with a descriptor, and what /proc shows of itself."""
        for _, program in self.programs():
            opened = {t for t, _, _ in self.allowed(program, {"file"}, {"open"})}
            for perm in ("write", "append"):
                written = {t for t, _, _ in self.allowed(program, {"file"}, {perm})}
                self.assertLessEqual(opened & written,
                                     {"tmpfs_t", "user_tmpfs_t", "vitrine_tmpfs_t", program})

    def test_only_qemu_uses_disks(self):
        for kind, program in self.programs():
            reads = self.allowed(program, {"file"}, {"read"}, "user_home_t")
            self.assertEqual(bool(reads), kind == "qemu")

    def test_executes_itself_only(self):
        for _, program in self.programs():
            executed = {t for t, _, _ in self.allowed(program, {"file"}, {"execute_no_trans"})}
            self.assertLessEqual(executed, {"vitrine_exec_t", "qemu_exec_t"})
            self.assertEqual(self.allowed(program, {"process"}, {"transition", "dyntransition"}), set())

    def test_makes_no_other_sockets(self):
        for kind, program in self.programs():
            made = {c for _, c, _ in self.allowed(program, perms={"create"}) if c.endswith("socket")}
            self.assertEqual(made, SOCKETS_MADE[kind])
            outward = self.allowed(program, perms={"connectto", "name_bind", "node_bind", "listen", "bind"})
            self.assertEqual({x for x in outward if x[1].endswith("socket")}, set())
            if kind != "net":
                self.assertEqual(self.allowed(program, perms={"name_connect", "connect"}), set())

    def test_touches_no_other_process(self):
        harmful = {"ptrace", "sigkill", "sigstop", "signal", "setexec", "setcurrent"}
        for _, program in self.programs():
            reached = {(t, p) for t, _, p in self.allowed(program, {"process"}, harmful)}
            self.assertEqual(reached, {(program, "signal")})

    def test_no_privileges(self):
        for _, program in self.programs():
            self.assertEqual(self.allowed(program, {"capability", "capability2", "cap_userns",
                                                    "cap2_userns", "user_namespace", "bpf", "perf_event",
                                                    "io_uring", "system", "security", "key",
                                                    "netlink_route_socket"}), set())
            self.assertEqual(self.allowed(program, perms={"mount", "remount", "unmount", "mounton"}), set())

    def test_only_the_translator_makes_code(self):
        for kind, program in self.programs():
            self.assertEqual(bool(self.allowed(program, {"process"}, {"execmem"})), kind == "qemu")
            self.assertEqual(self.allowed(program, {"process"}, {"execstack", "execheap"}), set())

    def test_jails_lead_to_programs(self):
        for kind, program in self.programs():
            jail = f"vitrine_{kind}_jail_t"
            reached = {t for t, _, _ in self.allowed(jail, {"process"}, {"transition"})}
            self.assertEqual(reached, {program})
            self.assertIn((program, "process2", "nnp_transition"), self.allowed(jail, {"process2"}))
            default = {str(rule.default) for rule in setools.TERuleQuery(
                self.policy, ruletype=["type_transition"], source=jail, target="vitrine_jail_tmpfs_t",
                tclass=["process"]).results()}
            self.assertEqual(default, {program})


if __name__ == "__main__":
    unittest.main(verbosity=2)
