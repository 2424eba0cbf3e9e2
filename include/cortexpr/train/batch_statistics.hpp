#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/topology/chain.hpp>

#include <cstddef>
#include <limits>

// How few values a layer of a network has for the variance of a batch. BatchNorm has `values_per_channel` of a sample.

namespace cortexpr::detail {

template <class Bound>
concept MeasuresBatches = requires {
  Bound::values_per_channel;
  Bound::running_variance;
};

template <class ChainType>
constexpr std::size_t least_values_of_chain() {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for_each_index<ChainType::size>([&](auto index) {
    using Bound = BoundAt<ChainType, index>;
    const auto lower = [&](std::size_t values) { least = values < least ? values : least; };
    if constexpr (MeasuresBatches<Bound>) {
      lower(Bound::values_per_channel);
    } else if constexpr (CompositeLayer<Bound>) {
      for_each_index<Bound::branches::size>([&](auto k) {
        constexpr std::size_t inside = least_values_of_chain<At<typename Bound::branches, k>>();
        lower(inside < std::numeric_limits<std::size_t>::max() ? inside * Bound::repeats : inside);
      });
    }
  });
  return least;
}

/// Whether `rows` samples have at least two values for each variance that a layer of `Net` takes of a batch.
template <class Net>
constexpr bool has_variances(std::size_t rows) {
  constexpr std::size_t least = least_values_of_chain<typename Net::chain>();
  return rows > 1 || least > 1;
}

}  // namespace cortexpr::detail
