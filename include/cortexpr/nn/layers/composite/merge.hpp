#pragma once

#include <cortexpr/core/shape.hpp>

#include <concepts>
#include <cstddef>

// How the outputs of branches become one output. A merge answers
//
//   template <class... Shapes> static constexpr bool fits;                              // whether they can
//   static auto shape_of(Shapes...);                                                    // of the output, as a value
//   template <std::size_t Branch, class... Shapes> static constexpr std::size_t begin;  // of a branch's part of the output
//   static constexpr bool adds;                                                         // to what lies there already
//   static constexpr const char* name;                                                  // for reports

namespace cortexpr {
namespace detail {

template <class First, class Other>
inline constexpr bool same_but_first_extent = false;
template <std::size_t A, std::size_t B, std::size_t... Extents>
inline constexpr bool same_but_first_extent<Shape<A, Extents...>, Shape<B, Extents...>> = true;

template <std::size_t First, class Of>
struct WithFirstExtent;
template <std::size_t First, std::size_t Old, std::size_t... Extents>
struct WithFirstExtent<First, Shape<Old, Extents...>> {
  using type = Shape<First, Extents...>;
};

}  // namespace detail

namespace merge {

/// The outputs are added.
struct Sum {
  static constexpr bool adds = true;
  static constexpr const char* name = "+";
  template <class First, class... Others>
  static constexpr bool fits = (std::same_as<First, Others> && ...);
  template <class First, class... Others>
  static constexpr First shape_of(First first, Others...) {
    return first;
  }
  template <std::size_t Branch, class... Shapes>
  static constexpr std::size_t begin = 0;
};

/// The outputs lie one after the other along the first axis.
struct Concatenation {
  static constexpr bool adds = false;
  static constexpr const char* name = "concat";
  template <class First, class... Others>
  static constexpr bool fits = (detail::same_but_first_extent<First, Others> && ...);
  template <class First, class... Others>
  static constexpr auto shape_of(First, Others...) {
    if constexpr (fits<First, Others...>)
      return typename detail::WithFirstExtent<(extent<First, 0> + ... + extent<Others, 0>), First>::type{};
    else
      return First{};
  }
  template <std::size_t Branch, class... Shapes>
  static constexpr std::size_t begin = [] {
    std::size_t result = 0, index = 0;
    ((result += index++ < Branch ? Shapes::size : 0), ...);
    return result;
  }();
};

/// There is only one branch.
struct None {
  static constexpr bool adds = false;
  static constexpr const char* name = "";
  template <class>
  static constexpr bool fits = true;
  template <class Only>
  static constexpr Only shape_of(Only only) {
    return only;
  }
  template <std::size_t, class>
  static constexpr std::size_t begin = 0;
};

}  // namespace merge
}  // namespace cortexpr
