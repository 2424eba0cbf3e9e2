#pragma once

#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/quantize/int8/packed_weights.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

// The serialized form of a quantized network: its integers in order.

namespace cortexpr {

/// Calls action(integer) for each integer of a serialized quantized network, in order.
template <class Net, class Rounding, class Action>
constexpr void for_each_serialized(const QuantizedNetwork<Net, Rounding>& network, Action action) {
  network.visit([&](std::int32_t integer, std::int32_t, std::int32_t) { action(integer); });
}

namespace detail {

/// A call in a constant expression is an error whose message contains this name.
[[noreturn]] inline void a_serialized_integer_is_out_of_bounds() { __builtin_trap(); }

/// Assigns all stored integers but the weights.
struct ReadIntegers {
  const int*& integer;
  constexpr void operator()(auto& to, std::int32_t lowest, std::int32_t highest) const {
    if (*integer < lowest || *integer > highest) a_serialized_integer_is_out_of_bounds();
    to = static_cast<std::remove_reference_t<decltype(to)>>(*integer++);
  }
  static constexpr void visit_weights(auto&) {}
};

}  // namespace detail

/// The quantized network of these weights, in the order of the target, and these other integers. Headers of write_header
/// call it.
/// Errors: compile time: another count than that of the network, or an integer out of its bounds
template <class Small, std::size_t Count, std::size_t Bytes>
consteval Small deserialize(const int (&integers)[Count], const signed char (&weights)[Bytes]) {
  using Packed = detail::PackedArraysOf<typename Small::packed_weights>;
  static_assert(Count == Small::integers - Packed::count && Bytes == sizeof(typename Packed::type),
                "deserialize: there must be as many integers as the network has; the header is cut off, or of "
                "another network; write it again");
  Small network;
  network.set_weights(__builtin_bit_cast(typename Packed::type, weights));
  const int* integer = integers;
  network.visit(detail::ReadIntegers{integer});
  return network;
}

}  // namespace cortexpr
