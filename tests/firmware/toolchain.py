"""Builds programs for Cortex-M boards and runs them in QEMU; runs the cases of a test side by side and counts them."""

import concurrent.futures
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "examples" / "firmware"
M0 = ["-mcpu=cortex-m0"]
M3 = ["-mcpu=cortex-m3"]
M4 = ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
M7 = ["-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16"]
M33 = ["-mcpu=cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"]
M55 = ["-mcpu=cortex-m55", "-mfloat-abi=hard"]
M55_WITHOUT_VECTORS = ["-mcpu=cortex-m55+nomve.fp", "-mfloat-abi=hard"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
FREESTANDING = ["-ffp-contract=off", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"]
LIMIT_SECONDS = 120  # of a program in QEMU, on a busy machine


class Failed(Exception):
    """What a command printed that failed."""


def run(*command, limit=None):
    """What the command prints. Errors: Failed, also where it takes more than `limit` seconds."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=limit, check=False)
    except subprocess.TimeoutExpired as expired:
        raise Failed(f"{words[0]} has not ended after {limit} s") from expired
    if done.returncode != 0:
        raise Failed(done.stdout + f"{words[0]}: exit status {done.returncode}")
    return done.stdout


def link_headers(folder, **libraries):
    """A folder with these header libraries alone, name=the folder that holds it: the rest of the host's headers are not for
    other processors."""
    include = folder / "include"
    include.mkdir()
    for name, place in libraries.items():
        (include / name).symlink_to(pathlib.Path(place, name))
    return include


def boost():
    return os.environ.get("BOOST_INCLUDE") or "/usr/include"


def link(work, board, sources, core, *flags):
    """Builds sources for a board; the path of the program."""
    include = link_headers(work, boost=boost())
    objects = []
    for source in ("startup", "semihosting"):
        objects.append(work / f"{source}.o")
        run("arm-none-eabi-gcc", "-std=c17", "-Os", "-mthumb", *core, "-ffreestanding", "-Wall", "-Wextra", "-Werror",
            "-c", FIRMWARE / f"{source}.c", "-o", objects[-1])
    run("arm-none-eabi-g++", "-std=gnu++20", "-O2", "-mthumb", *core, *FREESTANDING, *WARNINGS,
        "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-fdata-sections", f"-I{ROOT / 'include'}",
        "-isystem", include, f"-I{FIRMWARE}", *flags, *sources, *objects, "-nostartfiles", "--specs=nano.specs",
        "-Wl,--gc-sections", f"-L{FIRMWARE}", "-T", FIRMWARE / "boards" / f"{board}.ld", "-o", work / "a.elf")
    return work / "a.elf"


def emulate(board, program):
    """What the program prints. An instruction takes 64 ns of QEMU's time."""
    return run("qemu-system-arm", "-M", board, "-nographic", "-monitor", "none", "-serial", "null", "-icount", "shift=6",
               "-semihosting-config", "enable=on,target=native", "-kernel", program, limit=LIMIT_SECONDS)


def run_case(name, case):
    """(passed, lines to print) of one test, which is a function of an empty folder that returns what was printed."""
    with tempfile.TemporaryDirectory() as work:
        try:
            lines = case(pathlib.Path(work)).splitlines()
            return True, [f"{name}: {lines[-1] if lines else ''}"]
        except (Failed, OSError) as problem:
            return False, [*str(problem).splitlines()[-20:], f"{name}: FAILED"]


def run_cases(cases):
    """Runs (name, function) side by side and prints what came of them in their order; the exit status."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for passed, lines in pool.map(lambda case: run_case(*case), cases):
            failed += not passed
            print("\n".join(lines), flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0
