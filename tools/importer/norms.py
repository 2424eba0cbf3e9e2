"""Recognises layer normalisation that is written with ReduceMean, Sub, Pow, Sqrt and Div, by what it computes."""

import numpy as np

from .graph import Node
from .transposes import reduced_axes

INSIDE = {"Add", "Cast", "Div", "Mul", "Pow", "Reciprocal", "ReduceMean", "Sqrt", "Sub"}
SAMPLES = 6


def match_norms(graph):
    """Replaces such groups of nodes, the longest first, by nodes with the operators LayerNormalization and
    RMSNormalization."""
    for mean in [node for node in graph.nodes if node.op == "ReduceMean"]:
        if mean in graph.nodes and reduced_axes(graph, mean) == [len(graph.shape(mean.inputs[0])) - 1]:
            match_at(graph, mean)


def match_at(graph, mean):
    begin = mean.inputs[0]
    producer = graph.producers().get(begin)
    if producer is not None and producer.op in ("Pow", "Mul") and len(set(graph.tensors(producer))) == 1:
        begin = graph.tensors(producer)[0]  # the mean of squares
    for end in [node for node in reversed(graph.nodes) if node.op in ("Add", "Div", "Mul", "Sub")]:
        inside = graph.between(begin, [end.output])
        if mean not in inside or len(inside) > 16 or any(node.op not in INSIDE for node in inside):
            continue
        if graph.shape(end.output) != graph.shape(begin) or not only_from(graph, begin, inside):
            continue
        found = read_off(graph, begin, inside, end)
        if found:
            replace(graph, begin, end, *found)
            return


def only_from(graph, begin, nodes):
    """Whether nodes are computed from one tensor and constants alone."""
    made = {begin} | {output for node in nodes for output in node.outputs}
    return all(name in made for node in nodes for name in graph.tensors(node))


def read_off(graph, begin, nodes, end):
    """The operator, epsilon, scale and shift, or None if the nodes compute something else."""
    generator = np.random.default_rng(5)
    shape, features = graph.shape(begin), graph.shape(begin)[-1]
    if features < 2:
        return None
    epsilons = {float(graph.constants[name].reshape(-1)[0]) for node in nodes for name in node.inputs
                if name in graph.constants and graph.constants[name].size == 1}
    samples = [generator.standard_normal(shape).astype(np.float32) * 2 + 1 for _ in range(SAMPLES)]
    answers = [graph.evaluate({begin: sample}, [end.output], nodes)[0] for sample in samples]
    x = np.concatenate([sample.reshape(-1, features) for sample in samples]).astype(np.float64)
    y = np.concatenate([answer.reshape(-1, features) for answer in answers]).astype(np.float64)
    for op in ("LayerNormalization", "RMSNormalization"):
        centred = x - x.mean(-1, keepdims=True) if op == "LayerNormalization" else x
        for epsilon in sorted(value for value in epsilons if 0 < value < 0.1):
            normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
            deviation = normal - normal.mean(0)
            scale = (deviation * y).sum(0) / (deviation**2).sum(0)
            shift = (y - normal * scale).mean(0)
            if np.abs(normal * scale + shift - y).max() < 1e-5 * max(1.0, np.abs(y).max()):
                return op, epsilon, tidy(scale), tidy(shift)
    return None


def tidy(values):
    """Numbers of a regression, with those that are 0 or 1 but for rounding made so."""
    rounded = np.round(values)
    return np.where(np.abs(values - rounded) < 1e-6, rounded, values).astype(np.float32)


def replace(graph, begin, end, op, epsilon, scale, shift):
    inputs = [begin, f"{end.output}/scale"]
    graph.constants[inputs[1]] = scale
    if op == "LayerNormalization":
        inputs.append(f"{end.output}/shift")
        graph.constants[inputs[2]] = shift
    elif np.any(shift != 0):
        return
    index = graph.nodes.index(end)
    graph.nodes[index] = Node(op, inputs, [end.output], {"axis": -1, "epsilon": epsilon}, end.name)
    graph.remove_unused()
