#pragma once

#include <cortexpr/config.hpp>

#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/type.hpp>

#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>

// Lists of types and loops over indices. Hana's `append` in a fold takes quadratic time (3.4 s for 64 layers), so lists
// are built by recursion; Hana is used for access by index.

namespace cortexpr::detail {

/// A list of types.
template <class... Types>
struct TypeList {
  static constexpr std::size_t size = sizeof...(Types);
  using tuple = boost::hana::basic_tuple<boost::hana::type<Types>...>;
  template <class More>
  using append = TypeList<Types..., More>;
};

/// The type at position `Position` of a TypeList.
template <class List, std::size_t Position>
using At = typename std::remove_cvref_t<decltype(boost::hana::at_c<Position>(
    std::declval<const typename List::tuple&>()))>::type;

/// Calls action(position) for each position in the list, in its order, as a std::integral_constant. Clang refuses fold
/// expressions of more than 256 operands; an initializer list has no limit, but costs more of the compiler.
template <std::size_t... Position, class Action>
constexpr void for_each_in(std::index_sequence<Position...>, Action& action) {
  if constexpr (sizeof...(Position) <= 256)
    (action(std::integral_constant<std::size_t, Position>{}), ...);
  else [[maybe_unused]]
    const bool done[] = {(action(std::integral_constant<std::size_t, Position>{}), true)...};
}

/// Calls action(index) for index = 0, 1, ..., Count - 1. Each index is a std::integral_constant, which converts to
/// std::size_t in constant expressions too: `for_each_index<3>([&](auto index) { using One = At<List, index>; })`.
template <std::size_t Count, class Action>
constexpr void for_each_index(Action&& action) {
  for_each_in(std::make_index_sequence<Count>{}, action);
}

/// The same from Count - 1 down to 0.
template <std::size_t Count, class Action>
constexpr void for_each_index_reversed(Action&& action) {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    for_each_in(std::index_sequence<Count - 1 - Index...>{}, action);
  }(std::make_index_sequence<Count>{});
}

/// The sum of numbers. Unlike a fold expression, it may have any number of operands.
constexpr std::size_t sum(std::initializer_list<std::size_t> numbers) {
  std::size_t result = 0;
  for (const std::size_t number : numbers) result += number;
  return result;
}

/// A string as a template argument.
template <std::size_t Length>
struct FixedString {
  char text[Length]{};
  consteval FixedString(const char (&characters)[Length]) {
    for (std::size_t i = 0; i < Length; ++i) text[i] = characters[i];
  }
  static constexpr std::size_t length = Length - 1;
};

template <std::size_t LengthA, std::size_t LengthB>
constexpr bool operator==(const FixedString<LengthA>& a, const FixedString<LengthB>& b) {
  if constexpr (LengthA != LengthB)
    return false;
  else {
    for (std::size_t i = 0; i < LengthA; ++i)
      if (a.text[i] != b.text[i]) return false;
    return true;
  }
}

}  // namespace cortexpr::detail
