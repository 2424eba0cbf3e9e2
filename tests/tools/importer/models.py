"""Small ONNX models for the tests of the importer, and how they are imported."""

import contextlib
import io
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools"))

from importer import command, onnx_reader  # noqa: E402
from importer.network import network_of  # noqa: E402
from importer.problem import Problem  # noqa: E402

FLOAT = onnx.TensorProto.FLOAT


def random(*shape, seed=0):
    return np.random.default_rng(seed + len(shape)).standard_normal(shape).astype(np.float32)


def indices(*values):
    return np.array(values, np.int64)


class Model:
    """An ONNX model that grows node by node. `last` is the output of the last node."""

    def __init__(self, *shape, kind=FLOAT, opset=20):
        self.input = helper.make_tensor_value_info("x", kind, shape)
        self.nodes, self.constants, self.last, self.opset = [], [], "x", opset

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, op, *inputs, outputs=1, use=0, **attributes):
        """Appends a node. Inputs are names of tensors, arrays, or None for one that is left away; without any it is the
        last output."""
        names = [value if isinstance(value, str) else "" if value is None else self.constant(value)
                 for value in (inputs or (self.last,))]
        results = [f"t{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, names, results, f"node{len(self.nodes)}", **attributes))
        self.last = results[use]
        return self.last

    def proto(self):
        output = helper.make_tensor_value_info(self.last, FLOAT, ())  # the importer does not read its shape
        graph = helper.make_graph(self.nodes, "model", [self.input], [output], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=10)

    def network(self, **options):
        """The network that the importer makes of the model; it has compared their outputs."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "model.onnx")
            onnx.save(self.proto(), path)
            return network_of(onnx_reader.read(path), "model.onnx", "onnx.reference", **options)

    def layers(self, **options):
        """The layers as text, without the namespace."""
        return ", ".join(layer.text() for layer in self.network(**options).layers).replace("cortexpr::", "")

    def refusal(self):
        """The sentence with which the importer refuses the model."""
        try:
            layers = self.layers()
        except Problem as problem:
            return str(problem)
        raise AssertionError(f"expected a refusal, found {layers}")


def run(*arguments):
    """(exit status, what the importer writes to stderr)"""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        status = command.main([str(argument) for argument in arguments])
    return status, errors.getvalue()
