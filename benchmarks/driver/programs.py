"""Figures that the example programs print themselves: accuracy and time on MNIST, and the book's ten experiments."""

import os
import re
import statistics
import subprocess

from driver import rounds
from driver.build import ROOT

IMAGES = "train-images-idx3-ubyte"


def find_data():
    """The folder with the MNIST files, where scripts/mnist looks for it as well; None where there is none."""
    folders = [os.environ.get("MNIST_DIR"), os.path.join(ROOT, "data", "mnist"), os.path.join(ROOT, "..", "shared", "data", "mnist")]
    for folder in folders:
        if folder and any(os.path.exists(os.path.join(folder, IMAGES + end)) for end in ("", ".gz")):
            return folder
    return None


def output_of(command, statuses=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in statuses:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def number_after(label, text):
    """The first number on the line that begins with the label; infinity where the line has none."""
    line = re.search(rf"^{re.escape(label)}(.*)$", text, re.MULTILINE)
    if line is None:
        raise RuntimeError(f"the program's output has no line '{label}'")
    number = re.search(r"\d+(\.\d+)?", line.group(1))
    return float(number.group()) if number else float("inf")


def mnist_rows(program, data, runs, table):
    """Target 1. The time runs from the start of the program, so it includes reading and decompressing."""
    outputs = [output_of([program, "--data", data, "--draw", "0"]) for _ in range(runs)]

    def median(label):
        return statistics.median(number_after(label, output) for output in outputs)

    table.at_least(1, "MNIST, test accuracy", median("test accuracy"), 98.0, "%")
    table.at_most(1, "MNIST, 97.15 % passed after", median("97.15 %"), 0.7, "s")
    table.at_most(1, "MNIST, 98.0 % passed after", median("98.00 %"), 2.5, "s")
    table.at_most(1, "MNIST, peak memory", median("peak memory"), 150, "MB")
    table.figure("MNIST, samples a second", f"{median('training speed'):.0f}")


def convolutional_rows(program, data, runs, table):
    outputs = [output_of([program, "--data", data, "--draw", "0", "--model", "cnn"]) for _ in range(runs)]
    seconds = statistics.median(number_after("99.00 %", output) for output in outputs)
    table.at_most("cnn", "MNIST, 99.0 % passed after", seconds, 6, "s")


def augmented_rows(program, data, table):
    """The long runs on distorted images."""
    for target, options, least in ((1, ["--epochs", "20"], 98.9), ("cnn", ["--model", "cnn"], 99.4)):
        output = output_of([program, "--data", data, "--draw", "0", "--augment", *options])
        table.at_least(target, "MNIST, accuracy with --augment", number_after("test accuracy", output), least, "%")


def book_rows(program, data, table):
    """Target 4: where the means lie, and whether what the book finds better is better. Status 1 says that one is not."""
    output = output_of([program, "--data", data, "--seeds", "3", "--only", ",".join(map(str, range(1, 11)))], statuses=(0, 1))
    good = len(re.findall(r": (in band|above); \d+ s$", output, re.MULTILINE))
    orderings = re.findall(r"\): (yes|NO)$", output, re.MULTILINE)
    table.at_least(4, "the book's experiments in their bands", good, 10)
    table.at_least(4, "the book's orderings that hold", orderings.count("yes"), len(orderings))
    table.at_most(4, "ten experiments, three seeds", number_after("in all", output), 300, "s")


def rows(folder, smoke, table):
    data = find_data()
    if data is None:
        table.leave_out("MNIST and the book: no data; scripts/mnist fetches them")
        return
    if folder.has("mnist"):
        program = folder.build("mnist")
        affinity = rounds.pin()
        mnist_rows(program, data, 1 if smoke else 3, table)
        if not smoke:
            convolutional_rows(program, data, 3, table)
            augmented_rows(program, data, table)
        rounds.unpin(affinity)
    else:
        table.leave_out("MNIST: the program is not part of this build")
    if not folder.has("book"):
        table.leave_out("the book's experiments: the program is not part of this build")
    elif not smoke:
        book_rows(folder.build("book"), data, table)
