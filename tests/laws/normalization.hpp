#pragma once

#include <cortexpr/nn/network.hpp>
#include <cstdint>

// What the tests of normalisation share.

namespace laws {

/// With scales, shifts and statistics that are neither 0 nor 1.
template <class Net>
constexpr Net drawn(cortexpr::Seed seed) {
  Net network;
  network.initialize(seed);
  std::uint64_t stream = 100;
  cortexpr::detail::for_each_parameter<typename Net::chain>(network.data(), [&](auto, auto rows) {
    const cortexpr::Random random{cortexpr::Seed{20190119}, stream++};
    if (rows.count == 1)
      for (std::size_t j = 0; j < rows.columns; ++j)
        rows[0][j] += typename Net::value_type(0.5) * random.uniform<typename Net::value_type>(j);
  });
  return network;
}

}  // namespace laws
