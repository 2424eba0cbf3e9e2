"""Runs an example and looks for what it must print.

usage: expect.py EXPECTED PROGRAM [ARGUMENT...]

EXPECTED is a regular expression that must match somewhere in the output, which may span lines. The program must
also end with status 0. Where MNIST_WANTED is set and the data are nowhere, the test is skipped (status 77).
"""

import os
import pathlib
import re
import subprocess
import sys

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent


def mnist_folder():
    for folder in (os.environ.get("MNIST_DIR"), EXAMPLES / "data/mnist", EXAMPLES.parent / "shared/data/mnist"):
        if folder and list(pathlib.Path(folder).glob("train-images*")):
            return str(folder)
    return None


def main(expected, *command):
    environment = dict(os.environ)
    if "MNIST_WANTED" in os.environ:
        folder = mnist_folder()
        if folder is None:
            print("skipped: there are no MNIST files; set MNIST_DIR")
            return 77
        environment["MNIST_DIR"] = folder
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    print(result.stdout + result.stderr)
    if result.returncode != 0:
        print(f"expected status 0, found {result.returncode}")
        return 1
    if not re.search(expected, result.stdout, re.DOTALL):
        print(f"expected to match: {expected}")
        return 1
    return 0


sys.exit(main(*sys.argv[1:]))
