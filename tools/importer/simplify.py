"""Joins neighbouring layers: reshapes and permutations, scalings with the layer before them, activations."""

import numpy as np

from .layers import Affine, Layer, permute, reshape, row, scale_channels

SCALABLE_BY_CHANNEL = {"Conv1D", "Conv2D", "DepthwiseConv2D", "TransposedConv2D"}
NORMALISATIONS = {"BatchNorm", "GroupNorm"}
WITH_ACTIVATION = SCALABLE_BY_CHANNEL | {"Dense"}


def simplify(layers, shape):
    """The layers for an input of this shape, with no more of them than needed."""
    result, shapes = [], [tuple(shape)]
    for layer in joined(layers):
        if isinstance(layer, Layer) and layer.branches:
            layer.branches = [simplify(branch, branch_shape(layer, shapes[-1])) for branch in layer.branches]
        push(result, shapes, layer)
    return result


def joined(layers):
    """The layers with neighbouring scalings as one."""
    result = []
    for layer in layers:
        if result and isinstance(layer, Affine) and isinstance(result[-1], Affine):
            result[-1] = result[-1].then(layer)
        else:
            result.append(layer)
    return result


def branch_shape(layer, shape):
    return shape[1:] if layer.name == "TimeDistributed" else shape


def push(result, shapes, layer):
    """Appends a layer, or joins it with the last ones."""
    shape = shapes[-1]
    last = result[-1] if result else None
    if isinstance(layer, Affine):
        if last is not None and scale_layer(last, layer, shape):
            return
        for part in layers_of_affine(layer, shape):
            push(result, shapes, part)
        return
    if layer.name in ("Reshape", "Flatten"):
        wanted = tuple(layer.arguments) if layer.name == "Reshape" else (int(np.prod(shape)),)
        if last is not None and last.name in ("Reshape", "Flatten"):
            result.pop(), shapes.pop()
            return push(result, shapes, reshape(wanted)) if shapes[-1] != wanted else None
        if wanted == shape:
            return
    if layer.name == "Permute":
        if last is not None and last.name == "Permute":
            axes = [last.arguments[axis] for axis in layer.arguments]
            result.pop(), shapes.pop()
            return push(result, shapes, permute(axes))
        if layer.arguments == sorted(layer.arguments):
            return
    if layer.name == "Activation" and last is not None and fuse_activation(last, layer):
        return
    if layer.name == "Activation" and layer.activation.name == "Linear":
        return
    if layer.name == "TimeDistributed" and last is not None and last.name == "TimeDistributed":
        last.branches[0] = simplify(last.branches[0] + layer.branches[0], shapes[-2][1:])
        shapes[-1] = last.output_shape(shapes[-2])
        return
    if layer.name == "TakeLast":
        return take_last(result, shapes, layer)
    if layer.name == "Dense" and len(result) > 1 and last.name == "Flatten" and result[-2].name == "Permute":
        absorb_permutation(result, shapes, layer)
    result.append(layer)
    shapes.append(layer.output_shape(shapes[-1]))


def take_last(result, shapes, layer):
    """Lets a recurrent layer return its last output alone."""
    last = result[-1] if result else None
    if last is not None and last.name in ("Reshape", "Flatten"):
        result.pop(), shapes.pop()
        take_last(result, shapes, layer)
    elif last is not None and last.name == "TimeDistributed":
        result.pop(), shapes.pop()
        take_last(result, shapes, layer)
        for inner in last.branches[0]:
            push(result, shapes, inner)
    elif last is not None and last.name == "Activation" and last.activation.name != "Softmax":
        result.pop(), shapes.pop()
        take_last(result, shapes, layer)
        push(result, shapes, last)
    elif last is not None and "cortexpr::ReturnSequences" in last.arguments:
        last.arguments.remove("cortexpr::ReturnSequences")
        last.gives = last.gives[1:]
        shapes[-1] = last.gives
    else:
        layer.refuse()


def absorb_permutation(result, shapes, layer):
    """[Permute, Flatten, Dense] -> [Flatten, Dense] with the rows of the weight in another order."""
    axes, before = result[-2].arguments, shapes[-3]
    positions = np.arange(int(np.prod(before))).reshape(before).transpose(axes).reshape(-1)
    weight = np.empty_like(layer.parameters["weight"])
    weight[positions] = layer.parameters["weight"]
    layer.parameters["weight"] = weight
    del result[-2], shapes[-2]


def scale_layer(layer, affine, shape):
    """Multiplies the parameters of a layer so that it scales its outputs as well. Returns whether that is possible."""
    if layer.name == "TimeDistributed":
        found = affine.by_feature(shape[-1])
        inner = layer.branches[0][-1] if layer.branches[0] else None
        return found is not None and inner is not None and scale_layer(inner, Affine(*found), shape[-1:])
    if layer.activation.name != "Linear":
        return False
    parameters = layer.parameters
    if layer.name == "Dense":
        parameters["weight"] = (parameters["weight"] * affine.scale.reshape(1, -1)).astype(np.float32)
        parameters["bias"] = row(parameters["bias"] * affine.scale.reshape(1, -1) + affine.shift.reshape(1, -1))
        return True
    names = ("scale", "shift")
    if layer.name in SCALABLE_BY_CHANNEL or layer.name in NORMALISATIONS:
        found = affine.by_channel(shape)
        names = ("weight", "bias") if layer.name in SCALABLE_BY_CHANNEL else names
    elif layer.name in ("LayerNorm", "RmsNorm"):
        found = affine.by_feature(shape[-1])
    else:
        return False
    if found is None or names[1] not in parameters and np.any(found[1] != 0):
        return False
    scale, shift = found
    if layer.name == "TransposedConv2D":  # weight [C, filters * kernel]
        kernel = parameters["weight"].shape[1] // len(scale)
        parameters["weight"] = (parameters["weight"] * np.repeat(scale, kernel)[None, :]).astype(np.float32)
    elif names[0] == "weight":
        parameters["weight"] = (parameters["weight"] * scale[:, None]).astype(np.float32)
    else:
        parameters["scale"] = row(parameters["scale"] * scale)
    if names[1] in parameters:
        parameters[names[1]] = row(parameters[names[1]] * scale + shift)
    return True


def layers_of_affine(affine, shape):
    """A scaling as layers of its own: of channels, of the features of each step, or of all elements."""
    size = int(np.prod(shape))
    if np.all(affine.scale == 1) and np.all(affine.shift == 0):
        return []
    found = affine.by_channel((1, size))
    if found is not None:
        return [reshape((1, size)), scale_channels(*found), reshape(shape)]
    found = affine.by_channel(shape)
    if found is not None:
        return [reshape((shape[0], size // shape[0])), scale_channels(*found), reshape(shape)]
    found = affine.by_feature(shape[-1])
    if found is not None:
        rows = size // shape[-1]
        return [reshape((rows, shape[-1])), permute((1, 0)), scale_channels(*found), permute((1, 0)), reshape(shape)]
    return [reshape((size, 1)), scale_channels(affine.scale.reshape(-1), affine.shift.reshape(-1)), reshape(shape)]


def fuse_activation(layer, activation):
    """Gives the last layer an elementwise activation. Softmax stays a layer, because training works on logits."""
    if activation.activation.name == "Softmax":
        return False
    if layer.name == "TimeDistributed":
        return bool(layer.branches[0]) and fuse_activation(layer.branches[0][-1], activation)
    if layer.name in WITH_ACTIVATION and layer.activation.name == "Linear":
        layer.activation = activation.activation
        return True
    return False
