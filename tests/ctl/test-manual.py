#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual page, the help and the completion say the same, since the first cannot be made from the
table that the others come from."""

import glob
import os
import re
import shlex
import subprocess
import unittest

BUILD = os.environ["VITRINE_BUILD"]
SOURCE = os.environ["VITRINE_SOURCE"]
PROGRAM = os.path.join(BUILD, "vitrinectl")
PAGE = os.path.join(SOURCE, "data/man/vitrinectl.1")
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}


def run(*words):
    return subprocess.run(words, capture_output=True, env=ENV, check=True, text=True)


def vitrinectl(*words):
    return run(PROGRAM, *words).stdout


def commands():
    found = vitrinectl("--complete", "--", "").split()
    assert len(found) >= 17, found
    return found


def options(command):
    return vitrinectl("--complete", "--", command, "-").split()


class Manual(unittest.TestCase):
    def setUp(self):
        self.page = run("man", "-l", PAGE).stdout.replace("‐", "-").replace("−", "-")

    def section(self, command):
        """The text of a command, from its line to the next command's."""
        head = re.compile(rf"^ {{7}}{re.escape(command)}(?= |$)", re.M)
        self.assertRegex(self.page, head, f"{command} is not in the manual page")
        rest = self.page[head.search(self.page).end():]
        others = "|".join(re.escape(name) for name in commands())
        end = re.search(rf"^( {{7}}({others})(?= |$)|[A-Z])", rest, re.M)
        return rest[:end.start()] if end else rest

    def test_names_every_command_and_option(self):
        for command in commands():
            with self.subTest(command):
                text = self.section(command)
                for option in options(command):
                    self.assertIn(option, text)

    def test_names_no_other_option(self):
        known = {option for command in commands() for option in options(command)}
        written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", self.page))
        self.assertEqual(written - known, {"--version"})

    def test_renders_without_warnings(self):
        result = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", PAGE)
        self.assertEqual(result.stderr, "")

    def test_help_names_every_command_and_option(self):
        everything = vitrinectl("help")
        self.assertEqual(everything, vitrinectl("--help"))
        for command in commands():
            with self.subTest(command):
                self.assertRegex(everything, rf"(?m)^  {re.escape(command)}\b")
                text = vitrinectl("help", command)
                self.assertEqual(text, vitrinectl(command, "--help"))
                self.assertTrue(text.startswith(f"Usage: vitrinectl {command}"), text)
                for option in options(command):
                    self.assertRegex(text, rf"(?m)^  {option}\b")

    def test_lines_fit(self):
        for text in [vitrinectl("help")] + [vitrinectl("help", name) for name in commands()]:
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, line)


def examples():
    """The command lines that people are to paste: indented or fenced, in any of the documents."""
    for path in [PAGE, *glob.glob(os.path.join(SOURCE, "*.md")),
                 *glob.glob(os.path.join(SOURCE, "docs/*.md"))]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if path == PAGE:
            text = text.replace("\\-", "-")
            blocks = re.findall(r"(?ms)^\.nf\n(.*?)^\.fi", text)
        else:
            blocks = re.findall(r"(?ms)^```\w*\n(.*?)^```", text)
        for line in "".join(blocks).splitlines():
            for part in re.split(r"\|\||&&|\|", line.split(" #")[0]):
                found = re.match(r"\s*(?:build/)?vitrinectl (.*)", part)
                if found:
                    yield os.path.basename(path), found[1]


class Examples(unittest.TestCase):
    def test_use_what_there_is(self):
        known, count = {name: set(options(name)) for name in commands()}, 0
        for where, line in examples():
            with self.subTest(where, line=line):
                count += 1
                words = shlex.split(line)
                if words[0].startswith("-"):
                    self.assertIn(words[0], ("--help", "--version"))
                    continue
                self.assertIn(words[0], known)
                for word in words[1:]:
                    if re.match(r"--[a-z]", word):
                        self.assertIn(word.split("=")[0], known[words[0]])
        self.assertGreater(count, 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
