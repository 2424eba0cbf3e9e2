"""The activations, convolutions and pools of Keras as ONNX operators."""

import numpy as np

# Activations by name: operators one after the other, with their attributes.
ACTIVATIONS = {
    "celu": [("Celu", {})], "elu": [("Elu", {})], "gelu": [("Gelu", {})],
    "hard_sigmoid": [("HardSigmoid", {"alpha": 1 / 6})],
    "hard_silu": [("HardSwish", {})], "hard_swish": [("HardSwish", {})], "leaky_relu": [("LeakyRelu", {"alpha": 0.2})],
    "linear": [], "mish": [("Mish", {})], "relu": [("Relu", {})], "selu": [("Selu", {})], "sigmoid": [("Sigmoid", {})],
    "softmax": [("Softmax", {"axis": -1})], "softplus": [("Softplus", {})], "softsign": [("Softsign", {})],
    "tanh": [("Tanh", {})]}


def activate(builder, layer, tensor, name):
    if isinstance(name, dict):  # a layer or a function with options
        name = name.get("config", {}) if isinstance(name.get("config"), str) else name.get("class_name")
        name = str(name).lower()
    if name in ("silu", "swish"):
        return builder.add("Mul", [tensor, builder.add("Sigmoid", [tensor], layer.name)], layer.name)
    if name == "relu6":
        return clip(builder, layer, tensor, 0, 6)
    if name not in ACTIVATIONS:
        layer.refuse(f"its activation is {name}; the importer takes "
                     f"{', '.join(sorted([*ACTIVATIONS, 'relu6', 'silu']))}")
    for op, attributes in ACTIVATIONS[name]:
        tensor = builder.add(op, [tensor], layer.name, **attributes)
    return tensor


def clip(builder, layer, tensor, low, high):
    return builder.add("Clip", [tensor, builder.constant(low), builder.constant(high)], layer.name)


def activated(builder, layer, tensor):
    return activate(builder, layer, tensor, layer.options.get("activation") or "linear")


def pair(value, axes):
    return [value] * axes if isinstance(value, int) else list(value)


def same_pads(extents, kernel, strides, dilations):
    begins, ends = [], []
    for size, k, stride, dilation in zip(extents, kernel, strides, dilations):
        total = max((-(-size // stride) - 1) * stride + dilation * (k - 1) + 1 - size, 0)
        begins.append(total // 2)
        ends.append(total - total // 2)
    return begins + ends


def window(builder, layer, x, kernel, default_stride=1):
    """The attributes of a window over the axes between batch and channels."""
    axes = len(kernel)
    strides = pair(layer.options.get("strides") or default_stride, axes)
    dilations = pair(layer.options.get("dilation_rate", 1), axes)
    padding = layer.option("padding", ["valid", "same", "causal"])
    pads = [0] * (2 * axes)
    if padding == "same":
        pads = same_pads(builder.shape(x)[1:-1], kernel, strides, dilations)
    elif padding == "causal":
        pads = [dilations[0] * (kernel[0] - 1), 0]
    return {"strides": strides, "dilations": dilations, "pads": pads, "kernel_shape": list(kernel)}


def convolve(builder, layer, x, weight, bias, groups, attributes):
    """weight [filters, channels / groups, kernel...]"""
    inputs = [builder.to_channels_first(x, layer.name), builder.constant(weight)]
    inputs += [builder.constant(values) for values in bias]
    return builder.to_channels_last(builder.add("Conv", inputs, layer.name, group=groups, **attributes), layer.name)


def conv(builder, layer, x):
    axes = int(layer.kind[4])
    kernel, filters = pair(layer.options["kernel_size"], axes), layer.options["filters"]
    groups, channels = layer.options.get("groups", 1), builder.shape(x)[-1]
    weight, *bias = layer.weights((*kernel, channels // groups, filters),
                                  *[(filters,)] * layer.options.get("use_bias", True))
    weight = weight.transpose(axes + 1, axes, *range(axes))
    y = convolve(builder, layer, x, weight, bias, groups, window(builder, layer, x, kernel))
    return activated(builder, layer, y)


def depthwise(builder, layer, x):
    axes = int(layer.kind[-2])
    kernel, channels = pair(layer.options["kernel_size"], axes), builder.shape(x)[-1]
    multiplier = layer.options.get("depth_multiplier", 1)
    weight, *bias = layer.weights((*kernel, channels, multiplier),
                                  *[(channels * multiplier,)] * layer.options.get("use_bias", True))
    y = convolve(builder, layer, x, depthwise_weight(weight, axes), bias, channels, window(builder, layer, x, kernel))
    return activated(builder, layer, y)


def depthwise_weight(weight, axes):
    """[kernel..., channels, multiplier] -> [channels * multiplier, 1, kernel...]"""
    moved = weight.transpose(axes, axes + 1, *range(axes))
    return moved.reshape(-1, 1, *weight.shape[:axes])


def separable(builder, layer, x):
    axes = int(layer.kind[-2])
    kernel, filters = pair(layer.options["kernel_size"], axes), layer.options["filters"]
    channels, multiplier = builder.shape(x)[-1], layer.options.get("depth_multiplier", 1)
    deep, point, *bias = layer.weights((*kernel, channels, multiplier), (*[1] * axes, channels * multiplier, filters),
                                       *[(filters,)] * layer.options.get("use_bias", True))
    y = convolve(builder, layer, x, depthwise_weight(deep, axes), [], channels, window(builder, layer, x, kernel))
    ones = {"strides": [1] * axes, "dilations": [1] * axes, "pads": [0] * (2 * axes), "kernel_shape": [1] * axes}
    y = convolve(builder, layer, y, point.transpose(axes + 1, axes, *range(axes)), bias, 1, ones)
    return activated(builder, layer, y)


def conv_transpose(builder, layer, x):
    axes = int(layer.kind[4])
    kernel, filters = pair(layer.options["kernel_size"], axes), layer.options["filters"]
    channels, strides = builder.shape(x)[-1], pair(layer.options.get("strides", 1), axes)
    if layer.options.get("output_padding") is not None or set(pair(layer.options.get("dilation_rate", 1), axes)) != {1}:
        layer.refuse("it has an output_padding or a dilation; TransposedConv2D has neither")
    weight, *bias = layer.weights((*kernel, filters, channels), *[(filters,)] * layer.options.get("use_bias", True))
    begins, ends = [0] * axes, [0] * axes
    if layer.option("padding", ["valid", "same"]) == "same":
        for axis, (k, stride) in enumerate(zip(kernel, strides)):
            if k < stride:
                layer.refuse("its kernel is smaller than its stride; the library only cuts the output")
            begins[axis], ends[axis] = (k - stride) // 2, k - stride - (k - stride) // 2
    weight = weight.transpose(axes + 1, axes, *range(axes))
    inputs = [builder.to_channels_first(x, layer.name), builder.constant(weight)]
    inputs += [builder.constant(values) for values in bias]
    y = builder.add("ConvTranspose", inputs, layer.name, strides=strides, pads=begins + ends, kernel_shape=kernel)
    return activated(builder, layer, builder.to_channels_last(y, layer.name))


def pool(builder, layer, x):
    axes = int(layer.kind[-2])
    kernel = pair(layer.options["pool_size"], axes)
    attributes = window(builder, layer, x, kernel, kernel)
    if layer.kind.startswith("Average"):
        attributes.pop("dilations")
    op = "AveragePool" if layer.kind.startswith("Average") else "MaxPool"
    y = builder.add(op, [builder.to_channels_first(x, layer.name)], layer.name, **attributes)
    return builder.to_channels_last(y, layer.name)


def global_pool(builder, layer, x):
    axes = builder.constant(range(1, len(builder.shape(x)) - 1), np.int64)
    op = "ReduceMean" if "Average" in layer.kind else "ReduceMax"
    return builder.add(op, [x, axes], layer.name, keepdims=int(layer.options.get("keepdims", False)))


def repeat(builder, layer, x):
    factors = pair(layer.options["size"], 2)
    layer.option("interpolation", ["nearest"])
    scales = builder.constant([1, 1, *factors])
    y = builder.add("Resize", [builder.to_channels_first(x, layer.name), "", scales], layer.name, mode="nearest",
                    coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return builder.to_channels_last(y, layer.name)


def zero_pad(builder, layer, x):
    padding = layer.options["padding"]
    pads = [pair(side, 2) for side in pair(padding, 2)] if layer.kind.endswith("2D") else [pair(padding, 2)]
    sides = [0, *(begin for begin, _ in pads), 0, 0, *(end for _, end in pads), 0]
    return builder.add("Pad", [x, builder.constant(sides, np.int64)], layer.name)
