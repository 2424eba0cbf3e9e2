"""Reads a .tflite file with 8-bit integers: its operators, and their constants as NumPy arrays."""

import dataclasses

import numpy as np
import tflite

from .problem import Problem, one_line

TYPES = {tflite.TensorType.INT8: np.int8, tflite.TensorType.INT32: np.int32}
NAMES = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
ACTIVATIONS = {tflite.ActivationFunctionType.NONE: "Linear", tflite.ActivationFunctionType.RELU: "Relu",
               tflite.ActivationFunctionType.RELU6: "Relu6"}


@dataclasses.dataclass
class Tensor:
    name: str
    shape: tuple
    scale: np.ndarray
    zero: int
    data: np.ndarray


@dataclasses.dataclass
class Operator:
    kind: str
    inputs: list
    output: int
    options: object
    number: int

    def describe(self):
        return f"operator {self.number} ({self.kind})"


@dataclasses.dataclass
class Graph:
    file: str
    tensors: list
    operators: list
    input: int
    output: int
    contents: bytes

    def refuse(self, operator, sentence):
        raise Problem(f"{self.file}: {operator.describe()}: {sentence}")


OPTIONS = {"CONV_2D": tflite.Conv2DOptions, "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
           "FULLY_CONNECTED": tflite.FullyConnectedOptions, "AVERAGE_POOL_2D": tflite.Pool2DOptions,
           "ADD": tflite.AddOptions}


def read(path):
    contents = path.read_bytes()
    try:
        if len(contents) < 8 or contents[4:8] != b"TFL3":
            raise ValueError("it does not begin as one")
        model = tflite.Model.GetRootAs(contents, 0)
        if model.SubgraphsLength() != 1:
            raise Problem(f"{path.name}: it has {model.SubgraphsLength()} graphs; the importer takes models with one")
        graph = model.Subgraphs(0)
        if graph.InputsLength() != 1 or graph.OutputsLength() != 1:
            raise Problem(f"{path.name}: it has {graph.InputsLength()} inputs and {graph.OutputsLength()} outputs, "
                          "and a network has one of each")
        tensors = [tensor_of(model, graph.Tensors(i), path.name) for i in range(graph.TensorsLength())]
        operators = [operator_of(model, graph.Operators(i), i) for i in range(graph.OperatorsLength())]
        return Graph(path.name, tensors, operators, graph.Inputs(0), graph.Outputs(0), contents)
    except Problem:
        raise
    except Exception as error:  # the package reads offsets of the file without checks
        raise Problem(f"{path.name}: it is no .tflite file, or it is damaged ({one_line(error)}); convert the model "
                      "again") from None


def tensor_of(model, tensor, file):
    shape = tuple(int(extent) for extent in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
    quantization = tensor.Quantization()
    has_scale = quantization is not None and quantization.ScaleLength() > 0
    scale = quantization.ScaleAsNumpy().astype(np.float32) if has_scale else np.ones(1, np.float32)
    zeros = quantization.ZeroPointAsNumpy() if has_scale and quantization.ZeroPointLength() else np.zeros(1)
    name = tensor.Name().decode(errors="replace") if tensor.Name() else "?"
    data = model.Buffers(tensor.Buffer()).DataAsNumpy()
    values = None
    if not isinstance(data, int) and data.size:
        if tensor.Type() not in TYPES:
            raise Problem(f"{file}: tensor '{name}' is not of 8-bit or 32-bit integers; the importer takes models that "
                          "are quantized to 8 bits as a whole")
        values = np.frombuffer(data.tobytes(), TYPES[tensor.Type()]).reshape(shape)
    return Tensor(name, shape, scale, int(zeros[0]), values)


def operator_of(model, operator, number):
    code = model.OperatorCodes(operator.OpcodeIndex())
    kind = NAMES.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), "?")
    options = None
    if kind in OPTIONS and operator.BuiltinOptions() is not None:
        options = OPTIONS[kind]()
        options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
    return Operator(kind, [int(i) for i in operator.InputsAsNumpy()], int(operator.Outputs(0)), options, number)
