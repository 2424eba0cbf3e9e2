"""Runs the commands of docs/exchange.md, "From PyTorch and back", with a model that PyTorch has written.

The models lie in the folder CORTEXPR_MODELS, or in ../shared/data/onnx, and MNIST in the folder MNIST_DIR, or in
../shared/data/mnist; without them the test is left out.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHARED = ROOT / ".." / "shared" / "data"
MODEL = pathlib.Path(os.environ.get("CORTEXPR_MODELS", SHARED / "onnx")) / "mlp_dynamo.onnx"
MNIST = pathlib.Path(os.environ.get("MNIST_DIR", SHARED / "mnist"))


def blocks():
    """The blocks of the section: {name of the file: text}, and the commands under 'sh'."""
    section = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8").split("## From PyTorch and back")[1]
    found = {}
    for language, text in re.findall(r"```([\w+]+)\n(.*?)```", section, re.DOTALL):
        name = re.match(r"(?://|#) (\S+)\n", text)
        found[name.group(1) if name else language] = text
    return found


def main():
    if not MODEL.is_file() or not MNIST.is_dir():
        print("left out: there are no models of PyTorch, or there is no MNIST")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copy(MODEL, folder / "digits.onnx")
        shutil.copy(MODEL.with_suffix(".onnx.data"), folder / MODEL.with_suffix(".onnx.data").name)
        for name in ("tools", "include"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "data").mkdir()
        (folder / "data" / "mnist").symlink_to(MNIST.resolve())
        found = blocks()
        for name in ("go_on.cpp", "compare.py"):
            (folder / name).write_text(found[name], encoding="utf-8")
        path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(["sh", "-euxc", found["sh"]], cwd=folder, env={**os.environ, "PATH": path}, check=False).returncode


sys.exit(main())
