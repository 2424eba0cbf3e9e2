"""Targets 2, 3 and 6: the training step and inference beside the machine's limits, the peers and Clang's code."""

import os
import shutil
import subprocess
import sys

from driver import rounds
from driver.build import ROOT

FEW = 5  # quiet rounds; with fewer, all rounds count and the table says so


def find_torch_python():
    """The first Python that has PyTorch: the one we run on, or the system's."""
    for python in dict.fromkeys((sys.executable, shutil.which("python3"), "/usr/bin/python3")):
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def contestants(folder, clang, least_seconds, environment, table):
    """Builds what there is, and tells the table what there is not."""
    result = {"cortexpr": rounds.Program(folder.build("benchmark_network"), least_seconds)}
    for name, package in (("eigen", "libeigen3-dev"), ("dlib", "libdlib-dev")):
        if folder.has(f"benchmark_{name}"):
            result[name] = rounds.Program(folder.build(f"benchmark_{name}"), least_seconds)
        else:
            table.leave_out(f"{name}: not found (Debian: {package})")
    if clang:
        result["Clang"] = rounds.Program(clang.build("benchmark_network"), least_seconds)
    else:
        table.leave_out("Clang: no version 19 or newer found (Debian: clang-19)")
    python = find_torch_python()
    if python:
        script = os.path.join(ROOT, "benchmarks", "peers", "torch_peer.py")
        result["torch"] = rounds.Torch(python, script, least_seconds, environment)
    else:
        table.leave_out("PyTorch: not found (Debian: python3-torch)")
    return result


def measure(folder, clang, smoke, most_seconds, table):
    """Holds the rounds and returns the medians by contestant, in nanoseconds of processor time."""
    environment = rounds.openblas_environment()
    everyone = contestants(folder, clang, 0.001 if smoke else 0.02, environment, table)
    table.note("speed: processor time on one core, one thread, medians of interleaved rounds")
    if "OPENBLAS_CORETYPE" in environment:
        table.note(f"    OpenBLAS, under PyTorch and dlib, with its {environment['OPENBLAS_CORETYPE']} kernels")
    affinity = rounds.pin()
    rounds.hold(everyone.values(), 0 if smoke else 15, 0 if smoke else most_seconds, environment)
    rounds.unpin(affinity)

    figures = {}
    for name, contestant in everyone.items():
        probed = everyone["cortexpr"] if name == "torch" else contestant  # PyTorch has no probe of its own
        kept = rounds.quiet(probed)
        busy = len(kept) < FEW
        if busy:
            kept = range(len(contestant.rounds))
        state = "too few of them undisturbed: figures are too high" if busy else "undisturbed"
        table.note(f"    {name}: {len(kept)} of {len(contestant.rounds)} rounds, {state}")
        figures[name] = contestant.medians(kept)
        if name == "cortexpr":
            least = contestant.least()
            share = least["machine/fma_peak"] / figures[name]["flop:machine/fma_peak"]
            share *= figures[name]["flop:train_step/cortexpr"] / least["train_step/cortexpr"]
            table.figure("train_step/cortexpr, best round", f"{microseconds(least['train_step/cortexpr'])}, {share:.3f} of the peak")
    if "torch" in everyone:
        everyone["torch"].close()
    return figures


def rows(folder, clang, smoke, most_seconds, table):
    figures = measure(folder, clang, smoke, most_seconds, table)
    clang_figures = figures.pop("Clang", {})
    own = figures["cortexpr"]
    peak = own["flop:machine/fma_peak"] / own["machine/fma_peak"]
    useful = own["flop:train_step/cortexpr"] / own["train_step/cortexpr"]
    step, one = own["train_step/cortexpr"], own["inference_1/cortexpr"]

    table.figure("FMA peak", f"{peak:.1f} GFLOP/s")
    table.figure("reading the weights", microseconds(own["machine/read_weights"]))
    times = {name: ns for one_figures in figures.values() for name, ns in one_figures.items() if ":" not in name}
    for name in sorted(times):
        if not name.startswith("machine/"):
            table.figure(name, microseconds(times[name]))
    for name in ("train_step/cortexpr", "inference_1/cortexpr", "inference_60/cortexpr"):
        if clang_figures:
            table.figure(f"{name}, Clang", microseconds(clang_figures[name]))

    table.at_least(2, "training step, share of the FMA peak", useful / peak, 0.85)
    for who, limit in (("eigen", 0.70), ("torch", 0.45), ("dlib", 0.40)):
        if who in figures:
            table.at_most(2, f"training step / {who}", step / figures[who][f"train_step/{who}"], limit)
    table.at_most(3, "inference of 1 / reading the weights", one / own["machine/read_weights"], 1.15)
    if peak > 100:
        table.at_most(3, "inference, 64-32-10", own["inference_64_32_10/cortexpr"], 75, "ns")
    int8 = own["inference_784_128_10/cortexpr_int8"] / own["inference_784_128_10/cortexpr"]
    table.at_most("int8", "inference, 784-128-10 / float", int8, 0.60)
    for net in ("784_128_10", "images"):
        aware = own[f"train_step_{net}/cortexpr_aware"] / own[f"train_step_{net}/cortexpr"]
        table.at_most("int8", f"training step for 8 bits, {net} / float", aware, 2)
    table.at_most(3, "inference, 4-16-2", own["inference_4_16_2/cortexpr"], 25, "ns")
    if clang_figures:
        table.at_most(6, "training step, Clang / GCC", clang_figures["train_step/cortexpr"] / step, 1.15)
    convolution_rows(figures, own, peak, table)
    if peak > 100:
        table.at_most("gru", "one step, 1-16-1", own["gru16_step/cortexpr"], 70, "ns")
        table.at_most("lstm", "one step, 1-16-1", own["lstm16_step/cortexpr"], 80, "ns")


def convolution_rows(figures, own, peak, table):
    """Two convolutional networks beside the peers that can convolve."""
    useful = own["flop:cnn_train_step/cortexpr"] / own["cnn_train_step/cortexpr"]
    table.at_least("cnn", "training step, share of the FMA peak", useful / peak, 0.60)
    limits = {
        ("cnn", "train_step", "torch"): 0.35,
        ("cnn", "inference_1", "torch"): 0.35,
        ("cnn", "inference_1", "dlib"): 0.25,
        ("lenet5", "train_step", "torch"): 0.35,
        ("lenet5", "inference_1", "torch"): 0.35,
    }
    for (network, what, who), limit in limits.items():
        if who in figures:
            ratio = own[f"{network}_{what}/cortexpr"] / figures[who][f"{network}_{what}/{who}"]
            table.at_most(network, f"{what.replace('_', ' ')} / {who}", ratio, limit)


def microseconds(nanoseconds):
    return f"{nanoseconds / 1000:.3f} us"
