"""Checks exported models in the environment that tools/import sets up, with ONNX Runtime in addition.

usage: run.py EXPORT_MODELS
"""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from environment import python_for  # noqa: E402


def main():
    python = python_for([], HERE / "requirements.txt")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        checked = subprocess.run([python, "-B", HERE / "check.py", folder], check=False).returncode
    return checked or subprocess.run([python, "-B", HERE / "round_trip.py"], check=False).returncode


sys.exit(main())
