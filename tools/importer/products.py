"""Products with constant matrices."""

import numpy as np

from .layers import convolution, dense, time_distributed
from .structure import Step


def lower_product(graph, node):
    """Gemm and MatMul with a constant matrix."""
    tensors = graph.tensors(node)
    if len(tensors) != 1:
        graph.refuse(node, "it multiplies two computed tensors; the library does so in MultiHeadAttention only")
    attributes = node.attributes
    if tensors[0] == node.inputs[1]:
        return lower_left_product(graph, node)
    weight = np.asarray(graph.constant(node, 1), np.float64)
    bias = graph.constant(node, 2) if node.op == "Gemm" else None
    if attributes.get("transA", 0):
        graph.refuse(node, "it transposes its input (transA); export the model with torch.nn.Linear or Dense")
    weight = weight.T if attributes.get("transB", 0) else weight
    if weight.ndim != 2:
        if weight.size != np.prod(weight.shape[-2:]):
            graph.refuse(node, f"it multiplies with {list(weight.shape)}, several matrices; the library has one for "
                               "each layer")
        weight = weight.reshape(weight.shape[-2:])
    inputs, units = weight.shape
    weight = weight * attributes.get("alpha", 1.0)
    if bias is not None:
        bias = np.broadcast_to(np.asarray(bias, np.float64).reshape(-1), (units,)) * attributes.get("beta", 1.0)
    rows = graph.values[tensors[0]].size // inputs
    layer = dense(weight, bias)
    if rows == 1:
        return Step(tensors, [layer], (inputs,), (units,))
    return Step(tensors, [time_distributed([layer])], (rows, inputs), (rows, units))


def lower_left_product(graph, node):
    """A constant matrix times [inputs, columns] is a convolution with a kernel of 1."""
    matrix, shape = graph.constant(node, 0), graph.shape(node.inputs[1])
    if node.op == "Gemm" or matrix.size != np.prod(matrix.shape[-2:]) or matrix.ndim < 2:
        graph.refuse(node, "its constant stands on the left; the library multiplies with constants on the right")
    matrix = matrix.reshape(matrix.shape[-2:])
    units, inputs = matrix.shape
    columns = int(np.prod(shape)) // inputs
    layer = convolution("Conv1D", [units, 1], matrix[..., None], None, units)
    layer.gives = (units, columns)
    return Step([node.inputs[1]], [layer], (inputs, columns), (units, columns))
