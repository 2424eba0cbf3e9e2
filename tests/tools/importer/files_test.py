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

# Training of imported networks: the rate of gradient descent, and the mean squared errors before each step, by
# automatic differentiation of JAX in double precision. The batch is the header's samples; the target of sample i is
# 1 for output i modulo their number, else 0.
TRAINED = {
    "file_gru_ts_onnx": (0.5, [
        0.8358876, 0.2372395, 0.2201705, 0.208332, 0.1968602, 0.1852046, 0.1731529, 0.160603, 0.1475382, 0.1340193,
        0.1201823, 0.1062359, 0.0924523, 0.0791448, 0.0666306, 0.0551863, 0.0450089, 0.0361964, 0.0287501, 0.0225942]),
    "header_cnn_ts_onnx": (10, [
        0.0903709, 0.0882712, 0.0866934, 0.0853638, 0.0842451, 0.0833494, 0.0826452, 0.0820583, 0.0815296, 0.0810271,
        0.0805405, 0.0800954, 0.0797476, 0.0795048, 0.0793212, 0.079161, 0.0790101, 0.0788611, 0.0787081, 0.0785478])}
TRAINED_TOLERANCE = 1e-4


TRAIN = """
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>

#include <cmath>
#include <cstdio>

namespace {

template <class Net, std::size_t Samples, std::size_t Inputs, std::size_t Steps>
void train(const char* name, cortexpr::Handle<Net> network, const float (&samples)[Samples][Inputs], float rate,
           const float (&expected)[Steps]) {
  using namespace cortexpr;
  static Tensor<float, Batched<Samples, typename Net::input_shape>> inputs;
  static Tensor<float, Batched<Samples, typename Net::output_shape>> targets;
  const std::size_t outputs = Net::output_shape::size;
  for (std::size_t i = 0; i < Samples; ++i) {
    for (std::size_t j = 0; j < Inputs; ++j) inputs[i * Inputs + j] = samples[i][j];
    for (std::size_t j = 0; j < outputs; ++j) targets[i * outputs + j] = j == i % outputs ? 1 : 0;
  }
  Trainer trainer{*network, MeanSquaredError{}, Sgd{.learning_rate = rate}, batch_size<Samples>};
  float largest = 0;
  for (const float loss : expected) largest = std::fmax(largest, std::fabs(trainer.step(inputs, targets) - loss));
  std::printf("%s %g\\n", name, double(largest));
}

}  // namespace

"""


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
    trained = "".join(f'  train("trained_{name}", {name}::load(), {name}::test_inputs, {float(rate)}f, '
                      f'{{{", ".join(f"{loss}f" for loss in losses)}}});\n' for name, (rate, losses) in TRAINED.items())
    calls = "".join(f'  std::printf("{name} %g\\n", double({name}::self_test(*{name}::load())));\n' for name in names)
    source.write_text("".join(f'#include "{name}.hpp"\n' for name in names) + TRAIN
                      + f"int main() {{\n{calls}{trained}}}\n")
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
            limit = TRAINED_TOLERANCE if name.startswith("trained_") else TOLERANCE
            passed = name.startswith(("header_", "file_", "trained_")) and float(result) < limit
            print(f"{'ok      ' if passed else 'FAILED  '}{line}", flush=True)
            failed += [name] * (not passed)
    print(f"{len(failed)} failed")
    return int(bool(failed))


sys.exit(main())
