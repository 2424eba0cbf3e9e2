#pragma once

#include <bit>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cstddef>
#include <limits>
#include <vector>

namespace cortexpr::testing {

template <class T>
using Bits = typename detail::FloatLayout<T>::Bits;

/// The bits of a value; all NaNs have the same bits.
template <class T>
Bits<T> bits(T value) {
  return std::bit_cast<Bits<T>>(value == value ? value : std::numeric_limits<T>::quiet_NaN());
}

/// Calls `body.template operator()<Pack>()` for the packs of T of every number of lanes, one lane first.
template <class T, class Body>
void for_each_pack(Body body) {
  body.template operator()<simd::ScalarPack<T>>();
  if constexpr (simd::native_lanes<T> * sizeof(T) >= 16) body.template operator()<simd::Pack<T, 16 / sizeof(T)>>();
  if constexpr (simd::native_lanes<T> * sizeof(T) >= 32) body.template operator()<simd::Pack<T, 32 / sizeof(T)>>();
  if constexpr (simd::native_lanes<T> * sizeof(T) >= 64) body.template operator()<simd::Pack<T, 64 / sizeof(T)>>();
}

/// 4096 values: zeros, infinities, NaN, the smallest and largest numbers, and random bits.
template <class T>
std::vector<T> all_sorts() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values{0,
                        1,
                        T(0.5),
                        2,
                        T(1.5),
                        Limits::min(),
                        Limits::denorm_min(),
                        Limits::max(),
                        Limits::epsilon(),
                        Limits::infinity(),
                        Limits::min() - Limits::denorm_min(),
                        T(1) + Limits::epsilon()};
  for (std::size_t i = 0, count = values.size(); i < count; ++i) values.push_back(-values[i]);
  values.push_back(Limits::quiet_NaN());
  const Random random{Seed{42}};
  for (std::size_t i = 0; values.size() < 4096; i += 2) {
    const std::uint64_t word = (std::uint64_t{random.bits(i)} << 32) | random.bits(i + 1);
    values.push_back(std::bit_cast<T>(static_cast<Bits<T>>(word >> (64 - 8 * sizeof(T)))));
  }
  return values;
}

/// The values at `first`, `first` + 1, ... as one pack, and back.
template <class Pack, class T>
Pack gather(const std::vector<T>& values, std::size_t first) {
  T lanes[Pack::lanes];
  for (std::size_t lane = 0; lane < Pack::lanes; ++lane) lanes[lane] = values[(first + lane) % values.size()];
  return Pack::load_unaligned(lanes);
}

}  // namespace cortexpr::testing
