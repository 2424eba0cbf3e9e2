#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <cstddef>
#include <string>

// Where values that are not finite come from.

namespace cortexpr::detail {

/// The position of the first value that is not finite; `count` if there is none.
template <class T>
std::size_t first_not_finite(const T* values, std::size_t count) {
  std::size_t i = 0;
  while (i < count && values[i] - values[i] == 0) ++i;
  return i;
}

/// Says in which layer's output the first value lies that is not finite, or that it is the loss.
template <class Net, class Trainer>
[[gnu::cold]] std::string layer_not_finite(const Trainer& trainer) {
  std::string where;
  for_each_index<Net::layer_count>([&](auto index) {
    constexpr std::size_t layer = index;
    const auto output = trainer.workspace().template output<layer>();
    for (std::size_t row = 0; where.empty() && row < output.count; ++row)
      if (first_not_finite(output[row], output.columns) < output.columns)
        where = sentence("in the output of layer %zu (%s)", layer, LayerAt<typename Net::chain, layer>::name);
  });
  return where.empty() ? "in the loss" : where;
}

}  // namespace cortexpr::detail
