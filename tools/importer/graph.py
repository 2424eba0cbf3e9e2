"""A model as a graph of ONNX operators, with NumPy arrays as constants. Every reader makes one."""

import dataclasses

import numpy as np
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.ops import op_rnn

from .problem import Problem, one_line


class RNN(op_rnn.RNN_14):
    """RNN with Relu, which onnx.reference lacks."""
    op_domain = ""

    def choose_act(self, name, alpha, beta):
        return (lambda x: np.maximum(x, 0)) if name in ("Relu", "relu") else super().choose_act(name, alpha, beta)


@dataclasses.dataclass
class Node:
    """An operator. The names in `inputs` are tensors or constants; an empty name is an input that is left away."""
    op: str
    inputs: list
    outputs: list
    attributes: dict = dataclasses.field(default_factory=dict)
    name: str = ""

    @property
    def output(self):
        return self.outputs[0]

    def describe(self):
        return f"node '{self.name or self.output}' ({self.op})"

    def proto(self):
        return helper.make_node(self.op, self.inputs, self.outputs, name=self.name, **self.attributes)


@dataclasses.dataclass
class Graph:
    """A model with one input and one output. `input_shape` has the batch, which is 1, at `batch_axis`."""
    file: str
    nodes: list
    constants: dict
    input: str
    input_shape: tuple
    input_type: np.dtype
    output: str
    opset: int
    batch_axis: int = 0
    producer: str = ""
    evaluator: str = "onnx.reference"
    values: dict = dataclasses.field(default_factory=dict)  # what each tensor holds for one random input

    def shape(self, tensor):
        return self.values[tensor].shape

    def is_constant(self, name):
        return name in self.constants

    def constant(self, node, position, default=None):
        """The constant that is an input of a node, or the default if that input is left away."""
        if position >= len(node.inputs) or node.inputs[position] == "":
            return default
        name = node.inputs[position]
        if name not in self.constants:
            self.refuse(node, f"its input {position + 1} is computed; the importer takes constants there")
        return self.constants[name]

    def tensors(self, node):
        """The inputs of a node that are not constants."""
        return [name for name in node.inputs if name != "" and name not in self.constants]

    def producers(self):
        return {output: node for node in self.nodes for output in node.outputs}

    def consumers(self):
        result = {}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                result.setdefault(name, []).append(node)
        return result

    def refuse(self, node, sentence):
        raise Problem(f"{self.file}: {node.describe()}: {sentence}")

    def remove_unused(self):
        """Removes the nodes whose outputs nothing needs."""
        needed, kept = {self.output}, []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                needed.update(node.inputs)
                kept.append(node)
        self.nodes = kept[::-1]

    def replace(self, node, made):
        """Puts the node `made` in the place of another, and removes what only that one needed."""
        self.nodes[self.nodes.index(node)] = made
        self.remove_unused()

    def between(self, begin, ends):
        """The nodes that `ends` are computed with from the tensor `begin`, in order."""
        needed, inside = set(ends), []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs) and begin not in node.outputs:
                needed.update(node.inputs)
                inside.append(node)
        return inside[::-1]

    def evaluate(self, feeds, outputs, nodes=None):
        """The values of `outputs` by ONNX's reference evaluator, given those of some tensors."""
        nodes = self.nodes if nodes is None else nodes
        known = dict(feeds)
        for node in nodes:
            for name in node.inputs:
                if name in self.constants and name not in known:
                    known[name] = self.constants[name]
        values = run_nodes(self, nodes, known)
        return [values[name] for name in outputs]


def run_nodes(graph, nodes, known):
    """Evaluates nodes one after the other. Returns the values of all tensors."""
    infos = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.asarray(value).dtype), None)
             for name, value in known.items()]
    body = helper.make_graph([node.proto() for node in nodes], "graph", infos, [])
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", graph.opset)])
    try:
        evaluator = ReferenceEvaluator(model, new_ops=[RNN])
    except Exception as error:
        raise Problem(f"{graph.file}: ONNX's reference evaluator does not take the model ({one_line(error)}); export "
                      "it with standard operators") from None
    values = {"": None, **known}
    for node, runner in zip(nodes, evaluator.rt_nodes_):
        try:
            inputs = [values[name] for name in runner.input]
            with np.errstate(all="ignore"):
                results = runner.run(*inputs, context=values) if runner.need_context() else runner.run(*inputs)
        except Exception as error:
            shapes = ", ".join(str(list(np.shape(values[name]))) for name in node.inputs
                               if values.get(name) is not None)
            graph.refuse(node, f"it cannot be evaluated for inputs of the shapes {shapes} ({one_line(error)}); check "
                         "the model with onnx.checker and export it again")
        values.update(zip(runner.output, results))
    return values


def attributes_of(proto):
    """The attributes of an ONNX node, with tensors as arrays and bytes as text."""
    result = {}
    for attribute in proto.attribute:
        value = helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        elif isinstance(value, list) and value and isinstance(value[0], bytes):
            value = [text.decode(errors="replace") for text in value]
        result[attribute.name] = value
    return result


def array_of(tensor):
    """The array of an ONNX tensor."""
    return tensor if isinstance(tensor, np.ndarray) else np.array(numpy_helper.to_array(tensor))
