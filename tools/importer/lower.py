"""Translates the nodes of a graph to steps: layers of the library, sums and concatenations."""

import numpy as np

from . import normalizations, pools, products, sequences, windows
from .activations import Activation
from .layers import Affine, Layer, activation_layer, permute, reshape, time_distributed
from .structure import Step

RECURRENT = {"RNN", "GRU", "LSTM"}
VIEWS = {"Cast", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Unsqueeze"}
REASONS = {
    "TopK": "a network of layers has no selection of elements by their size; leave it to the program that uses the "
            "outputs",
    "ArgMax": "the library's classify() gives the position of the largest output; export the model without it",
    "CumSum": "there is no layer for sums along an axis",
    "LogSoftmax": "there is no layer for it; export the logits, which the loss SoftmaxCrossEntropy takes",
    "QuantizeLinear": "the importer takes networks in floating point from ONNX; import those and quantize them with "
                      "cortexpr::quantize",
    "DequantizeLinear": "the importer takes networks in floating point from ONNX; import those and quantize them with "
                        "cortexpr::quantize",
}


def sample_shape(graph, tensor):
    """The shape of a tensor without the batch."""
    shape = graph.shape(tensor)
    axis = next((i for i, extent in enumerate(shape) if extent == 1), None)
    if tensor == graph.input:
        axis = graph.batch_axis
    if axis is not None:
        shape = shape[:axis] + shape[axis + 1:]
    return tuple(int(extent) for extent in shape) or (1,)


def lower(graph):
    """The steps that make each tensor."""
    steps = {}
    for node in graph.nodes:
        if node.op in RECURRENT:
            output, step = sequences.lower_recurrent(graph, node)
        else:
            output, step = node.output, lower_node(graph, node)
            if node.op == "Split":
                graph.refuse(node, "the library has no layer for parts of a tensor")
        step.node = node
        steps[output] = step
    return steps


def lower_node(graph, node):
    tensors = graph.tensors(node)
    if node.op == "Gather" and node.inputs[0] in graph.constants:
        return sequences.lower_embedding(graph, node)
    if node.op in VIEWS:
        return lower_view(graph, node)
    if node.op == "Transpose":
        return lower_transpose(graph, node)
    if node.op in ("Add", "Sub", "Mul", "Div") and len(tensors) == 1:
        return lower_affine(graph, node)
    if node.op in ("Add", "Sum"):
        return lower_sum(graph, node)
    if node.op == "Concat":
        return lower_concat(graph, node)
    if node.op in LOWERINGS:
        return LOWERINGS[node.op](graph, node)
    if node.op in ("Mul", "Sub", "Div", "Max", "Min") and len(tensors) > 1:
        graph.refuse(node, "it combines two computed tensors; the library adds and concatenates branches, and knows "
                     "such products only inside its own layers")
    graph.refuse(node, REASONS.get(node.op, "there is no layer for it; change the model, or write a layer of your own "
                                            "and the type by hand"))


def lower_view(graph, node):
    """A node that gives the same elements in the same order, or the last step of a sequence."""
    source = node.inputs[0]
    before, after = graph.values[source].reshape(-1), graph.values[node.output].reshape(-1)
    if before.size == after.size and np.array_equal(before, after):
        return Step([source])
    shape = [extent for extent in graph.shape(source) if extent > 1]
    if len(shape) == 2 and after.size == shape[1] and np.array_equal(before[-after.size:], after):
        taken = Layer("TakeLast", gives=(after.size,))
        taken.refuse = lambda: graph.refuse(node, "it selects the last step of a tensor that no recurrent layer makes; "
                                            "there is no layer for that")
        return Step([source], [taken], tuple(shape), (after.size,))
    if len(shape) == 2 and after.size == shape[1] and np.array_equal(before[:after.size], after) and shape[0] <= 256:
        steps, features = shape
        pool = Layer("AvgPool1D", [1, f"cortexpr::Stride<{steps}>"], gives=(features, 1))
        return Step([source], [permute((1, 0)), pool], tuple(shape), (features, 1))
    graph.refuse(node, "it selects a part of a tensor; the library has no layer for that but the first step of a "
                       "sequence "
                 "and the last one of a recurrent layer")


def lower_transpose(graph, node):
    shape = graph.shape(node.inputs[0])
    axes = node.attributes.get("perm", list(range(len(shape)))[::-1])
    moved = [axis for axis in axes if shape[axis] > 1]
    if moved == sorted(moved):
        return Step([node.inputs[0]])
    order = sorted(moved)
    permutation = [order.index(axis) for axis in moved]
    return Step([node.inputs[0]], [permute(permutation)], tuple(shape[axis] for axis in order),
                tuple(shape[axis] for axis in moved))


def lower_affine(graph, node):
    """A sum or product with a constant."""
    source = graph.tensors(node)[0]
    first = node.inputs[0] in graph.constants
    constant = np.asarray(graph.constants[node.inputs[0 if first else 1]], np.float64)
    shape = graph.shape(source)
    if graph.shape(node.output) != shape and graph.values[node.output].size != graph.values[source].size:
        graph.refuse(node, f"it makes the shape {list(graph.shape(node.output))} of {list(shape)}; the library has no "
                     "layer that repeats a tensor for a constant")
    if node.op == "Div" and first:
        graph.refuse(node, "it divides by a computed tensor; there is no layer for that")
    with np.errstate(divide="ignore"):
        scale, shift = {"Add": (1, constant), "Sub": (-1, constant) if first else (1, -constant),
                        "Mul": (constant, 0), "Div": (1 / constant, 0)}[node.op]
    shape = graph.shape(node.output)
    affine = Affine(np.broadcast_to(scale, shape), np.broadcast_to(shift, shape))
    return Step([source], [affine], sample_shape(graph, source))


def lower_sum(graph, node):
    tensors = graph.tensors(node)
    sizes = {graph.values[name].size for name in (*tensors, node.output)}
    if len(sizes) > 1 or len(tensors) < len(node.inputs):
        shapes = " and ".join(str(list(graph.shape(name))) for name in tensors)
        graph.refuse(node, f"it adds tensors of the shapes {shapes}; the library adds branches of equal shapes")
    return Step(tensors, merge="sum")


def lower_depth_to_space(graph, node):
    """Pixel shuffle: blocks of channels become blocks of pixels."""
    block = node.attributes["blocksize"]
    _, channels, height, width = graph.shape(node.inputs[0])
    channels //= block * block
    if node.attributes.get("mode", "DCR") == "DCR":
        parts, axes = (block, block, channels, height, width), (2, 3, 0, 4, 1)
    else:
        parts, axes = (channels, block, block, height, width), (0, 3, 1, 4, 2)
    gives = (channels, height * block, width * block)
    return Step([node.inputs[0]], [reshape(parts), permute(axes), reshape(gives)], None, gives)


def lower_concat(graph, node):
    if len(graph.tensors(node)) < len(node.inputs):
        graph.refuse(node, "it joins a tensor with a constant; the library joins branches that are computed from the "
                           "input")
    shape = graph.shape(node.output)
    axis, batch = node.attributes["axis"] % len(shape), next((i for i, extent in enumerate(shape) if extent == 1), None)
    if len(node.inputs) == 1:
        return Step([node.inputs[0]])
    if batch == axis:
        graph.refuse(node, "it joins samples of a batch; the batch of the importer is 1")
    return Step(list(node.inputs), merge="concat", axis=axis - (batch is not None and batch < axis))


def lower_activation(graph, node):
    return Step([node.inputs[0]], [activation_layer(node.attributes["activation"])])


def lower_prelu(graph, node):
    """PRelu with a slope for each channel: relu(x) - slope relu(-x)."""
    source = node.inputs[0]
    slope, shape = np.asarray(graph.constant(node, 1), np.float64), graph.shape(source)
    ones, zeros = np.ones(shape), np.zeros(shape)
    slopes = np.broadcast_to(slope, shape)
    positive = [activation_layer(Activation("Relu"))]
    negative = [Affine(-ones, zeros), activation_layer(Activation("Relu")), Affine(-slopes, zeros)]
    return Step([source], [Layer("Parallel", branches=[positive, negative])], sample_shape(graph, source))


def lower_softmax(graph, node):
    source = node.inputs[0]
    rank = len(graph.shape(source))
    axis = node.attributes.get("axis", -1) % rank
    softmax = activation_layer(Activation("Softmax"))
    full = graph.shape(source)
    moved = [i for i in range(rank) if i != axis and full[i] > 1] + [axis]
    order = sorted(moved)
    extents = tuple(full[i] for i in order)
    permutation = [order.index(i) for i in moved]
    if len(moved) == 1:
        return Step([source], [softmax], (full[axis],))
    rows = int(np.prod(extents)) // full[axis]
    inside = [reshape((rows, full[axis])), time_distributed([softmax])]
    if permutation == sorted(permutation):
        return Step([source], inside, extents, (rows, full[axis]))
    moved_shape = tuple(extents[i] for i in permutation)
    back = [permutation.index(i) for i in range(len(permutation))]
    return Step([source], [permute(permutation), *inside, reshape(moved_shape), permute(back)], extents, extents)


LOWERINGS = {
    "Activation": lower_activation,
    "AveragePool": pools.lower_pool,
    "BatchNormalization": normalizations.lower_batch_norm,
    "Conv": windows.lower_conv,
    "ConvTranspose": windows.lower_conv_transpose,
    "DepthToSpace": lower_depth_to_space,
    "Gemm": products.lower_product,
    "GlobalAveragePool": pools.lower_reduction,
    "GlobalMaxPool": pools.lower_reduction,
    "GroupNormalization": normalizations.lower_group_norm,
    "InstanceNormalization": normalizations.lower_group_norm,
    "LayerNormalization": normalizations.lower_layer_norm,
    "MatMul": products.lower_product,
    "MaxPool": pools.lower_pool,
    "MultiHeadAttention": sequences.lower_attention,
    "PRelu": lower_prelu,
    "Pad": windows.lower_pad,
    "RMSNormalization": normalizations.lower_layer_norm,
    "ReduceMax": pools.lower_reduction,
    "ReduceMean": pools.lower_reduction,
    "ReduceSum": pools.lower_reduction,
    "Resize": windows.lower_resize,
    "SimpleRnn": sequences.lower_simple_rnn,
    "Softmax": lower_softmax,
    "Upsample": windows.lower_resize,
}
