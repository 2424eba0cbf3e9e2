"""Runs the tests of the importer in the environment that tools/import sets up.

usage: run.py SOURCE_ROOT BUILD_ROOT
"""

import importlib.machinery
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LEFT_OUT = 77  # meson's exit status of a test that is left out


def main():
    tool = importlib.machinery.SourceFileLoader("tool", str(HERE.parents[2] / "tools" / "import")).load_module()
    try:
        python = tool.set_up(tool.needed(["model.keras", "model.tflite"]))
    except SystemExit:
        print("left out: the environment of the importer cannot be set up")
        return LEFT_OUT
    names = ("operators_test.py", "refusals_test.py", "formats_test.py", "tflite_test.py")
    tests = (*((name, []) for name in names), ("files_test.py", sys.argv[1:]), ("tflite_files_test.py", sys.argv[1:]))
    done = [subprocess.run([python, "-B", HERE / test, *words], check=False).returncode for test, words in tests]
    return max(status for status in done if status != LEFT_OUT)


sys.exit(main())
