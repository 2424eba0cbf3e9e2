"""What scripts/mutate does: compiles tests with headers that were made wrong, and lists what no test sees."""

import concurrent.futures
import dataclasses
import importlib.util
import pathlib
import shutil
import subprocess
import tempfile
import time
from typing import Tuple

from runner.console import BUILD, ROOT, Problem, cores, say
from runner.tally import seconds_since

HEADERS = pathlib.Path("include") / "cortexpr"
LIST = ROOT / "tests" / "mutation" / "mutations.py"
FOLDER = BUILD / "mutation"
FEW = 12
COMPILING_SECONDS = 900
# A changed loop may never end: a test may take so many times as long as with the right headers, and a little more.
TIMES_LONGER, SECONDS_LONGER = 20, 30


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One change: `before` stands once in the header, a path below include/cortexpr, and becomes `after`. `tests` are the
    files tests/<test>_test.cpp that should fail, where a static_assert counts as well. `refused`: the library itself refuses the
    change, so that they do not compile. `because` explains why no test can see the change."""
    name: str
    header: str
    before: str
    after: str
    tests: Tuple[str, ...]
    refused: bool = False
    because: str = ""

    def problem(self):
        """What is wrong with the entry, as a sentence, or ''."""
        header = ROOT / HEADERS / self.header
        if not header.is_file():
            return f"there is no header {self.header}"
        found = header.read_text(encoding="utf-8").count(self.before)
        if found != 1:
            return f"the text must stand once in {self.header}, found {found} times: {self.before}"
        if self.before == self.after:
            return "the change changes nothing"
        if not self.tests:
            return "it names no test"
        missing = [test for test in self.tests if not source_of(test).is_file()]
        return f"there is no test {missing[0]}" if missing else ""

    def matches(self, texts):
        return not texts or any(text in self.name or text in self.header for text in texts)


def source_of(test):
    return ROOT / "tests" / f"{test}_test.cpp"


def read_list(path=LIST):
    """The mutations of the list."""
    spec = importlib.util.spec_from_file_location("mutations", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [Mutation(*entry, **options) for entry, options in module.ENTRIES]


def problems_of(mutations):
    """Sentences about entries that cannot be used."""
    names = [mutation.name for mutation in mutations]
    for mutation in mutations:
        problem = mutation.problem() or ("its name is not unique" if names.count(mutation.name) > 1 else "")
        if problem:
            yield f"{mutation.name}: {problem}"


def spread(entries, count):
    """So many of the entries, from the first on, at equal distances."""
    count = min(count, len(entries))
    return [entries[i * len(entries) // count] for i in range(count)]


def is_assertion(error):
    """Whether a line of the compiler says that a static_assert of a test failed."""
    return "static assertion failed" in error and error.startswith(str(ROOT / "tests"))


class Compiler:
    """Compiles and runs test programs. `main` is the object file of tests/main.cpp."""

    def __init__(self, program):
        self.program = program
        self.flags = ["-std=c++20", "-O0", "-ffp-contract=off", "-march=native", "-w"]
        if "clang" in self.ask("--version"):
            self.flags.append("-fconstexpr-steps=200000000")  # as tests/meson.build
        self.main = FOLDER / "main.o"

    def ask(self, *arguments):
        return subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, text=True, check=False).stdout

    def compile_main(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        done = self.call([self.program, *self.flags, "-c", ROOT / "tests" / "main.cpp", "-o", self.main], COMPILING_SECONDS)
        if done.returncode != 0:
            raise Problem(f"scripts/mutate: tests/main.cpp does not compile:\n{done.stdout}")

    def build(self, test, include, program):
        """Compiles a test with the headers of a folder. Returns the lines of the errors, none if there are none."""
        sources = [source_of(test), *helpers_of(test)]
        command = [self.program, *self.flags, "-I", include, *sources, self.main, "-ldeflate", "-lpthread", "-o", program]
        done = self.call(command, COMPILING_SECONDS)
        if done.returncode == 0:
            return []
        return [line for line in done.stdout.splitlines() if " error: " in line] or [done.stdout[-300:] or "the compiler fails"]

    @staticmethod
    def call(command, seconds):
        """The finished process; one that takes too long has returncode 124."""
        words = [str(word) for word in command]
        try:
            return subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 124, "")


def helpers_of(test):
    """Sources that a test is linked with: bits_record.cpp for the record of bits, heap_counter.cpp for the heap."""
    text = source_of(test).read_text(encoding="utf-8")
    folder = source_of(test).parent
    return [folder / source for header, source in (("bits.hpp", "bits_record.cpp"), ("heap_counter.hpp", "heap_counter.cpp"))
            if f'"{header}"' in text]


class Run:
    """The mutations of one call of scripts/mutate, and what became of them."""

    def __init__(self, mutations, compiler, jobs):
        self.mutations = mutations
        self.compiler = compiler
        self.jobs = jobs
        self.seconds = {}  # of each test with the right headers
        self.counts = dict.fromkeys(("caught", "explained", "SURVIVED", "ERROR"), 0)

    def all(self):
        """Returns the exit status."""
        self.compiler.compile_main()
        tests = sorted({test for mutation in self.mutations for test in mutation.tests})
        say(f"{len(tests)} tests with the right headers, then {len(self.mutations)} changes")
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            self.seconds.update(zip(tests, pool.map(self.baseline, tests)))
            futures = [pool.submit(self.judge, mutation) for mutation in self.mutations]
            for future in concurrent.futures.as_completed(futures):
                verdict, text = future.result()
                self.counts[verdict] += 1
                print(f"{verdict:9} {text}", flush=True)
        print(", ".join(f"{count} {verdict.lower()}" for verdict, count in self.counts.items()), flush=True)
        return 1 if self.counts["SURVIVED"] or self.counts["ERROR"] else 0

    def baseline(self, test):
        """How long a test runs with the right headers, with which it must pass."""
        with tempfile.TemporaryDirectory(dir=FOLDER) as work:
            program = pathlib.Path(work) / "test"
            errors = self.compiler.build(test, ROOT / "include", program)
            if errors:
                raise Problem(f"scripts/mutate: {test} does not compile with the right headers: {errors[0]}")
            began = time.monotonic()
            if self.compiler.call([program], COMPILING_SECONDS).returncode != 0:
                raise Problem(f"scripts/mutate: {test} fails with the right headers; mend that first")
            return time.monotonic() - began

    def judge(self, mutation):
        """(verdict, text) for one change."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=FOLDER) as work:
            seen, error = self.try_tests(mutation, pathlib.Path(work))
        where = f"{mutation.name} ({mutation.header}, {seconds_since(began)} s)"
        if error:
            return "ERROR", f"{where}: {error}"
        if seen and mutation.because:
            return "ERROR", f"{where}: {seen} sees it, although the list explains why no test can; remove the explanation"
        if seen:
            return "caught", f"{where} by {seen}"
        if mutation.because:
            return "explained", f"{where}: {mutation.because}"
        return "SURVIVED", f"{where}: {', '.join(mutation.tests)} passed with `{mutation.after}` for `{mutation.before}`"

    def try_tests(self, mutation, work):
        """(the test that sees the change or '', an error of the entry or '')"""
        shutil.copytree(ROOT / "include", work / "include")
        header = work / HEADERS / mutation.header
        header.write_text(header.read_text(encoding="utf-8").replace(mutation.before, mutation.after), encoding="utf-8")
        for test in mutation.tests:
            program = work / "test"
            errors = self.compiler.build(test, work / "include", program)
            if mutation.refused and not errors:
                continue
            if errors and (mutation.refused or all(is_assertion(error) for error in errors)):
                return f"the compiler in {test}", ""
            if errors:
                return "", f"{test} does not compile; if the compiler is to refuse the change, say refused=True: {errors[0]}"
            limit = TIMES_LONGER * self.seconds[test] + SECONDS_LONGER
            if self.compiler.call([program], limit).returncode != 0:
                return test, ""
        return "", ""


def main(compiler, few, check, jobs, texts):
    """Returns the exit status."""
    everything = read_list()
    problems = list(problems_of(everything))
    for problem in problems:
        print(f"ERROR     {problem}")
    if problems or check:
        print(f"{len(everything)} changes in tests/mutation/mutations.py, {len(problems)} of them wrong")
        return 1 if problems else 0
    chosen = [mutation for mutation in everything if mutation.matches(texts)]
    if not chosen:
        raise Problem(f"scripts/mutate: no change has {' or '.join(texts)} in its name or header; see tests/mutation/mutations.py")
    return Run(spread(chosen, FEW) if few else chosen, Compiler(compiler), jobs or cores()).all()
