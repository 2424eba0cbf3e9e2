"""Reads a network type of cortexpr, as it is written in C++, as layers without parameters."""

import re

from .activations import FIXED, Activation
from .layers import Layer
from .problem import Problem

TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)|(?P<number>-?[\d.][\w.]*(?:[eE][-+]?\d+f?)?)"
                   r"|(?P<sign>[<>,{}]))")
COMPOSITES = {"Concat", "Parallel", "Residual", "Sequential", "TimeDistributed"}
RECURRENT = {"Gru", "Lstm", "SimpleRnn"}
LAYERS = COMPOSITES | RECURRENT | {
    "Activation", "AvgPool1D", "AvgPool2D", "BatchNorm", "Conv1D", "Conv2D", "Dense", "DepthwiseConv2D", "Dropout",
    "Embedding", "Flatten", "GlobalAvgPool", "GroupNorm", "LayerNorm", "MaxPool1D", "MaxPool2D", "MultiHeadAttention",
    "Permute", "Reshape", "RmsNorm", "TransposedConv2D", "Upsample2D", "ZeroPad2D"}


class Name:
    """A type with template arguments, which are Names, numbers, or KernelSize{...} as text."""

    def __init__(self, name, arguments=()):
        self.name, self.arguments = name, list(arguments)

    def text(self):
        arguments = ", ".join(part.text() if isinstance(part, Name) else str(part) for part in self.arguments)
        return f"cortexpr::{self.name}<{arguments}>" if self.arguments else f"cortexpr::{self.name}"


def wrong(text, position):
    raise Problem(f"--topology: expected a type such as cx::Network<cx::Input<4>, cx::Dense<2>>, found "
                  f"'{text[position:position + 40]}' at character {position + 1}")


def parse(text):
    """The type as a Name."""
    tokens, position = [], 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            wrong(text, position)
        tokens.append((match.lastgroup, re.sub(r"\s", "", match.group(match.lastgroup)), match.start(match.lastgroup)))
        position = match.end()
    tokens.append(("end", "", len(text)))
    result, at = parse_name(text, tokens, 0)
    if tokens[at][0] != "end":
        wrong(text, tokens[at][2])
    return result


def parse_name(text, tokens, at):
    kind, value, position = tokens[at]
    if kind != "name":
        wrong(text, position)
    name, at = Name(value.split("::")[-1]), at + 1
    opening = tokens[at][1]
    if opening not in ("<", "{"):
        return name, at
    closing = {"<": ">", "{": "}"}[opening]
    at += 1
    while tokens[at][1] != closing:
        if tokens[at][0] == "number":
            name.arguments.append(number(tokens[at][1]))
            at += 1
        else:
            argument, at = parse_name(text, tokens, at)
            name.arguments.append(argument)
        if tokens[at][1] == ",":
            at += 1
        elif tokens[at][1] != closing:
            wrong(text, tokens[at][2])
    if opening == "{":
        return f"cortexpr::{name.name}{{{', '.join(map(str, name.arguments))}}}", at + 1
    return name, at + 1


def number(text):
    """An int, or the text of a floating-point literal."""
    return int(text.rstrip("uUlL")) if re.fullmatch(r"-?\d+[uUlL]*", text) else text.rstrip("fF")


def declared(name, header):
    """The type that a `using` of a header gives a name."""
    found = re.search(r"\busing\s+" + re.escape(name) + r"\s*=\s*([^;]+);", header)
    return found and re.sub(r"//[^\n]*", "", found.group(1))


def layers_of(text, header):
    """The shape of the input, and the layers. `header` is the text of the file that may declare the type."""
    network = parse(text)
    if network.name != "Network":
        definition = declared(network.name, header)
        network = parse(definition) if definition and not network.arguments else network
    if network.name != "Network":
        raise Problem(f"--topology: expected Network<...>, or the name of such a type in the file of --include, found "
                      f"'{text[:60]}'")
    if not network.arguments or getattr(network.arguments[0], "name", "") != "Input":
        raise Problem("--topology: expected Input<...> as the first element of Network")
    return tuple(network.arguments[0].arguments), [layer_of(element, header) for element in network.arguments[1:]]


def layer_of(element, header):
    if not isinstance(element, Name):
        raise Problem(f"--topology: expected a layer, found '{element}'")
    if element.name == "Identity":
        element = Name("Sequential")
    if element.name not in LAYERS:
        definition = declared(element.name, header) if not element.arguments else None
        if definition:
            return layer_of(parse(definition), header)
        raise Problem(f"--topology: the importer knows the layers of the library, not '{element.name}'; load the file "
                      "in the "
                      "program with cortexpr::load")
    if element.name in COMPOSITES:
        return composite(element, header)
    layer = Layer(element.name)
    for argument in element.arguments:
        activation = activation_of(argument)
        if activation is not None and element.name not in RECURRENT:
            layer.activation = activation
        else:
            layer.arguments.append(argument.text() if isinstance(argument, Name) else argument)
    if element.name == "BatchNorm" and len(layer.arguments) == 1:
        layer.arguments.append("1e-05")
    if element.name == "ZeroPad2D":
        sides = layer.arguments
        layer.arguments = {1: sides * 4, 2: [sides[0], sides[0], sides[-1], sides[-1]]}.get(len(sides), sides)
    return layer


def activation_of(argument):
    if not isinstance(argument, Name):
        return None
    if argument.name in FIXED or argument.name == "Softmax":
        return Activation(argument.name)
    if argument.name == "LeakyRelu":
        slope = float(argument.arguments[0]) if argument.arguments else 0.01
        return Activation(f"LeakyRelu<{slope}f>", function=lambda x: (x > 0) * x + (x <= 0) * slope * x)
    return None


def composite(element, header):
    if element.name == "Residual":
        around = [part for part in element.arguments if getattr(part, "name", "") == "Projection"]
        inside = [part for part in element.arguments if part not in around]
        projection = around[0].arguments if around else []
        branches = [[layer_of(part, header) for part in parts] for parts in (inside, projection)]
    elif element.name in ("Sequential", "TimeDistributed"):
        branches = [[layer_of(part, header) for part in element.arguments]]
    else:
        branches = []
        for part in element.arguments:
            layer = layer_of(part, header)
            branches.append(layer.branches[0] if layer.name == "Sequential" else [layer])
    return Layer(element.name, branches=branches)
