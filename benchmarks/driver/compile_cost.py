"""What one file costs a compiler: seconds of processor time, peak memory, and what does not depend on the machine."""

import collections
import json
import os
import re
import subprocess
import tempfile


def cost(command, source):
    """Compiles a file to an object that is thrown away: (seconds of processor time, peak bytes)."""
    with tempfile.TemporaryDirectory() as folder:
        return run([*command, "-c", source, "-o", os.path.join(folder, "object")])


def run(command, output=None):
    """Runs a compiler: (seconds of processor time, peak bytes of memory). What it prints goes to the file `output`."""
    actions = [] if output is None else [(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)]
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} failed")
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def best_cost(command, source, repetitions):
    """The least of several runs: whatever else the machine does only adds."""
    costs = [cost(command, source) for _ in range(repetitions)]
    return min(c[0] for c in costs), min(c[1] for c in costs)


def is_clang(compiler):
    return "clang" in subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]


def version(compiler):
    """As in "GCC 12" and "Clang 19": counts differ from one to the next."""
    number = subprocess.run([compiler, "-dumpversion"], capture_output=True, text=True, check=True).stdout.split(".")[0].strip()
    return f"{'Clang' if is_clang(compiler) else 'GCC'} {number}"


def counts(command, source, nested=False):
    """Checks a file: figures that one compiler gives on every machine, then seconds and peak bytes. GCC counts the
    specializations of templates and the megabytes that its garbage collector hands out, those of constant expressions
    included; Clang, which traces only what it compiles, the instantiations of classes and of functions.

    With `nested`, the file has layers inside layers. They end GCC 12's -fstats with an internal error (a stopwatch is
    started twice), so its -fmem-report is asked, which gives the megabytes that are in use in the end instead. Nothing is
    collected before, as when to collect depends on the machine."""
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "report"), "w+", encoding="utf-8") as report:
        trace = os.path.join(folder, "trace.json")
        clang = is_clang(command[0])
        if clang:
            asked = ["-c", "-o", os.path.join(folder, "object"), f"-ftime-trace={trace}", "-ftime-trace-granularity=0"]
        elif nested:
            asked = ["-fsyntax-only", "-fmem-report", "--param", "ggc-min-heapsize=8000000"]
        else:
            asked = ["-fsyntax-only", "-fstats"]
        seconds, peak = run([*command, "-O0", *asked, source], report)
        report.seek(0)
        figures = clang_counts(trace) if clang else gcc_counts(report.read(), nested)
    return figures, seconds, peak


def gcc_counts(report, nested):
    tables = re.findall(r"^\w+_specializations: size \d+, (\d+) elements", report, re.MULTILINE)
    memory = r"^Total +\d+[kMG] +(\d+)([kMG])" if nested else r"^ TOTAL .*?(\d+)([kMG])\s*$"
    total = re.search(memory, report, re.MULTILINE)
    if not tables or not total:
        raise RuntimeError("GCC does not print what it did; driver/compile_cost.py must learn its new report")
    megabytes = int(total[1]) * {"k": 1e-3, "M": 1, "G": 1e3}[total[2]]
    return {"specializations": sum(map(int, tables)), "megabytes in use" if nested else "megabytes": megabytes}


def clang_counts(trace):
    with open(trace, encoding="utf-8") as file:
        names = collections.Counter(event["name"] for event in json.load(file)["traceEvents"] if event.get("ph") == "X")
    return {"classes": names["InstantiateClass"], "functions": names["InstantiateFunction"]}
