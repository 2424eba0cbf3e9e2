"""A variant: one build in build/NAME and its tests."""

import time

from runner import meson_log
from runner.build import Failure, Folder, read, run_to_log
from runner.console import BUILD
from runner.tally import seconds_since


class Variant:
    """`suites` selects tests, none means all; those of `left_out` are not run. `targets` are built; none means
    everything."""

    def __init__(self, name, options, suites=(), targets=(), compiler=None, left_out=()):
        self.name = name
        self.options = options
        self.suites = suites
        self.left_out = left_out
        self.targets = targets
        self.path = BUILD / name
        self.folder = Folder(self.path, compiler)

    def run(self, tally):
        """Configures, builds, runs the tests and counts them. What was built is tested even if the rest does not build."""
        began = time.monotonic()
        try:
            self.folder.configure(self.options)
        except Failure as failure:
            tally.show(str(failure))
            tally.say(f"{self.name}: FAILED (cannot be configured)")
            tally.count(0, 1)
            return
        try:
            self.folder.compile(self.targets)
        except Failure as failure:
            tally.show(str(failure))
            tally.say(f"{self.name}: FAILED to build; the tests of what was built follow")
            tally.count(0, 1)
        tests = self.run_tests(tally)
        passed, failed = meson_log.total_of(tests)
        tally.count(passed, failed)
        tally.say(f"{self.name}: {passed} passed, {failed} failed ({seconds_since(began)} s)")

    def run_tests(self, tally):
        """The entries of meson's test log. Shows what the failed tests printed, or why none could run."""
        log = self.path / "test.log"
        meson_log.log_of(self.path).unlink(missing_ok=True)
        selection = [word for suite in self.suites for word in ("--suite", suite)]
        selection += [word for suite in self.left_out for word in ("--no-suite", suite)]
        command = ["meson", "test", "-C", str(self.path), "--no-rebuild", *selection]
        succeeded = run_to_log(command, log, self.folder.environment)
        tests = meson_log.tests_in(self.path)
        if not tests:
            tally.show(read(log))
        elif not succeeded:
            tally.show(meson_log.failures_of(tests) or "\n".join(read(log).splitlines()[-5:]))
        return tests
