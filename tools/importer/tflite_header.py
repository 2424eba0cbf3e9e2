"""Writes a network in 8 bits, made from a .tflite file, as a C++ header."""

import numpy as np

from .header import SERIALIZED_VERSION, numbers, table
from .int8_orders import ORDERS
from .int8_rounding import bits
from .tflite_network import Mean, Product, Sum

SAMPLES = 5


def integers_of(network, policy):
    """All integers of the network but the weights, in the order of QuantizedNetwork::visit."""
    result = [bits(network.source.scale[0]), network.source.zero, bits(network.result.scale[0]), network.result.zero]
    result += [bits(1), 0] * input_columns(network)
    for layer in network.layers:
        result += integers_of_layer(layer, policy)
    return [int(value) for value in result]


def input_columns(network):
    """The number of columns that the library could scale (quantize/lower/input_columns.hpp)."""
    first = next(layer for layer in network.layers if layer.name not in ("Reshape", "Flatten"))
    size = int(np.prod(network.input_shape))
    if first.name == "Dense" and 1 < size <= 256:
        return size
    is_linear = first.name in ("Dense", "Conv2D", "DepthwiseConv2D")
    return network.input_shape[0] if is_linear and 1 < network.input_shape[0] <= 256 else 0


def weights_of(layer):
    """[outputs, products]"""
    weight = layer.parameters["weight"]
    return (weight.T if layer.name == "Dense" else weight).astype(np.int8)


def integers_of_layer(layer, policy):
    result = [value for branch in layer.branches for inner in branch for value in integers_of_layer(inner, policy)]
    found = getattr(layer, "integers", None)
    if isinstance(found, Product):
        weights = weights_of(layer).astype(np.int64)
        bias = found.bias - found.source.zero * weights.sum(1)
        bias, outputs, shared = policy.products(found.source.scale[0], found.weight_scale, found.result.scale[0],
                                                weights, bias)
        for one, values in zip(bias, outputs):
            result += [one, *values]
        result += [*shared, found.source.zero, found.result.zero, found.lowest, found.highest]
    elif isinstance(found, Mean):
        outputs, shared = policy.mean(found.source.scale[0], found.result.scale[0], found.count)
        result += [*outputs, *shared, found.source.zero, found.result.zero]
    elif isinstance(found, Sum):
        for values, source in zip(policy.merge([source.scale[0] for source in found.sources], found.result.scale[0]),
                                  found.sources):
            result += [*values, source.zero]
        result.append(found.result.zero)
    return result


def products_of(layers):
    for layer in layers:
        for branch in layer.branches:
            yield from products_of(branch)
        if isinstance(getattr(layer, "integers", None), Product):
            yield layer


def string_literal(data):
    """Bytes as a string literal over several lines."""
    table = [chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in range(256)]
    return "\n".join('"' + "".join(table[b] for b in data[i:i + 28]) + '"' for i in range(0, len(data), 28)) or '""'


def weights_text(network):
    parts = []
    for condition, pack in ORDERS:
        packed = b"".join(pack(group) for layer in products_of(network.layers)
                          for group in np.split(weights_of(layer), layer.integers.groups))
        parts.append(f"{condition}\n{string_literal(packed)}\n")
    return "".join(parts)


def header_text(network, name, policy):
    elements = [f"cortexpr::Input<{', '.join(map(str, network.input_shape))}>"]
    elements += [layer.text() for layer in network.layers]
    topology = ",\n        ".join(elements)
    return f"""#pragma once

// Written by tools/import from {network.origin}.
// The test was computed by {network.reference}. The network takes int8 values plus 128 as bytes, or real numbers, and
// gives logits.

#include <cortexpr/embedded.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/int8/quantized_serialize.hpp>

#include <cstdint>

namespace {name} {{

static_assert(cortexpr::serialized_version == {SERIALIZED_VERSION},
              "{name}: this header was written for another version of cortexpr; import the model again");
using Network = cortexpr::QuantizedNetwork<
    cortexpr::Network<
        {topology}>,
    cortexpr::rounding::{policy.cpp}>;
using Model = Network;

inline constexpr int integers[] = {{
{numbers(integers_of(network, policy), '  ', str)}}};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
inline constexpr signed char weights[] =
{weights_text(network)}#endif
    ;
#pragma GCC diagnostic pop
inline constexpr Network model = cortexpr::deserialize<Network>(integers, weights);

#if CORTEXPR_HOSTED
/// Returns a copy of the network.
[[nodiscard]] inline cortexpr::Handle<Network> load() {{
  cortexpr::Handle<Network> network = cortexpr::make_network<Network>();
  *network = model;
  return network;
}}
#endif

// Inputs and outputs as int8 values.
{table("signed char", "test_inputs", network.inputs, str)}{table("signed char", "test_outputs", network.outputs, str)}
/// The largest absolute difference between the int8 outputs of a network and those of the reference. A workspace in static
/// memory takes the activations from the stack: self_test(model, workspace).
inline int self_test(const Network& network, auto&... workspace) {{
  int largest = 0;
  for (int sample = 0; sample < {len(network.inputs)}; ++sample) {{
    std::uint8_t bytes[{network.inputs.shape[1]}];
    for (unsigned i = 0; i < {network.inputs.shape[1]}; ++i)
      bytes[i] = static_cast<std::uint8_t>(test_inputs[sample][i] + 128);
    const auto outputs = network.int8_outputs(Network::Bytes{{bytes}}, workspace...);
    for (unsigned i = 0; i < {network.outputs.shape[1]}; ++i) {{
      const int difference = outputs[i] - test_outputs[sample][i];
      const int distance = difference < 0 ? -difference : difference;
      if (distance > largest) largest = distance;
    }}
  }}
  return largest;
}}

}}  // namespace {name}
"""
