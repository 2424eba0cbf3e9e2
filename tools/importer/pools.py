"""Pools, and reductions over whole axes."""

import numpy as np

from .layers import Layer, permute, reshape, scale_channels
from .structure import Step
from .transposes import reduced_axes
from .windows import kernel_argument, padding_options, pads_of, per_axis, spatial


def lower_pool(graph, node):
    kernel = list(node.attributes["kernel_shape"])
    channels, extents = spatial(graph, node, kernel)
    axes, mean = len(kernel), node.op == "AveragePool"
    strides = list(node.attributes.get("strides", [1] * axes))
    if any(dilation != 1 for dilation in node.attributes.get("dilations", [1])):
        graph.refuse(node, "it has a dilation; the pools of the library have none")
    if len(node.outputs) > 1 and node.outputs[1] in graph.consumers():
        graph.refuse(node, "its second output, the indices, is used; the library has no layer for them")
    pads, shape = pads_of(graph, node, extents, kernel, strides, [1] * axes), graph.shape(node.output)
    for axis, out in enumerate(shape[2:]):  # with ceil_mode the last window may reach beyond the padding
        before, after = pads[axis]
        needed = (out - 1) * strides[axis] + kernel[axis] - extents[axis] - before
        if needed > after:
            if mean:
                graph.refuse(node, "with ceil_mode its last window is smaller than the others; export it with "
                                   "ceil_mode=False")
            pads[axis] = before, needed
    if mean and any(pad != (0, 0) for pad in pads) and not node.attributes.get("count_include_pad", 0):
        graph.refuse(node, "it leaves the padding out of the mean (count_include_pad is 0); the library counts padding "
                     "as zeros; export it with count_include_pad=True, or without padding")
    if mean and all(out == 1 for out in shape[2:]) and list(kernel) == list(extents) and all(p == (0, 0) for p in pads):
        return Step([node.inputs[0]], [Layer("GlobalAvgPool", gives=(channels,))], (channels, *extents), (channels,))
    # A window that does not move has a stride of 1: a large one costs the compiler much.
    strides = [1 if out == 1 and stride > 8 else stride for out, stride in zip(shape[2:], strides)]
    options = per_axis("Stride", strides, kernel) + padding_options(pads, extents, kernel, strides, [1] * axes)
    name = f"{'Avg' if mean else 'Max'}Pool{axes}D"
    layer = Layer(name, [kernel_argument(kernel), *options], gives=shape[1:])
    return Step([node.inputs[0]], [layer], (channels, *extents), shape[1:])


def largest_of_rows(channels, extents):
    """The largest of `extents` elements of each channel, one extent after the other, so that windows stay small."""
    layers, count = [], int(np.prod(extents))
    for extent in reversed(extents):
        rows = count // extent
        layers += [reshape((channels, rows, extent)),
                   Layer("MaxPool2D", [kernel_argument([1, extent]), "cortexpr::Stride<1>"], gives=(channels, rows, 1))]
        count = rows
    return [*layers, reshape((channels,))]


def lower_reduction(graph, node):
    """The mean, the largest element or the sum over some axes: the others become channels."""
    name = node.inputs[0]
    shape = graph.shape(name)
    axes = list(range(2, len(shape))) if node.op.startswith("Global") else reduced_axes(graph, node)
    kept = [axis for axis in range(len(shape)) if axis not in axes and shape[axis] > 1]
    reduced = [axis for axis in axes if shape[axis] > 1]
    channels, count = int(np.prod([shape[i] for i in kept])), int(np.prod([shape[i] for i in reduced]))
    if not reduced:
        return Step([name])
    order = sorted(kept + reduced)
    extents = tuple(shape[axis] for axis in order)
    permutation = [order.index(axis) for axis in kept + reduced]
    layers = [] if permutation == sorted(permutation) else [permute(permutation)]
    if not layers and len(kept) == 1 and len(order) in (2, 3) and node.op in ("ReduceMean", "GlobalAveragePool"):
        return Step([name], [Layer("GlobalAvgPool", gives=(channels,))], extents, (channels,))
    if node.op in ("ReduceMax", "GlobalMaxPool"):
        layers += [reshape((channels, 1, count)), *largest_of_rows(channels, [shape[i] for i in reduced])]
    else:
        layers += [reshape((channels, count)), Layer("GlobalAvgPool", gives=(channels,))]
    if node.op == "ReduceSum":
        scaling = scale_channels(np.full(channels, count), np.zeros(channels))
        layers += [reshape((channels, 1)), scaling, reshape((channels,))]
    return Step([name], layers, extents, (channels,))
