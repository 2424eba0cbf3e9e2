#pragma once

#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>
#include <cortexpr/nn/topology/exchange.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// The parameters and statistics of a network as the tensors of a file, with PyTorch's names, shapes and order.

namespace cortexpr::detail {

/// Calls action(name, exchange, array, bound, offsets) for all parameters and statistics, in the order of
/// for_each_parameter. `name` is that in the file: the path of the layer as in Network::parameter, and PyTorch's name of
/// the tensor. `bound` is a std::type_identity of the layer, whose own data lie at `offsets`.
template <class ChainType, class Action>
constexpr void for_each_file_array(const ConstexprString& path, ChainOffsets begin, const Action& action) {
  const auto plus = [](ChainOffsets a, ChainOffsets b) {
    return ChainOffsets{a.parameters + b.parameters, a.statistics + b.statistics, a.state + b.state};
  };
  for_each_index<ChainType::size>([&](auto index) {
    using Bound = BoundAt<ChainType, index>;
    constexpr ChainOffsets layer_offsets = ChainType::offsets[index];
    const ChainOffsets layer = plus(begin, layer_offsets);
    const ConstexprString layer_path = path + number_text(index) + ".";
    if constexpr (CompositeLayer<Bound>)
      for_each_index<Bound::branches::size>([&](auto k) {
        constexpr ChainOffsets offsets = Bound::bound_branches::offsets[k].chain;
        for_each_file_array<At<typename Bound::branches, k>>(
            Bound::branches::size == 1 ? layer_path : layer_path + number_text(k) + ".", plus(layer, offsets), action);
      });
    for_each_network_array(std::remove_cvref_t<decltype(Bound::arrays)>{}, [&]<class Array>(Array array) {
      constexpr Exchange exchange = exchange_of<Bound, Array>;
      const char* const name = exchange.name != nullptr ? exchange.name : Array::name.text;
      if constexpr (Array::rows * Array::columns > 0)
        action(layer_path + name, exchange, array, std::type_identity<Bound>{}, layer);
    });
  });
}

/// The same with views of the arrays in place of layer and offsets.
template <class Net, class Action>
constexpr void for_each_file_array_of(Net& network, const Action& action) {
  for_each_file_array<typename Net::chain>(
      "", {},
      [&]<class Array, class Bound>(const ConstexprString& name, const Exchange& exchange, Array array,
                                    std::type_identity<Bound>, ChainOffsets offsets) {
        action(name, exchange, array, parameter_rows<Bound, Array>(network.data().at(offsets)));
      });
}

/// A tensor that a network has in a file.
struct NetworkTensor {
  ConstexprString name;
  FileShape shape;
  std::size_t elements;
};

/// The tensors of a network, in the order of its layers.
template <class Net>
constexpr std::vector<NetworkTensor> tensors_of() {
  std::vector<NetworkTensor> tensors;
  for_each_file_array<typename Net::chain>(
      "", {}, [&]<class Array>(const ConstexprString& name, const Exchange& exchange, Array, auto, ChainOffsets) {
        if (exchange.part == 0)
          tensors.push_back({name, file_shape_of<Array>(exchange), exchange.parts * Array::rows * Array::columns});
      });
  return tensors;
}

/// Copies from a file to a network. `bytes_of(name)` gives the type of a tensor and the bytes of its elements.
template <class Net, class BytesOf>
constexpr void read_arrays(Net& network, const BytesOf& bytes_of) {
  using T = typename Net::value_type;
  for_each_file_array_of(
      network, [&]<class Array>(const ConstexprString& name, const Exchange& exchange, Array, auto rows) {
        const auto [scalar, bytes] = bytes_of(name);
        const std::size_t size = scalar.bits / 8;
        for (std::size_t row = 0; row < rows.count; ++row)
          for (std::size_t column = 0; column < rows.columns; ++column)
            rows[row][column] = load_number<T>(scalar.name, bytes + file_position<Array>(exchange, row, column) * size);
      });
}

/// Copies a tensor of a network to its place in the elements of a file, which are of the network's scalar type.
template <class Net>
void write_arrays(const Net& network, std::string_view tensor, std::vector<typename Net::value_type>& elements) {
  for_each_file_array_of(network,
                         [&]<class Array>(const ConstexprString& name, const Exchange& exchange, Array, auto rows) {
                           if (name != tensor) return;
                           for (std::size_t row = 0; row < rows.count; ++row)
                             for (std::size_t column = 0; column < rows.columns; ++column)
                               elements[file_position<Array>(exchange, row, column)] = rows[row][column];
                         });
}

}  // namespace cortexpr::detail
