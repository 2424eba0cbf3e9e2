"""Reads a .tflite file with 8-bit integers: its operators, and their constants as NumPy arrays."""

import dataclasses
import math

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from .problem import Problem, one_line

MOST_ELEMENTS = 1 << 27
DTYPES = {"INT8": np.int8, "INT32": np.int32}


def names_of(enumeration):
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


OPERATORS, TYPES = names_of(schema.BuiltinOperator), names_of(schema.TensorType)


@dataclasses.dataclass
class Tensor:
    name: str
    kind: str
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
    model: object

    def refuse(self, operator, sentence):
        raise Problem(f"{self.file}: {operator.describe()}: {sentence}")


def read(path):
    contents = path.read_bytes()
    try:
        if contents[4:8] != b"TFL3":
            raise ValueError("it does not begin as one")
        return graph_of(schema.ModelT.InitFromPackedBuf(contents), path.name)
    except Problem:
        raise
    except Exception as error:  # offsets in the file are read without checks
        raise Problem(f"{path.name}: it is no .tflite file, or it is damaged ({one_line(error)}); convert the model "
                      "again") from None


def graph_of(model, file):
    if len(model.subgraphs) != 1:
        raise Problem(f"{file}: it has {len(model.subgraphs)} graphs; the importer takes models with one")
    part = model.subgraphs[0]
    if len(part.inputs) != 1 or len(part.outputs) != 1:
        raise Problem(f"{file}: it has {len(part.inputs)} inputs and {len(part.outputs)} outputs, and a network has "
                      "one of each")
    tensors = [tensor_of(tensor, model.buffers[tensor.buffer].data, file) for tensor in part.tensors]
    operators = [operator_of(model, operator, number) for number, operator in enumerate(part.operators)]
    used = [*part.inputs, *part.outputs, *(i for one in operators for i in [*one.inputs, one.output] if i != -1)]
    if not all(0 <= index < len(tensors) for index in used):
        raise ValueError("the number of a tensor is beyond their list")
    return without_conversions(Graph(file, tensors, operators, int(part.inputs[0]), int(part.outputs[0]), model))


def tensor_of(tensor, buffer, file):
    name, kind = (tensor.name or b"?").decode(errors="replace"), TYPES.get(tensor.type, "?")
    shape = tuple(int(extent) for extent in tensor.shape) if tensor.shape is not None else ()
    if not all(extent >= 1 for extent in shape) or math.prod(shape) > MOST_ELEMENTS:
        raise Problem(f"{file}: tensor '{name}' has the shape {list(shape)}; the importer takes fixed shapes of at most "
                      f"{MOST_ELEMENTS} elements")
    scale, zeros, quantization = np.ones(1, np.float32), [0], tensor.quantization
    if quantization is not None and quantization.scale is not None and len(quantization.scale):
        scale = np.asarray(quantization.scale, np.float32)
        zeros = [0] if quantization.zeroPoint is None else quantization.zeroPoint
    if kind == "INT8" and not (np.isfinite(scale).all() and (scale > 0).all() and -128 <= zeros[0] <= 127):
        raise Problem(f"{file}: tensor '{name}' has a scale that is not positive or a zero point that is not of 8 bits; "
                      "convert the model again")
    data = None
    if buffer is not None and len(buffer):
        if kind not in DTYPES:
            raise Problem(f"{file}: the constant tensor '{name}' has the type {kind}, and the importer takes models that "
                          "are quantized to 8 bits as a whole; convert the model with full integer quantization (int8)")
        data = np.frombuffer(np.asarray(buffer, np.uint8).tobytes(), DTYPES[kind]).reshape(shape)
    return Tensor(name, kind, shape, scale, int(zeros[0]), data)


def operator_of(model, operator, number):
    code = model.operatorCodes[operator.opcodeIndex]
    kind = OPERATORS.get(max(code.builtinCode, code.deprecatedBuiltinCode), "?")
    inputs = [] if operator.inputs is None else [int(i) for i in operator.inputs]
    return Operator(kind, inputs, int(operator.outputs[0]), operator.builtinOptions, number)


def without_conversions(graph):
    """The graph between a QUANTIZE of the input and a DEQUANTIZE of the output, which a network needs as little as its
    program: it takes and gives real numbers as well as integers."""
    users = [one for one in graph.operators if graph.input in one.inputs]
    if len(users) == 1 and users[0].kind == "QUANTIZE" and only_converts(graph, users[0]):
        graph.operators.remove(users[0])
        graph.input = users[0].output
    makers = [one for one in graph.operators if one.output == graph.output]
    if len(makers) == 1 and makers[0].kind == "DEQUANTIZE":
        graph.operators.remove(makers[0])
        graph.output = makers[0].inputs[0]
    return graph


def only_converts(graph, operator):
    """Whether a QUANTIZE makes int8 values of real numbers, or of bytes by a subtraction of 128."""
    source, result = graph.tensors[graph.input], graph.tensors[operator.output]
    return source.kind == "FLOAT32" or (
        source.kind == "UINT8" and source.scale[0] == result.scale[0] and source.zero - 128 == result.zero)
