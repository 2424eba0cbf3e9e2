"""Runs the tests of the importer in the environment that tools/import sets up.

usage: run.py SOURCE_ROOT BUILD_ROOT
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from environment import LEFT_OUT, python_for  # noqa: E402


def main():
    python = python_for(["model.keras", "model.tflite"])
    names = ("operators_test.py", "refusals_test.py", "formats_test.py", "tflite_test.py")
    tests = (*((name, []) for name in names), ("files_test.py", sys.argv[1:]), ("tflite_files_test.py", sys.argv[1:]))
    done = [subprocess.run([python, "-B", HERE / test, *words], check=False).returncode for test, words in tests]
    return int(any(status not in (0, LEFT_OUT) for status in done))


sys.exit(main())
