#pragma once

#include <cortexpr/core/shape.hpp>

#include <concepts>
#include <cstddef>

// A merge combines the outputs of branches into one output. It has
//
//   template <class... Shapes> static constexpr bool fits;    // whether outputs of these shapes can be merged
//   static auto shape_of(Shapes...);                          // the shape of the output, as a value
//   template <std::size_t Branch, class... Shapes>
//   static constexpr std::size_t begin;                       // the first element of a branch in the output
//   static constexpr bool adds;                               // whether a branch is added to those before it
//   static constexpr const char* name;                        // for reports

namespace cortexpr {
namespace detail {

template <class First, class Other>
inline constexpr bool same_but_first_extent = false;
template <std::size_t Front, std::size_t OtherFront, std::size_t... Extents>
inline constexpr bool same_but_first_extent<Shape<Front, Extents...>, Shape<OtherFront, Extents...>> = true;

template <std::size_t First, class Of>
struct WithFirstExtent;
template <std::size_t First, std::size_t Old, std::size_t... Extents>
struct WithFirstExtent<First, Shape<Old, Extents...>> {
  using type = Shape<First, Extents...>;
};

}  // namespace detail

namespace merge {

/// Adds the outputs.
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
  static auto to_onnx(auto& graph, auto first, auto... others) {
    ((first = graph.node("Add", {first, others})), ...);
    return first;
  }
};

/// Concatenates the outputs along the first axis.
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
  static auto to_onnx(auto& graph, auto... outputs) { return graph.node("Concat", {outputs...}).set("axis", 1); }
};

/// For a single branch.
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
  static auto to_onnx(auto&, auto only) { return only; }
};

}  // namespace merge
}  // namespace cortexpr
