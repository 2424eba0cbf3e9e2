"""Interleaved rounds: every contestant measures a little in each round, and medians over the rounds are compared."""

import json
import os
import statistics
import subprocess
import time

NEIGHBOUR = 1.05  # a round counts when the probe took at most this much longer than its best of the run


def pin():
    """Keeps this process and its children on one core, where that can be done; returns what to hand to unpin."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    return before


def unpin(before):
    if before is not None:
        os.sched_setaffinity(0, before)


def openblas_environment():
    """One thread; and where OpenBLAS is older than the processor, the kernels that the processor has after all."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        flags = []
    for flag, kernels in (("avx512dq", "SkylakeX"), ("avx2", "Haswell")):
        if flag in flags:
            environment["OPENBLAS_CORETYPE"] = kernels
            break
    return environment


def medians(rounds):
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def quiet(program):
    """The rounds in which the core was ours alone, before and after."""
    probes = [(one["machine/quiet_before"], one["machine/quiet_after"]) for one in program.rounds]
    best = min(min(pair) for pair in probes)
    return [i for i, pair in enumerate(probes) if max(pair) <= NEIGHBOUR * best]


class Program:
    """A Google Benchmark program of ours; one process a round, with the probe as its first and last benchmark."""

    def __init__(self, path, least_seconds):
        self.command = [path, "--benchmark_format=json", f"--benchmark_min_time={least_seconds}"]
        self.rounds = []

    def measure(self, environment):
        done = subprocess.run(self.command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{self.command[0]} failed:\n{done.stderr[-2000:]}")
        figures = {}
        for one in json.loads(done.stdout)["benchmarks"]:
            figures[one["name"]] = one["cpu_time"]  # nanoseconds
            if "flop" in one:
                figures[f"flop:{one['name']}"] = one["flop"]
        self.rounds.append(figures)

    def medians(self, kept):
        return medians([self.rounds[i] for i in kept])

    def least(self):
        return {name: min(one[name] for one in self.rounds) for name in self.rounds[0]}


class Torch:
    """PyTorch, kept running: it takes seconds to start."""

    def __init__(self, python, script, least_seconds, environment):
        self.process = subprocess.Popen(
            [python, script, str(least_seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.process.stdout.readline()  # it is ready
        self.rounds = []

    def measure(self, _environment):
        self.process.stdin.write("round\n")
        self.process.stdin.flush()
        self.rounds.append(json.loads(self.process.stdout.readline()))

    def medians(self, kept):
        return medians([self.rounds[i] for i in kept])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def hold(contestants, wanted, most_seconds, environment):
    """Rounds until each program has `wanted` quiet ones or the time is over."""
    programs = [c for c in contestants if isinstance(c, Program)]
    end = time.monotonic() + most_seconds
    while True:
        for contestant in contestants:
            contestant.measure(environment)
        if all(len(quiet(p)) >= wanted for p in programs) or time.monotonic() >= end:
            return
