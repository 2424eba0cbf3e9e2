"""Imports .tflite files with each policy of rounding, compiles the headers, and compares the networks with LiteRT: the
samples of the headers, and the inputs and answers that lie beside the models of MLPerf Tiny.

usage: tflite_files_test.py SOURCE_ROOT BUILD_ROOT
The models of MLPerf Tiny lie in the folder CORTEXPR_TFLITE_MODELS, or in ../shared/data/mlperf_tiny; without it only a small
model is tested.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from models import run
from tflite_models import with_every_operator

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tests" / "hygiene"))
from compiler import Compiler  # noqa: E402

MODELS = pathlib.Path(os.environ.get("CORTEXPR_TFLITE_MODELS", ROOT / ".." / "shared" / "data" / "mlperf_tiny"))
EXECUTORS = {"xnnpack": "xnnpack", "tflite_reference": "reference", "own": "xnnpack"}
# How many int8 values may differ with the library's own rounding, in percent, and by how much. XNNPACK and the reference
# kernels differ from each other by up to 7.
OWN = {"ad01_int8": (0, 0), "vww_96_int8": (0, 0), "pretrainedResnet_quant": (2, 3), "kws_ref_model": (1, 1),
       "str_ww_ref_model": (1, 1), "every_operator": (1, 1)}

PROGRAM = """
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

// Prints how many int8 outputs differ from those in a file, by how much at most, and the result of self_test.
template <class Net>
void compare(const char* name, const Net& network, int of_self_test, const char* path, std::size_t samples) {
  std::vector<std::uint8_t> inputs(samples * Net::input_shape::size), outputs(samples * Net::output_shape::size);
  if (std::FILE* const file = std::fopen(path, "rb")) {
    const std::size_t read = std::fread(inputs.data(), 1, inputs.size(), file);
    if (read + std::fread(outputs.data(), 1, outputs.size(), file) != inputs.size() + outputs.size()) std::abort();
    std::fclose(file);
  }
  int differ = 0, largest = 0;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const typename Net::Bytes input{inputs.data() + sample * Net::input_shape::size, Net::input_shape::size};
    const auto found = network.int8_outputs(input);
    for (std::size_t i = 0; i < Net::output_shape::size; ++i) {
      const int difference = found[i] + 128 - outputs[sample * Net::output_shape::size + i];
      differ += difference != 0;
      largest = std::abs(difference) > largest ? std::abs(difference) : largest;
    }
  }
  std::printf("%s %d %d %d\\n", name, differ, largest, of_self_test);
}

}  // namespace

"""


def answers(path, rounding):
    """Inputs and outputs as bytes, value plus 128, and their number; none for a model without answers."""
    beside = path.with_suffix(".input.npy")
    if not beside.is_file():
        return b"", 0
    arrays = [np.load(beside), np.load(path.with_suffix(f".{EXECUTORS[rounding]}.logits.npy"))]
    return b"".join((array.astype(np.int16) + 128).astype(np.uint8).tobytes() for array in arrays), len(arrays[0])


def source_of(path, folder):
    """A program with the networks of a file with each policy."""
    calls, includes = [], []
    for rounding in EXECUTORS:
        name = f"{path.stem}_{rounding}"
        status, errors = run(path, "--name", name, "--out", folder / f"{name}.hpp", "--rounding", rounding)
        if status != 0:
            raise SystemExit(errors)
        contents, samples = answers(path, rounding)
        (folder / f"{name}.bin").write_bytes(contents)
        includes.append(f'#include "{name}.hpp"\n')
        calls.append(f'  compare("{rounding}", *{name}::load(), {name}::self_test({name}::model), "{folder}/{name}.bin", '
                     f"{samples});\n")
    source = folder / f"{path.stem}.cpp"
    source.write_text("".join(includes) + PROGRAM + f"int main() {{\n{''.join(calls)}}}\n")
    return source


def printed(source):
    """What a program prints, line by line. Most of the time goes into the compiler."""
    program = source.with_suffix("")
    status, output = Compiler(sys.argv[2]).run("-O0", f"-I{source.parent}", str(source), "-o", str(program))
    if status != 0:
        return [f"{source.name} {output}"]
    return subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


def problem_of(path, line):
    """What is wrong with a line of a program, or None."""
    rounding, *numbers = line.split()
    if rounding not in EXECUTORS:
        return "it does not compile"
    differ, largest, of_self_test = map(int, numbers)
    if rounding != "own":
        return None if differ == 0 and of_self_test == 0 else "these are not the integers of LiteRT"
    percent, most = OWN[path.stem]
    values = np.load(path.with_suffix(".xnnpack.logits.npy")).size if differ else 1
    passed = 100 * differ <= percent * values and max(largest, of_self_test) <= most
    return None if passed else f"at most {percent} % may differ, by {most}"


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        small = pathlib.Path(folder, "every_operator.tflite")
        small.write_bytes(with_every_operator().contents())
        paths = [small, *sorted(MODELS.glob("*.tflite"))]
        sources = [source_of(path, pathlib.Path(folder)) for path in paths]
        for path, lines in zip(paths, pool.map(printed, sources)):
            for line in lines:
                problem = problem_of(path, line)
                failed += problem is not None
                print(f"FAILED  {path.name}: {line}; {problem}" if problem else f"ok      {path.name}: {line}", flush=True)
    print(f"{failed} failed")
    return int(failed > 0)


sys.exit(main())
