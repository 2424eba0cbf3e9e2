"""Recognises a recurrent layer that an exporter wrote step by step (PyTorch's RNN), and refuses other such layers."""

import numpy as np

from .attention import Steps
from .activations import GRID, recognise
from .graph import Node


def match_unrolled(graph):
    """Replaces Concat nodes over the steps of a simple recurrent layer by nodes with the operator SimpleRnn."""
    for node in [node for node in graph.nodes if node.op == "Concat"]:
        if node in graph.nodes:
            match_at(graph, node)
    refuse_unrolled_gates(graph)


def match_at(graph, concat):
    producers = graph.producers()
    steps = [skip_views(graph, producers, name) for name in concat.inputs]
    nodes = [producers.get(name) for name in steps]
    if len(steps) < 2 or any(node is None or node.op not in ("Tanh", "Relu", "Sigmoid") for node in nodes):
        return
    if not all(depends_on(graph, later, earlier.output) for earlier, later in zip(nodes, nodes[1:])):
        return
    begin = input_of_steps(graph, producers, nodes[0].inputs[0])
    found = read_off(graph, begin, nodes, concat)
    if found is None:
        graph.refuse(concat, "it joins the steps of a recurrent layer that is written step by step, in a form that the "
                     "importer does not know; export the model with GRU, LSTM or RNN, or import Keras's .keras file")
    graph.replace(concat, Node("SimpleRnn", [begin], [concat.output], found, concat.name))


def skip_views(graph, producers, tensor):
    while tensor in producers and producers[tensor].op in ("Unsqueeze", "Squeeze", "Reshape"):
        tensor = producers[tensor].inputs[0]
    return tensor


def depends_on(graph, node, tensor):
    return any(tensor in inner.inputs for inner in graph.between(tensor, [node.output]))


def input_of_steps(graph, producers, tensor):
    """The tensor of all steps before the product with the input weight."""
    while tensor in producers:
        node = producers[tensor]
        tensors = graph.tensors(node)
        if len(tensors) != 1:
            return tensor
        tensor = tensors[0]
        if node.op in ("MatMul", "Gemm"):
            return tensor
    return tensor


def read_off(graph, begin, nodes, concat):
    """The parameters of the layer, or None if the nodes compute something else."""
    steps, units = len(nodes), graph.values[nodes[0].output].size
    if graph.values[begin].size % steps or graph.values[begin].dtype != np.float32:
        return None
    source = Steps(graph, begin, steps)

    def first_sum(vectors):
        inner = graph.between(begin, [nodes[0].inputs[0]])
        return graph.evaluate({begin: source(vectors)}, [nodes[0].inputs[0]], inner)[0].reshape(-1).astype(float)

    zero = first_sum(np.zeros((steps, source.width)))
    weight = np.zeros((source.width, units))
    for i in range(source.width):
        vectors = np.zeros((steps, source.width))
        vectors[0, i] = 1
        weight[i] = first_sum(vectors) - zero
    recurrent = next((graph.constants[node.inputs[1]] for node in graph.between(nodes[0].output, [nodes[1].output])
                      if node.op == "MatMul" and node.inputs[1] in graph.constants
                      and depends_on(graph, node, nodes[0].output)), None)
    values = graph.evaluate({nodes[0].inputs[0]: GRID}, [nodes[0].output], [nodes[0]])[0]
    activation = recognise(values)
    if recurrent is None or recurrent.shape != (units, units) or activation is None:
        return None
    x = np.random.default_rng(3).standard_normal((steps, source.width)).astype(np.float32)
    expected = graph.evaluate({begin: source(x)}, [concat.output], graph.between(begin, [concat.output]))[0]
    h, function = np.zeros(units), {"Tanh": np.tanh, "Relu": lambda z: np.maximum(z, 0)}.get(activation.name)
    if function is None:
        return None
    rows = []
    for step in range(steps):
        h = function(x[step] @ weight + zero + h @ recurrent)
        rows.append(h)
    if np.abs(np.array(rows).reshape(-1) - expected.reshape(-1)).max() > 1e-4:
        return None
    return {"units": units, "weight": weight, "recurrent": recurrent, "bias": zero, "activation": activation}


def refuse_unrolled_gates(graph):
    """GRU and LSTM step by step, as Keras writes them: products with one and the same constant, one after the other."""
    uses = {}
    for node in graph.nodes:
        if node.op in ("MatMul", "Gemm") and len(node.inputs) > 1 and node.inputs[1] in graph.constants:
            uses.setdefault(graph.constants[node.inputs[1]].tobytes(), []).append(node)
    for nodes in uses.values():
        for earlier, later in zip(nodes, nodes[1:]):
            if depends_on(graph, later, earlier.output):
                graph.refuse(later, "its weights are used several times, one after the other, as in a recurrent layer "
                             "that is written step by step (Keras exports GRU and LSTM so); import the .keras file of "
                             "the model")
