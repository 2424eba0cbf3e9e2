"""Computes a network layer by layer with NumPy, to prove that a translation is right before it is written."""

import numpy as np

from .activations import FIXED, sigmoid
from .problem import Problem

TOLERANCE = 2e-5


def check(network):
    """Refuses a network whose outputs for the samples differ from those of the reference."""
    for sample, expected in zip(network.inputs, network.outputs):
        found = run(network.layers, sample.astype(np.float64).reshape(network.input_shape)).reshape(-1)
        difference = np.abs(found - expected).max() if found.shape == expected.shape else np.inf
        if not difference <= TOLERANCE * max(1.0, float(np.abs(expected).max())):
            raise Problem(f"{network.file}: the network that the importer made differs from the model by "
                          f"{difference:.3g} for a random input, so it was not written; this is an error of the "
                          "importer, "
                          "please report it")


def run(layers, x):
    for layer in layers:
        x = activate(layer, LAYERS[layer.name](layer, x))
    return x


def activate(layer, x):
    name = layer.activation.name
    if name == "Softmax":
        shifted = np.exp(x - x.max())
        return shifted / shifted.sum()
    if name in FIXED:
        return FIXED[name](x)
    return layer.activation.function(x)


def parameter(layer, name):
    return layer.parameters[name].astype(np.float64)


def option(layer, name, default):
    """The numbers of an option such as Stride<2, 1>."""
    for argument in map(str, layer.arguments):
        if argument.startswith(f"cortexpr::{name}<"):
            return [int(number) for number in argument[:-1].split("<")[1].split(",")]
    return default


def has(layer, name):
    return f"cortexpr::{name}" in layer.arguments


class Window:
    """The window of a layer over [C, H, W]: kernel, stride, dilation, and the padding of both axes."""

    def __init__(self, layer, extents, kernel, stride):
        self.kernel = kernel
        self.stride = (option(layer, "Stride", stride) * 2)[-2:]
        self.dilation = (option(layer, "Dilation", [1]) * 2)[:2]
        if layer.name.endswith("1D"):  # sequences are images of height 1
            self.stride[0] = self.dilation[0] = 1
        self.covered = [d * (k - 1) + 1 for k, d in zip(kernel, self.dilation)]
        self.padding = self.padding_of(layer, extents)

    def padding_of(self, layer, extents):
        if has(layer, "Same"):
            missing = [max((-(-size // s) - 1) * s + c - size, 0)
                       for size, s, c in zip(extents, self.stride, self.covered)]
            return [(total // 2, total - total // 2) for total in missing]
        if has(layer, "Causal"):
            return [(0, 0), (self.covered[1] - 1, 0)]
        pads = option(layer, "Padding", [0])
        if layer.name.endswith("1D"):
            return [(0, 0), (pads[0], pads[-1])]
        return [(pads[0], pads[1 if len(pads) == 4 else 0]), (pads[len(pads) // 2], pads[-1])]

    def views(self, x, border):
        """The elements under each element of the kernel: yields (y, x, [C, H', W'])."""
        padded = np.pad(x, [(0, 0), *self.padding], constant_values=border)
        outputs = [(size - c) // s + 1 for size, c, s in zip(padded.shape[1:], self.covered, self.stride)]
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                top, left = i * self.dilation[0], j * self.dilation[1]
                yield i, j, padded[:, top:top + self.stride[0] * outputs[0]:self.stride[0],
                                   left:left + self.stride[1] * outputs[1]:self.stride[1]][:, :outputs[0], :outputs[1]]


def kernel_of(argument):
    numbers = [int(number) for number in str(argument).replace("cortexpr::KernelSize{", "").rstrip("}").split(",")]
    return numbers * 2 if len(numbers) == 1 else numbers


def as_image(layer, x):
    return x[:, None, :] if layer.name.endswith("1D") else x


def convolve(layer, x):
    depthwise = layer.name == "DepthwiseConv2D"
    kernel = kernel_of(layer.arguments[0 if depthwise else 1])
    kernel = [1, kernel[1]] if layer.name.endswith("1D") else kernel
    image = as_image(layer, x)
    groups = len(image) if depthwise else option(layer, "Groups", [1])[0]
    bias = parameter(layer, "bias")[0]
    filters = len(bias)
    weight = parameter(layer, "weight").reshape(groups, filters // groups, len(image) // groups, *kernel)
    result = 0
    for i, j, view in Window(layer, image.shape[1:], kernel, [1, 1]).views(image, 0.0):
        grouped = view.reshape(groups, len(image) // groups, *view.shape[1:])
        result = result + np.einsum("gfc,gchw->gfhw", weight[..., i, j], grouped)
    result = result.reshape(filters, *result.shape[2:]) + bias[:, None, None]
    return result[:, 0] if layer.name.endswith("1D") else result


def convolve_transposed(layer, x):
    kernel, filters = kernel_of(layer.arguments[1]), layer.arguments[0]
    weight = parameter(layer, "weight").reshape(len(x), filters, *kernel)
    stride = (option(layer, "Stride", [1]) * 2)[:2]
    result = np.zeros((filters, *((size - 1) * s + k for size, s, k in zip(x.shape[1:], stride, kernel))))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            result[:, i:i + stride[0] * x.shape[1]:stride[0], j:j + stride[1] * x.shape[2]:stride[1]] += np.einsum(
                "cf,chw->fhw", weight[..., i, j], x)
    pads = option(layer, "Padding", [0])
    if has(layer, "Same"):
        cut = [size - s * n for size, s, n in zip(result.shape[1:], stride, x.shape[1:])]
        pads = [cut[0] // 2, cut[0] - cut[0] // 2, cut[1] // 2, cut[1] - cut[1] // 2]
    pads = {1: pads * 4, 2: [pads[0], pads[0], pads[-1], pads[-1]]}.get(len(pads), pads)
    result = result[:, pads[0]:result.shape[1] - pads[1], pads[2]:result.shape[2] - pads[3]]
    return result + parameter(layer, "bias")[0][:, None, None]


def pool(layer, x):
    kernel = kernel_of(layer.arguments[0])
    kernel = [1, kernel[1]] if layer.name.endswith("1D") else kernel
    image = as_image(layer, x)
    mean = layer.name.startswith("Avg")
    window = Window(layer, image.shape[1:], kernel, list(kernel))
    views = [view for _, _, view in window.views(image, 0 if mean else -np.inf)]
    result = np.mean(views, 0) if mean else np.max(views, 0)
    return result[:, 0] if layer.name.endswith("1D") else result


def recur(layer, x):
    units, gates = layer.arguments[0], len(layer.parameters["input_bias"])
    weight = np.split(parameter(layer, "input_weight"), gates)
    recurrent = np.split(parameter(layer, "recurrent_weight"), gates)
    biases, recurrent_biases = parameter(layer, "input_bias"), parameter(layer, "recurrent_bias")
    h, c, rows = np.zeros(units), np.zeros(units), []
    for step in x:
        a = [step @ w + b for w, b in zip(weight, biases)]
        s = [h @ u + b for u, b in zip(recurrent, recurrent_biases)]
        if layer.name == "Lstm":
            i, f, g, o = sigmoid(a[0] + s[0]), sigmoid(a[1] + s[1]), np.tanh(a[2] + s[2]), sigmoid(a[3] + s[3])
            c = f * c + i * g
            h = o * np.tanh(c)
        elif layer.name == "Gru":
            r, z = sigmoid(a[0] + s[0]), sigmoid(a[1] + s[1])
            if has(layer, "ResetBefore"):
                product = (r * h) @ parameter(layer, "recurrent_weight")[-len(h):] + parameter(layer, "recurrent_bias")[2]
                n = np.tanh(a[2] + product)
            else:
                n = np.tanh(a[2] + r * s[2])
            h = (1 - z) * n + z * h
        else:
            total = a[0] + s[0]
            h = np.maximum(total, 0) if has(layer, "Relu") else np.tanh(total)
        rows.append(h)
    return np.array(rows) if has(layer, "ReturnSequences") else h


def attend(layer, x):
    heads = layer.arguments[0]

    def of_heads(part):
        y = x @ parameter(layer, f"{part}_weight") + parameter(layer, f"{part}_bias")
        return np.stack(np.split(y, heads, axis=1))

    q, k, v = of_heads("query"), of_heads("key"), of_heads("value")
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    if has(layer, "Causal"):
        scores = np.where(np.triu(np.ones(scores.shape[1:], bool), 1), -np.inf, scores)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    context = np.concatenate(list(weights / weights.sum(-1, keepdims=True) @ v), axis=1)
    return context @ parameter(layer, "output_weight") + parameter(layer, "output_bias")


def normalise(layer, x):
    """Over groups of channels [C, ...], or over each row."""
    epsilon = float(layer.arguments[-1]) if layer.arguments[-1:] and isinstance(layer.arguments[-1], str) else 1e-5
    if layer.name == "BatchNorm":
        column = (-1,) + (1,) * (x.ndim - 1)
        mean, variance = layer.statistics["running_mean"], layer.statistics["running_variance"].astype(np.float64)
        scaled = (x - mean.reshape(column)) / np.sqrt(variance + epsilon).reshape(column)
        return scaled * parameter(layer, "scale").reshape(column) + parameter(layer, "shift").reshape(column)
    rows = x.reshape(layer.arguments[0], -1) if layer.name == "GroupNorm" else x.reshape(-1, x.shape[-1])
    if layer.name != "RmsNorm":
        rows = rows - rows.mean(-1, keepdims=True)
    rows = (rows / np.sqrt((rows**2).mean(-1, keepdims=True) + epsilon)).reshape(x.shape)
    column = (-1,) + (1,) * (x.ndim - 1) if layer.name == "GroupNorm" else (-1,)
    shift = parameter(layer, "shift").reshape(column) if "shift" in layer.parameters else 0
    return rows * parameter(layer, "scale").reshape(column) + shift


def upsample(layer, x):
    factors = kernel_of(layer.arguments[0])
    return x.repeat(factors[0], 1).repeat(factors[1], 2)


def pad(layer, x):
    top, bottom, left, right = layer.arguments
    return np.pad(x, [(0, 0), (top, bottom), (left, right)])


LAYERS = {
    "Activation": lambda layer, x: x,
    "AvgPool1D": pool,
    "AvgPool2D": pool,
    "BatchNorm": normalise,
    "Concat": lambda layer, x: np.concatenate([run(branch, x) for branch in layer.branches]),
    "Conv1D": convolve,
    "Conv2D": convolve,
    "Dense": lambda layer, x: x @ parameter(layer, "weight") + parameter(layer, "bias")[0],
    "DepthwiseConv2D": convolve,
    "Dropout": lambda layer, x: x,
    "Embedding": lambda layer, x: parameter(layer, "weight")[x.astype(int)],
    "Flatten": lambda layer, x: x.reshape(-1),
    "GlobalAvgPool": lambda layer, x: x.reshape(len(x), -1).mean(1),
    "GroupNorm": normalise,
    "Gru": recur,
    "LayerNorm": normalise,
    "Lstm": recur,
    "MaxPool1D": pool,
    "MaxPool2D": pool,
    "MultiHeadAttention": attend,
    "Parallel": lambda layer, x: sum(run(branch, x) for branch in layer.branches),
    "Permute": lambda layer, x: x.transpose(layer.arguments),
    "Reshape": lambda layer, x: x.reshape(layer.arguments),
    "Residual": lambda layer, x: sum(run(branch, x) for branch in layer.branches),
    "RmsNorm": normalise,
    "Sequential": lambda layer, x: run(layer.branches[0], x),
    "SimpleRnn": recur,
    "TimeDistributed": lambda layer, x: np.stack([run(layer.branches[0], step) for step in x]).reshape(len(x), -1),
    "TransposedConv2D": convolve_transposed,
    "Upsample2D": upsample,
    "ZeroPad2D": pad,
}
