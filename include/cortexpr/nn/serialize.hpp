#pragma once

#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <limits>

// The serialized form of a network: its parameters and statistics without padding, layer by layer, each array row by
// row. It is the same on every machine.

namespace cortexpr {

/// The version of the serialized form.
inline constexpr int serialized_version = 1;

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

/// The type of the values in the serialized form of a network.
template <class Net>
struct SerializedNumber {
  using type = typename Net::value_type;
};

/// Not constexpr: a call in a constant expression ends the compilation, and the compiler's message names the function.
[[noreturn]] inline void a_serialized_parameter_is_not_a_finite_number() { __builtin_trap(); }

}  // namespace detail

/// The network whose serialized form these numbers are. Headers of write_header call it.
/// Errors: compile time: another count than that of the network, or a number that is not finite
template <class Net, std::size_t Count>
consteval Net deserialize(const typename Net::value_type (&numbers)[Count]) {
  static_assert(
      Count == serialized_count<Net>,
      "deserialize: there must be as many numbers as the network has parameters; the header is cut off, or of "
      "another network; write it again");
  using T = typename Net::value_type;
  Net network;
  const T* number = numbers;
  for_each_serialized(network, [&](T& to) {
    if (!(*number >= std::numeric_limits<T>::lowest() && *number <= std::numeric_limits<T>::max()))
      detail::a_serialized_parameter_is_not_a_finite_number();
    to = *number++;
  });
  return network;
}

}  // namespace cortexpr
