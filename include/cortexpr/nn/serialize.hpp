#pragma once

#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <type_traits>

// The serialized form of a network: its parameters and statistics without padding, layer by layer, each array row by
// row. It is the same on every machine.

namespace cortexpr {

/// The version of the serialized form.
inline constexpr int serialized_version = 2;

/// The number of values in the serialized form of a network.
template <class Net>
inline constexpr std::size_t serialized_count = Net::chain::parameter_count + Net::chain::statistic_count;

/// Calls action(value) for each value of the serialized form, in order. `value` is a reference into the network, so the
/// action may assign to it.
template <class Net, class Action>
constexpr void for_each_serialized(Net& network, Action action) {
  detail::for_each_parameter<typename Net::chain>(network.data(), [&](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column) action(rows[row][column]);
  });
}

/// A network or a quantized network: anything that for_each_serialized takes.
template <class Net>
concept Serializable = requires(const Net& network) { for_each_serialized(network, [](const auto&) {}); };

namespace detail {

/// An array of parameters in a header that write_header wrote: rows of `Columns` numbers, which the compiler pads with
/// zeros as the target needs them.
template <class T, std::size_t Rows, std::size_t Columns>
using SerializedArray =
    T[simd::block_size<T>(Rows, Columns) / simd::row_stride<T>(Columns)][simd::row_stride<T>(Columns)];

}  // namespace detail

/// The network whose block these arrays are, first the parameters and then the statistics. Headers of write_header call
/// it. The compiler copies the bytes; a loop would exceed its limits for constant expressions.
/// Errors: compile time: arrays of another size than that of the network
template <class Net, class Arrays>
  requires std::is_class_v<Arrays>
consteval Net deserialize(const Arrays& arrays) {
  static_assert(
      sizeof(Arrays) == sizeof(Net),
      "deserialize: there must be as many numbers as the network has parameters; the header is cut off, or of "
      "another network; write it again");
  return __builtin_bit_cast(Net, arrays);
}

}  // namespace cortexpr
