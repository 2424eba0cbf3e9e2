#!/usr/bin/env python3
"""What boards with Cortex-M calculate, compared with the host, bit for bit, and how many instructions they take for it.

usage: run.py FUSED SEPARATE [MNIST]

Builds programs for boards and runs them in QEMU. FUSED is the build folder of a host with fused multiply-add, SEPARATE that
of one without, as the two smallest cores are. With MNIST (there, in MNIST_DIR, or in data/mnist) a board also learns digits.
With the wake-word model of MLPerf Tiny, boards run it (wake_word.py).
Ends with 'N passed, N failed'.
"""

import os
import pathlib
import sys

sys.dont_write_bytecode = True

import wake_word  # noqa: E402
from toolchain import FIRMWARE, M0, M3, M4, M7, M33, M55, M55_WITHOUT_VECTORS, ROOT, Failed, emulate, link, run, run_cases  # noqa: E402

DOUBLES = "-Wl,--defsym=doubles_are_wanted=1"  # the linker script refuses them otherwise
HERE = ROOT / "tests" / "firmware"
HOST_OUTPUT = """#include <cstdio>
#include "semihosting.h"
void semihosting_write(const char* text) { std::fputs(text, stdout); }
"""


def on_board(board, core, sources, *flags):
    """A case: the program succeeds on the board."""
    return lambda work: emulate(board, link(work, board, sources, core, *flags))


def header(board, host, core):
    """Networks that were written as headers, and one that learns."""
    sources = [ROOT / "tests/io/header/program.cpp", HERE / "main.cpp"]
    return board, on_board(board, core, sources, f"-I{host / 'tests'}", "-DSMALL_FLASH", DOUBLES)


def layers(name, board, hashed, core, *flags):
    """Every layer, activation, loss and optimizer."""
    sources = [HERE / "layers.cpp", HERE / "main.cpp"]
    return f"all layers, {name}", on_board(board, core, sources, "-O1", f"-DEXPECTED_HASH={hashed}", *flags)


def products(name, board, core):
    return f"products of integers, {name}", on_board(board, core, [HERE / "products.cpp"])


def count(name, board, megahertz, limit, core):
    """Instructions of float 784-32-10; of an inference no more than the limit."""
    flags = [f"-DCLOCK_MHZ={megahertz}", f"-DLIMIT={limit}"]
    return f"float 784-32-10, instructions, {name}", on_board(board, core, [HERE / "count.cpp"], *flags)


def on_host(program, *arguments):
    run(os.environ.get("CXX") or "g++", "-std=c++20", "-O2", "-march=native", "-ffp-contract=off", f"-I{ROOT / 'include'}",
        f"-I{FIRMWARE}", *arguments, "-o", program)
    return program


def learn(mnist):
    """What the board prints while it learns is what the host prints."""
    def case(work):
        data, training = work / "data", FIRMWARE / "training.cpp"
        data.mkdir()
        run(on_host(work / "training_data", FIRMWARE / "training_data.cpp", "-ldeflate"), mnist, data)
        (work / "host.cpp").write_text(HOST_OUTPUT, encoding="utf-8")
        expected = run(on_host(work / "training", training, work / "host.cpp", f"-I{data}"))
        printed = emulate("netduinoplus2", link(work, "netduinoplus2", [training], M4, f"-I{data}"))
        if printed != expected:
            raise Failed(f"the board prints\n{printed}and the host\n{expected}")
        return printed
    return "netduinoplus2 learns", case


def hash_of(host):
    run("meson", "compile", "-C", host, "print_hash")
    return run(host / "tests" / "print_hash").strip()


def find_mnist(given):
    folders = [*given, os.environ.get("MNIST_DIR"), ROOT / "data" / "mnist", ROOT.parent / "shared" / "data" / "mnist"]
    return next((folder for folder in folders if folder and any(pathlib.Path(folder).glob("train-images*"))), None)


def cases(fused, separate, mnist):
    without, with_fma = hash_of(separate), hash_of(fused)
    packs = [HERE / "packs.cpp"]
    listed = [
        header("microbit", separate, M0),
        header("stm32vldiscovery", separate, M3),
        header("mps2-an385", separate, M3),
        header("netduinoplus2", fused, M4),
        header("mps2-an386", fused, M4),
        header("mps2-an500", fused, M7),
        header("mps2-an505", fused, M33),
        header("mps3-an547", fused, M55),
        layers("M0", "mps2-an385", without, M0, DOUBLES),
        layers("M4F", "mps2-an386", with_fma, M4),
        layers("M33", "mps2-an505", with_fma, M33),
        layers("M55", "mps3-an547", with_fma, M55),
        layers("M55 without vectors", "mps3-an547", with_fma, M55_WITHOUT_VECTORS),
        ("packs of MVE", on_board("mps3-an547", M55, packs)),
        ("packs of MVE, optimised more", on_board("mps3-an547", M55, packs, "-O3")),
        ("M55 without vectors", on_board("mps3-an547", M55_WITHOUT_VECTORS, [HERE / "subnormal.cpp"], "-O3")),
        products("M0", "mps2-an385", M0),
        products("M3", "mps2-an385", M3),
        products("M4F", "mps2-an386", M4),
        products("M7", "mps2-an500", M7),
        products("M33", "mps2-an505", M33),
        products("M55", "mps3-an547", M55),
        count("M4F", "mps2-an386", 25, 68000, M4),
        count("M7", "mps2-an500", 25, 68000, M7),
        count("M55", "mps3-an547", 32, 23000, M55),
    ]
    return listed + wake_word.cases() + ([learn(mnist)] if mnist else [])


def main(fused, separate, *mnist):
    return run_cases(cases(pathlib.Path(fused).resolve(), pathlib.Path(separate).resolve(), find_mnist(mnist)))


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Failed as failed:
        sys.exit(f"tests/firmware/run.py: {failed}")
