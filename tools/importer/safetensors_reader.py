"""Reads the parameters of a given network type from a safetensors file of PyTorch."""

import itertools
import json
import re

import numpy as np

from .check import run
from .layers import row
from .network import SAMPLES, Network
from .problem import Problem, one_line
from .topology import layers_of

LARGEST_HEADER = 100_000_000
LARGEST_NUMBER_OF_CHOICES = 200
TYPES = {"F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I64": np.dtype("<i8")}


def tensors_of(path):
    """The tensors of a file by their names."""
    file, contents = path.name, path.read_bytes()
    length = int.from_bytes(contents[:8], "little")
    if len(contents) < 8 or length > min(LARGEST_HEADER, len(contents) - 8):
        raise Problem(f"{file}: it is no safetensors file, or it is cut off; save it again")
    try:
        header, data = json.loads(contents[8:8 + length]), contents[8 + length:]
        result = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            if entry["dtype"] == "BF16":
                words = np.frombuffer(data[begin:end], "<u2").astype(np.uint32) << 16
                values = words.view(np.float32)
            elif entry["dtype"] in TYPES:
                values = np.frombuffer(data[begin:end], TYPES[entry["dtype"]])
            else:
                raise Problem(f"{file}: tensor '{name}' is of type {entry['dtype']}; save it as F32")
            result[name] = values.reshape(entry["shape"])
        return result
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Problem(f"{file}: it is no safetensors file, or it is damaged ({one_line(error)}); save it "
                      "again") from None


def natural(text):
    """A key that sorts 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


class Modules:
    """The tensors by module and role: {"net.0": {"weight": ...}}. The layers of a recurrent module count each."""

    def __init__(self, tensors):
        self.modules = {}
        for name, array in tensors.items():
            module, _, role = name.rpartition(".")
            if role == "num_batches_tracked":
                continue
            if module.endswith("out_proj"):
                module, role = module.rpartition(".")[0], f"out_proj.{role}"
            number = re.fullmatch(r"(\w+_[ih]h)_l(\d+)", role)
            if number:
                role = number.group(1)
                module += f"/{number.group(2)}"
            self.modules.setdefault(module, {})[role] = np.asarray(array, np.float32)
        self.order = sorted(self.modules, key=natural)


def with_paths(layers, path=""):
    """Each layer with its path in the network, those inside of a layer before it."""
    for i, layer in enumerate(layers):
        for k, branch in enumerate(layer.branches):
            yield from with_paths(branch, f"{path}{i}." if len(layer.branches) == 1 else f"{path}{i}.{k}.")
        yield f"{path}{i}", layer


def read(path, topology, header, reference, modules=None):
    """The network of the type `topology` with the parameters of the file. `modules` maps paths of layers to modules."""
    shape, layers = layers_of(topology, header)
    found = Modules(tensors_of(path))
    wanted = [(name, layer) for name, layer in with_paths(layers) if layer.name in ROLES]
    if len(wanted) != len(found.order):
        raise Problem(f"{path.name}: expected {len(wanted)} modules with parameters, as the type has, found "
                      f"{len(found.order)} ({', '.join(found.order[:20])}); give the type of the network that was "
                      "saved")
    pairs = assigned(path.name, wanted, found, modules or {}, lambda: samples_of(layers, shape))
    differences = [sentence for (_, layer), module in zip(wanted, pairs)
                   for sentence in [difference(layer, found.modules[module], module)] if sentence]
    if differences:
        raise Problem(f"{path.name}: expected the tensors of the type, found differences: " + "; ".join(differences))
    try:
        inputs, outputs = samples_of(layers, shape)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise Problem(f"{path.name}: the type cannot be computed with these tensors ({one_line(error)}); give the "
                      "type of "
                      "the network that was saved") from None
    return Network(path.name, shape, layers, inputs, outputs, f"{path.name} (safetensors)", reference)


def difference(layer, module, name):
    """Sets the parameters of a layer from a module. Returns what does not fit, or an empty text."""
    try:
        ROLES[layer.name](layer, module)
        return ""
    except KeyError as error:
        return f"{name}: {layer.name} needs the tensor {error}"
    except ValueError as error:
        return f"{name}: {error}"


def assigned(file, wanted, found, given, compute):
    """The module of each layer: the one that was given, the one of the same name, the next one in natural order of
    names, or that of the only assignment with which the network can be computed."""
    names = [next((module for module in (name, f"{name}/0") if module in found.modules), None) for name, _ in wanted]
    if None not in names and not given:
        return names
    if not given and not any(difference(layer, found.modules[module], module)
                             for (_, layer), module in zip(wanted, found.order)) and ordered(found.order):
        return found.order
    unknown = [f"{name}={module}" for name, module in given.items()
               if module not in found.modules or name not in dict(wanted)]
    if unknown:
        raise Problem(f"{file}: --module: there is no such layer or module: {', '.join(unknown)}; the layers are "
                      f"{', '.join(name for name, _ in wanted)}, the modules {', '.join(found.order)}")
    open_modules = [module for module in found.order if module not in given.values()]
    fitting = {name: [given[name]] if name in given else
               [module for module in open_modules if not difference(layer, found.modules[module], module)]
               for name, layer in wanted}
    choices = list(itertools.islice(matchings([name for name, _ in wanted], fitting), LARGEST_NUMBER_OF_CHOICES))
    if len(choices) > 1:
        choices = [choice for choice in choices if computes(wanted, found, choice, compute)]
    by_number = [choice for choice in choices if all(
        choice.index(a) < choice.index(b) for a, b in itertools.combinations(found.order, 2) if ordered([a, b]))]
    choices = by_number if len(choices) > 1 else choices
    if len(choices) != 1:
        kinds = {name: layer.text().replace("cortexpr::", "") for name, layer in wanted}
        text = "; ".join(f"{name} ({kinds[name]}): {', '.join(modules) or 'none fits'}"
                         for name, modules in fitting.items() if len(modules) != 1)
        raise Problem(f"{file}: it is not clear which modules belong to the layers ({text}); name them with --module "
                      "LAYER=MODULE")
    return choices[0]


def matchings(names, fitting, taken=()):
    """All assignments of a module to each layer, as lists."""
    if not names:
        yield list(taken)
        return
    for module in fitting[names[0]]:
        if module not in taken:
            yield from matchings(names[1:], fitting, (*taken, module))


def computes(wanted, found, choice, compute):
    """Whether the network can be computed with the modules of a choice."""
    for (_, layer), module in zip(wanted, choice):
        difference(layer, found.modules[module], module)
    try:
        compute()
        return True
    except (ValueError, IndexError, KeyError, TypeError):
        return False


def ordered(modules):
    """Whether the names say the order: they differ in numbers alone, as those of torch.nn.Sequential do."""
    return len({re.sub(r"\d+", "", module) for module in modules}) == 1


def samples_of(layers, shape):
    generator = np.random.default_rng(7)
    if layers and layers[0].name == "Embedding":
        inputs = generator.integers(0, layers[0].arguments[0], (SAMPLES, *shape)).astype(np.float32)
    else:
        inputs = generator.standard_normal((SAMPLES, *shape)).astype(np.float32)
    outputs = [run(layers, sample.astype(np.float64)).reshape(-1) for sample in inputs]
    return inputs.reshape(SAMPLES, -1), np.stack(outputs).astype(np.float32)


def expect(layer, array, *shape):
    if array.shape != shape and None not in shape or array.ndim != len(shape):
        raise ValueError(f"{layer.name} expects a tensor of the shape {list(shape)}, found {list(array.shape)}")
    return array


def bias_of(layer, module, count):
    return row(expect(layer, module["bias"], count) if "bias" in module else np.zeros(count))


def dense(layer, module):
    units = layer.arguments[0]
    layer.gives = (units,)
    layer.parameters = {"weight": expect(layer, module["weight"], units, module["weight"].shape[-1]).T,
                        "bias": bias_of(layer, module, units)}


def convolution(layer, module):
    weight = module["weight"]
    axes = 1 if layer.name == "Conv1D" else 2
    filters = weight.shape[0] if layer.name == "DepthwiseConv2D" else layer.arguments[0]
    outputs = 1 if layer.name == "TransposedConv2D" else 0
    if weight.ndim != axes + 2 or weight.shape[outputs] != filters:
        raise ValueError(f"{layer.name} with {filters} filters has a weight of the shape {list(weight.shape)} in the "
                         "file")
    layer.kernel = weight.shape[1:]
    layer.parameters = {"weight": weight.reshape(len(weight), -1), "bias": bias_of(layer, module, filters)}


def embedding(layer, module):
    layer.parameters = {"weight": expect(layer, module["weight"], *layer.arguments[:2])}


def normalisation(layer, module):
    count = module["weight"].shape[0]
    layer.parameters = {"scale": row(expect(layer, module["weight"], count))}
    if layer.name != "RmsNorm":
        layer.parameters["shift"] = row(expect(layer, module["bias"], count))
    if layer.name == "BatchNorm":
        layer.statistics = {"running_mean": row(expect(layer, module["running_mean"], count)),
                            "running_variance": row(expect(layer, module["running_var"], count))}


def recurrent(layer, module):
    units, gates = layer.arguments[0], {"Gru": 3, "Lstm": 4, "SimpleRnn": 1}[layer.name]
    for name, role in (("input_weight", "weight_ih"), ("recurrent_weight", "weight_hh")):
        matrix = expect(layer, module[role], gates * units, module[role].shape[-1])
        layer.parameters[name] = np.concatenate([gate.T for gate in np.split(matrix, gates)])
    for name, role in (("input_bias", "bias_ih"), ("recurrent_bias", "bias_hh")):
        bias = expect(layer, module[role], gates * units) if role in module else np.zeros(gates * units, np.float32)
        layer.parameters[name] = bias.reshape(gates, units)


def attention(layer, module):
    features = module["out_proj.weight"].shape[0]
    weights = np.split(expect(layer, module["in_proj_weight"], 3 * features, features), 3)
    biases = np.split(expect(layer, module["in_proj_bias"], 3 * features), 3)
    for part, weight, bias in zip(("query", "key", "value"), weights, biases):
        layer.parameters[f"{part}_weight"], layer.parameters[f"{part}_bias"] = weight.T, row(bias)
    layer.parameters["output_weight"] = expect(layer, module["out_proj.weight"], features, features).T
    layer.parameters["output_bias"] = row(expect(layer, module["out_proj.bias"], features))


ROLES = {"BatchNorm": normalisation, "Conv1D": convolution, "Conv2D": convolution, "Dense": dense,
         "DepthwiseConv2D": convolution, "Embedding": embedding, "GroupNorm": normalisation, "Gru": recurrent,
         "LayerNorm": normalisation, "Lstm": recurrent, "MultiHeadAttention": attention, "RmsNorm": normalisation,
         "SimpleRnn": recurrent, "TransposedConv2D": convolution}
