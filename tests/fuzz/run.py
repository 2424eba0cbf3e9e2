"""Fuzzes the readers of files: builds each tests/fuzz/*.cpp with libFuzzer and the sanitizers, and runs it.

usage: run.py [--seconds N] [--compiler CLANG] [TARGET...]

Each target begins with its seeds and runs for N seconds (30), several side by side. A crash, an error of a sanitizer, more
than 1 GB of memory or an input that takes more than 10 seconds is a failure; the input is kept in build/fuzz.
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "fuzz"
FLAGS = ["-std=c++20", "-O1", "-g", "-ffp-contract=off", "-fsanitize=fuzzer,address,undefined",
         "-fno-sanitize-recover=all", f"-I{ROOT / 'include'}"]


def fuzz(target, compiler, seconds):
    """What went wrong, or None."""
    program, corpus = FOLDER / target, FOLDER / f"{target}.corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    built = subprocess.run([compiler, *FLAGS, ROOT / "tests/fuzz" / f"{target}.cpp", "-ldeflate", "-o", program],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if built.returncode != 0:
        return built.stdout
    ran = subprocess.run([program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024",
                          f"-artifact_prefix={FOLDER / target}-", corpus, ROOT / "tests/fuzz/seeds" / target],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return None if ran.returncode == 0 else "\n".join(ran.stdout.splitlines()[-60:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--compiler", default="clang++-19")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    targets = options.targets or sorted(path.stem for path in (ROOT / "tests/fuzz").glob("*.cpp"))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda target: fuzz(target, options.compiler, options.seconds), targets)
        for target, problem in zip(targets, results):
            failed += problem is not None
            print(f"FAILED  {target}\n{problem}" if problem else f"ok      {target}", flush=True)
    print(f"{len(targets) - failed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
