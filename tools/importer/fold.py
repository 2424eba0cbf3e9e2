"""Evaluates what does not depend on the input: constants, shapes, and chains of them."""

import numpy as np

from .graph import run_nodes
from .problem import Problem

RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"}
LOOPS = {"Loop": "the number of its steps is not known before the model runs; export it with a fixed length",
         "Scan": "it computes step by step with a graph of its own; export the model with GRU, LSTM or RNN",
         "If": "what it computes depends on the input; export the model without control flow"}
UNCHANGED = {"Identity", "Dropout"}


def fold(graph):
    """Runs the model once for a random input. Then the nodes that depend on shapes and constants alone are replaced by
    their values, and copies of tensors by the tensors."""
    for node in graph.nodes:
        if node.op in RANDOM or node.op == "Dropout" and training_mode(graph, node):
            graph.refuse(node, "its result is random; export the model with model.eval()")
        if node.op in LOOPS:
            graph.refuse(node, LOOPS[node.op])
    sample = random_input(graph, np.random.default_rng(1))
    graph.values = run_nodes(graph, graph.nodes, {**graph.constants, graph.input: sample})
    kept = []
    for node in graph.nodes:
        if node.op in ("Shape", "Size") or all(name == "" or name in graph.constants for name in node.inputs):
            for output in node.outputs:
                graph.constants[output] = np.asarray(graph.values[output])
        else:
            kept.append(node)
    if graph.output in graph.constants:
        raise Problem(f"{graph.file}: the output does not depend on the input; export the model again")
    graph.nodes = kept
    remove_copies(graph)
    graph.remove_unused()


def training_mode(graph, node):
    return len(node.inputs) > 2 and node.inputs[2] != "" and bool(np.any(graph.constants.get(node.inputs[2], False)))


def random_input(graph, generator):
    """Numbers of a normal distribution, or class indices."""
    if np.issubdtype(graph.input_type, np.integer):
        return generator.integers(0, class_count(graph), graph.input_shape).astype(graph.input_type)
    return generator.standard_normal(graph.input_shape).astype(graph.input_type)


def class_count(graph):
    """The number of rows that an input of class indices selects from."""
    names, counts = {graph.input}, []
    for node in graph.nodes:
        if node.op in ("Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze") and node.inputs[0] in names:
            names.add(node.output)
        elif node.op == "Gather" and node.inputs[1] in names and node.inputs[0] in graph.constants:
            counts.append(graph.constants[node.inputs[0]].shape[node.attributes.get("axis", 0)])
    return min(counts, default=1)


def remove_copies(graph):
    """Removes the nodes that give their input on, and conversions between kinds of floating point numbers."""
    same, kept = {}, []
    for node in graph.nodes:
        node.inputs = [same.get(name, name) for name in node.inputs]
        is_conversion = node.op in ("Cast", "CastLike") and all(
            np.issubdtype(graph.values[name].dtype, np.floating) and graph.values[name].dtype != np.float16
            for name in (node.inputs[0], node.output))
        if (node.op in UNCHANGED or is_conversion) and node.output != graph.output:
            same[node.output] = node.inputs[0]
        else:
            kept.append(node)
    graph.nodes = kept

