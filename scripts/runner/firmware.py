"""What scripts/firmware does once everything is installed: trains, builds for this computer and eight boards, and compares."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

from runner import mnist_files
from runner.build import Folder, explained
from runner.console import BUILD, ROOT, Problem, say

FOLDER = BUILD / "firmware"
MODELS = FOLDER / "models"
SOURCES = ROOT / "examples" / "firmware"
BOARDS = ("microbit", "stm32vldiscovery", "mps2-an385", "netduinoplus2", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547")
HOST_OPTIONS = ("-Dbuildtype=release", "-Dnative=true", "-Dtests=false", "-Dbenchmarks=false")


def lock():
    """An open file that no other run can lock: two at once would build in the same folders. It ends with this process."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = open(FOLDER / "lock", "w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Problem("another scripts/firmware is at work in build/firmware; wait until it has ended.") from error
    return file


def host_build(options, targets):
    folder = Folder(FOLDER / "host")
    with explained("the build for this computer cannot be configured"):
        folder.configure([*HOST_OPTIONS, *options])
    with explained("what is needed on this computer does not build"):
        folder.compile(targets)


def board_build(board, boost):
    """Without what leads the compiler of this computer to libraries: it would mislead the cross compiler."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CPLUS_INCLUDE_PATH", "LIBRARY_PATH")}
    folder = Folder(FOLDER / board, environment=environment)
    crosses = [word for name in ("cortex_m", board) for word in ("--cross-file", str(SOURCES / "boards" / f"{name}.ini"))]
    with explained(f"the build for {board} cannot be configured"):
        folder.configure([*crosses, f"-Dfirmware_models={MODELS}", f"-Dboost_include_dir={boost}"])
    with explained(f"the firmware for {board} does not build"):
        folder.compile()


def boost_folder():
    """The folder in which the compiler of this computer finds Boost."""
    done = subprocess.run([os.environ.get("CXX") or "c++", "-E", "-x", "c++", "-"], input="#include <boost/hana/config.hpp>\n",
                          stdout=subprocess.PIPE, text=True, check=True)
    return folder_of_boost(done.stdout)


def folder_of_boost(preprocessed):
    found = re.search(r'^# 1 "(.*)/boost/hana/config\.hpp"', preprocessed, re.MULTILINE)
    if found is None:
        raise Problem("the compiler of this computer does not say where boost/hana/config.hpp lies; install Boost.")
    return found.group(1)


# ---- the networks -----------------------------------------------------------


def training_of(program, data):
    """What the trained networks depend on, as text: the program and the data."""
    files = [program, *(mnist_files.path_in(data, name) for name in mnist_files.SHA256)]
    return "".join(f"{zlib.crc32(pathlib.Path(file).read_bytes()):08x} {os.path.getsize(file)}\n" for file in files)


def train(data):
    """The trained networks in MODELS, whole or not at all: they take the place of older ones when they are complete."""
    program, part = FOLDER / "host/examples/firmware/train_models", FOLDER / "models.part"
    wanted, record = training_of(program, data), MODELS / "trained_by"
    if record.exists() and record.read_text(encoding="utf-8") == wanted:
        say("the networks are trained already, by this program and with these data")
        return
    say("training the networks")
    shutil.rmtree(part, ignore_errors=True)
    if subprocess.run([program, data, part], check=False).returncode != 0:  # it has said why
        shutil.rmtree(part, ignore_errors=True)
        sys.exit(1)
    (part / "trained_by").write_text(wanted, encoding="utf-8")
    shutil.rmtree(MODELS, ignore_errors=True)
    part.rename(MODELS)


def take_committed():
    say("there is no MNIST here (scripts/mnist fetches it): taking the network in examples/firmware/trained, and digits drawn by hand")
    shutil.rmtree(MODELS, ignore_errors=True)
    shutil.copytree(SOURCES / "trained", MODELS)
    subprocess.run([sys.executable, SOURCES / "drawn_digits.py", MODELS / "images.bin"], check=True)


def data_folder(given):
    """The folder of --data, or the one that is found; None if there is none."""
    if given is None:
        return mnist_files.find()
    missing = mnist_files.missing_file(given)
    if missing:
        raise Problem(f"--data is '{given}', which has no {missing}; name a folder with the four MNIST files.")
    return given


# ---- all of it --------------------------------------------------------------


def main(data, images, update):
    """Returns the exit status. `data` and `images` are the values of the options, or None."""
    held = lock()
    try:
        return build_and_measure(data_folder(data), images, update)
    except KeyboardInterrupt:
        print()
        raise Problem("stopped; what was built stays, and the next run goes on from there.") from None
    finally:
        held.close()


def build_and_measure(data, images, update):
    if data is None:
        take_committed()
    else:
        say("building the program that trains the networks (build/firmware/host)")
        host_build([], ["train_models"])
        train(data)
    say("building the firmware for this computer and eight boards (build/firmware)")
    networks = sorted(header.parent.name for header in MODELS.glob("*/digits.hpp"))
    host_build([f"-Dfirmware_models={MODELS}"], [f"{network}-{end}" for network in networks for end in ("fused", "separate")])
    boost = boost_folder()
    for board in BOARDS:
        board_build(board, boost)
    say("running it in QEMU")
    options = [*(["--images", images] if images else []), *(["--update"] if update else [])]
    status = subprocess.run([sys.executable, SOURCES / "measure.py", FOLDER, *options], check=False).returncode
    if status == 0 and update and data is not None:
        (SOURCES / "trained/int8_conv").mkdir(parents=True, exist_ok=True)
        shutil.copy(MODELS / "int8_conv/digits.hpp", SOURCES / "trained/int8_conv/digits.hpp")
        say("renewed examples/firmware/record.json and examples/firmware/trained")
    return status
