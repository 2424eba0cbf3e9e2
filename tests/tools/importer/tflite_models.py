"""Small .tflite models in 8 bits for the tests of the importer."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {np.dtype(np.int8): schema.TensorType.INT8, np.dtype(np.int32): schema.TensorType.INT32,
         np.dtype(np.float32): schema.TensorType.FLOAT32, np.dtype(np.uint8): schema.TensorType.UINT8}
SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
NONE, RELU, RELU6 = (getattr(schema.ActivationFunctionType, name) for name in ("NONE", "RELU", "RELU6"))
OPTIONS = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions", "ADD": "AddOptions",
           "FULLY_CONNECTED": "FullyConnectedOptions", "AVERAGE_POOL_2D": "Pool2DOptions",
           "MAX_POOL_2D": "Pool2DOptions", "RESHAPE": "ReshapeOptions", "SOFTMAX": "SoftmaxOptions"}


def int8(*shape, seed=0):
    return np.random.default_rng(seed + len(shape)).integers(-127, 128, shape).astype(np.int8)


def int32(*shape, seed=0):
    return np.random.default_rng(seed + len(shape)).integers(-2000, 2000, shape).astype(np.int32)


class TfliteModel:
    """A model that grows operator by operator. Tensors are numbers; the first is the input, `last` the newest output."""

    def __init__(self, *shape, kind=np.int8, scale=0.02, zero=-3):
        self.tensors, self.operators, self.codes, self.last = [], [], [], 0
        self.buffers = [schema.BufferT()]
        self.inputs = [self.tensor(shape, kind, scale, zero)]

    def tensor(self, shape, kind=np.int8, scale=0.02, zero=0, data=None, axis=0):
        quantization = schema.QuantizationParametersT(quantizedDimension=axis)
        if np.dtype(kind) != np.float32:
            quantization.scale = np.atleast_1d(np.float32(scale))
            quantization.zeroPoint = np.full(quantization.scale.shape, zero, np.int64)
        one = schema.TensorT(shape=list(shape), type=TYPES[np.dtype(kind)], name=f"t{len(self.tensors)}",
                             buffer=len(self.buffers) if data is not None else 0, quantization=quantization)
        if data is not None:
            self.buffers.append(schema.BufferT(data=np.frombuffer(data.tobytes(), np.uint8)))
        self.tensors.append(one)
        return len(self.tensors) - 1

    def constant(self, data, scale=0.01, zero=0, axis=0):
        return self.tensor(data.shape, data.dtype, scale, zero, data, axis)

    def add(self, kind, *inputs, gives, scale=0.02, zero=-3, result=np.int8, **options):
        """Appends an operator. Without inputs it takes the last output; arrays become constants."""
        numbers = [self.constant(value) if isinstance(value, np.ndarray) else value for value in inputs or (self.last,)]
        name = OPTIONS.get(kind)
        one = schema.OperatorT(opcodeIndex=len(self.codes), inputs=numbers,
                               outputs=[self.tensor(gives, result, scale, zero)])
        if name:
            one.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            one.builtinOptions = getattr(schema, f"{name}T")(**options)
        code = getattr(schema.BuiltinOperator, kind)
        self.codes.append(schema.OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=min(code, 127), version=1))
        self.operators.append(one)
        self.last = one.outputs[0]
        return self.last

    def bias(self, source, weight):
        scale = self.tensors[source].quantization.scale * self.tensors[weight].quantization.scale
        axis = self.tensors[weight].quantization.quantizedDimension
        return self.constant(int32(self.tensors[weight].shape[axis]), scale)

    def conv(self, source, filters, kernel, stride, padding, gives, activation=NONE, groups=1, **quantization):
        channels = self.tensors[source].shape[3] // groups
        weight = self.constant(int8(filters, *kernel, channels), np.linspace(0.004, 0.012, filters))
        return self.add("CONV_2D", source, weight, self.bias(source, weight), gives=gives, strideH=stride, strideW=stride,
                        dilationHFactor=1, dilationWFactor=1, padding=padding, fusedActivationFunction=activation,
                        **quantization)

    def dense(self, units, activation=NONE, **quantization):
        inputs = int(np.prod(self.tensors[self.last].shape))
        weight = self.constant(int8(units, inputs))
        return self.add("FULLY_CONNECTED", self.last, weight, self.bias(self.last, weight), gives=(1, units), scale=0.02,
                        fusedActivationFunction=activation, **quantization)

    def contents(self):
        graph = schema.SubGraphT(tensors=self.tensors, inputs=self.inputs, outputs=[self.last],
                                 operators=self.operators)
        model = schema.ModelT(version=3, operatorCodes=self.codes, subgraphs=[graph], buffers=self.buffers)
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def with_every_operator():
    """A model with all operators that the importer takes, and asymmetric padding."""
    model = TfliteModel(1, 9, 6, 3)
    fork = model.conv(0, 4, (3, 3), 2, SAME, (1, 5, 3, 4), RELU, scale=0.05, zero=-128)
    branch = model.conv(fork, 4, (1, 1), 1, SAME, (1, 5, 3, 4), scale=0.04, zero=5)
    model.add("ADD", fork, branch, gives=(1, 5, 3, 4), scale=0.07, zero=-128, fusedActivationFunction=RELU)
    weight = model.constant(int8(1, 3, 2, 8), np.linspace(0.001, 0.004, 8), axis=3)
    model.add("DEPTHWISE_CONV_2D", model.last, weight, model.bias(model.last, weight), gives=(1, 3, 2, 8), scale=0.03, zero=-128,
              strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1, depthMultiplier=2, padding=VALID,
              fusedActivationFunction=RELU6)
    model.add("AVERAGE_POOL_2D", gives=(1, 1, 2, 8), scale=0.03, zero=-128, filterHeight=2, filterWidth=1, strideH=2,
              strideW=1, padding=VALID)
    model.add("RESHAPE", model.last, np.array([1, 16], np.int32), gives=(1, 16), scale=0.03, zero=-128)
    model.dense(40)
    model.add("SOFTMAX", gives=(1, 40), scale=1 / 256, zero=-128, beta=1.0)
    return model
