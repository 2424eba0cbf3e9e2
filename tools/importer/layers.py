"""Layers of cortexpr: how they are written in C++, and their parameters in the order and orientation of the library."""

import dataclasses

import numpy as np

from .activations import Activation

LINEAR = Activation("Linear")


@dataclasses.dataclass
class Layer:
    """A layer. `arguments` are its template arguments but for an activation; `branches` are the layers inside.

    `parameters` and `statistics` map the names of arrays to matrices [rows, columns], in the order of declaration.
    `gives` is the shape of the output, None where it follows from the input's.
    """
    name: str
    arguments: list = dataclasses.field(default_factory=list)
    activation: Activation = LINEAR
    parameters: dict = dataclasses.field(default_factory=dict)
    statistics: dict = dataclasses.field(default_factory=dict)
    branches: list = dataclasses.field(default_factory=list)
    kernel: tuple = ()  # the extents of a convolution's weight after the first
    gives: tuple = None

    def output_shape(self, shape):
        if self.gives is not None:
            return self.gives
        if self.name == "Reshape":
            return tuple(self.arguments)
        if self.name == "Flatten":
            return (int(np.prod(shape)),)
        if self.name == "Permute":
            return tuple(shape[axis] for axis in self.arguments)
        if self.name == "TimeDistributed":
            return shape[0], int(np.prod(chain_shape(self.branches[0], shape[1:])))
        if self.branches:
            shapes = [chain_shape(branch, shape) for branch in self.branches]
            return (sum(other[0] for other in shapes), *shapes[0][1:]) if self.name == "Concat" else shapes[0]
        return shape

    def text(self):
        arguments = list(self.arguments)
        if self.name == "Residual":
            inside, around = self.branches
            if around:
                arguments.append(f"cortexpr::Projection<{join(around)}>")
            arguments += [layer.text() for layer in inside]
        elif self.name in ("TimeDistributed", "Sequential"):
            arguments += [layer.text() for layer in self.branches[0]]
        elif self.branches:
            arguments += [branch[0].text() if len(branch) == 1 else f"cortexpr::Sequential<{join(branch)}>"
                          for branch in self.branches]
        elif self.name == "Activation" or self.activation.name != "Linear":
            arguments.append(qualified(self.activation))
        if self.name in WITHOUT_ARGUMENTS:
            return f"cortexpr::{self.name}"
        return f"cortexpr::{self.name}<{', '.join(str(argument) for argument in arguments)}>"

    def all_layers(self):
        """The layer and those inside, in the order in which their arrays lie in a network: those inside first."""
        for branch in self.branches:
            for layer in branch:
                yield from layer.all_layers()
        yield self


def chain_shape(layers, shape):
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


WITHOUT_ARGUMENTS = {"Flatten", "GlobalAvgPool"}


def qualified(activation):
    return activation.name if activation.definition else f"cortexpr::{activation.name}"


def join(layers):
    return ", ".join(layer.text() for layer in layers)


def row(values):
    return np.asarray(values, np.float32).reshape(1, -1)


def activation_layer(activation):
    return Layer("Activation", activation=activation)


def dense(weight, bias=None):
    """weight [inputs, units]"""
    weight = np.asarray(weight, np.float32)
    bias = np.zeros(weight.shape[1]) if bias is None else bias
    return Layer("Dense", [weight.shape[1]], parameters={"weight": weight, "bias": row(bias)},
                 gives=(weight.shape[1],))


def time_distributed(layers):
    return Layer("TimeDistributed", branches=[layers])


def convolution(name, arguments, weight, bias, filters):
    weight = np.asarray(weight, np.float32)
    bias = np.zeros(filters) if bias is None else bias
    return Layer(name, arguments, parameters={"weight": weight.reshape(weight.shape[0], -1), "bias": row(bias)},
                 kernel=weight.shape[1:])


def scale_channels(scale, shift):
    """y = scale x + shift for each channel of [C, steps], as a convolution with a kernel of 1."""
    channels = len(scale)
    return convolution("Conv1D", [channels, 1, f"cortexpr::Groups<{channels}>"], np.reshape(scale, (channels, 1, 1)),
                       shift, channels)


def reshape(shape):
    return Layer("Flatten") if len(shape) == 1 else Layer("Reshape", list(shape))


def permute(axes):
    return Layer("Permute", list(axes))


def epsilon_arguments(epsilon, before=()):
    """The template arguments of a normalisation whose last one is epsilon, 1e-5 by default."""
    epsilon = float(f"{float(epsilon):.6g}")
    return list(before) + ([] if epsilon == 1e-5 else [repr(epsilon)])


class Affine:
    """y = scale x + shift with an element of each for every element of the tensor. It is joined with the layer before
    it, or becomes a convolution; it never reaches the header."""

    def __init__(self, scale, shift):
        self.scale, self.shift = np.asarray(scale, np.float64), np.asarray(shift, np.float64)

    def then(self, following):
        """This one and another one after it, as one."""
        return Affine(self.scale * following.scale, self.shift * following.scale + following.shift)

    def by_channel(self, shape):
        """scale and shift as [C], or None if they differ within a channel of `shape`."""
        scale, shift = (values.reshape(shape[0], -1) for values in (self.scale, self.shift))
        uniform = np.all(scale == scale[:, :1]) and np.all(shift == shift[:, :1])
        return (scale[:, 0], shift[:, 0]) if uniform else None

    def by_feature(self, count):
        """scale and shift as [count], or None if they differ between the steps."""
        scale, shift = (values.reshape(-1, count) for values in (self.scale, self.shift))
        uniform = np.all(scale == scale[:1]) and np.all(shift == shift[:1])
        return (scale[0], shift[0]) if uniform else None
