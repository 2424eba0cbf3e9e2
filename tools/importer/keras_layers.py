"""The layers of Keras as ONNX operators. Arrays have the channels last; tensors are [1, ...]."""

import numpy as np

from .keras_windows import activated, clip, conv, conv_transpose, depthwise, global_pool, pool, repeat, separable
from .keras_windows import zero_pad

SKIPPED = {"ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "InputLayer",
           "SpatialDropout1D", "SpatialDropout2D"}

def dense(builder, layer, x):
    units, inputs = layer.options["units"], builder.shape(x)[-1]
    shapes = [(inputs, units)] + [(units,)] * layer.options.get("use_bias", True)
    weight, *bias = layer.weights(*shapes)
    y = builder.add("MatMul", [x, builder.constant(weight)], layer.name)
    for values in bias:
        y = builder.add("Add", [y, builder.constant(values)], layer.name)
    return activated(builder, layer, y)


def refuse_other_axis(layer, rank, why):
    """Refuses a normalisation of another axis than the last one."""
    axis = layer.options.get("axis", -1)
    if (axis[0] if isinstance(axis, list) else axis) not in (-1, rank - 1):
        layer.refuse(f"it does not normalise the last axis; {why}")


def batch_norm(builder, layer, x):
    rank, channels = len(builder.shape(x)), builder.shape(x)[-1]
    refuse_other_axis(layer, rank, "the importer takes channels last")
    has_scale, has_shift = layer.options.get("scale", True), layer.options.get("center", True)
    weights = layer.weights(*[(channels,)] * (2 + has_scale + has_shift))
    scale = weights.pop(0) if has_scale else np.ones(channels)
    shift = weights.pop(0) if has_shift else np.zeros(channels)
    inputs = [builder.to_channels_first(x, layer.name)]
    inputs += [builder.constant(values) for values in (scale, shift, *weights)]
    y = builder.add("BatchNormalization", inputs, layer.name, epsilon=layer.options["epsilon"],
                    momentum=layer.options["momentum"])
    return builder.to_channels_last(y, layer.name)


def layer_norm(builder, layer, x):
    rank, features = len(builder.shape(x)), builder.shape(x)[-1]
    refuse_other_axis(layer, rank, "the library's LayerNorm does")
    has_scale, has_shift = layer.options.get("scale", True), layer.options.get("center", True)
    weights = layer.weights(*[(features,)] * (has_scale + has_shift))
    scale = weights.pop(0) if has_scale else np.ones(features)
    shift = weights.pop(0) if has_shift else np.zeros(features)
    return builder.add("LayerNormalization", [x, builder.constant(scale), builder.constant(shift)], layer.name,
                       epsilon=layer.options.get("epsilon", 1e-3), axis=-1)


def reshape(builder, layer, x):
    shape = {"Flatten": [-1]}.get(layer.kind) or layer.options["target_shape"]
    return builder.add("Reshape", [x, builder.constant([1, *shape], np.int64)], layer.name)


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
    y = builder.add("Squeeze", [y, builder.constant([1], np.int64)], layer.name)
    return builder.transpose(y, [1, 0, 2], layer.name)


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
    "Activation": activated,
    "Add": merge,
    "AveragePooling1D": pool,
    "AveragePooling2D": pool,
    "BatchNormalization": batch_norm,
    "Concatenate": merge,
    "Conv1D": conv,
    "Conv1DTranspose": conv_transpose,
    "Conv2D": conv,
    "Conv2DTranspose": conv_transpose,
    "Dense": dense,
    "DepthwiseConv1D": depthwise,
    "DepthwiseConv2D": depthwise,
    "ELU": lambda builder, layer, x: builder.add("Elu", [x], layer.name, alpha=float(layer.options.get("alpha", 1.0))),
    "Embedding": embedding,
    "Flatten": reshape,
    "GRU": recurrent,
    "GlobalAveragePooling1D": global_pool,
    "GlobalAveragePooling2D": global_pool,
    "GlobalMaxPooling1D": global_pool,
    "GlobalMaxPooling2D": global_pool,
    "LSTM": recurrent,
    "LayerNormalization": layer_norm,
    "LeakyReLU": lambda builder, layer, x: builder.add("LeakyRelu", [x], layer.name,
                                                  alpha=float(layer.options.get("negative_slope", 0.3))),
    "MaxPooling1D": pool,
    "MaxPooling2D": pool,
    "Permute": permute,
    "ReLU": relu,
    "Rescaling": rescale,
    "Reshape": reshape,
    "SeparableConv1D": separable,
    "SeparableConv2D": separable,
    "SimpleRNN": recurrent,
    "Softmax": softmax,
    "TimeDistributed": time_distributed,
    "UpSampling2D": repeat,
    "ZeroPadding1D": zero_pad,
    "ZeroPadding2D": zero_pad,
}
