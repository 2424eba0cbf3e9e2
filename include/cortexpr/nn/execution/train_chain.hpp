#pragma once

#include <cortexpr/core/tensor.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/nn/layer.hpp>

#include <array>
#include <cstddef>

// Training one layer after the other. Where their data lie, an object `buffers` tells: output<I>(), saved<I>(),
// saved_of_batch<I>(), gradient<I>() by that output, scratch<I>() and backward_scratch<I>().

namespace cortexpr::detail {

// All in one walk over the layers: a walk for each would take the square of their number.
template <class Places>
inline constexpr std::array<std::size_t, Places::size + 1> sources = [] {
  std::array<std::size_t, Places::size + 1> result{};
  result[0] = Places::size;
  for_each_index<Places::size>(
      [&]<std::size_t I>() { result[I + 1] = At<Places, I>::layer::is_view ? result[I] : I; });
  return result;
}();
/// The layer whose output this one reads, views left aside; Places::size where it is the input of all.
template <class Places, std::size_t Layer>
inline constexpr std::size_t source_of = sources<Places>[Layer];

template <class Places>
inline constexpr std::size_t first_with_parameters = [] {
  std::size_t result = Places::size;
  for_each_index_reversed<Places::size>([&]<std::size_t I>() {
    if (At<Places, I>::parameter_count > 0) result = I;
  });
  return result;
}();

/// The last layer that goes backward: with `wants_input` all do.
template <class Places, bool wants_input>
inline constexpr std::size_t first_backward = wants_input ? 0 : first_with_parameters<Places>;

/// What layer `Layer` reads, if `input` is the input of all.
template <class Places, std::size_t Layer, class Buffers, class T>
constexpr const T* input_of(const Buffers& buffers, const T* input) {
  if constexpr (source_of<Places, Layer> == Places::size)
    return input;
  else
    return buffers.template output<source_of<Places, Layer>>();
}

/// Shapes:  input [B, In], B <= MaxRows, with the first layer's input_stride
template <class Simd, class Places, std::size_t MaxRows, class Buffers, class T>
constexpr void forward_chain(const Buffers& buffers, const T* block, const T* input, std::size_t rows,
                             const Noise& noise) {
  for_each_index<Places::size>([&]<std::size_t I>() {
    using Here = At<Places, I>;
    if constexpr (!Here::layer::is_view)
      Here::layer::template forward<Simd>(
          ForwardPass<Here, Run::training, MaxRows>{.input = {input_of<Places, I>(buffers, input), rows},
                                                    .output = {buffers.template output<I>(), rows},
                                                    .block = block,
                                                    .scratch = buffers.template scratch<I>(),
                                                    .saved_data = buffers.template saved<I>(),
                                                    .noise = noise,
                                                    .saved_of_batch = buffers.template saved_of_batch<I>()});
  });
}

/// From the last layer, whose gradient must be there, to the first: with `wants_input` that is the first of all, and
/// input_gradient [B, In] is written, or else the first that has parameters.
template <class Simd, class Places, std::size_t MaxRows, bool wants_input, class Buffers, class T, class Sink>
constexpr void backward_chain(const Buffers& buffers, const T* block, const T* input, T* input_gradient,
                              std::size_t rows, const Sink& sink) {
  constexpr std::size_t first = first_backward<Places, wants_input>;
  for_each_index_reversed<Places::size>([&]<std::size_t I>() {
    using Here = At<Places, I>;
    if constexpr (I >= first && !Here::layer::is_view) {
      constexpr std::size_t source = source_of<Places, I>;
      T* downstream = input_gradient;
      if constexpr (source != Places::size) downstream = buffers.template gradient<source>();
      Here::layer::template backward<Simd>(BackwardPass<Here, (wants_input || I > first), Sink, MaxRows>{
          .input = {input_of<Places, I>(buffers, input), rows},
          .output = {buffers.template output<I>(), rows},
          .output_gradient = {buffers.template gradient<I>(), rows},
          .input_gradient = {downstream, rows},
          .block = block,
          .saved_data = buffers.template saved<I>(),
          .scratch = buffers.template backward_scratch<I>(),
          .sink = sink,
          .saved_of_batch = buffers.template saved_of_batch<I>()});
    }
  });
}

/// Lets the statistics in `block` follow what forward saw.
template <class Simd, class Places, class Buffers, class T>
constexpr void update_chain_statistics(const Buffers& buffers, T* block, std::size_t rows) {
  for_each_index<Places::size>([&]<std::size_t I>() {
    using Here = At<Places, I>;
    if constexpr (Here::statistics_end > Here::statistics_begin)
      Here::layer::template update_statistics<Simd>(
          StatisticsPass<Here>{block, buffers.template saved_of_batch<I>(), rows});
  });
}

}  // namespace cortexpr::detail
