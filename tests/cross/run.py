#!/usr/bin/env python3
"""What programs for 64-bit and 32-bit Arm under Linux calculate in QEMU, compared with the host, bit for bit.

usage: run.py FUSED SEPARATE

Builds the test programs of tests/firmware. FUSED is the build folder of a host with fused multiply-add, SEPARATE that of one
without. Ends with 'N passed, N failed'.
"""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "firmware"))

from toolchain import FREESTANDING, LIMIT_SECONDS, ROOT, WARNINGS, Failed, boost, link_headers, run, run_cases  # noqa: E402

TESTS = ROOT / "tests"
AARCH64 = ("aarch64-linux-gnu-g++", ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"])
ARMHF = ("arm-linux-gnueabihf-g++", ["qemu-arm", "-L", "/usr/arm-linux-gnueabihf"])


def target(name, host, processor, *flags):
    """A case: networks that were written as headers, one that learns, and all layers."""
    compiler, emulator = processor

    def case(work):
        include = link_headers(work, boost=boost(), xsimd=os.environ.get("XSIMD_INCLUDE") or "/usr/include")

        def build(program, *sources):
            run(compiler, "-std=gnu++20", "-O1", "-ffp-contract=off", *WARNINGS, "-Wno-psabi", f"-I{ROOT / 'include'}",
                "-isystem", include, f"-I{host / 'tests'}", *flags, *sources, "-o", work / program)
            return run(*emulator, work / program, limit=LIMIT_SECONDS)

        build("header", TESTS / "io/header/program.cpp", TESTS / "io/header/main.cpp")
        printed = build("layers", TESTS / "firmware/layers.cpp", TESTS / "firmware/print_hash.cpp")
        if printed != run(host / "tests" / "print_hash"):
            raise Failed("other bits than the host")
        return "the bits of the host"

    return name, case


def main(fused, separate):
    fused, separate = pathlib.Path(fused).resolve(), pathlib.Path(separate).resolve()
    for host in (fused, separate):
        run("meson", "compile", "-C", host, "print_hash")
    return run_cases([
        target("aarch64", fused, AARCH64, *FREESTANDING),
        target("aarch64, NEON", fused, AARCH64),
        target("armhf", separate, ARMHF, *FREESTANDING),
        target("armhf, fused", fused, ARMHF, *FREESTANDING, "-mfpu=vfpv4"),
    ])


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Failed as failed:
        sys.exit(f"tests/cross/run.py: {failed}")
