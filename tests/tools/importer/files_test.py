"""Imports the models that PyTorch and Keras wrote, compares them with the answers of ONNX Runtime, compiles the headers
and runs their tests.

usage: files_test.py SOURCE_ROOT BUILD_ROOT
The models lie in the folder CORTEXPR_MODELS, or in ../shared/data/onnx; without it the test is left out.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from models import run  # noqa: F401  (sets the path)

from importer import check, command, network  # noqa: E402

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tests" / "hygiene"))
from compiler import Compiler  # noqa: E402

MODELS = pathlib.Path(os.environ.get("CORTEXPR_MODELS", ROOT / ".." / "shared" / "data" / "onnx"))
# What cannot be taken, and a word of the sentence.
REFUSED = {"unsupported_topk_dynamo.onnx": "TopK", "keras_gru.onnx": ".keras", "keras_lstm.onnx": ".keras"}
# Compiled: one of each model, and some with the parameters in a file.
COMPILED = ["activations_dynamo.onnx", "cnn_ts.onnx", "gru_dynamo_db.onnx", "gru_sequence_ts.onnx", "keras_cnn.keras",
            "keras_gru.keras", "keras_lstm.keras", "keras_separable.keras", "keras_tcn.keras", "lenet_dynamo.onnx",
            "lstm_ts_db.onnx", "mixed_dynamo.onnx", "mlp_bn_dynamo.onnx", "mlp_ts.onnx", "mobilenet_dynamo.onnx",
            "resnet_ts.onnx", "rnn_dynamo.onnx", "tcn_ts.onnx", "transformer_dynamo.onnx"]
IN_A_FILE = ["gru_ts.onnx", "keras_cnn.onnx", "keras_lstm.keras", "resnet_dynamo.onnx", "transformer_ts.onnx"]
TOLERANCE = 1e-5


def imported(path):
    graph, origin, reference = command.graph_of(command.parse([str(path), "--name", "n", "--out", "n.hpp"]), path)
    return network.network_of(graph, origin, reference)


def difference_from_answers(path, made):
    """The largest difference from the answers beside the model, relative to the largest one where that is above 1."""
    inputs, outputs = (np.load(path.with_suffix(f".{kind}.npy")) for kind in ("input", "output"))
    found = [check.run(made.layers, x.astype(float).reshape(made.input_shape)) for x in inputs]
    errors = [np.abs(mine.reshape(-1) - answer.reshape(-1)).max() for mine, answer in zip(found, outputs)]
    return max(errors) / max(1.0, float(np.abs(outputs).max()))


def problem_of(path):
    """What is wrong with the import of a file, or None."""
    try:
        made = imported(path)
    except command.Problem as problem:
        word = REFUSED.get(path.name)
        return None if word is not None and word in str(problem) else str(problem)
    if path.name in REFUSED:
        return "it was not refused"
    error = difference_from_answers(path, made)
    return None if error < TOLERANCE else f"its outputs differ by {error:.3g}"


def name_of(file, where):
    return f"{where}_{file.replace('.', '_')}"


def compiled(folder):
    """The lines that a program prints: for each header its name and the result of its self_test."""
    names = []
    for where, files in (("header", COMPILED), ("file", IN_A_FILE)):
        for file in files:
            names.append(name_of(file, where))
            weights = ["--weights", "safetensors"] if where == "file" else []
            status, errors = run(MODELS / file, "--name", names[-1], "--out", folder / f"{names[-1]}.hpp", *weights)
            if status != 0:
                return [errors]
    source = folder / "main.cpp"
    calls = "".join(f'  std::printf("{name} %g\\n", double({name}::self_test(*{name}::load())));\n' for name in names)
    source.write_text("#include <cstdio>\n" + "".join(f'#include "{name}.hpp"\n' for name in names)
                      + f"int main() {{\n{calls}}}\n")
    program = folder / "main"
    status, output = Compiler(sys.argv[2]).run("-O0", f"-I{folder}", str(source), "-o", str(program))
    if status != 0:
        return [output]
    return subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


def main():
    if not MODELS.is_dir():
        print("left out: there is no folder of models; set CORTEXPR_MODELS")
        return 77
    failed = []
    for path in sorted([*MODELS.glob("*.onnx"), *MODELS.glob("*.keras")]):
        problem = problem_of(path)
        print(f"FAILED  {path.name}: {problem}" if problem else f"ok      {path.name}", flush=True)
        failed += [path.name] * (problem is not None)
    with tempfile.TemporaryDirectory() as folder:
        for line in compiled(pathlib.Path(folder)):
            name, _, result = line.partition(" ")
            passed = name.startswith(("header_", "file_")) and float(result) < TOLERANCE
            print(f"{'ok      ' if passed else 'FAILED  '}{line}", flush=True)
            failed += [name] * (not passed)
    print(f"{len(failed)} failed")
    return int(bool(failed))


sys.exit(main())
