#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <array>
#include <cstddef>

// Which layer of a chain reads what, and which of them go backward.

namespace cortexpr::detail {

// All in one walk over the layers: a walk for each would take the square of their number.
template <class ChainType>
inline constexpr std::array<std::size_t, ChainType::size + 1> sources = [] {
  std::array<std::size_t, ChainType::size + 1> result{};
  result[0] = ChainType::size;
  for_each_index<ChainType::size>(
      [&](auto index) { result[index + 1] = BoundAt<ChainType, index>::is_view ? result[index] : index; });
  return result;
}();
/// The layer whose output this one reads, views left aside; the size of the chain where it is the chain's input.
template <class ChainType, std::size_t Layer>
inline constexpr std::size_t source_of = sources<ChainType>[Layer];

template <class ChainType>
inline constexpr std::size_t first_with_parameters = [] {
  std::size_t result = ChainType::size;
  for_each_index_reversed<ChainType::size>([&](auto index) {
    if (LayerMemory<BoundAt<ChainType, index>>::parameters > 0) result = index;
  });
  return result;
}();

/// The last layer that goes backward: with `wants_input` all do.
template <class ChainType, bool wants_input>
inline constexpr std::size_t first_backward = wants_input ? 0 : first_with_parameters<ChainType>;

}  // namespace cortexpr::detail
