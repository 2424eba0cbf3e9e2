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
  cortexpr::for_each_parameter<typename Net::places>([&]<class Place, std::size_t Position>() {
    using One = cortexpr::detail::At<typename Place::parameters, Position>;
    const cortexpr::Random random{cortexpr::Seed{20190119}, stream++};
    const auto rows = Place::template parameter<Position>(network.block().data());
    if (One::rows == 1)
      for (std::size_t j = 0; j < One::columns; ++j)
        rows[0][j] += typename Net::value_type(0.5) * random.uniform<typename Net::value_type>(j);
  });
  return network;
}

}  // namespace laws
