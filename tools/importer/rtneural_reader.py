"""Reads the JSON of RTNeural: {"in_shape": [null, null, inputs], "layers": [{"type", "activation", "weights"}]}.

Its weights are in Keras's order, and its layers give the outputs of all steps. RTNeural runs a model step by step, so
most files leave the number of steps open.
"""

import json

import numpy as np

from .builder import Builder
from .keras_windows import activate
from .problem import Problem, one_line


STEPS = 64  # where neither the file nor --input-shape says it


class Layer:
    """A layer in the file, with the names that the functions for Keras's layers use."""

    def __init__(self, file, number, entry):
        self.file, self.entry, self.kind = file, entry, entry["type"].lower()
        self.name = f"layers[{number}]"

    def refuse(self, sentence):
        raise Problem(f"{self.file}: {self.name} ({self.kind}): {sentence}")

    def weights(self, count, optional=0):
        """The arrays of weights, of which the last may be left away."""
        found = self.entry.get("weights", [])
        if not count - optional <= len(found) <= count:
            self.refuse(f"expected {count} arrays of weights, found {len(found)}; export the model again")
        return [np.asarray(array, np.float32) for array in found]

    def check(self, array, *shape):
        if array.shape != shape:
            self.refuse(f"expected weights of the shape {list(shape)}, found {list(array.shape)}; export the model "
                        "again")
        return array


def input_shape(file, extents, given):
    """The shape of the input: that of the file, with --input-shape or STEPS where it is open."""
    shape = [1, *extents[1:]]
    if len(shape) not in (2, 3) or shape[-1] is None:
        raise Problem(f"{file}: its in_shape is {extents}; the importer takes [null, inputs] and [null, steps, inputs]")
    if given is not None:
        if len(given) != len(shape) or any(a not in (None, b) for a, b in zip(shape, given)):
            raise Problem(f"{file}: its in_shape is {extents}, which --input-shape does not fit")
        return given
    return tuple(STEPS if extent is None else int(extent) for extent in shape)


def read(path, given):
    file = path.name
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        entries = model["layers"]
        builder = Builder(file, input_shape(file, model["in_shape"], given), "onnx.reference")
        tensor = "input"
        for number, entry in enumerate(entries):
            layer = Layer(file, number, entry)
            if layer.kind not in LAYERS:
                layer.refuse(f"the importer takes {', '.join(sorted(LAYERS))}")
            tensor = LAYERS[layer.kind](builder, layer, tensor)
            if layer.kind not in ("gru", "lstm"):  # they have their own
                tensor = activate(builder, layer, tensor, entry.get("activation") or "linear")
        return builder.finish(tensor)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{file}: it is no JSON, or it is cut off ({one_line(error)}); export the model again") from None
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise Problem(f"{file}: it is not the JSON of RTNeural ({type(error).__name__}: {one_line(error)}); export "
                      "the model with its Python script") from None


def dense(builder, layer, x):
    kernel, *bias = layer.weights(2, optional=1)
    layer.check(kernel, builder.shape(x)[-1], kernel.shape[-1])
    y = builder.add("MatMul", [x, builder.constant(kernel)], layer.name)
    for values in bias:
        y = builder.add("Add", [y, builder.constant(layer.check(values, kernel.shape[1]))], layer.name)
    return y


def conv1d(builder, layer, x):
    kernel, *bias = layer.weights(2, optional=1)  # [kernel, channels / groups, filters]
    groups, channels = int(layer.entry.get("groups", 1)), builder.shape(x)[-1]
    size = int(np.ravel(layer.entry["kernel_size"])[0])
    dilation = int(np.ravel(layer.entry.get("dilation", 1))[0])
    layer.check(kernel, size, channels // groups, kernel.shape[-1])
    inputs = [builder.to_channels_first(x, layer.name), builder.constant(kernel.transpose(2, 1, 0))]
    inputs += [builder.constant(layer.check(values, kernel.shape[-1])) for values in bias]
    y = builder.add("Conv", inputs, layer.name, group=groups, dilations=[dilation], pads=[dilation * (size - 1), 0])
    return builder.to_channels_last(y, layer.name)


def batchnorm(builder, layer, x):
    arrays = layer.weights(4) if len(layer.entry.get("weights", [])) == 4 else [None, None, *layer.weights(2)]
    features = builder.shape(x)[-1]
    scale = np.ones(features) if arrays[0] is None else arrays[0]
    shift = np.zeros(features) if arrays[1] is None else arrays[1]
    inputs = [builder.to_channels_first(x, layer.name)]
    inputs += [builder.constant(layer.check(np.asarray(values), features)) for values in (scale, shift, *arrays[2:])]
    y = builder.add("BatchNormalization", inputs, layer.name, epsilon=float(layer.entry.get("epsilon", 1e-3)))
    return builder.to_channels_last(y, layer.name)


def gru(builder, layer, x):
    kernel, recurrent, bias = layer.weights(3)
    units, features = recurrent.shape[0], builder.shape(x)[-1]
    layer.check(kernel, features, 3 * units)
    layer.check(recurrent, units, 3 * units)
    layer.check(bias, 2, 3 * units)
    return recurrent_layer(builder, layer, x, "GRU", [kernel, recurrent, bias.reshape(-1)], [0, 1, 2],
                           linear_before_reset=1)


def lstm(builder, layer, x):
    kernel, recurrent, bias = layer.weights(3)
    units, features = recurrent.shape[0], builder.shape(x)[-1]
    layer.check(kernel, features, 4 * units)
    layer.check(recurrent, units, 4 * units)
    layer.check(bias, 4 * units)
    return recurrent_layer(builder, layer, x, "LSTM", [kernel, recurrent, np.concatenate([bias, np.zeros_like(bias)])],
                           [0, 3, 1, 2])


def recurrent_layer(builder, layer, x, op, arrays, order, **attributes):
    """A layer that returns the outputs of all steps. `order` takes Keras's gates to those of ONNX."""
    kernel, recurrent, bias = arrays

    def ordered(array):
        return np.concatenate([np.split(array, len(order))[gate] for gate in order])

    inputs = [builder.transpose(x, [1, 0, 2], layer.name), builder.constant(ordered(kernel.T)[None]),
              builder.constant(ordered(recurrent.T)[None]),
              builder.constant(np.concatenate([ordered(half) for half in np.split(bias, 2)])[None])]
    y = builder.add(op, inputs, layer.name, hidden_size=recurrent.shape[0], **attributes)
    return builder.transpose(builder.add("Squeeze", [y, builder.constant([1], np.int64)], layer.name), [1, 0, 2],
                             layer.name)


def prelu(builder, layer, x):
    slope, = layer.weights(1)
    features = builder.shape(x)[-1]
    slope = slope.reshape(-1)
    slope = slope if len(slope) == 1 else layer.check(slope, features)
    return builder.add("PRelu", [x, builder.constant(slope)], layer.name)


LAYERS = {"activation": lambda builder, layer, x: x, "batchnorm": batchnorm, "conv1d": conv1d, "dense": dense,
          "gru": gru, "lstm": lstm, "prelu": prelu, "time-distributed-dense": dense}
