"""Normalisations."""

import numpy as np

from .layers import Layer, epsilon_arguments, row
from .structure import Step


def lower_batch_norm(graph, node):
    scale, shift, mean, variance = (graph.constant(node, position) for position in (1, 2, 3, 4))
    shape = graph.shape(node.inputs[0])
    extents = (shape[1], *shape[2:])
    momentum = round(1 - node.attributes.get("momentum", 0.9), 6)
    epsilon = epsilon_arguments(node.attributes.get("epsilon", 1e-5))
    arguments = [repr(momentum), *epsilon] if epsilon or momentum != 0.1 else []
    layer = Layer("BatchNorm", arguments, parameters={"scale": row(scale), "shift": row(shift)},
                  statistics={"running_mean": row(mean), "running_variance": row(variance)})
    return Step([node.inputs[0]], [layer], extents, extents)


def lower_layer_norm(graph, node):
    source = node.inputs[0]
    shape = graph.shape(source)
    axis = node.attributes.get("axis", -1) % len(shape)
    features = int(np.prod(shape[axis:]))
    scale = np.broadcast_to(graph.constant(node, 1), shape[axis:])
    parameters, name = {"scale": row(scale)}, "RmsNorm"
    if node.op == "LayerNormalization":
        shift = graph.constant(node, 2, np.zeros(1, np.float32))
        parameters["shift"], name = row(np.broadcast_to(shift, shape[axis:])), "LayerNorm"
    layer = Layer(name, epsilon_arguments(node.attributes.get("epsilon", 1e-5)), parameters=parameters)
    rows = graph.values[source].size // features
    return Step([source], [layer], (features,) if rows == 1 else (rows, features))


def lower_group_norm(graph, node):
    """GroupNormalization, and InstanceNormalization of groups as channels, after which a Reshape gives the channels."""
    source = node.inputs[0]
    shape = graph.shape(source)
    scale, shift = graph.constant(node, 1), graph.constant(node, 2)
    channels = shape[1]
    groups = node.attributes.get("num_groups", channels)
    if node.op == "InstanceNormalization" and np.all(scale == scale[0]) and np.all(shift == shift[0]):
        consumers = graph.consumers().get(node.output, [])
        if len(consumers) == 1 and consumers[0].op == "Reshape":
            channels = graph.shape(consumers[0].output)[1]
            if channels % groups:
                channels = groups
    per_group = channels // len(scale)
    parameters = {"scale": row(np.repeat(scale, per_group)), "shift": row(np.repeat(shift, per_group))}
    layer = Layer("GroupNorm", epsilon_arguments(node.attributes.get("epsilon", 1e-5), [groups]), parameters=parameters)
    extents = graph.shape(source)[1:]
    if channels != extents[0]:
        extents = graph.shape(consumers[0].output)[1:]
    if len(extents) not in (2, 3):
        extents = channels, graph.values[source].size // channels
    return Step([source], [layer], extents, extents)
