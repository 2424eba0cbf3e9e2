"""Checks the models that export_models has written: the checker and the shape inference of onnx, the extents of input and
output, the outputs of ONNX Runtime, which must be those of the library, and the network that tools/import makes of some.

usage: check.py FOLDER
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools"))
from importer import command, network  # noqa: E402

TOLERANCE = 1e-5
# The layers of what is imported again. The importer lists options in its own order, and leaves out Dropout.
IMPORTED = {
    "mlp": "Dense<7, Relu>, Dense<3>",
    "cnn": "Conv2D<4, 3, Relu>, MaxPool2D<2>, Conv2D<6, 3, Same, Relu>, Flatten, Dense<16, Relu>, Dense<10>",
    "conv1d": "Conv1D<6, 4, Causal, Dilation<3>, Relu>, Conv1D<4, 3, Stride<2>>, "
              "Conv1D<8, 3, Padding<2, 1>, Groups<4>>",
    "residuals": "Residual<Conv2D<4, 3, Same, Relu>, BatchNorm<>>, "
                 "Residual<Projection<Conv2D<8, 1, Stride<2>>>, Conv2D<8, 3, Stride<2>, Same>>",
    "gru_of_sequences": "Gru<6, ReturnSequences>, Gru<3>, Dense<2>",
    "lstm_of_sequences": "Lstm<6, ReturnSequences>, Lstm<3>, Dense<2>",
    "transformer": "Residual<LayerNorm<>, MultiHeadAttention<2>>, "
                   "Residual<LayerNorm<>, TimeDistributed<Dense<16, Gelu>, Dense<8>>>, GlobalAvgPool, Dense<3>",
}


def fixed_or_open(value, first):
    """The extents of a value of the graph, the batch as what it must be."""
    extents = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    return extents[0] in ("N", first), extents[1:]


def problem_of_import(path):
    graph, origin, reference = command.graph_of(command.parse([str(path), "--name", "n", "--out", "n.hpp"]), path)
    layers = network.network_of(graph, origin, reference).layers
    found = ", ".join(layer.text() for layer in layers).replace("cortexpr::", "")
    return None if found == IMPORTED[path.stem] else f"imported again it has the layers {found}"


def problem_of_codes(path, differences):
    """Of a network in 8 bits: the differences of the outputs, in steps. The two round halves in other directions. Where a
    table follows, one step before it may become several."""
    codes = np.abs(np.rint(differences))
    print(f"        {path.stem}: {np.mean(codes > 0):.2%} of the int8 outputs differ, by at most {codes.max():.0f}")
    most = 4 if path.stem == "int8_tanh" else 1
    share = 0.1 if path.stem == "int8_tflite_reference" else 0.05  # the kernels of that policy round twice
    return None if codes.max() <= most and np.mean(codes > 0) < share else "the int8 outputs differ"


def problem_of(path):
    inputs, expected = (np.load(path.with_suffix(f".{kind}.npy")) for kind in ("input", "output"))
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    for value, array in ((inferred.graph.input[0], inputs), (inferred.graph.output[0], expected)):
        batch_fits, extents = fixed_or_open(value, len(array))
        if not batch_fits or extents != list(array.shape[1:]):
            return f"expected the extents {array.shape}, found {extents} of {value.name}"
    options = onnxruntime.SessionOptions()
    # Without this its products of int8 values saturate on processors with AVX2 alone.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: inputs})[0]
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return f"expected {expected.shape} {expected.dtype}, found {found.shape} {found.dtype}"
    if path.with_suffix(".scale.npy").exists():
        return problem_of_codes(path, (found - expected) / np.load(path.with_suffix(".scale.npy"))[0])
    error = np.abs(found - expected).max() / max(1.0, np.abs(expected).max())
    if not error < TOLERANCE:
        return f"the outputs differ by {error:.3g}"
    return problem_of_import(path) if path.stem in IMPORTED else None


def main():
    failed = 0
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    for path in paths:
        try:
            problem = problem_of(path)
        except Exception as error:  # noqa: BLE001  (each library has its own)
            problem = str(error)
        print(f"FAILED  {path.stem}: {problem}" if problem else f"ok      {path.stem}", flush=True)
        failed += problem is not None
    print(f"{len(paths) - failed} passed, {failed} failed")
    return int(failed > 0 or not paths)


sys.exit(main())
