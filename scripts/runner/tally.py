"""The count of what passed and failed, what was left out, and what was printed about it."""

import concurrent.futures
import subprocess
import time

from runner.console import say


class Tally:
    """A quiet tally keeps its lines until `add` prints them, so that several can be at work side by side."""

    def __init__(self, quiet=False):
        self.passed = 0
        self.failed = 0
        self.left_out = []
        self.lines = [] if quiet else None

    def show(self, text):
        if self.lines is None:
            print(text, flush=True)
        else:
            self.lines.append(text)

    def say(self, text):
        self.show(f"-- {text}")

    def count(self, passed, failed):
        self.passed += passed
        self.failed += failed

    def leave_out(self, sentence):
        self.say(f"left out: {sentence}")
        self.left_out.append(sentence)

    def check(self, name, command):
        """One test that is a command; the end of its output is shown if it fails."""
        began = time.monotonic()
        try:
            done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
            failed, output = done.returncode != 0, done.stdout
        except OSError as error:
            failed, output = True, str(error)
        self.settle(name, failed, output, began)

    def settle(self, name, failed, output, began):
        """Counts and prints one test that began then."""
        if failed:
            self.show("\n".join(output.splitlines()[-40:]))
            self.say(f"{name}: FAILED")
        else:
            self.say(f"{name}: ok ({seconds_since(began)} s)")
        self.count(not failed, failed)

    def add(self, other):
        """Prints what a quiet tally has kept, and counts what it has counted."""
        for line in other.lines or ():
            self.show(line)
        self.count(other.passed, other.failed)
        self.left_out += other.left_out

    def together(self, *functions):
        """Calls all functions at once, each with a tally of its own, because each alone leaves cores idle. Then comes what
        they said, one after the other. One that raises an exception counts as one failure more."""
        tallies = [Tally(quiet=True) for _ in functions]
        with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool:
            started = [pool.submit(function, tally) for function, tally in zip(functions, tallies)]
        for function, tally, result in zip(functions, tallies, started):
            if result.exception() is not None:
                tally.show(f"{function.__name__}: {result.exception()!r}")
                tally.count(0, 1)
            self.add(tally)

    def finish(self, began):
        """The last lines. Returns the exit status. `began` is the time.monotonic() of the start."""
        say("; ".join([f"took {seconds_since(began)} s", *self.left_out]))
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


def seconds_since(began):
    return int(time.monotonic() - began)

