"""Recognises self-attention by what it computes. Exporters write it with many Reshape, Transpose and Gather nodes, so
the weights are read off by evaluating the nodes for unit vectors, and a random input proves that they are right."""

import numpy as np

from .graph import Node


def match_attention(graph):
    """Replaces self-attention by nodes with the operator MultiHeadAttention."""
    for node in [node for node in graph.nodes if node.op == "Softmax"]:
        if node in graph.nodes:
            match_at(graph, node)
    for node in graph.nodes:
        if node.op == "Attention":
            graph.refuse(node, "the importer knows attention as MatMul and Softmax; export the model with opset 22 or "
                         "earlier")


def single_consumer(graph, tensor):
    consumers = graph.consumers().get(tensor, [])
    return consumers[0] if len(consumers) == 1 and tensor != graph.output else None


def match_at(graph, softmax):
    producers = graph.producers()
    scores, values_node = softmax.inputs[0], single_consumer(graph, softmax.output)
    producer = producers.get(scores)
    while producer is not None and producer.op in ("Add", "Mul", "Div") and len(graph.tensors(producer)) == 1:
        producer = producers.get(graph.tensors(producer)[0])
    if producer is None or values_node is None or producer.op != "MatMul" or values_node.op != "MatMul":
        return
    product = producer
    if len(graph.tensors(product)) != 2 or values_node.inputs[0] != softmax.output:
        return
    begin = source_of(graph, [product.inputs[0], product.inputs[1], values_node.inputs[1]])
    end = projection_after(graph, values_node)
    if begin is None or end is None:
        graph.refuse(softmax, "it is attention between several tensors, or without a projection of its result; the "
                     "library has self-attention (MultiHeadAttention)")
    found = read_off(graph, begin, product, softmax, values_node, end)
    if found is None:
        graph.refuse(softmax, "it looks like self-attention but computes something else than MultiHeadAttention; write "
                     "it with torch.nn.MultiheadAttention")
    graph.replace(end, Node("MultiHeadAttention", [begin], [end.output], found, softmax.name))


def source_of(graph, ends):
    """The last tensor from which all of `ends` are computed with constants alone."""
    producers, order = graph.producers(), {node.output: i for i, node in enumerate(graph.nodes)}
    frontier = set(ends)
    while len(frontier) > 1:
        last = max((name for name in frontier if name in producers), key=lambda name: order[producers[name].output],
                   default=None)
        if last is None:
            return None
        frontier = (frontier - {last}) | set(graph.tensors(producers[last]))
    source = next(iter(frontier))
    # The product that makes query, key and value at once belongs to attention.
    while source in producers and producers[source].op in (
            "Add", "MatMul", "Gemm", "Reshape", "Transpose", "Unsqueeze", "Squeeze") and len(
                graph.tensors(producers[source])) == 1 and reaches_product(graph, producers, source):
        source = graph.tensors(producers[source])[0]
    return source


def reaches_product(graph, producers, tensor):
    """Whether a chain of copies and sums with constants leads back from a tensor to a matrix product."""
    while tensor in producers:
        node = producers[tensor]
        if node.op in ("MatMul", "Gemm"):
            return True
        if node.op not in ("Add", "Reshape", "Transpose", "Unsqueeze", "Squeeze") or len(graph.tensors(node)) != 1:
            return False
        tensor = graph.tensors(node)[0]
    return False


def projection_after(graph, node):
    """The node that ends the projection of the result: a product with a constant, or the sum with its bias."""
    while True:
        node = single_consumer(graph, node.output)
        if node is None or len(graph.tensors(node)) != 1:
            return None
        if node.op in ("MatMul", "Gemm"):
            break
        if node.op not in ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten"):
            return None
    following = single_consumer(graph, node.output)
    if node.op == "MatMul" and following is not None and following.op == "Add" and len(graph.tensors(following)) == 1:
        return following
    return node


def affine_map(graph, begin, end, inputs, read):
    """The matrix and the vector of a function of vectors, which is applied to each step. `inputs(vectors)` makes the
    value of the tensor `begin` from [steps, vector], and `read(value)` gives [steps, result]."""
    nodes = graph.between(begin, [end])
    steps, width = inputs.steps, inputs.width

    def evaluate(vectors):
        return read(graph.evaluate({begin: inputs(vectors)}, [end], nodes)[0]).astype(np.float64)

    offset = evaluate(np.zeros((steps, width)))
    rows = []
    for first in range(0, width, steps):
        unit = np.zeros((steps, width))
        count = min(steps, width - first)
        unit[np.arange(count), first + np.arange(count)] = 1
        rows.append((evaluate(unit) - offset)[:count])
    return np.concatenate(rows), offset[0]


class Steps:
    """Makes a tensor of the shape of another one from vectors of all steps."""

    def __init__(self, graph, tensor, steps):
        self.shape, self.steps = graph.shape(tensor), steps
        self.width = int(np.prod(self.shape)) // steps

    def __call__(self, vectors):
        return vectors.astype(np.float32).reshape(self.shape)


def read_off(graph, begin, product, softmax, values_node, end):
    """The parameters of attention, or None if the nodes compute something else."""
    shape = graph.shape(softmax.output)
    steps, heads = shape[-1], int(np.prod(shape[:-2]))
    if shape[-2] != steps or int(np.prod(graph.shape(begin))) % steps or graph.shape(begin)[-1] * steps != int(
            np.prod(graph.shape(begin))):
        return None
    source = Steps(graph, begin, steps)
    width = source.width // heads
    axis = softmax.attributes.get("axis", -1)
    if width * heads != source.width or axis not in (-1, len(shape) - 1) or graph.values[begin].dtype != np.float32:
        return None

    def by_step(value):  # [..., steps, width] of all heads -> [steps, heads * width]
        return value.reshape(heads, steps, -1).transpose(1, 0, 2).reshape(steps, -1)

    def by_column(value):
        return by_step(np.swapaxes(value, -1, -2))

    query = affine_map(graph, begin, product.inputs[0], source, by_step)
    key = affine_map(graph, begin, product.inputs[1], source, by_column)
    value = affine_map(graph, begin, values_node.inputs[1], source, by_step)
    result = values_node.output
    context = Steps(graph, result, steps)
    context.shape_of_heads = graph.shape(result)

    class Context(Steps):
        def __call__(self, vectors):
            heads_first = vectors.astype(np.float32).reshape(steps, heads, width).transpose(1, 0, 2)
            return np.ascontiguousarray(heads_first).reshape(self.shape)

    output = affine_map(graph, result, end.output, Context(graph, result, steps), lambda y: y.reshape(steps, -1))
    if any(matrix.shape != (source.width, source.width) for matrix, _ in (query, key, value, output)):
        return None
    scale, mask = scale_and_mask(graph, product.output, softmax.inputs[0], heads, steps)
    if scale is None:
        return None
    query = tuple(part * scale * np.sqrt(width) for part in query)
    causal = not np.all(mask == 0)
    if causal and not np.all((mask < -1e4) == np.triu(np.ones((steps, steps), bool), 1)):
        return None
    found = {"heads": heads, "causal": causal, "query": query, "key": key, "value": value, "output": output}
    x = np.random.default_rng(3).standard_normal((steps, source.width)).astype(np.float32)
    expected = graph.evaluate({begin: source(x)}, [end.output], graph.between(begin, [end.output]))[0]
    if np.abs(attend(x, found, steps, heads, width).reshape(-1) - expected.reshape(-1)).max() > 1e-4 * max(
            1.0, float(np.abs(expected).max())):
        return None
    return found


def scale_and_mask(graph, begin, end, heads, steps):
    """What scales the scores before Softmax, and what is added to them."""
    if begin == end:
        return 1.0, np.zeros((steps, steps))
    nodes, shape = graph.between(begin, [end]), graph.shape(begin)
    zero = graph.evaluate({begin: np.zeros(shape, np.float32)}, [end], nodes)[0]
    one = graph.evaluate({begin: np.ones(shape, np.float32)}, [end], nodes)[0]
    mask = np.broadcast_to(zero, shape).reshape(heads, steps, steps)
    used = mask > -1e4
    slope = one.reshape(heads, steps, steps)[used] - mask[used]
    if not np.all(mask == mask[0]) or not np.allclose(slope, slope[0], rtol=1e-5) or np.any(mask[used] != 0):
        return None, None
    return float(slope[0]), mask[0]


def attend(x, found, steps, heads, width):
    """MultiHeadAttention, from its definition."""
    query, key, value = ((x @ matrix + offset).reshape(steps, heads, width).transpose(1, 0, 2)
                         for matrix, offset in (found["query"], found["key"], found["value"]))
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(width)
    if found["causal"]:
        scores = np.where(np.triu(np.ones((steps, steps), bool), 1), -np.inf, scores)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    result = (weights / weights.sum(-1, keepdims=True)) @ value
    return result.transpose(1, 0, 2).reshape(steps, -1) @ found["output"][0] + found["output"][1]
