"""Reads a .keras file: a zip archive with config.json, the layers, and model.weights.h5, their weights."""

import io
import json
import re
import zipfile

import h5py
import numpy as np

from .builder import Builder
from .keras_layers import LAYERS, SKIPPED
from .problem import Problem, one_line

LARGEST_CONFIG = 64 << 20


def read(path):
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            for needed in ("config.json", "model.weights.h5"):
                if needed not in names:
                    raise Problem(f"{file}: it has no {needed}; save the model with model.save('NAME.keras') of Keras "
                                  "3")
            if archive.getinfo("config.json").file_size > LARGEST_CONFIG:
                raise Problem(f"{file}: its config.json is larger than {LARGEST_CONFIG >> 20} MiB; that is no model")
            config = json.loads(archive.read("config.json"))
            metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in names else {}
            version = metadata.get("keras_version", "?")
            weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
        return Model(file, config, weights).read(), version
    except (zipfile.BadZipFile, EOFError, json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise Problem(f"{file}: it is no .keras file of Keras 3, or it is cut off ({one_line(error)}); save the model "
                      "again") from None
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise Problem(f"{file}: its config.json is not that of a Keras 3 model ({type(error).__name__}: "
                      f"{one_line(error)}); save the model again with Keras 3") from None


def snake_case(name):
    """The name of a class as Keras writes it in weight files."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


class Keras:
    """A layer: its class, its options, and its weights by their place in the weight file."""

    def __init__(self, file, entry, group):
        self.file, self.kind, self.options, self.group = file, entry["class_name"], entry["config"], group
        self.name = self.options.get("name", self.kind)

    def refuse(self, sentence):
        raise Problem(f"{self.file}: layer '{self.name}' ({self.kind}): {sentence}")

    def option(self, name, allowed):
        """An option that must have one of some values."""
        value = self.options.get(name, allowed[0])
        if value not in allowed:
            self.refuse(f"its {name} is {value!r}; the importer takes {' or '.join(map(repr, allowed))}")
        return value

    def weights(self, *shapes, cell=False):
        """The weights of the layer, checked. None in a shape stands for any extent."""
        variables = self.group
        for part in (("cell", "vars") if cell else ("vars",)):
            variables = variables.get(part, {}) if variables is not None else {}
        if len(variables) != len(shapes):
            self.refuse(f"expected {len(shapes)} weights in model.weights.h5, found {len(variables)}; save the model "
                        "again")
        result = []
        for i, shape in enumerate(shapes):
            array = np.asarray(variables[str(i)], np.float32)
            if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape)):
                expected = "x".join("?" if extent is None else str(extent) for extent in shape)
                self.refuse(f"expected its weight {i} of the shape {expected}, found {list(array.shape)}; save the "
                            "model again")
            result.append(array)
        return result


class Model:
    def __init__(self, file, config, weights):
        self.file, self.config, self.weights = file, config, weights
        self.builder = None

    def read(self):
        kind, config = self.config["class_name"], self.config["config"]
        if kind not in ("Sequential", "Functional", "Model"):
            raise Problem(f"{self.file}: it is a {kind}; the importer takes Sequential and Functional models, so make "
                          "one whose layers Keras can write to a file")
        entries = config["layers"]
        first = next((entry for entry in entries if entry["class_name"] == "InputLayer"), None)
        shape = (first["config"]["batch_shape"] if first else config.get("build_input_shape"))
        if shape is None or None in shape[1:]:
            raise Problem(f"{self.file}: its input has the shape {shape}; the memory of a network is fixed, so build "
                          "the model with keras.Input of a fixed shape")
        indices = any(entry["class_name"] == "Embedding" for entry in entries)
        self.builder = Builder(self.file, (1, *shape[1:]), "onnx.reference", indices)
        group = self.weights.get("layers") or self.weights.get("_layer_checkpoint_dependencies")
        if kind == "Sequential":
            return self.builder.finish(self.sequence(entries, group, "input"))
        return self.builder.finish(self.functional(config, group))

    def groups(self, entries, group):
        """The weights of each layer, which Keras names by class and number."""
        counts = {}
        for entry in entries:
            name = snake_case(entry["class_name"])
            number = counts[name] = counts.get(name, -1) + 1
            yield entry, None if group is None else group.get(name if number == 0 else f"{name}_{number}")

    def sequence(self, entries, group, tensor):
        for entry, weights in self.groups(entries, group):
            tensor = self.layer(entry, weights, [tensor])
        return tensor

    def functional(self, config, group):
        inputs, outputs = flat(config["input_layers"]), flat(config["output_layers"])
        if len(inputs) != 1 or len(outputs) != 1:
            raise Problem(f"{self.file}: it has {len(inputs)} inputs and {len(outputs)} outputs, and a network has one "
                          "of each; save a model with one input and one output")
        known, waiting = {inputs[0][0]: "input"}, list(self.groups(config["layers"], group))
        while waiting:
            ready = [item for item in waiting if all(name in known for name in self.sources(item[0]))]
            if not ready:
                raise Problem(f"{self.file}: the layers {', '.join(item[0]['config']['name'] for item in waiting)} "
                              "form a cycle")
            for entry, weights in ready:
                tensors = [known[name] for name in self.sources(entry)]
                known.setdefault(entry["config"]["name"], self.layer(entry, weights, tensors) if tensors else "input")
            waiting = [item for item in waiting if item not in ready]
        return known[outputs[0][0]]

    def sources(self, entry):
        """The names of the layers whose outputs a layer takes."""
        calls = entry.get("inbound_nodes", [])
        if len(calls) > 1:
            raise Problem(f"{self.file}: layer '{entry['config']['name']}' is called {len(calls)} times; the library's "
                          "layers have weights of their own, so make a layer for each call")
        return [history[0] for history in histories(calls)]

    def layer(self, entry, weights, tensors):
        layer = Keras(self.file, entry, weights)
        if layer.kind in SKIPPED:
            return tensors[0]
        if layer.kind == "Sequential":
            return self.sequence(layer.options["layers"], weights and weights.get("layers"), tensors[0])
        if layer.kind not in LAYERS:
            layer.refuse("the importer does not know it; its table of layers is in docs/exchange.md")
        if layer.options.get("data_format", "channels_last") not in ("channels_last", None):
            layer.refuse("its data_format is channels_first; save the model with channels_last")
        return LAYERS[layer.kind](self.builder, layer, *tensors)


def flat(layers):
    """[name, node, tensor] or a list of such."""
    return [layers] if layers and isinstance(layers[0], str) else layers


def histories(value):
    """The keras_history entries [layer, node, tensor] in the arguments of a call."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"]
        else:
            for inner in value.values():
                yield from histories(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from histories(inner)
