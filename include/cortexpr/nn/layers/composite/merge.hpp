#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/type_list.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

// How the outputs of branches become one:
//
//   template <class... Shapes> static constexpr bool fits;                              // whether they can
//   template <class... Shapes> using shape;                                             // of the output
//   template <std::size_t Branch, class... Shapes> static constexpr std::size_t begin;  // of its part of the output
//   static constexpr bool adds;                                                         // to what lies there already
//   static constexpr const char* name;                                                  // for reports

namespace cortexpr::detail {

struct Sum {
  static constexpr bool adds = true;
  static constexpr const char* name = "+";
  template <class First, class... Others>
  static constexpr bool fits = (std::same_as<First, Others> && ...);
  template <class... Shapes>
  using shape = At<TypeList<Shapes...>, 0>;
  template <std::size_t Branch, class... Shapes>
  static constexpr std::size_t begin = 0;
};

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

/// Along the first axis, so that the parts lie one after the other.
struct Concatenation {
  static constexpr bool adds = false;
  static constexpr const char* name = "concat";
  template <class First, class... Others>
  static constexpr bool fits = (same_but_first_extent<First, Others> && ...);
  template <class First, class... Others>
  static auto shape_of() {
    if constexpr (fits<First, Others...>)
      return typename WithFirstExtent<(extent<First, 0> + ... + extent<Others, 0>), First>::type{};
    else
      return First{};
  }
  template <class... Shapes>
  using shape = decltype(shape_of<Shapes...>());
  template <std::size_t Branch, class... Shapes>
  static constexpr std::size_t begin = [] {
    std::size_t result = 0, index = 0;
    ((result += index++ < Branch ? Shapes::size : 0), ...);
    return result;
  }();
};

/// Only one branch.
struct NoJoin {
  static constexpr bool adds = false;
  static constexpr const char* name = "";
  template <class>
  static constexpr bool fits = true;
  template <class... Shapes>
  using shape = At<TypeList<Shapes...>, 0>;
  template <std::size_t, class>
  static constexpr std::size_t begin = 0;
};

}  // namespace cortexpr::detail
