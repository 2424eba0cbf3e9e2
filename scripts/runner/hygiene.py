"""The checks that read files and build nothing."""

import shutil
import subprocess

from runner.console import ROOT

SHELLS = ("#!/usr/bin/env bash\n", "#!/bin/sh\n", "# shellcheck shell=")


def tracked(*patterns):
    """The tracked files that match, as paths relative to ROOT. New files count, once git does not ignore them."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def is_shell(text):
    return text.startswith(SHELLS)


def shell_scripts():
    for name in tracked("scripts", ".ci", "tests", "examples", "benchmarks"):
        with open(ROOT / name, encoding="utf-8", errors="replace") as file:
            if is_shell(file.readline()):
                yield name


def checks(tally):
    if shutil.which("shellcheck"):
        tally.check("shellcheck", ["shellcheck", "-x", "-P", "SCRIPTDIR", *(ROOT / name for name in shell_scripts())])
    else:
        tally.leave_out("shellcheck: it is not installed")
    tally.check("clang-format", [ROOT / "scripts" / "format", "--check"])
