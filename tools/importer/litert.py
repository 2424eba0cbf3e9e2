"""What LiteRT answers to a .tflite file."""

import contextlib
import copy
import os
import sys

import flatbuffers
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from .problem import Problem, one_line


def contents_of(graph, output):
    """A file with the operators of the graph alone, that gives another tensor: the logits before a final SOFTMAX."""
    model = copy.copy(graph.model)
    part = copy.copy(model.subgraphs[0])
    part.inputs, part.outputs = [graph.input], [output]
    part.operators = [part.operators[operator.number] for operator in graph.operators]
    model.subgraphs, model.signatureDefs = [part], None
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def answers(graph, output, samples, reference_kernels):
    """The int8 outputs for int8 samples, by XNNPACK or by the reference kernels."""
    with quiet():
        return run(graph, output, samples, reference_kernels)


@contextlib.contextmanager
def quiet():
    """LiteRT writes remarks to the file descriptor of stderr, which is for errors."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def run(graph, output, samples, reference_kernels):
    options = {"experimental_op_resolver_type": OpResolverType.BUILTIN_REF} if reference_kernels else {}
    try:
        interpreter = Interpreter(model_content=contents_of(graph, output), num_threads=1, **options)
        interpreter.allocate_tensors()
        source, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
        rows = []
        for sample in samples:
            interpreter.set_tensor(source, sample[None])
            interpreter.invoke()
            rows.append(interpreter.get_tensor(result).reshape(-1).copy())
        return np.stack(rows)
    except (RuntimeError, ValueError) as error:
        raise Problem(f"{graph.file}: LiteRT cannot run it ({one_line(error)}); convert the model again") from None
