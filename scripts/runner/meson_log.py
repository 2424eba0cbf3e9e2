"""What meson's test log says: how many tests passed and failed, and what the failed ones printed.

A doctest program counts as its test cases. A test that prints a line 'P passed, F failed' counts as that many. Any other
test counts as one. A test that fails without saying how many failed (a crash, a time-out, a sanitizer's report at exit)
counts as one failure more.
"""

import json
import re

DOCTEST = re.compile(r"\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SUCCESS = ("OK", "EXPECTEDFAIL")


def log_of(folder):
    return folder / "meson-logs" / "testlog.json"


def tests_in(folder):
    """The tests of the last run in a build folder; none where there was no run."""
    log = log_of(folder)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def counts_of(test):
    """(passed, failed) of one test."""
    if test["result"] == "SKIP":
        return 0, 0
    output = COLOUR.sub("", test.get("stdout") or "")
    found = DOCTEST.findall(output) or PLAIN.findall(output)
    succeeded = test["result"] in SUCCESS
    if not found:
        return (1, 0) if succeeded else (0, 1)
    passed = sum(int(p) for p, _ in found)
    failed = sum(int(f) for _, f in found)
    return passed, failed if succeeded or failed else 1


def total_of(tests):
    """(passed, failed) of all. No test at all is one failure: something is wrong."""
    counts = [counts_of(test) for test in tests]
    passed, failed = sum(p for p, _ in counts), sum(f for _, f in counts)
    return (passed, failed) if passed or failed else (0, 1)


def failures_of(tests):
    """What the failed tests printed, as text."""
    parts = []
    for test in tests:
        if test["result"] not in (*SUCCESS, "SKIP"):
            parts += [f"---- {test['name']}: {test['result']}, exit status {test['returncode']}",
                      (test.get("stdout") or "")[-6000:], (test.get("stderr") or "")[-3000:]]
    return "\n".join(parts)
