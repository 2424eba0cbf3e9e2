#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

namespace cortexpr {

namespace detail {

/// The elements of a block that the parameters in a list take, or else the statistics.
template <class T, bool trainable, class List>
inline constexpr std::size_t elements_of = 0;
template <class T, bool trainable, class... One>
inline constexpr std::size_t elements_of<T, trainable, TypeList<One...>> =
    (std::size_t{0} + ... + (One::trainable == trainable ? simd::block_size<T>(One::rows, One::columns) : 0));

}  // namespace detail

/// A layer at its place in a network: its index, its shapes, and where its parameters and statistics lie in the
/// network's block. The statistics of all layers come after the parameters of all; of one layer alone, after its own.
template <class T, std::size_t Index, class LayerType, class In, std::size_t InputStride, std::size_t Offset,
          std::size_t StatisticsOffset =
              Offset + detail::elements_of<T, true, typename LayerType::template parameters<In>>>
struct Place {
  using value_type = T;
  using layer = LayerType;
  using input_shape = In;
  using output_shape = typename LayerType::template output_shape<In>;
  using parameters = typename LayerType::template parameters<In>;
  static constexpr std::size_t index = Index;
  static constexpr std::size_t input_stride = InputStride;
  static constexpr std::size_t output_stride =
      LayerType::is_view || LayerType::only_in_training ? InputStride : simd::row_stride<T>(output_shape::size);
  static constexpr std::size_t saved_stride =
      LayerType::template saved<T, In> == 0 ? 0 : simd::row_stride<T>(LayerType::template saved<T, In>);
  static constexpr std::size_t saved_of_batch = LayerType::template saved_of_batch<T, In>;
  template <std::size_t Rows>
  static constexpr std::size_t scratch = LayerType::template scratch<T, In, Rows>;
  template <std::size_t Rows, bool wants_input_gradient>
  static constexpr std::size_t backward_scratch =
      LayerType::template backward_scratch<T, In, Rows, wants_input_gradient>;
  static constexpr std::size_t state = LayerType::template state<T, In>;

  template <class One>
  static constexpr std::size_t elements = simd::block_size<T>(One::rows, One::columns);

  static constexpr std::size_t parameter_begin = Offset;
  static constexpr std::size_t parameter_end = Offset + detail::elements_of<T, true, parameters>;
  static constexpr std::size_t statistics_begin = StatisticsOffset;
  static constexpr std::size_t statistics_end = StatisticsOffset + detail::elements_of<T, false, parameters>;
  /// Without statistics.
  static constexpr std::size_t parameter_count = []<class... One>(detail::TypeList<One...>) {
    return (std::size_t{0} + ... + (One::trainable ? One::shape::size : 0));
  }(parameters{});

  /// Where the parameter of this position begins in the network's block.
  template <std::size_t Position>
  static constexpr std::size_t offset = [] {
    constexpr bool trainable = detail::At<parameters, Position>::trainable;
    std::size_t result = trainable ? Offset : StatisticsOffset;
    detail::for_each_index<Position>([&]<std::size_t I>() {
      if (detail::At<parameters, I>::trainable == trainable) result += elements<detail::At<parameters, I>>;
    });
    return result;
  }();

  template <std::size_t Position, class Scalar>
  static constexpr auto parameter(Scalar* block) {
    using One = detail::At<parameters, Position>;
    return Rows<Scalar, One::columns, simd::row_stride<T>(One::columns)>{block + offset<Position>, One::rows};
  }
};

}  // namespace cortexpr
