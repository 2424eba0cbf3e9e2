"""What the compiler needs for a network: seconds of processor time and peak memory, against the number of layers."""

import os
import tempfile

from driver.build import ROOT
from driver.compile_cost import best_cost
from driver.network_source import BOTH, dense_network

# (compiler, level, layers) -> seconds, gigabytes
LIMITS = {("GCC", "-O3", 32): (6.0, 1.0), ("GCC", "-O3", 64): (8.0, 1.0)}


def network_cost(command, source, repetitions):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp", encoding="utf-8") as file:
        file.write(source)
        file.flush()
        return best_cost(command, file.name, repetitions)


def rows(folder, clang, smoke, table):
    """Target 5: processor time of the compiler for one file, where there is a limit the least of three runs; the peak
    is the compiler's resident memory."""
    repetitions = 1 if smoke else 3
    for name, one in [("GCC", folder)] + ([("Clang", clang)] if clang else []):
        command = [*one.compile_command("benchmarks/network.cpp"), "-march=native"]
        for level in ("-O0", "-O3"):
            for layers in (4,) if smoke else (4, 16, 32, 64):
                limit = LIMITS.get((name, level, layers))
                source = dense_network(layers, BOTH)
                seconds, peak = network_cost([*command, level], source, repetitions if limit else 1)
                table.figure(f"compile, {name} {level}, {layers} Dense layers", f"{seconds:.2f} s, {peak / 1e6:.0f} MB")
                if limit:
                    table.at_most(5, f"{layers} Dense layers compile", seconds, limit[0], "s")
                    table.at_most(5, f"{layers} Dense layers, memory to compile", peak / 1e9, limit[1], "GB")
    if not smoke:
        command = [*folder.compile_command("benchmarks/network.cpp"), "-march=native", "-O3"]
        for what, source in (
            ("the type alone", dense_network(32, [])),
            ("of different widths", dense_network(32, BOTH, alike=False)),
        ):
            seconds, peak = network_cost(command, source, 1)
            table.figure(f"compile, GCC -O3, 32 Dense layers, {what}", f"{seconds:.2f} s, {peak / 1e6:.0f} MB")
    for name, one in [("GCC", folder)] + ([("Clang", clang)] if clang else []):
        example_rows(folder, one.compiler, name, smoke, table)


def example_rows(folder, compiler, name, smoke, table):
    """The numbered examples, each once but for the one with a limit. `folder` knows how they are compiled."""
    for example in sorted(os.listdir(os.path.join(ROOT, "examples"))):
        command = folder.compile_command(os.path.join("examples", example))
        if not example[:1].isdigit() or (smoke and "mnist" not in example):
            continue
        if command is None:
            table.leave_out(f"compile time of {example}: it is not part of this build")
            continue
        command = [compiler, *command[1:], "-march=native"] + (["-fconstexpr-steps=20000000"] if name == "Clang" else [])
        for level in ("-O0", "-O3"):
            limited = (name, level) == ("GCC", "-O3") and "mnist" in example
            seconds, peak = best_cost([*command, level], os.path.join(ROOT, "examples", example), 3 if limited and not smoke else 1)
            table.figure(f"compile, {name} {level}, {example}", f"{seconds:.2f} s, {peak / 1e6:.0f} MB")
            if limited:
                table.at_most(5, "the MNIST example compiles", seconds, 3.0, "s")
