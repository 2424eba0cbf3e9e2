"""What scripts/runner parses and counts: each case is what a function found, and what it should find."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from runner import build, firmware, hygiene, meson_log, mnist, mnist_files, mutation  # noqa: E402
from runner.console import Problem  # noqa: E402
from runner.instruction_sets import runs_level  # noqa: E402
from runner.tally import Tally  # noqa: E402

COLOURED = "\x1b[0;36m[doctest] \x1b[0mtest cases: 12 | \x1b[0;32m11 passed\x1b[0m | \x1b[0;31m1 failed\x1b[0m | 0 skipped"
DOCTEST = "[doctest] test cases: 5 | 5 passed | 0 failed | 0 skipped\n[doctest] assertions: 9 | 9 passed | 0 failed |\n"


def count(result, output=None):
    return meson_log.counts_of({"name": "a", "result": result, "stdout": output})


def counting():
    yield "a doctest program", count("OK", DOCTEST), (5, 0)
    yield "two doctest programs", count("OK", DOCTEST + DOCTEST), (10, 0)
    yield "a doctest program with colours", count("FAIL", COLOURED), (11, 1)
    yield "a crash after the last case", count("FAIL", DOCTEST), (5, 1)
    yield "a script", count("OK", "ok      first\n3 passed, 0 failed\n"), (3, 0)
    yield "a script that fails", count("FAIL", "2 passed, 7 failed\n"), (2, 7)
    yield "counts inside a line", count("OK", "so 2 passed, 7 failed\n"), (1, 0)
    yield "a test without counts", count("OK"), (1, 0)
    yield "a time-out", count("TIMEOUT", "started\n"), (0, 1)
    yield "a failure that is expected", count("EXPECTEDFAIL"), (1, 0)
    yield "a test that is skipped", count("SKIP", DOCTEST), (0, 0)
    yield "no test at all", meson_log.total_of([]), (0, 1)
    tests = [{"name": name, "result": result, "returncode": 3, "stdout": f"{name} out", "stderr": f"{name} err"}
             for name, result in (("a", "OK"), ("b", "FAIL"), ("c", "SKIP"))]
    yield "all tests", meson_log.total_of(tests), (1, 1)
    yield "the output of what failed", meson_log.failures_of(tests), "---- b: FAIL, exit status 3\nb out\nb err"
    with tempfile.TemporaryDirectory() as folder:
        log = meson_log.log_of(pathlib.Path(folder))
        yield "no log", meson_log.tests_in(pathlib.Path(folder)), []
        log.parent.mkdir()
        log.write_text("".join(json.dumps(test) + "\n" for test in tests), encoding="utf-8")
        yield "a log", meson_log.tests_in(pathlib.Path(folder)), tests


def tallies():
    tally = Tally(quiet=True)
    tally.check("good", [sys.executable, "-c", "print('hidden')"])
    yield "a check that passes", (tally.passed, tally.failed, len(tally.lines)), (1, 0, 1)
    tally.check("bad", [sys.executable, "-c", "print('shown'); raise SystemExit(2)"])
    yield "a check that fails", (tally.passed, tally.failed, tally.lines[1:]), (1, 1, ["shown", "-- bad: FAILED"])
    tally.check("absent", ["/no/such/program"])
    yield "a check that cannot be run", (tally.passed, tally.failed), (1, 2)

    def first(inner):
        inner.count(2, 0)
        inner.say("first")

    def second(inner):
        inner.leave_out("a tool")
        raise ValueError("wrong")

    tally = Tally(quiet=True)
    tally.together(first, second)
    yield "side by side", (tally.passed, tally.failed, tally.left_out), (2, 1, ["a tool"])
    yield "in order", tally.lines, ["-- first", "-- left out: a tool", "second: ValueError('wrong')"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = tally.finish(0)
    yield "the exit status", status, 1
    yield "the last line", printed.getvalue().splitlines()[-1], "2 passed, 1 failed"
    yield "what was left out", printed.getvalue().splitlines()[0].partition("; ")[2], "a tool"


def parsing():
    text = "\n".join(["quiet", "a.cpp:1: error: no", "  note", "quiet", "quiet", "FAILED: b.o", "end"])
    yield "an excerpt", build.excerpt(text, after=1), "a.cpp:1: error: no\n  note\nFAILED: b.o\nend"
    yield "a short excerpt", build.excerpt(text, after=1, most=2), "a.cpp:1: error: no\n  note"
    yield "an excerpt of nothing", build.excerpt("quiet\n"), ""
    flags = "flags\t\t: fpu sse4_2 ssse3 popcnt cx16 avx2 fma bmi1 bmi2 f16c movbe avx512f\n"
    levels = [level for level in ("v2", "v3", "v4") if runs_level(level, flags)]
    yield "instruction sets", levels, ["v2", "v3"]
    yield "an unknown processor", runs_level("v2", ""), False
    preprocessed = '# 0 "<stdin>"\n# 1 "/opt/include/boost/hana/config.hpp" 1 3 4\n# 1 "/opt/include/boost/other.hpp"\n'
    yield "the folder of Boost", firmware.folder_of_boost(preprocessed), "/opt/include"
    yield "no Boost", refused(firmware.folder_of_boost, "nothing"), "install Boost"
    yield "shell scripts", [hygiene.is_shell(line) for line in ("#!/bin/sh\n", "#!/usr/bin/env python3\n")], [True, False]
    python = "import os\nimport sys as system\nfrom a.b import c\nmatch = os.name\n"
    unused = ["line 2: imports system, which nothing uses", "line 3: imports c, which nothing uses"]
    yield "imports", list(hygiene.python_problems(python)), unused
    yield "a newer Python", len(list(hygiene.python_problems("match 1:\n    case 1: pass\n"))), 1
    yield "--data", [mnist.names_data(words) for words in (["--data", "x"], ["--data=x"], ["--draw", "0"])], [True, True, False]


def refused(function, *arguments):
    """The last words of the Problem that a function raises."""
    try:
        return function(*arguments)
    except Problem as problem:
        return str(problem).rpartition("; ")[2].rstrip(".")


def files():
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        yield "an empty folder", mnist_files.missing_file(folder), "train-images-idx3-ubyte.gz"
        for number, name in enumerate(mnist_files.SHA256):
            (folder / (name + (".gz" if number % 2 else ""))).touch()
        yield "packed and unpacked files", mnist_files.missing_file(folder), None
        os.environ["MNIST_DIR"] = work
        yield "MNIST_DIR", mnist_files.find(), work
        os.environ["MNIST_DIR"] = str(folder / "none")
        yield "MNIST_DIR without files", refused(mnist_files.find), "name a folder with the four MNIST files or unset it"
        packed = folder / "packed.gz"
        packed.write_bytes(gzip.compress(b"pixels"))
        yield "the hash of what is packed", mnist_files.sha256_of_packed(packed), hashlib.sha256(b"pixels").hexdigest()
        packed.write_bytes(packed.read_bytes()[:-9])
        yield "the hash of half a file", mnist_files.sha256_of_packed(packed), None
        packed.write_bytes(b"<html>")
        yield "the hash of another file", mnist_files.sha256_of_packed(packed), None
        with contextlib.redirect_stdout(io.StringIO()):
            os.environ["MNIST_MIRRORS"] = f"{folder.as_uri()}/none {folder.as_uri()}"
            got = mnist_files.download(folder / "new")
        yield "mirrors with other files", (got, (folder / "new").exists()), (False, False)


def mutations():
    header, text = "core/shape.hpp", "#pragma once"
    right = mutation.Mutation("a", header, text, "", ("core/shape",))

    def wrong(**changes):
        return mutation.dataclasses.replace(right, **changes).problem()

    yield "a change", right.problem(), ""
    yield "a change of no header", wrong(header="none.hpp"), "there is no header none.hpp"
    yield "a change of nothing", wrong(after=text), "the change changes nothing"
    yield "a text that is not there", wrong(before="no such text").startswith("the text must stand once"), True
    yield "a text that is there twice", wrong(before="Shape").startswith("the text must stand once"), True
    yield "a change without a test", wrong(tests=()), "it names no test"
    yield "a change with a test that is not there", wrong(tests=("core/none",)), "there is no test core/none"
    yield "two changes of one name", len(list(mutation.problems_of([right, right]))), 2
    yield "the list has no errors", list(mutation.problems_of(mutation.read_list())), []
    yield "spread", mutation.spread(list(range(10)), 3), [0, 3, 6]
    yield "spread of a few", mutation.spread([1, 2], 3), [1, 2]
    yield "what a test is linked with", [path.name for path in mutation.helpers_of("laws/bits")], ["bits_record.cpp"]

    class Always:
        """A compiler whose programs always return the same; with it no change is seen, or each."""

        def __init__(self, returncode, *errors):
            self.returncode, self.errors = returncode, errors

        def build(self, *_):
            return self.errors

        def call(self, *_):
            return mutation.subprocess.CompletedProcess([], self.returncode, "")

    def verdict(compiler, **changes):
        run = mutation.Run([], compiler, 1)
        run.seconds["core/shape"] = 1
        mutation.FOLDER.mkdir(parents=True, exist_ok=True)
        return run.judge(mutation.dataclasses.replace(right, **changes))[0]

    yield "a survivor", verdict(Always(0)), "SURVIVED"
    yield "a survivor that is explained", verdict(Always(0), because="it is equal"), "explained"
    yield "a test that fails", verdict(Always(1)), "caught"
    yield "an explanation that no longer holds", verdict(Always(1), because="it is equal"), "ERROR"
    yield "a change that does not compile", verdict(Always(0, "no")), "ERROR"
    asserted = f"{mutation.ROOT}/tests/core/shape_test.cpp:8:1: error: static assertion failed: shape"
    yield "a static_assert that fails", verdict(Always(0, asserted)), "caught"
    yield "a static_assert and another error", verdict(Always(0, asserted, "error: no")), "ERROR"
    yield "a change that must not compile", verdict(Always(0, "no"), refused=True), "caught"
    yield "a change that must not compile, but does", verdict(Always(0), refused=True), "SURVIVED"


failed = passed = 0
for cases in (counting, tallies, parsing, files, mutations):
    for name, found, expected in cases():
        right = found == expected
        passed, failed = passed + right, failed + (not right)
        print(f"ok      {name}" if right else f"FAILED  {name}: found {found!r}, expected {expected!r}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
