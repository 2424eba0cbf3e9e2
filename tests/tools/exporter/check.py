"""Checks the models that export_models has written: the checker and the shape inference of onnx, the extents of input and
output, and the outputs of ONNX Runtime, which must be those of the library.

usage: check.py FOLDER
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

TOLERANCE = 1e-5


def fixed_or_open(value, first):
    """The extents of a value of the graph, the batch as what it must be."""
    extents = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
    return extents[0] in ("N", first), extents[1:]


def problem_of(path):
    inputs, expected = (np.load(path.with_suffix(f".{kind}.npy")) for kind in ("input", "output"))
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    for value, array in ((inferred.graph.input[0], inputs), (inferred.graph.output[0], expected)):
        batch_fits, extents = fixed_or_open(value, len(array))
        if not batch_fits or extents != list(array.shape[1:]):
            return f"expected the extents {array.shape}, found {extents} of {value.name}"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: inputs})[0]
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return f"expected {expected.shape} {expected.dtype}, found {found.shape} {found.dtype}"
    error = np.abs(found - expected).max() / max(1.0, np.abs(expected).max())
    return None if error < TOLERANCE else f"the outputs differ by {error:.3g}"


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
