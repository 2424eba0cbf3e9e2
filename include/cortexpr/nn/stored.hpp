#pragma once

#include <cortexpr/nn/network.hpp>

#include <cstddef>
#include <limits>

// A network as a list of numbers without padding, the same on every machine: all arrays of parameters and statistics,
// layer by layer, each row by row.

namespace cortexpr {

/// The version of that list.
inline constexpr int stored_version = 1;

/// How many numbers a network is stored as.
template <class Net>
inline constexpr std::size_t stored_count = Net::chain::parameter_count + Net::chain::statistic_count;

/// Calls action(number) for each number of a network that is stored, in order; a reference, for its owner to change.
template <class Net, class Action>
constexpr void for_each_stored(Net& network, Action action) {
  detail::for_each_parameter<typename Net::chain>(network.data(), [&](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column) action(rows[row][column]);
  });
}

/// What a network is stored as a list of.
template <class Net>
struct StoredNumber {
  using type = typename Net::value_type;
};

/// A network that can be stored: for_each_stored takes it.
template <class Net>
concept Storable = requires(const Net& network) { for_each_stored(network, [](const auto&) {}); };

namespace detail {

/// Called in the compiler it ends the constant expression, whose message names it.
[[noreturn]] inline void a_stored_parameter_is_not_a_finite_number() { __builtin_trap(); }

}  // namespace detail

/// The network that was stored as these numbers: what a header of write_header calls.
/// Errors: compile time: another count than that of the network, or a number that is not finite
template <class Net, std::size_t Count>
consteval Net from_stored(const typename Net::value_type (&numbers)[Count]) {
  static_assert(Count == stored_count<Net>,
                "from_stored: there must be as many numbers as the network has parameters; the header is cut off, or of "
                "another network; write it again");
  using T = typename Net::value_type;
  Net network;
  const T* number = numbers;
  for_each_stored(network, [&](T& to) {
    if (!(*number >= std::numeric_limits<T>::lowest() && *number <= std::numeric_limits<T>::max()))
      detail::a_stored_parameter_is_not_a_finite_number();
    to = *number++;
  });
  return network;
}

}  // namespace cortexpr
