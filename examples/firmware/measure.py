#!/usr/bin/env python3
"""Runs the firmware of every board in QEMU and prints its cost. Fails if outputs differ in any bit from those of the
computer, or if an inference takes more instructions than examples/firmware/record.json says. scripts/firmware builds
the firmware."""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
RECORD = HERE / "record.json"
TOLERANCE = 0.01  # relative, of instructions
IMAGE_BYTES = 28 * 28
# QEMU is slow for floats on cores without an FPU, and for convolutions.
FEWER_IMAGES = 1000
SECONDS = 120  # time limit of a board

# Board -> core, and whether it has an FPU.
BOARDS = {
    "microbit": ("M0", False),
    "stm32vldiscovery": ("M3", False),
    "mps2-an385": ("M3", False),
    "netduinoplus2": ("M4F", True),
    "mps2-an386": ("M4F", True),
    "mps2-an500": ("M7", True),
    "mps2-an505": ("M33", True),
    "mps3-an547": ("M55", True),
}


@dataclasses.dataclass
class Limits:
    """The limits of a network on every board. RAM and flash are those of minimal.cpp."""

    accuracy: float  # percent of MNIST's test images, at least
    code_bytes: int  # flash besides cx::memory's parameter_bytes
    frame_bytes: int  # RAM besides the image, the converted input and cx::memory's activation_bytes
    ram_bytes: int = 8 * 1024  # total


LIMITS = {
    "float_dense": Limits(accuracy=97.0, code_bytes=4352, frame_bytes=448),
    "int8_dense": Limits(accuracy=97.5, code_bytes=2000, frame_bytes=160, ram_bytes=3000),
    "int8_conv": Limits(accuracy=98.8, code_bytes=5632, frame_bytes=256),
}


class Problem(Exception):
    """One sentence for the user."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="with models/, host/, and a build folder for each board")
    parser.add_argument("--images", type=int, metavar="N", help="at most N images, instead of all (1,000 on slow boards)")
    parser.add_argument("--update", action="store_true", help="write the costs to the record instead of comparing them")
    return parser.parse_args()


RUNNING = set()  # processes


def output_of(command, folder=None, timeout=SECONDS):
    """The output of a command, which is killed if anything goes wrong."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace")
    RUNNING.add(process)
    try:
        printed, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Problem(f"it has not ended after {timeout} s") from None
    finally:
        process.kill()
        process.wait()
        RUNNING.discard(process)
    if process.returncode != 0:
        last = printed.strip().splitlines()[-1:] or ["nothing"]
        raise Problem(f"it ended with status {process.returncode}, and printed last: {last[0]}")
    return printed


def values_of(printed):
    """key=value lines as a dictionary, with integers converted."""
    values = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    try:
        found = {key: value.strip() if key in ("outputs", "scores") else int(value) for key, value in values.items()}
        for key in ("outputs", "scores", "class", "images", "right", "fused", "ticks", "stack_bytes"):
            found[key]
    except (KeyError, ValueError):
        raise Problem(f"it printed something else than results: {printed.strip()[-80:]!r}") from None
    return found


@dataclasses.dataclass
class Run:
    """One network on one board, or on the computer."""

    board: str
    network: str
    values: dict
    flash: int = 0
    static_ram: int = 0

    def instructions_of(self, key):
        nothing = self.values["ticks_of_nothing"]
        if self.values[key] == 0:
            raise Problem(f"{self.board}: {self.network} took more ticks than its timer counts")
        return round((self.values[key] - nothing) * 100000 / (self.values["ticks_of_known"] - nothing))

    @property
    def instructions(self):
        return self.instructions_of("ticks")

    @property
    def instructions_of_input(self):
        """The instructions that convert bytes to floats, for networks in float."""
        return self.instructions_of("ticks_of_input") if self.values["input_bytes"] else 0

    @property
    def ram(self):
        return self.static_ram + self.values["stack_bytes"]

    @property
    def costs(self):
        return {"instructions": self.instructions, "flash": self.flash, "ram": self.ram, "stack": self.values["stack_bytes"]}


def run_on_board(folder, board, network, images):
    programs = folder / board / "examples" / "firmware" / "boards"
    program = programs / f"{network}-report.elf"
    try:
        printed = output_of(
            ["qemu-system-arm", "-M", board, "-icount", "shift=6", "-nographic", "-monitor", "none", "-serial", "null",
             "-semihosting-config", "enable=on,target=native", "-kernel", program], images)
        run = Run(board, network, values_of(printed))
        sizes = output_of(["arm-none-eabi-size", programs / f"{network}-minimal.elf"]).splitlines()[1].split()
    except Problem as problem:
        raise Problem(f"{board}, {network}: {problem}") from None
    text, data, bss = (int(size) for size in sizes[:3])
    run.flash, run.static_ram = text + data, data + bss
    return run


def run_on_computer(folder, arithmetic, network, images):
    try:
        printed = output_of([folder / "host" / "examples" / "firmware" / f"{network}-{arithmetic}"], images)
        return Run(f"this computer ({arithmetic})", network, values_of(printed))
    except Problem as problem:
        raise Problem(f"this computer, {network}: {problem}") from None


def is_quick(board, network):
    return "conv" not in network and (network.startswith("int8") or BOARDS[board][1])


def folders_of_images(folder, most, scratch):
    """Whether a run is quick -> a folder with the images that it classifies."""
    path = folder / "models" / "images.bin"
    size, record = path.stat().st_size if path.exists() else 0, 1 + IMAGE_BYTES
    if size == 0 or size % record != 0:
        raise Problem(f"{path}: expected images of {record} bytes each, found {size} bytes; run scripts/firmware again")
    found = {}
    for quick in (True, False):
        found[quick] = pathlib.Path(scratch, "all" if quick else "fewer")
        found[quick].mkdir()
        count = min(most or size, size if quick else FEWER_IMAGES)
        with open(path, "rb") as source, open(found[quick] / "images.bin", "wb") as cut:
            cut.write(source.read(count * record))
    return found


def problems_of(run, references, record):
    """One sentence for each limit that a run on a board exceeds."""
    name, values, limits = f"{run.board}, {run.network}", run.values, LIMITS[run.network]
    reference = references.get((run.network, values["fused"], values["images"]))
    if reference is None:
        print(f"left out: {name} is compared with nothing, since this computer has no fused multiply-add")
    elif (values["outputs"], values["class"], values["right"]) != tuple(
            reference.values[key] for key in ("outputs", "class", "right")):
        yield f"{name}: the outputs are not the bits of this computer"
    code = run.flash - values["parameter_bytes"]
    if not 0 < code <= limits.code_bytes:
        yield f"{name}: {code} bytes of flash besides the parameters; {limits.code_bytes} is the most"
    frames = run.ram - IMAGE_BYTES - values["input_bytes"] - values["activation_bytes"]
    if not 0 < frames <= limits.frame_bytes:
        yield f"{name}: {frames} bytes of RAM besides what cx::memory plans; {limits.frame_bytes} is the most"
    if run.ram > limits.ram_bytes:
        yield f"{name}: {run.ram} bytes of RAM; {limits.ram_bytes} is the most"
    before = record.get(run.network, {}).get(run.board, {}).get("instructions")
    if before is not None and run.instructions > before * (1 + TOLERANCE):
        yield (f"{name}: {run.instructions} instructions an inference, {100 * (run.instructions / before - 1):.1f} % over "
               f"the {before} on record; make it less, or run scripts/firmware --update and say why")


def numbers(run):
    """The scores as numbers. The words are the bits of floats, or integers."""
    words = [int(word, 16) for word in run.values["scores"].split()]
    form = "<i" if run.network.startswith("int8") else "<f"
    return [struct.unpack(form, struct.pack("<I", word))[0] for word in words]


def drawing(pixels):
    """An image of 28 x 28 as 14 lines of text."""
    rows = [pixels[start:start + 28] for start in range(0, IMAGE_BYTES, 28)]
    blocks = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    return ["".join(blocks[above >= 96, below >= 96] for above, below in zip(*pair)) for pair in zip(rows[::2], rows[1::2])]


def draw(run, path):
    """Prints the first image, and beside it the scores of the network."""
    with open(path, "rb") as file:
        label, *pixels = file.read(1 + IMAGE_BYTES)
    scores = numbers(run)
    lowest, highest = min(scores), max(scores)
    print(f"\nOn {run.board}, {run.network} reads this {label} as a {run.values['class']}:")
    for index, line in enumerate(drawing(pixels)):
        digit = index - 2
        if 0 <= digit < 10:
            bar = "█" * (1 + round(24 * (scores[digit] - lowest) / ((highest - lowest) or 1)))
            line += f"   {digit} {scores[digit]:7.2f}  {bar}"
        print(line.rstrip())


def accuracy_problems(references):
    """One sentence for each network whose accuracy on the computer, over all test images, is too low."""
    for run in references.values():
        accuracy, least = 100 * run.values["right"] / run.values["images"], LIMITS[run.network].accuracy
        if run.values["images"] == 10000 and accuracy < least:
            yield f"{run.network}: {accuracy:.2f} % of the images are right; {least} % is the least"


def print_table(runs):
    print(f"\n{'board':<17}{'core':<5}{'network':<13}{'accuracy':>10}{'of':>8}{'instructions':>14}{'of input':>10}{'flash':>9}{'RAM':>8}{'stack':>7}")
    for run in runs:
        values = run.values
        print(f"{run.board:<17}{BOARDS[run.board][0]:<5}{run.network:<13}{100 * values['right'] / values['images']:>8.2f} %"
              f"{values['images']:>8,}{run.instructions:>14,}{run.instructions_of_input:>10,}{run.flash:>9,}{run.ram:>8,}{values['stack_bytes']:>7,}")
    print("flash and RAM in bytes, of firmware that does nothing but classify (minimal.cpp); RAM with the image and the stack;\n"
          "of all instructions from pixels to digit, those 'of input' turn bytes into floats")


def compiler_version():
    return "GCC " + ".".join(output_of(["arm-none-eabi-g++", "-dumpfullversion"]).strip().split(".")[:2])


def read_record():
    return json.loads(RECORD.read_text()) if RECORD.exists() else {}


def measure(options, scratch):
    for tool in ("qemu-system-arm", "arm-none-eabi-size"):
        if shutil.which(tool) is None:
            raise Problem(f"there is no {tool} here; run scripts/firmware, which installs it")
    folder = options.folder.resolve()
    networks = sorted(path.parent.name for path in folder.glob("models/*/digits.hpp"))
    if not networks:
        raise Problem(f"{folder / 'models'}: expected folders with digits.hpp, found none; run scripts/firmware")
    for network in networks:
        if network not in LIMITS:
            raise Problem(f"{network}: has no limits in measure.py; add them to LIMITS")
    images = folders_of_images(folder, options.images, scratch)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        on_computer = [pool.submit(run_on_computer, folder, arithmetic, network, images[quick])
                       for network in networks for arithmetic in ("fused", "separate") for quick in images]
        on_boards = [pool.submit(run_on_board, folder, board, network, images[is_quick(board, network)])
                     for network in networks for board in BOARDS]
        try:
            references = {}
            for run in (future.result() for future in on_computer):
                references[run.network, run.values["fused"], run.values["images"]] = run
            runs = [future.result() for future in on_boards]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in tuple(RUNNING):
                process.kill()
            raise

    print_table(runs)
    drawn = [run for run in runs if run.board == "mps2-an386"][0]
    draw(drawn, images[True] / "images.bin")
    record, version = read_record(), compiler_version()
    if options.update:
        record[version] = {network: {run.board: run.costs for run in runs if run.network == network} for network in networks}
        RECORD.write_text(json.dumps(record, indent=1) + "\n")
        print(f"\nrecorded as {version}")
    elif version not in record:
        print(f"\nleft out: instructions are compared with no record, for there is none of {version}")
    problems = [problem for run in runs for problem in problems_of(run, references, record.get(version, {}))]
    problems += accuracy_problems(references)
    if problems:
        raise Problem("\n".join(problems))
    print("\nall outputs are the bits of this computer, and all costs within their limits")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            measure(options, scratch)
    except Problem as problem:
        sys.exit(f"error: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
