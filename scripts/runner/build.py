"""A build folder of meson: to configure it, to compile in it, and what to show of a failure."""

import contextlib
import os
import re
import shutil
import subprocess
import sys

from runner.console import ROOT, Problem


class Failure(Exception):
    """The lines of a log that say why a build folder cannot be configured or built."""


@contextlib.contextmanager
def explained(sentence):
    """Turns a Failure into a Problem with this sentence, and shows the lines."""
    try:
        yield
    except Failure as failure:
        print(failure, file=sys.stderr)
        raise Problem(f"{sentence}; the lines above say why.") from failure


def run_to_log(command, log, environment=None):
    """Whether the command succeeds; what it prints goes to the file `log`."""
    with open(log, "wb") as file:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                              env=environment, check=False).returncode == 0


def excerpt(text, after=12, most=60):
    """The lines of a compiler's output that tell of an error, each with some of those after it."""
    lines = text.splitlines()
    shown = set()
    for number, line in enumerate(lines):
        if re.search("FAILED|error|ERROR", line):
            shown.update(range(number, min(number + after + 1, len(lines))))
    return "\n".join(lines[number] for number in sorted(shown)[:most])


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


class Folder:
    """One build folder. `compiler` is the value of CXX; None leaves the environment as it is. `environment` replaces
    the whole environment.
    Errors: `configure` and `compile` raise Failure."""

    def __init__(self, path, compiler=None, environment=None):
        self.path = path
        self.environment = environment
        if compiler is not None:
            self.environment = {**os.environ, "CXX": compiler}

    def configure(self, options):
        """Sets the folder up, or brings an old one to these options."""
        self.path.mkdir(parents=True, exist_ok=True)
        log = self.path / "configure.log"
        setup = ["meson", "setup"]
        place = [*options, str(self.path), str(ROOT)]
        if (self.path / "build.ninja").exists() and run_to_log([*setup, "--reconfigure", *place], log, self.environment):
            return
        for entry in self.path.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != log:
                entry.unlink()
        if not run_to_log([*setup, *place], log, self.environment):
            raise Failure("\n".join(read(log).splitlines()[-20:]))

    def compile(self, targets=()):
        """Builds the targets, or everything. After an error, what does not depend on it is still built."""
        log = self.path / "build.log"
        command = ["meson", "compile", "-C", str(self.path), "--ninja-args=-k,0", *targets]
        if not run_to_log(command, log, self.environment):
            raise Failure(excerpt(read(log)))
