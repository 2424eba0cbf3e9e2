"""Writes a network as a C++ header."""

import numpy as np

SERIALIZED_VERSION = 2  # of <cortexpr/nn/serialize.hpp>


def literal(value):
    """The shortest C++ literal of a float."""
    text = str(np.float32(value))
    return (text if "." in text or "e" in text else text + ".") + "f"


def numbers(values, indent, text_of=literal):
    """Numbers, separated by commas, in lines of at most 120 characters."""
    lines, line = [], indent
    for i, value in enumerate(values):
        text = text_of(value) + ("," if i + 1 < len(values) else "")
        if len(line) + len(text) + 1 > 118:
            lines.append(line.rstrip())
            line = indent
        line += text + " "
    return "\n".join([*lines, line.rstrip()])


def table(kind, name, values, text_of=literal):
    """An array with a row for each sample."""
    rows = ",\n".join("  {" + numbers(sample, "   ", text_of).lstrip() + "}" for sample in values)
    return f"inline constexpr {kind} {name}[{values.shape[0]}][{values.shape[1]}] = {{\n{rows}}};\n"


def wrapped_type(network):
    if network.type_text:
        return f"using Network = {network.type_text};\n"
    extents = ", ".join(str(extent) for extent in network.input_shape)
    elements = [f"cortexpr::Input<{extents}>", *(layer.text() for layer in network.layers)]
    return "using Network = cortexpr::Network<\n    " + ",\n    ".join(elements) + ">;\n"


def arrays_of(network):
    """The matrices of a network, as they lie in its block: all parameters, then all statistics."""
    layers = list(network.all_layers())
    return [array for kind in ("parameters", "statistics") for layer in layers
            for array in getattr(layer, kind).values()]


def definitions(network):
    """The activations that the library does not have."""
    found = {layer.activation.name: layer.activation.definition for layer in network.all_layers()}
    return "".join(text + "\n" for text in found.values() if text)


def matrix(array):
    rows = ",\n".join("   {" + numbers(values, "    ").lstrip() + "}" for values in array)
    return "  {\n" + rows + "}"


def parameters_text(network):
    arrays = arrays_of(network)
    members = "".join(f"  cortexpr::detail::SerializedArray<float, {array.shape[0]}, {array.shape[1]}> array{i};\n"
                      for i, array in enumerate(arrays))
    values = ",\n".join(matrix(array) for array in arrays)
    if not arrays:
        members, values = "  float none[1];\n", ""
    return (f"struct alignas(Network) Parameters {{\n{members}}};\n"
            f"inline constexpr Parameters parameters = {{\n{values}}};\n"
            "inline constexpr Network model = cortexpr::deserialize<Network>(parameters);\n")


def self_test_text(network):
    """A test with samples, whose outputs the reference computed."""
    return f"""// Samples, and what {network.reference} answered to them.
{table("float", "test_inputs", network.inputs)}{table("float", "test_outputs", network.outputs)}
/// The largest absolute difference between the outputs of a network and those of the reference.
inline float self_test(const Network& network) {{
  float largest = 0;
  for (int sample = 0; sample < {len(network.inputs)}; ++sample) {{
    Network::InputTensor input;
    for (unsigned i = 0; i < {network.inputs.shape[1]}; ++i) input[i] = test_inputs[sample][i];
    const Network::OutputTensor output = network(input);
    for (unsigned i = 0; i < {network.outputs.shape[1]}; ++i) {{
      const float difference = output[i] - test_outputs[sample][i];
      const float distance = difference < 0 ? -difference : difference;
      if (!(distance <= largest)) largest = distance;  // NaN too
    }}
  }}
  return largest;
}}
"""


LOAD_COPY = """/// Returns a network with these parameters, which can be trained.
[[nodiscard]] inline cortexpr::Handle<Network> load() {
  cortexpr::Handle<Network> network = cortexpr::make_network<Network>();
  *network = model;
  return network;
}
"""


def load_file(weights):
    """load() for parameters in a file beside the header."""
    return f"""/// Returns a network with the parameters of a file, which can be trained. Without a path it is the
/// file beside this header.
/// Errors: DataError: a file that cannot be read, or is that of another network
[[nodiscard]] inline cortexpr::Handle<Network> load(const std::string& path) {{
  cortexpr::Handle<Network> network = cortexpr::make_network<Network>();
  cortexpr::load(network, path);
  return network;
}}
[[nodiscard]] inline cortexpr::Handle<Network> load() {{
  const std::string header = __FILE__;
  return load(header.substr(0, header.find_last_of("/\\\\") + 1) + "{weights}");
}}
"""


def header_text(network, name, weights=None):
    """A header with the type, the parameters and the test of a network, in the namespace `name`. If `weights` is not
    None, the parameters lie in that file."""
    declares = f"#include \"{network.include}\"\n\n" if network.include else ""
    includes = ("#include <cortexpr/io/save.hpp>\n\n#include <string>\n" if weights else
                "#include <cortexpr/nn/serialize.hpp>\n")
    version = "" if weights else f"""static_assert(cortexpr::serialized_version == {SERIALIZED_VERSION},
              "{name}: this header was written for another version of cortexpr; import the model again");
"""
    return f"""#pragma once

// Written by tools/import from {network.origin}.
// {network.parameter_count()} parameters; the test was computed by {network.reference}.

#include <cortexpr/embedded.hpp>
{includes}
{declares}namespace {name} {{

{version}{definitions(network)}{wrapped_type(network)}using Model = Network;

{"" if weights else parameters_text(network)}
#if CORTEXPR_HOSTED
{load_file(weights) if weights else LOAD_COPY}#endif

{self_test_text(network)}
}}  // namespace {name}
"""
