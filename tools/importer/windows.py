"""Windows: convolutions, padding and upsampling."""

import numpy as np

from .layers import Layer, convolution
from .structure import Step


def spatial(graph, node, kernel):
    """The extents of the image, and its batch and channels, of the input of a node with a window."""
    shape = graph.shape(node.inputs[0])
    if len(shape) not in (3, 4) or shape[0] != 1:
        graph.refuse(node, f"its input has the shape {list(shape)}; the library has windows over [C, H, W] and [C, "
                           "Steps]")
    if len(kernel) != len(shape) - 2:
        graph.refuse(node, f"its window {list(kernel)} does not fit the input {list(shape)}; export the model again")
    return shape[1], shape[2:]


def pads_of(graph, node, extents, kernel, strides, dilations):
    """The padding before and after each axis."""
    axes = len(extents)
    mode = node.attributes.get("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        result = []
        for size, k, stride, dilation in zip(extents, kernel, strides, dilations):
            total = max((-(-size // stride) - 1) * stride + dilation * (k - 1) + 1 - size, 0)
            small, large = total // 2, total - total // 2
            result.append((small, large) if mode == "SAME_UPPER" else (large, small))
        return result
    pads = [0] * (2 * axes) if mode == "VALID" else list(node.attributes.get("pads", [0] * (2 * axes)))
    if min(pads) < 0:
        graph.refuse(node, f"its pads {pads} cut the input; the library pads only")
    return list(zip(pads[:axes], pads[axes:]))


def padding_options(pads, extents, kernel, strides, dilations):
    """The option that describes the padding, or none."""
    if all(pad == (0, 0) for pad in pads):
        return []
    missing = [max((-(-size // stride) - 1) * stride + dilation * (k - 1) + 1 - size, 0)
               for size, k, stride, dilation in zip(extents, kernel, strides, dilations)]
    if all(pad == (total // 2, total - total // 2) for pad, total in zip(pads, missing)):
        return ["cortexpr::Same"]
    if len(pads) == 1:
        before, after = pads[0]
        if after == 0 and before == dilations[0] * (kernel[0] - 1):
            return ["cortexpr::Causal"]
        return [f"cortexpr::Padding<{before}>" if before == after else f"cortexpr::Padding<{before}, {after}>"]
    if all(before == after for before, after in pads):
        both = dict.fromkeys(before for before, _ in pads)
        numbers = list(both) if len(both) == 1 else [before for before, _ in pads]
    else:
        numbers = [side for pad in pads for side in pad]
    return [f"cortexpr::Padding<{', '.join(map(str, numbers))}>"]


def per_axis(name, values, default):
    """An option with a number for each axis, or none if all have the default."""
    if list(values) == list(default):
        return []
    numbers = values[:1] if len(set(values)) == 1 else values
    return [f"cortexpr::{name}<{', '.join(map(str, numbers))}>"]


def kernel_argument(kernel):
    if len(set(kernel)) == 1:
        return str(kernel[0])
    return f"cortexpr::KernelSize{{{kernel[0]}, {kernel[1]}}}"


def padded_before(graph, node):
    """The padding by a Pad node before a convolution, which then takes it over: the tensor before it, and the pads."""
    pad = graph.producers().get(node.inputs[0])
    if pad is None or pad.op != "Pad" or len(graph.consumers()[pad.output]) > 1:
        return node.inputs[0], None
    pads = pad_extents(graph, pad)
    if pads is None or any(extent != (0, 0) for extent in pads[:2]) or any(min(extent) < 0 for extent in pads):
        return node.inputs[0], None
    return pad.inputs[0], pads[2:]


def pad_extents(graph, node):
    """The padding before and after each axis of a Pad node, or None if it does not pad with zeros."""
    rank = len(graph.shape(node.inputs[0]))
    value = graph.constant(node, 2, node.attributes.get("value", 0.0))
    if node.attributes.get("mode", "constant") != "constant" or np.any(np.asarray(value) != 0):
        return None
    given = [int(pad) for pad in graph.constant(node, 1, node.attributes.get("pads"))]
    axes = [int(axis) % rank for axis in graph.constant(node, 3, range(rank))]
    pads = [(0, 0)] * rank
    for i, axis in enumerate(axes):
        pads[axis] = given[i], given[i + len(axes)]
    return pads


def lower_conv(graph, node):
    weight = graph.constant(node, 1)
    kernel = list(weight.shape[2:])
    source, extra = padded_before(graph, node)
    channels, extents = spatial(graph, node, kernel)
    axes = len(kernel)
    strides = list(node.attributes.get("strides", [1] * axes))
    dilations = list(node.attributes.get("dilations", [1] * axes))
    pads = pads_of(graph, node, extents, kernel, strides, dilations)
    if extra is not None and all(pad == (0, 0) for pad in pads):
        pads, extents = extra, graph.shape(source)[2:]
    else:
        source = node.inputs[0]
    groups, filters = node.attributes.get("group", 1), weight.shape[0]
    options = per_axis("Stride", strides, [1] * axes) + padding_options(pads, extents, kernel, strides, dilations)
    options += per_axis("Dilation", dilations, [1] * axes)
    shape = graph.shape(node.output)
    if axes == 2 and groups == channels and groups > 1:
        multiplier = filters // channels
        arguments = [kernel_argument(kernel), *options] + ([f"cortexpr::Multiplier<{multiplier}>"] * (multiplier > 1))
        name = "DepthwiseConv2D"
    else:
        arguments = [filters, kernel_argument(kernel), *options] + [f"cortexpr::Groups<{groups}>"] * (groups > 1)
        name = f"Conv{axes}D"
    layer = convolution(name, arguments, weight, graph.constant(node, 2), filters)
    layer.gives = shape[1:]
    return Step([source], [layer], (channels, *extents), shape[1:])


def lower_conv_transpose(graph, node):
    weight = graph.constant(node, 1)
    kernel = list(weight.shape[2:])
    channels, extents = spatial(graph, node, kernel)
    axes = len(kernel)
    strides = list(node.attributes.get("strides", [1] * axes))
    if node.attributes.get("group", 1) != 1 or any(d != 1 for d in node.attributes.get("dilations", [1])):
        graph.refuse(node, "it has groups or a dilation; TransposedConv2D has neither")
    shape, pads = graph.shape(node.output), []
    given = list(node.attributes.get("pads", [0] * (2 * axes)))
    for axis, (size, k, stride, out) in enumerate(zip(extents, kernel, strides, shape[2:])):
        total = (size - 1) * stride + k - out
        same = {"SAME_UPPER": total // 2, "SAME_LOWER": total - total // 2}
        before = same.get(node.attributes.get("auto_pad"), given[axis])
        if total - before < 0 or before < 0:
            graph.refuse(node, "its output is larger than its windows (output_padding); the library only cuts the "
                               "output")
        pads.append((before, total - before))
    if axes == 1:
        kernel, strides, pads = [1, *kernel], [1, *strides], [(0, 0), *pads]
    numbers = [side for pad in pads for side in pad]
    options = per_axis("Stride", strides, [1, 1])
    options += [f"cortexpr::Padding<{', '.join(map(str, numbers))}>"] if any(numbers) else []
    filters = weight.shape[1]
    arguments = [filters, kernel_argument(kernel), *options]
    layer = convolution("TransposedConv2D", arguments, weight, graph.constant(node, 2), filters)
    wants = (channels, *extents) if axes == 2 else (channels, 1, *extents)
    layer.gives = shape[1:] if axes == 2 else (filters, 1, shape[2])
    return Step([node.inputs[0]], [layer], wants, layer.gives)


def lower_pad(graph, node):
    pads = pad_extents(graph, node)
    shape = graph.shape(node.inputs[0])
    if pads is None:
        graph.refuse(node, "it pads with other numbers than zeros; the library pads with zeros")
    if len(shape) not in (3, 4) or any(pad != (0, 0) for pad in pads[:2]) or any(min(pad) < 0 for pad in pads):
        graph.refuse(node, f"it pads {pads} of the shape {list(shape)}; the library pads height and width (ZeroPad2D)")
    extents = shape[1:] if len(shape) == 4 else (shape[1], 1, shape[2])
    pads = pads[2:] if len(shape) == 4 else [(0, 0), pads[2]]
    gives = (extents[0], extents[1] + sum(pads[0]), extents[2] + sum(pads[1]))
    layer = Layer("ZeroPad2D", [side for pad in pads for side in pad], gives=gives)
    return Step([node.inputs[0]], [layer], extents, gives)


def lower_resize(graph, node):
    """Upsampling that repeats each pixel, whatever the node says of coordinates."""
    source = node.inputs[0]
    before, after = graph.values[source], graph.values[node.output]
    if before.ndim in (3, 4) and before.shape[:2] == after.shape[:2]:
        factors = [out // size for size, out in zip(before.shape[2:], after.shape[2:])]
        if all(factor > 0 for factor in factors):
            repeated = before
            for axis, factor in enumerate(factors):
                repeated = repeated.repeat(factor, axis + 2)
            if repeated.shape == after.shape and np.array_equal(repeated, after):
                extents = before.shape[1:] if before.ndim == 4 else (before.shape[1], 1, before.shape[2])
                factors = factors if before.ndim == 4 else [1, *factors]
                gives = (extents[0], extents[1] * factors[0], extents[2] * factors[1])
                layer = Layer("Upsample2D", [kernel_argument(factors)], gives=gives)
                return Step([source], [layer], extents, gives)
    graph.refuse(node, "it does not repeat pixels by whole factors; the library has Upsample2D (nearest neighbour)")
