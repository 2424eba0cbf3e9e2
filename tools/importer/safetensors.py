"""Writes the parameters of a network as a safetensors file, with the names, shapes and order of PyTorch, which
cortexpr::load reads."""

import json

import numpy as np

NAMES = {"input_weight": "weight_ih_l0", "recurrent_weight": "weight_hh_l0", "input_bias": "bias_ih_l0",
         "recurrent_bias": "bias_hh_l0", "running_variance": "running_var", "scale": "weight", "shift": "bias"}


def tensors_of_layer(layer):
    """The tensors of a layer by their names in the file."""
    arrays = {**layer.parameters, **layer.statistics}
    if layer.name == "MultiHeadAttention":
        parts = ("query", "key", "value")
        yield "in_proj_weight", np.concatenate([arrays[f"{part}_weight"].T for part in parts])
        yield "in_proj_bias", np.concatenate([arrays[f"{part}_bias"].reshape(-1) for part in parts])
        yield "out_proj.weight", arrays["output_weight"].T
        yield "out_proj.bias", arrays["output_bias"].reshape(-1)
        return
    for name, array in arrays.items():
        if layer.kernel and name == "weight":
            array = array.reshape(len(array), *layer.kernel)
        elif layer.name == "Dense" and name == "weight":
            array = array.T
        elif name in ("input_weight", "recurrent_weight"):
            gates = len(layer.parameters["input_bias"])
            array = np.concatenate([matrix.T for matrix in np.split(array, gates)])
        elif layer.name != "Embedding":
            array = array.reshape(-1)
        yield NAMES.get(name, name), array


def named_tensors(layers, path=""):
    """All tensors of a chain of layers by their names, "0.weight", with the layers inside as "1.0.0.weight"."""
    for i, layer in enumerate(layers):
        for k, branch in enumerate(layer.branches):
            inner = f"{path}{i}." if len(layer.branches) == 1 else f"{path}{i}.{k}."
            yield from named_tensors(branch, inner)
        for name, array in tensors_of_layer(layer):
            yield f"{path}{i}.{name}", np.ascontiguousarray(array, "<f4")


def file_bytes(network):
    entries, data, begin = {"__metadata__": {"format": "pt", "source": network.origin}}, [], 0
    for name, array in sorted(named_tensors(network.layers)):
        entries[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, begin + array.nbytes]}
        data.append(array.tobytes())
        begin += array.nbytes
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + b"".join(data)
