"""The checks that read files and build nothing."""

import ast
import shutil
import subprocess
import time

from runner.console import ROOT

FOLDERS = ("scripts", ".ci", "tests", "tools", "examples", "benchmarks")
SHELLS = ("#!/usr/bin/env bash\n", "#!/bin/sh\n", "# shellcheck shell=")


def tracked(*patterns):
    """The tracked files that match, as paths relative to ROOT. New files count, once git does not ignore them."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def is_shell(text):
    return text.startswith(SHELLS)


def texts():
    """(name, text) of each file that may be a script."""
    for name in tracked(*FOLDERS):
        yield name, (ROOT / name).read_text(encoding="utf-8", errors="replace")


def python_problems(text):
    """Sentences about what Python 3.9 does not read, and about imports that nothing uses."""
    try:
        tree = ast.parse(text, feature_version=(3, 9))
    except SyntaxError as error:
        yield f"line {error.lineno}: {error.msg}"
        return
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = (alias.asname or alias.name).split(".")[0]
                if name not in used:
                    yield f"line {node.lineno}: imports {name}, which nothing uses"


def check_python(tally):
    began = time.monotonic()
    problems = [f"{name}, {problem}" for name, text in texts()
                if name.endswith(".py") or text.startswith("#!/usr/bin/env python3") for problem in python_problems(text)]
    tally.settle("Python", bool(problems), "\n".join(problems), began)


def checks(tally, clang_format):
    """`clang_format` is the program, or '' where it is not installed."""
    if shutil.which("shellcheck"):
        scripts = [ROOT / name for name, text in texts() if is_shell(text)]
        tally.check("shellcheck", ["shellcheck", "-x", "-P", "SCRIPTDIR", *scripts])
    else:
        tally.leave_out("shellcheck: it is not installed")
    check_python(tally)
    if clang_format:
        tally.check("clang-format", [ROOT / "scripts" / "format", "--check"])
    else:
        tally.leave_out("clang-format: version 19 is not installed")
