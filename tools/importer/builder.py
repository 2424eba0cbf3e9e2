"""Makes a graph node by node, for formats that are no graphs of ONNX operators."""

import numpy as np

from .graph import Graph, Node, run_nodes

OPSET = 20


class Builder:
    """A graph that grows. Each node is evaluated at once for a random input, so that the shapes are known."""

    def __init__(self, file, input_shape, evaluator, is_index=False):
        kind = np.dtype(np.int64 if is_index else np.float32)
        self.graph = Graph(file, [], {}, "input", tuple(input_shape), kind, "input", OPSET, evaluator=evaluator)
        sample = np.zeros(input_shape, kind) if is_index else np.random.default_rng(1).standard_normal(input_shape)
        self.graph.values["input"] = sample.astype(kind)
        self.count = 0

    def shape(self, tensor):
        return self.graph.shape(tensor)

    def constant(self, array, kind=np.float32):
        name = f"constant{len(self.graph.constants)}"
        self.graph.constants[name] = np.asarray(array, kind)
        return name

    def add(self, op, inputs, name, output=0, **attributes):
        """Appends a node. Returns its output of this number."""
        self.count += 1
        outputs = [""] * output + [f"{name}/{op}{self.count}"]
        node = Node(op, list(inputs), outputs, attributes, name)
        known = {tensor: self.graph.constants.get(tensor, self.graph.values.get(tensor)) for tensor in inputs if tensor}
        values = run_nodes(self.graph, [node], known)
        self.graph.values[outputs[-1]] = values[outputs[-1]]
        self.graph.nodes.append(node)
        return outputs[-1]

    def transpose(self, tensor, axes, name):
        return self.add("Transpose", [tensor], name, perm=list(axes))

    def to_channels_first(self, tensor, name):
        rank = len(self.shape(tensor))
        return self.transpose(tensor, [0, rank - 1, *range(1, rank - 1)], name)

    def to_channels_last(self, tensor, name):
        rank = len(self.shape(tensor))
        return self.transpose(tensor, [0, *range(2, rank), 1], name)

    def finish(self, output):
        self.graph.output = output
        return self.graph
