"""Moves Transpose nodes towards the output, so that those of models with channels last meet and vanish.

A tensor is known as a permutation of the axes of another one; elementwise operators and sums work on that one.
"""

import numpy as np

from .activations import ELEMENTWISE
from .graph import Node

PASSES = {"Activation", "Cast", "Identity"} | ELEMENTWISE


def inverse(axes):
    return tuple(int(axis) for axis in np.argsort(axes))


class Sinking:
    def __init__(self, graph):
        self.graph, self.nodes, self.known = graph, [], {}

    def view(self, name):
        """The tensor and the axes: `name` is transpose(tensor, axes)."""
        return self.known.get(name, (name, tuple(range(len(self.graph.shape(name))))))

    def materialise(self, name, as_name=None):
        """A tensor with the values of `name` itself."""
        tensor, axes = self.view(name)
        if axes == tuple(range(len(axes))) and as_name is None:
            return tensor
        result = as_name or f"{name}/transposed"
        if result not in self.graph.values or as_name:
            self.graph.values[result] = self.graph.values[tensor].transpose(axes)
            self.nodes.append(Node("Transpose", [tensor], [result], {"perm": list(axes)}, name))
        return result

    def run(self):
        graph = self.graph
        for node in graph.nodes:
            if node.op == "Transpose":
                tensor, axes = self.view(node.inputs[0])
                perm = node.attributes.get("perm", list(range(len(axes)))[::-1])
                self.known[node.output] = tensor, tuple(axes[axis] for axis in perm)
            elif not self.sink(node):
                node.inputs = [name if name in graph.constants or name == "" else self.materialise(name)
                               for name in node.inputs]
                self.nodes.append(node)
        if self.view(graph.output)[0] != graph.output:
            self.materialise(graph.output, graph.output)
        graph.nodes = self.nodes
        graph.remove_unused()

    def sink(self, node):
        """Lets a node work on what its inputs are permutations of. Returns whether it can."""
        tensors = self.graph.tensors(node)
        if not tensors or len(node.outputs) != 1:
            return False
        views = [self.view(name) for name in tensors]
        axes = views[0][1]
        if any(other != axes for _, other in views) or axes == tuple(range(len(axes))):
            return False
        rank = len(axes)
        replaced = dict(zip(tensors, (tensor for tensor, _ in views)))
        attributes, constants = dict(node.attributes), {}
        if node.op in PASSES:
            for name in node.inputs:
                if name in self.graph.constants and self.graph.constants[name].size > 1:
                    array = self.graph.constants[name]
                    if array.ndim > rank:
                        return False
                    constants[name] = array.reshape((1,) * (rank - array.ndim) + array.shape).transpose(inverse(axes))
        elif node.op == "Concat":
            attributes["axis"] = axes[attributes["axis"] % rank]
        elif node.op == "Pad" and len(node.inputs) <= 3:
            pads = self.graph.constant(node, 1)
            order = list(inverse(axes))
            constants[node.inputs[1]] = np.concatenate([pads[:rank][order], pads[rank:][order]])
        elif node.op in ("ReduceMean", "ReduceMax", "ReduceSum"):
            reduced = reduced_axes(self.graph, node)
            attributes.pop("axes", None)
            attributes["reduced"] = sorted(axes[axis] for axis in reduced)
            if attributes.get("keepdims", 1) == 0:
                kept = [axes[axis] for axis in range(rank) if axis not in reduced]
                axes = tuple(sorted(kept).index(axis) for axis in kept)
        else:
            return False
        for name, array in constants.items():
            replaced[name] = f"{name}/{node.output}"
            self.graph.constants[replaced[name]] = array
        result = f"{node.output}/untransposed"
        self.graph.values[result] = self.graph.values[node.output].transpose(inverse(axes))
        inputs = [replaced.get(name, name) for name in node.inputs]
        self.nodes.append(Node(node.op, inputs, [result], attributes, node.name))
        self.known[node.output] = result, axes
        return True


def reduced_axes(graph, node):
    """The axes over which a node reduces, sorted and not negative."""
    rank = len(graph.shape(node.inputs[0]))
    if "reduced" in node.attributes:
        return sorted(node.attributes["reduced"])
    axes = graph.constant(node, 1, node.attributes.get("axes"))
    if axes is None or len(np.atleast_1d(axes)) == 0:
        return [] if node.attributes.get("noop_with_empty_axes", 0) else list(range(rank))
    return sorted(int(axis) % rank for axis in np.atleast_1d(axes))


def pad_after_transposes(graph):
    """Transpose(Pad(x)) -> Pad(Transpose(x)), so that the convolution that follows takes over the padding."""
    producers = graph.producers()
    for i, node in enumerate(graph.nodes):
        pad = producers.get(node.inputs[0]) if node.op == "Transpose" else None
        if pad is None or pad.op != "Pad" or len(pad.inputs) > 3 or len(graph.consumers()[pad.output]) > 1:
            continue
        perm = node.attributes["perm"]
        between, pads = f"{node.output}/unpadded", f"{pad.inputs[1]}/{node.output}"
        given = graph.constant(pad, 1)
        graph.constants[pads] = np.concatenate([given[:len(perm)][perm], given[len(perm):][perm]])
        graph.values[between] = graph.values[pad.inputs[0]].transpose(perm)
        graph.nodes[graph.nodes.index(pad)] = Node("Transpose", [pad.inputs[0]], [between], node.attributes, node.name)
        graph.nodes[i] = Node("Pad", [between, pads, *pad.inputs[2:]], node.outputs, pad.attributes, pad.name)


def sink_transposes(graph):
    Sinking(graph).run()
    pad_after_transposes(graph)
