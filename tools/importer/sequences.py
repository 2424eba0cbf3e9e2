"""Recurrent layers, attention and embeddings."""

import numpy as np

from .layers import Layer, row
from .structure import Step

# The gates of cortexpr, which are PyTorch's, as positions among those of ONNX.
GATES = {"RNN": [0], "GRU": [1, 0, 2], "LSTM": [0, 2, 3, 1]}
NAMES = {"RNN": "SimpleRnn", "GRU": "Gru", "LSTM": "Lstm"}
ACTIVATIONS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}


def by_gate(matrix, op):
    """[gates * units, inputs] in ONNX's order -> [gates * inputs, units] in the library's."""
    parts = np.split(matrix, len(GATES[op]))
    return np.concatenate([parts[gate].T for gate in GATES[op]])


def lower_recurrent(graph, node):
    op = node.op
    check_recurrent(graph, node)
    weight, recurrent = graph.constant(node, 1)[0], graph.constant(node, 2)[0]
    units, features = recurrent.shape[1], weight.shape[1]
    gates = len(GATES[op])
    bias = graph.constant(node, 3, np.zeros((1, 2 * gates * units), np.float32))[0]
    biases = [bias[half * gates * units:(half + 1) * gates * units].reshape(gates, units)[GATES[op]] for half in (0, 1)]
    steps = graph.values[node.inputs[0]].size // features
    parameters = {"input_weight": by_gate(weight, op), "recurrent_weight": by_gate(recurrent, op),
                  "input_bias": np.asarray(biases[0], np.float32), "recurrent_bias": np.asarray(biases[1], np.float32)}
    layer = Layer(NAMES[op], [units], parameters=parameters)
    if op == "RNN" and activations_of(graph, node) != ["Tanh"]:
        layer.arguments.append("cortexpr::Relu")
    if op == "GRU" and not node.attributes.get("linear_before_reset", 0):
        layer.arguments.append("cortexpr::ResetBefore")
        if "pytorch" in graph.producer:
            graph.warn(node, "it has linear_before_reset 0, where PyTorch computes 1; exporters before onnxscript 0.7.2 wrote "
                       "0 by mistake, so for a model of PyTorch give --reset-after")
    used = [bool(output) and (output in graph.consumers() or output == graph.output) for output in node.outputs]
    if any(used[2:]) or used[0] and any(used[1:]):
        graph.refuse(node, "its state is used besides its outputs; the library's layer returns the outputs")
    layer.gives = (units,)
    if used[0]:
        layer.arguments.append("cortexpr::ReturnSequences")
        layer.gives = (steps, units)
    output = node.outputs[0] if used[0] else node.outputs[1]
    return output, Step([node.inputs[0]], [layer], (steps, features), layer.gives)


def activations_of(graph, node):
    return list(node.attributes.get("activations", ACTIVATIONS[node.op]))[:len(ACTIVATIONS[node.op])]


def check_recurrent(graph, node):
    """Refuses what the recurrent layers of the library do not have."""
    attributes, op = node.attributes, node.op
    if attributes.get("direction", "forward") != "forward":
        graph.refuse(node, f"its direction is {attributes['direction']}; the library's layer goes forward")
    if "clip" in attributes:
        graph.refuse(node, "it clips the sums in its gates (clip); the library's layer does not")
    if attributes.get("input_forget", 0):
        graph.refuse(node, "its input and forget gate are one (input_forget); the library's Lstm has both")
    if activations_of(graph, node) != ACTIVATIONS[op] and not (op == "RNN" and activations_of(graph, node) == ["Relu"]):
        graph.refuse(node, f"its activations are {', '.join(activations_of(graph, node))}; the library's layer has "
                     f"{', '.join(ACTIVATIONS[op])}")
    if any("activation_" in key for key in attributes):
        graph.refuse(node, "its activations have parameters; those of the library's layer have none")
    if len(node.inputs) > 7 and node.inputs[7] != "":
        graph.refuse(node, "it has peepholes; the library's Lstm has none")
    shape = graph.shape(node.inputs[0])
    lengths = graph.constant(node, 4)
    if lengths is not None and np.any(lengths != max(shape[:2])):
        graph.refuse(node, "it has sequences of unequal lengths (sequence_lens); the library's layer takes whole "
                           "sequences")
    for position in (5, 6):
        if position < len(node.inputs) and node.inputs[position] and np.any(graph.constant(node, position) != 0):
            graph.refuse(node, "its initial state is not zero; the library's layer begins with zeros")


def lower_simple_rnn(graph, node):
    """A layer that unrolled.py found."""
    found, units = node.attributes, node.attributes["units"]
    parameters = {"input_weight": np.asarray(found["weight"], np.float32),
                  "recurrent_weight": np.asarray(found["recurrent"], np.float32),
                  "input_bias": row(found["bias"]), "recurrent_bias": row(np.zeros(units))}
    features = found["weight"].shape[0]
    steps = graph.values[node.inputs[0]].size // features
    arguments = [units] + ["cortexpr::Relu"] * (found["activation"].name == "Relu") + ["cortexpr::ReturnSequences"]
    layer = Layer("SimpleRnn", arguments, parameters=parameters, gives=(steps, units))
    return Step([node.inputs[0]], [layer], (steps, features), layer.gives)


def lower_attention(graph, node):
    """A layer that attention.py found."""
    found, parameters = node.attributes, {}
    for part in ("query", "key", "value", "output"):
        parameters[f"{part}_weight"] = np.asarray(found[part][0], np.float32)
        parameters[f"{part}_bias"] = row(found[part][1])
    features = found["query"][0].shape[0]
    steps = graph.values[node.inputs[0]].size // features
    arguments = [found["heads"]] + ["cortexpr::Causal"] * found["causal"]
    layer = Layer("MultiHeadAttention", arguments, parameters=parameters)
    return Step([node.inputs[0]], [layer], (steps, features), (steps, features))


def lower_embedding(graph, node):
    """Gather of rows of a constant, by indices that are computed."""
    table = graph.constant(node, 0)
    if table.ndim != 2 or node.attributes.get("axis", 0) != 0:
        graph.refuse(node, f"it selects from a constant of the shape {list(table.shape)}; the library's Embedding has "
                     "one row for each class")
    steps = graph.values[node.inputs[1]].size
    layer = Layer("Embedding", list(table.shape), parameters={"weight": np.asarray(table, np.float32)})
    layer.gives = (steps, table.shape[1])
    return Step([node.inputs[1]], [layer], (steps,), layer.gives)
