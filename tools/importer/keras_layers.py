"""The layers of Keras as ONNX operators. Arrays have the channels last; tensors are [1, ...]."""

import numpy as np

SKIPPED = {"ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "InputLayer",
           "SpatialDropout1D", "SpatialDropout2D"}

# Activations by name: operators one after the other, with their attributes.
ACTIVATIONS = {
    "celu": [("Celu", {})], "elu": [("Elu", {})], "gelu": [("Gelu", {})], "hard_sigmoid": [("HardSigmoid", {"alpha": 1 / 6})],
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
        layer.refuse(f"its activation is {name}; the importer takes {', '.join(sorted([*ACTIVATIONS, 'relu6', 'silu']))}")
    for op, attributes in ACTIVATIONS[name]:
        tensor = builder.add(op, [tensor], layer.name, **attributes)
    return tensor


def clip(builder, layer, tensor, low, high):
    return builder.add("Clip", [tensor, builder.constant(low), builder.constant(high)], layer.name)


def activated(builder, layer, tensor):
    return activate(builder, layer, tensor, layer.options.get("activation") or "linear")


def pair(value, axes):
    return [value] * axes if isinstance(value, int) else list(value)


def dense(builder, layer, x):
    units, inputs = layer.options["units"], builder.shape(x)[-1]
    shapes = [(inputs, units)] + [(units,)] * layer.options.get("use_bias", True)
    weight, *bias = layer.weights(*shapes)
    y = builder.add("MatMul", [x, builder.constant(weight)], layer.name)
    for values in bias:
        y = builder.add("Add", [y, builder.constant(values)], layer.name)
    return activated(builder, layer, y)


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
    weight, *bias = layer.weights((*kernel, channels // groups, filters), *[(filters,)] * layer.options.get("use_bias", True))
    weight = weight.transpose(axes + 1, axes, *range(axes))
    return activated(builder, layer, convolve(builder, layer, x, weight, bias, groups, window(builder, layer, x, kernel)))


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
    return activated(builder, layer, convolve(builder, layer, y, point.transpose(axes + 1, axes, *range(axes)), bias, 1, ones))


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
    inputs = [builder.to_channels_first(x, layer.name), builder.constant(weight.transpose(axes + 1, axes, *range(axes)))]
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
    return builder.to_channels_last(builder.add(op, [builder.to_channels_first(x, layer.name)], layer.name, **attributes),
                                    layer.name)


def global_pool(builder, layer, x):
    axes = builder.constant(range(1, len(builder.shape(x)) - 1), np.int64)
    op = "ReduceMean" if "Average" in layer.kind else "ReduceMax"
    return builder.add(op, [x, axes], layer.name, keepdims=int(layer.options.get("keepdims", False)))


def batch_norm(builder, layer, x):
    rank, channels = len(builder.shape(x)), builder.shape(x)[-1]
    axis = layer.options.get("axis", -1)
    if (axis[0] if isinstance(axis, list) else axis) not in (-1, rank - 1):
        layer.refuse("it does not normalise the last axis; the importer takes channels last")
    has_scale, has_shift = layer.options.get("scale", True), layer.options.get("center", True)
    weights = layer.weights(*[(channels,)] * (2 + has_scale + has_shift))
    scale = weights.pop(0) if has_scale else np.ones(channels)
    shift = weights.pop(0) if has_shift else np.zeros(channels)
    inputs = [builder.to_channels_first(x, layer.name), *(builder.constant(values) for values in (scale, shift, *weights))]
    y = builder.add("BatchNormalization", inputs, layer.name, epsilon=layer.options["epsilon"],
                    momentum=layer.options["momentum"])
    return builder.to_channels_last(y, layer.name)


def layer_norm(builder, layer, x):
    rank, features = len(builder.shape(x)), builder.shape(x)[-1]
    axis = layer.options.get("axis", -1)
    if (axis[0] if isinstance(axis, list) else axis) not in (-1, rank - 1):
        layer.refuse("it does not normalise the last axis; the library's LayerNorm does")
    has_scale, has_shift = layer.options.get("scale", True), layer.options.get("center", True)
    weights = layer.weights(*[(features,)] * (has_scale + has_shift))
    scale = weights.pop(0) if has_scale else np.ones(features)
    shift = weights.pop(0) if has_shift else np.zeros(features)
    return builder.add("LayerNormalization", [x, builder.constant(scale), builder.constant(shift)], layer.name,
                       epsilon=layer.options.get("epsilon", 1e-3), axis=-1)


def reshape(builder, layer, x):
    shape = {"Flatten": [-1]}.get(layer.kind) or layer.options["target_shape"]
    return builder.add("Reshape", [x, builder.constant([1, *shape], np.int64)], layer.name)


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


def relu(builder, layer, x):
    options = layer.options
    if options.get("threshold", 0) != 0:
        layer.refuse("it has a threshold; the library's Relu has none")
    slope, highest = options.get("negative_slope", 0.0), options.get("max_value")
    if slope:
        x = builder.add("LeakyRelu", [x], layer.name, alpha=slope)
        return x if highest is None else builder.add("Min", [x, builder.constant(highest)], layer.name)
    return builder.add("Relu", [x], layer.name) if highest is None else clip(builder, layer, x, 0, highest)


def embedding(builder, layer, x):
    table, = layer.weights((layer.options["input_dim"], layer.options["output_dim"]))
    if layer.options.get("mask_zero"):
        layer.refuse("it masks the class 0 (mask_zero); the library has no masks")
    return builder.add("Gather", [builder.constant(table), x], layer.name, axis=0)


def recurrent(builder, layer, x):
    """[1, steps, features] -> ONNX's recurrent operator, which takes [steps, 1, features]."""
    op = {"SimpleRNN": "RNN"}.get(layer.kind, layer.kind)
    gates, units, features = {"RNN": 1, "GRU": 3, "LSTM": 4}[op], layer.options["units"], builder.shape(x)[-1]
    for name in ("go_backwards", "stateful", "return_state"):
        layer.option(name, [False])
    layer.option("activation", ["tanh", "relu"] if op == "RNN" else ["tanh"])
    if op != "RNN":
        layer.option("recurrent_activation", ["sigmoid"])
    has_bias, reset_after = layer.options.get("use_bias", True), layer.options.get("reset_after", True)
    bias_shape = (2, gates * units) if op == "GRU" and reset_after else (gates * units,)
    kernel, recurrent_kernel, *bias = layer.weights((features, gates * units), (units, gates * units),
                                                    *[bias_shape] * has_bias, cell=True)
    bias = bias[0].reshape(-1) if bias else np.zeros(gates * units)
    bias = np.concatenate([bias, np.zeros(2 * gates * units - len(bias))])
    order = [0, 3, 1, 2] if op == "LSTM" else list(range(gates))  # Keras: i, f, c, o; ONNX: i, o, f, c

    def ordered(array):
        return np.concatenate([np.split(array, gates)[gate] for gate in order])

    inputs = [builder.transpose(x, [1, 0, 2], layer.name), builder.constant(ordered(kernel.T)[None]),
              builder.constant(ordered(recurrent_kernel.T)[None]),
              builder.constant(np.concatenate([ordered(half) for half in np.split(bias, 2)])[None])]
    attributes = {"hidden_size": units}
    if op == "GRU":
        attributes["linear_before_reset"] = int(reset_after)
    if op == "RNN":
        attributes["activations"] = ["Relu" if layer.options["activation"] == "relu" else "Tanh"]
    sequence = layer.options.get("return_sequences", False)
    y = builder.add(op, inputs, layer.name, output=0 if sequence else 1, **attributes)
    if not sequence:  # [1, 1, units]
        return builder.add("Reshape", [y, builder.constant([1, units], np.int64)], layer.name)
    return builder.transpose(builder.add("Squeeze", [y, builder.constant([1], np.int64)], layer.name), [1, 0, 2], layer.name)


def merge(builder, layer, *tensors):
    if layer.kind == "Concatenate":
        return builder.add("Concat", tensors, layer.name, axis=layer.options.get("axis", -1))
    y = tensors[0]
    for other in tensors[1:]:
        y = builder.add("Add", [y, other], layer.name)
    return y


def rescale(builder, layer, x):
    y = builder.add("Mul", [x, builder.constant(layer.options["scale"])], layer.name)
    return builder.add("Add", [y, builder.constant(layer.options.get("offset", 0.0))], layer.name)


def permute(builder, layer, x):
    return builder.transpose(x, [0, *layer.options["dims"]], layer.name)


def softmax(builder, layer, x):
    return builder.add("Softmax", [x], layer.name, axis=layer.options.get("axis", -1))


def time_distributed(builder, layer, x):
    inner = layer.options["layer"]
    if inner["class_name"] != "Dense":
        layer.refuse(f"it repeats a {inner['class_name']}; the importer takes Dense there")
    layer.options = inner["config"]
    layer.group = layer.group and layer.group.get("layer")
    return dense(builder, layer, x)


LAYERS = {
    "Activation": activated, "Add": merge, "AveragePooling1D": pool, "AveragePooling2D": pool,
    "BatchNormalization": batch_norm, "Concatenate": merge, "Conv1D": conv, "Conv1DTranspose": conv_transpose, "Conv2D": conv,
    "Conv2DTranspose": conv_transpose, "Dense": dense, "DepthwiseConv1D": depthwise, "DepthwiseConv2D": depthwise,
    "ELU": lambda builder, layer, x: builder.add("Elu", [x], layer.name, alpha=float(layer.options.get("alpha", 1.0))),
    "Embedding": embedding, "Flatten": reshape, "GRU": recurrent, "GlobalAveragePooling1D": global_pool,
    "GlobalAveragePooling2D": global_pool, "GlobalMaxPooling1D": global_pool, "GlobalMaxPooling2D": global_pool,
    "LSTM": recurrent, "LayerNormalization": layer_norm,
    "LeakyReLU": lambda builder, layer, x: builder.add("LeakyRelu", [x], layer.name,
                                                       alpha=float(layer.options.get("negative_slope", 0.3))),
    "MaxPooling1D": pool, "MaxPooling2D": pool, "Permute": permute, "ReLU": relu, "Rescaling": rescale, "Reshape": reshape,
    "SeparableConv1D": separable, "SeparableConv2D": separable, "SimpleRNN": recurrent, "Softmax": softmax,
    "TimeDistributed": time_distributed, "UpSampling2D": repeat, "ZeroPadding1D": zero_pad, "ZeroPadding2D": zero_pad,
}
