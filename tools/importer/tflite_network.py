"""From the operators of a .tflite file to layers with integers. Images are [C, H, W] inside of the network."""

import dataclasses

import numpy as np
from ai_edge_litert.schema_py_generated import ActivationFunctionType, Padding

from .layers import Activation, Layer, permute, reshape
from .simplify import simplify
from .structure import Step, Structure
from .windows import kernel_argument, padding_options, per_axis

ACTIVATIONS = {ActivationFunctionType.NONE: "Linear", ActivationFunctionType.RELU: "Relu",
               ActivationFunctionType.RELU6: "Relu6"}


@dataclasses.dataclass
class Product:
    """The integers of a convolution or a dense layer. `weights` are [outputs, products], in the library's order."""
    source: object
    weight_scale: np.ndarray
    result: object
    bias: np.ndarray
    groups: int
    lowest: int
    highest: int


@dataclasses.dataclass
class Mean:
    source: object
    result: object
    count: int


@dataclasses.dataclass
class Sum:
    sources: list
    result: object


class QuantizedStructure(Structure):
    def merge(self, name, step, fork):
        branches = []
        for source in step.sources:
            branch, shape = self.chain(fork, source, self.sample_shape(fork))
            branches.append((source, self.shaped(branch, shape, self.sample_shape(source))[0]))
        if len(branches[1][1]) > len(branches[0][1]):
            branches = branches[::-1]
        layer = Layer("Residual", branches=[branch for _, branch in branches])
        tensors = self.graph.tensors
        layer.integers = Sum([tensors[source] for source, _ in branches], tensors[step.node.output])
        return [layer], self.sample_shape(name)


class Lowering:
    def __init__(self, graph):
        self.graph, self.steps = graph, {}
        self.first = "input"  # the input as [C, H, W]

    def tensor(self, index):
        return self.graph.tensors[index]

    def sample_shape(self, index):
        """[C, H, W] of an image [1, H, W, C]; the input itself stays as the file has it."""
        if index == self.first and index != self.graph.input:
            index = self.graph.input
            shape = self.tensor(index).shape
            return shape[3], *shape[1:3]
        shape = self.tensor(index).shape
        if len(shape) == 4 and index != self.graph.input:
            return shape[3], *shape[1:3]
        return shape[1:] or (1,)

    def run(self):
        """The layers, and the tensor that the last one makes."""
        graph = self.graph
        shape = self.tensor(graph.input).shape
        if len(shape) == 4:
            channels_first = (shape[3], *shape[1:3])
            trivial = shape[3] == 1 or shape[1] * shape[2] == 1
            layer = reshape(channels_first) if trivial else permute((2, 0, 1))
            self.steps[self.first] = Step([graph.input], [layer], shape[1:], channels_first)
        else:
            self.first = graph.input
        last = graph.output
        for operator in graph.operators:
            if operator.kind == "SOFTMAX" and operator.output == graph.output:
                last = operator.inputs[0]  # the library's networks in 8 bits end in logits
                continue
            if operator.kind not in LOWERINGS:
                graph.refuse(operator, f"the importer takes {', '.join(LOWERINGS)}, and SOFTMAX as the last operator")
            self.check_types(operator)
            step = LOWERINGS[operator.kind](self, operator)
            step.node = operator
            self.steps[operator.output] = step
        structure = QuantizedStructure(self, self.steps, self.sample_shape)
        self.output = last
        layers, made = structure.network()
        if len(self.tensor(last).shape) == 4:
            graph.refuse(graph.operators[-1], "the output is an image; the importer takes networks that end in a "
                         "vector")
        return simplify(layers, shape[1:]), last

    def check_types(self, operator):
        for index in (operator.inputs[0], operator.output):
            tensor = self.tensor(index)
            if tensor.kind != "INT8":
                self.refuse(operator, f"the tensor '{tensor.name}' has the type {tensor.kind}, and the importer takes "
                            "INT8; convert the model with full integer quantization (int8)")

    # What Structure asks a graph for.
    @property
    def input(self):
        return self.graph.input

    @property
    def tensors(self):
        return {index: tensor for index, tensor in enumerate(self.graph.tensors)} | {
            self.first: self.tensor(self.graph.input)}

    def refuse(self, operator, sentence):
        self.graph.refuse(operator, sentence)

    def source(self, operator, position=0):
        index = operator.inputs[position]
        return self.first if index == self.graph.input else index


def limits(lowering, operator, result):
    """The activation of an operator, and the smallest and largest int8 value that it leaves."""
    name = ACTIVATIONS.get(operator.options.fusedActivationFunction)
    if name is None:
        lowering.refuse(operator, "its fused activation is neither RELU nor RELU6; the library's int8 layers have "
                        "those")
    lowest = -128 if name == "Linear" else max(-128, result.zero)
    highest = 127
    if name == "Relu6":
        highest = min(127, int(np.rint(np.float32(6) / result.scale[0])) + result.zero)
    return Activation(name), lowest, highest


def refuse_limits(lowering, operator):
    """Means and sums have no activation of their own. One that changes no int8 value is none."""
    if limits(lowering, operator, lowering.tensor(operator.output))[1:] != (-128, 127):
        lowering.refuse(operator, "its fused activation limits the int8 values, which the library does only in convolutions "
                        "and dense layers")


def weight_of(lowering, operator, dimensions):
    weight = lowering.tensor(operator.inputs[1])
    if weight.data is None or weight.kind != "INT8" or weight.zero != 0 or len(weight.shape) != dimensions:
        lowering.refuse(operator, "its weight is no constant of symmetric 8-bit integers; convert the model with full "
                        "integer quantization (int8)")
    return weight


def product_of(lowering, operator, outputs, groups):
    """The activation of an operator with a weight and a bias, and its integers without the weight."""
    source, weight, result = (lowering.tensor(i) for i in (operator.inputs[0], operator.inputs[1], operator.output))
    bias = np.zeros(outputs, np.int32)
    if len(operator.inputs) > 2 and operator.inputs[2] != -1:
        bias = lowering.tensor(operator.inputs[2]).data
        if bias is None or bias.shape != (outputs,):
            lowering.refuse(operator, f"its bias is no constant of {outputs} integers")
    activation, lowest, highest = limits(lowering, operator, result)
    return activation, Product(source, weight.scale, result, bias.astype(np.int64), groups, lowest, highest)


def lower_conv(lowering, operator):
    depthwise = operator.kind == "DEPTHWISE_CONV_2D"
    weight, options = weight_of(lowering, operator, 4).data, operator.options
    shape = lowering.tensor(operator.inputs[0]).shape
    kernel, extents, channels = list(weight.shape[1:3]), shape[1:3], shape[3]
    strides = [options.strideH, options.strideW]
    dilations = [options.dilationHFactor, options.dilationWFactor]
    pads = [(0, 0), (0, 0)]
    if options.padding == Padding.SAME:
        totals = [max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
                  for size, k, s, d in zip(extents, kernel, strides, dilations)]
        pads = [(total // 2, total - total // 2) for total in totals]
    arguments = per_axis("Stride", strides, [1, 1]) + padding_options(pads, extents, kernel, strides, dilations)
    arguments += per_axis("Dilation", dilations, [1, 1])
    result = lowering.tensor(operator.output).shape
    if depthwise:
        groups, multiplier = channels, weight.shape[3] // channels
        arguments = [kernel_argument(kernel), *arguments] + [f"cortexpr::Multiplier<{multiplier}>"] * (multiplier > 1)
        matrix = weight[0].transpose(2, 0, 1).reshape(weight.shape[3], -1)
        layer = Layer("DepthwiseConv2D", arguments)
    else:
        groups = channels // weight.shape[3]
        arguments = [weight.shape[0], kernel_argument(kernel), *arguments]
        arguments += [f"cortexpr::Groups<{groups}>"] * (groups > 1)
        matrix = weight.transpose(0, 3, 1, 2).reshape(weight.shape[0], -1)
        layer = Layer("Conv2D", arguments)
    layer.activation, layer.integers = product_of(lowering, operator, len(matrix), groups)
    layer.parameters = {"weight": matrix.astype(np.float32)}
    layer.gives = (result[3], *result[1:3])
    return Step([lowering.source(operator)], [layer], (channels, *extents), layer.gives)


def lower_dense(lowering, operator):
    weight = weight_of(lowering, operator, 2).data
    units, inputs = weight.shape
    if int(np.prod(lowering.tensor(operator.inputs[0]).shape)) != inputs:
        lowering.refuse(operator, "it is applied to several vectors; the importer takes one vector")
    layer = Layer("Dense", [units], gives=(units,))
    layer.activation, layer.integers = product_of(lowering, operator, units, 1)
    layer.parameters = {"weight": weight.T.astype(np.float32)}  # [inputs, units], which simplify may reorder
    return Step([lowering.source(operator)], flat(lowering, operator) + [layer], None, (units,))


def flat(lowering, operator):
    """Layers that make a vector of the input of an operator, in the file's order."""
    shape = lowering.tensor(operator.inputs[0]).shape
    if len(shape) != 4 or shape[3] == 1 or shape[1] * shape[2] == 1:
        return [Layer("Flatten")]
    return [permute((1, 2, 0)), Layer("Flatten")]


def lower_pool(lowering, operator):
    source, result, options = lowering.tensor(operator.inputs[0]), lowering.tensor(operator.output), operator.options
    if (source.scale[0], source.zero) != (result.scale[0], result.zero):
        lowering.refuse(operator, "its input and its output have unlike scales; convert the model again")
    kernel, strides = [options.filterHeight, options.filterWidth], [options.strideH, options.strideW]
    extents = source.shape[1:3]
    unpadded = tuple((size - k) // stride + 1 for size, k, stride in zip(extents, kernel, strides))
    if options.padding == Padding.SAME and result.shape[1:3] != unpadded:
        lowering.refuse(operator, "it leaves the padding out of the mean; the library counts padding as zeros")
    gives = (result.shape[3], *result.shape[1:3])
    layer = Layer("AvgPool2D", [kernel_argument(kernel), *per_axis("Stride", strides, kernel)], gives=gives)
    if list(kernel) == list(extents):
        layer = Layer("GlobalAvgPool", gives=(result.shape[3],))
    layer.integers = Mean(source, result, kernel[0] * kernel[1])
    refuse_limits(lowering, operator)
    return Step([lowering.source(operator)], [layer], (source.shape[3], *extents), layer.gives)


def lower_reshape(lowering, operator):
    result = lowering.tensor(operator.output).shape
    if len(result) == 4:
        lowering.refuse(operator, "it makes an image of a vector; the importer takes RESHAPE to vectors")
    return Step([lowering.source(operator)], flat(lowering, operator), None, (int(np.prod(result)),))


def lower_add(lowering, operator):
    refuse_limits(lowering, operator)
    shapes = [lowering.tensor(index).shape for index in operator.inputs]
    if any(lowering.tensor(index).data is not None for index in operator.inputs) or shapes[0] != shapes[1]:
        lowering.refuse(operator, "it adds a constant, or tensors of unlike shapes; the library adds branches of a network")
    return Step([lowering.source(operator, position) for position in (0, 1)], merge="sum")


LOWERINGS = {"ADD": lower_add, "AVERAGE_POOL_2D": lower_pool, "CONV_2D": lower_conv, "DEPTHWISE_CONV_2D": lower_conv,
             "FULLY_CONNECTED": lower_dense, "RESHAPE": lower_reshape}
