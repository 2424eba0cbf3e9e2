#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>
#include <type_traits>

// From a list of layers to a list of places: each layer is given its input's shape, and its parameters' offset.

namespace cortexpr::detail {

/// Takes the place of what is no layer, so that the compiler says its sentence and no more.
struct NoLayer : LayerDefaults {
  static constexpr const char* name = "no layer";
  using expects = AnyInput;
  template <class In>
  using output_shape = In;
};

template <class T, class Done, std::size_t FirstIndex, class In, std::size_t InputStride, std::size_t Offset,
          std::size_t Statistics, class... Layers>
struct ArrangeAfter {
  using places = Done;
};

template <class T, class Done, std::size_t FirstIndex, class In, std::size_t InputStride, std::size_t Offset,
          std::size_t Statistics, class First, class... Others>
struct ArrangeAfter<T, Done, FirstIndex, In, InputStride, Offset, Statistics, First, Others...> {
  using place = Place<T, FirstIndex + Done::size, std::conditional_t<Layer<First, In>, First, NoLayer>, In, InputStride,
                      Offset, Statistics>;
  using places =
      typename ArrangeAfter<T, typename Done::template append<place>, FirstIndex, typename place::output_shape,
                            place::output_stride, place::parameter_end, place::statistics_end, Others...>::places;
};

/// The places of `Layers`, one after the other, from these offsets on.
template <class T, std::size_t FirstIndex, class In, std::size_t InputStride, std::size_t Offset,
          std::size_t Statistics, class... Layers>
using Arrange =
    typename ArrangeAfter<T, TypeList<>, FirstIndex, In, InputStride, Offset, Statistics, Layers...>::places;

}  // namespace cortexpr::detail
