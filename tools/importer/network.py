"""From a graph to the network of cortexpr that computes the same."""

import dataclasses

import numpy as np

from .activations import match_activations
from .attention import match_attention
from .check import check
from .fold import fold, random_input
from .layers import Affine, Layer
from .lower import lower, sample_shape
from .norms import match_norms
from .problem import Problem
from .simplify import simplify
from .structure import Structure
from .transposes import sink_transposes
from .unrolled import match_unrolled

SAMPLES = 5


@dataclasses.dataclass
class Network:
    """A network: the shape of its input, its layers, and samples [count, elements] with what the reference answered."""
    file: str
    input_shape: tuple
    layers: list
    inputs: np.ndarray
    outputs: np.ndarray
    origin: str
    reference: str
    type_text: str = ""  # where the type is given, in C++
    include: str = ""  # the file that declares it

    def all_layers(self):
        for layer in self.layers:
            yield from layer.all_layers()

    def parameter_count(self):
        return sum(array.size for layer in self.all_layers() for array in layer.parameters.values())


def network_of(graph, origin, reference, channels_first=False):
    """Translates a graph. `channels_first` leaves out a Permute at the beginning: the network takes [C, H, W]."""
    generator = np.random.default_rng(7)
    samples = [random_input(graph, generator) for _ in range(SAMPLES)]
    outputs = [graph.evaluate({graph.input: sample}, [graph.output])[0] for sample in samples]
    fold(graph)
    match_attention(graph)
    match_unrolled(graph)
    match_norms(graph)
    match_activations(graph)
    sink_transposes(graph)
    structure = Structure(graph, lower(graph), lambda tensor: sample_shape(graph, tensor))
    layers, _ = structure.network()
    shape = sample_shape(graph, graph.input)
    layers = simplify(layers, shape)
    inputs = np.stack([sample.reshape(-1) for sample in samples]).astype(np.float32)
    if channels_first and layers and layers[0].name == "Permute":
        axes = layers.pop(0).arguments
        inputs = np.stack([sample.reshape(shape).transpose(axes).reshape(-1) for sample in inputs])
        shape = tuple(shape[axis] for axis in axes)
    if not layers:
        raise Problem(f"{graph.file}: its output is its input; there is nothing to import")
    outputs = np.stack([np.asarray(output).reshape(-1) for output in outputs]).astype(np.float32)
    network = Network(graph.file, shape, layers, inputs, outputs, origin, reference)
    check_finite(network)
    check(network)
    return network


def check_finite(network):
    for layer in network.all_layers():
        assert isinstance(layer, Layer) and not isinstance(layer, Affine)
        for name, array in {**layer.parameters, **layer.statistics}.items():
            if not np.all(np.isfinite(array)):
                raise Problem(f"{network.file}: the {name} of {layer.name} has numbers that are not finite; train the "
                              "model again")
    if not np.all(np.isfinite(network.outputs)):
        raise Problem(f"{network.file}: the model's outputs for random inputs are not finite; check its weights")
