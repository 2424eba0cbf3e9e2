"""Imports a .tflite file: reads it, makes the network, asks LiteRT, and writes the header."""

import dataclasses
import importlib.metadata

import numpy as np

from . import litert, tflite_header, tflite_reader
from .int8_rounding import POLICIES
from .problem import Problem, one_line
from .tflite_network import Lowering


@dataclasses.dataclass
class Int8Network:
    input_shape: tuple
    layers: list
    source: object
    result: object
    inputs: np.ndarray
    outputs: np.ndarray
    origin: str
    reference: str


def header_text(path, name, rounding):
    return tflite_header.header_text(network_of(path, rounding), name, POLICIES[rounding])


def network_of(path, rounding):
    graph = tflite_reader.read(path)
    source = graph.tensors[graph.input]
    if not source.shape or source.shape[0] != 1:
        raise Problem(f"{graph.file}: its input has the shape {list(source.shape)}; the importer takes a batch of 1")
    try:
        layers, last = Lowering(graph).run()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Problem(f"{graph.file}: its operators and tensors do not fit together ({one_line(error)}); convert the model "
                      "again") from None
    generator = np.random.default_rng(7)
    spread = generator.normal(0, 40, (tflite_header.SAMPLES, *source.shape[1:]))
    level = generator.normal(0, 40, (tflite_header.SAMPLES,) + (1,) * (len(source.shape) - 1))
    samples = np.clip(np.rint(spread + level), -128, 127).astype(np.int8)
    outputs = litert.answers(graph, last, samples, rounding == "tflite_reference")
    executor = "the reference kernels" if rounding == "tflite_reference" else "XNNPACK"
    reference = f"{executor} of LiteRT {importlib.metadata.version('ai-edge-litert')}"
    return Int8Network(source.shape[1:], layers, source, graph.tensors[last],
                       samples.reshape(len(samples), -1), outputs, f"{path.name} (TensorFlow Lite)", reference)
