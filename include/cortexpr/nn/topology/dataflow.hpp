#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <array>
#include <cstddef>

// The input of each layer of a chain, and the layers that the backward pass visits.

namespace cortexpr::detail {

// One loop computes all sources, because a loop for each layer would take quadratic time.
template <class ChainType>
inline constexpr std::array<std::size_t, ChainType::size + 1> sources = [] {
  std::array<std::size_t, ChainType::size + 1> result{};
  result[0] = ChainType::size;
  for_each_index<ChainType::size>(
      [&](auto index) { result[index + 1] = BoundAt<ChainType, index>::is_view ? result[index] : index; });
  return result;
}();
/// The layer whose output layer `Layer` reads, where a view counts as its input; the size of the chain if the layer
/// reads the input of the chain.
template <class ChainType, std::size_t Layer>
inline constexpr std::size_t source_of = sources<ChainType>[Layer];

/// The first layer with parameters; the size of the chain if there is none.
template <class ChainType>
inline constexpr std::size_t first_with_parameters = [] {
  std::size_t result = ChainType::size;
  for_each_index_reversed<ChainType::size>([&](auto index) {
    if (LayerMemory<BoundAt<ChainType, index>>::parameters > 0) result = index;
  });
  return result;
}();

/// The layer at which the backward pass ends: the first one with parameters, or layer 0 if the gradient by the chain's
/// input is wanted.
template <class ChainType, bool wants_input>
inline constexpr std::size_t first_backward = wants_input ? 0 : first_with_parameters<ChainType>;

}  // namespace cortexpr::detail
