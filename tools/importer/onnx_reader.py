"""Reads an .onnx file, with its external data, into a graph."""

import pathlib

import google.protobuf.message
import onnx
from onnx import external_data_helper, helper

from .graph import Graph, Node, array_of, attributes_of
from .problem import Problem, one_line

FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE)
INTEGERS = (onnx.TensorProto.INT32, onnx.TensorProto.INT64)


def read(path, input_shape=None):
    """The graph of the file `path`, whose batch is made 1. `input_shape` replaces the shape of the input."""
    file = path.name
    try:
        model = onnx.load(path, load_external_data=False)
    except (google.protobuf.message.DecodeError, ValueError) as error:
        raise Problem(f"{file}: it is no ONNX model, or it is cut off ({one_line(error)}); export it again") from None
    if not model.HasField("graph") or not model.graph.node:
        raise Problem(f"{file}: it holds no graph; it is no ONNX model, or it is cut off; export it again")
    load_external_data(model, path)
    check(model, file)
    if model.functions:
        model = onnx.inliner.inline_local_functions(model)
    return graph_of(model, file, input_shape)


def external_tensors(graph):
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield attribute.t
            for inner in [attribute.g, *attribute.graphs] if attribute.type in (
                    onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) else []:
                yield from external_tensors(inner)


def load_external_data(model, path):
    """Loads the weights that lie in other files, which must be in the folder of the model."""
    folder = path.resolve().parent
    for tensor in external_tensors(model.graph):
        if not external_data_helper.uses_external_data(tensor):
            continue
        where = f"{path.name}: tensor '{tensor.name}': its data"
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        data = (folder / location).resolve()
        if location == "" or pathlib.PurePath(location).is_absolute() or folder not in data.parents:
            raise Problem(f"{where} lie in '{location}', outside of the model's folder; move the file there and save "
                          "the model again with onnx.save")
        if not data.is_file():
            raise Problem(f"{where} lie in the file '{location}', which is not there; put it beside {path.name}")
        try:
            offset, length = int(entries.get("offset", 0)), int(entries.get("length", -1))
            size = data.stat().st_size
            if offset < 0 or length < -1 or offset + max(length, 0) > size:
                raise Problem(f"{where} would end at byte {offset + max(length, 0)} of '{location}', which has {size}; "
                              "copy or export that file again")
            external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        except (OSError, ValueError, onnx.checker.ValidationError) as error:
            raise Problem(f"{where} cannot be read from '{location}' ({one_line(error)}); export it again") from None
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def check(model, file):
    for opset in model.opset_import:
        if opset.domain == "" and opset.version > onnx.defs.onnx_opset_version():
            raise Problem(f"{file}: it is written for opset {opset.version}, and this importer knows "
                          f"{onnx.__version__}'s {onnx.defs.onnx_opset_version()} at most; export it with an earlier "
                          "opset_version")
    local = {(function.domain, function.name) for function in model.functions}
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") and (node.domain, node.op_type) not in local:
            raise Problem(f"{file}: node '{node.name or node.output[0]}' ({node.domain}.{node.op_type}): the importer "
                          "takes ONNX's own operators only; export the model without extensions")
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError) as error:
        reason = one_line(error)
        if "topologically" in reason or "not output of any previous" in reason:
            reason = "its nodes form a cycle, or stand before the nodes whose results they take: " + reason
        raise Problem(f"{file}: it is not a valid ONNX model ({reason}); export it again") from None


def graph_of(model, file, input_shape):
    graph = model.graph
    constants = {tensor.name: constant(tensor, file) for tensor in graph.initializer}
    if graph.sparse_initializer:
        raise Problem(f"{file}: it has sparse constants; export it with dense ones")
    inputs = [value for value in graph.input if value.name not in constants]
    for what, values in (("inputs", inputs), ("outputs", graph.output)):
        if len(values) != 1:
            names = ", ".join(value.name for value in values)
            raise Problem(f"{file}: it has {len(values)} {what} ({names}), and a network has one; export the part of "
                          "the model that has one input and one output")
    shape, batch_axis = shape_of(inputs[0], file, input_shape)
    nodes = [Node(node.op_type, list(node.input), list(node.output), attributes_of(node), node.name)
             for node in graph.node]
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 1)
    if opset < 13:
        nodes = [part for node in nodes for part in as_later_softmax(node)]
    return Graph(file, nodes, constants, inputs[0].name, shape,
                 helper.tensor_dtype_to_np_dtype(inputs[0].type.tensor_type.elem_type), graph.output[0].name, opset,
                 batch_axis, f"{model.producer_name} {model.producer_version}".strip())


def as_later_softmax(node):
    """Softmax before opset 13 works on all axes from `axis` on together, which onnx.reference does not do."""
    if node.op != "Softmax":
        return [node]
    x, y, name = node.inputs[0], node.output, node.name
    return [Node("Flatten", [x], [f"{y}/flat"], {"axis": node.attributes.get("axis", 1)}, name),
            Node("Softmax", [f"{y}/flat"], [f"{y}/softmax"], {"axis": 1}, name),
            Node("Shape", [x], [f"{y}/shape"], {}, name),
            Node("Reshape", [f"{y}/softmax", f"{y}/shape"], [y], {}, name)]


def constant(tensor, file):
    try:
        return array_of(tensor)
    except Exception as error:
        raise Problem(f"{file}: tensor '{tensor.name}' is cut off or has a wrong shape ({one_line(error)}); export the "
                      "model again") from None


def shape_of(value, file, replacement):
    """The shape of the input with a batch of 1, and the axis of the batch: the first that is dynamic, or 1."""
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or tensor.elem_type not in FLOATS + INTEGERS:
        kind = onnx.TensorProto.DataType.Name(tensor.elem_type).lower()
        raise Problem(f"{file}: the input '{value.name}' is of type {kind}; export the model in single precision "
                      "(class indices may be int32 or int64)")
    if not tensor.HasField("shape") and replacement is None:
        raise Problem(f"{file}: the input '{value.name}' has no shape; give one with --input-shape, for example "
                      "1x3x32x32")
    extents = [dimension.dim_value if dimension.HasField("dim_value") else None for dimension in tensor.shape.dim]
    if replacement is not None:
        fits = len(replacement) == len(extents) or not tensor.HasField("shape")
        if not fits or any(a is not None and a != b for a, b in zip(extents, replacement)):
            shown = "x".join("?" if extent is None else str(extent) for extent in extents)
            raise Problem(f"{file}: the input '{value.name}' has the shape {shown}, which --input-shape does not fit")
        extents = list(replacement)
    axis = next((i for i, extent in enumerate(extents) if extent in (None, 1)), None)
    if axis is None:
        raise Problem(f"{file}: the input '{value.name}' has the fixed shape {extents} without a batch of 1; export it "
                      "with a batch of 1, or a dynamic one")
    extents[axis] = 1
    if None in extents:
        shown = "x".join("?" if extent is None else str(extent) for extent in extents)
        raise Problem(f"{file}: the input '{value.name}' has the shape {shown} with more than one dynamic extent; the "
                      "memory of a network is fixed, so give the whole shape with --input-shape")
    if any(extent < 1 for extent in extents):
        raise Problem(f"{file}: the input '{value.name}' has the shape {extents}; every extent must be at least 1")
    return tuple(extents), axis
