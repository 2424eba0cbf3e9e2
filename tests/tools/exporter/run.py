"""Checks exported models in the environment that tools/import sets up, with ONNX Runtime in addition.

usage: run.py EXPORT_MODELS
"""

import importlib.machinery
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LEFT_OUT = 77  # meson's exit status of a test that is left out


def main():
    tool = importlib.machinery.SourceFileLoader("tool", str(HERE.parents[2] / "tools" / "import")).load_module()
    try:
        python = tool.set_up([*tool.needed([]), HERE / "requirements.txt"])
    except SystemExit:
        print("left out: the environment of the importer cannot be set up")
        return LEFT_OUT
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        checked = subprocess.run([python, "-B", HERE / "check.py", folder], check=False).returncode
    return checked or subprocess.run([python, "-B", HERE / "round_trip.py"], check=False).returncode


sys.exit(main())
