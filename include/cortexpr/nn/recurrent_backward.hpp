#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/recurrent/step.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/nn/recurrent.hpp>

#include <cstddef>

// Back-propagation through time, for the layers that recurrent.hpp describes.

namespace cortexpr::detail {

/// The pass backward of a Recurrence.
template <class Layout>
struct RecurrenceBackward {
  using Cell = typename Layout::Cell;
  static constexpr std::size_t gates = Cell::gates, units = Layout::units, features = Layout::features,
                               steps = Layout::steps;
  template <class T>
  static constexpr std::size_t stride = Layout::template stride<T>;
  template <class T>
  static constexpr std::size_t state = Layout::template state<T>;

  // What lies in scratch on the way back, in this order.
  template <class T>
  static constexpr std::size_t sums_size =
      simd::block_size<T>(gates * features, units) + simd::block_size<T>(gates * units, units) +
      2 * simd::block_size<T>(gates, units);
  template <class T>
  static constexpr std::size_t turned_recurrent_size = simd::block_size<T>(gates * units, units);
  template <class T>
  static constexpr std::size_t turned_input_size = simd::block_size<T>(gates * units, features);
  template <class T>
  static constexpr std::size_t carry_size = simd::padded(state<T>, simd::native_lanes<T>);
  /// From one row of slopes to the next, in a sample: all steps of a row lie together.
  template <class T>
  static constexpr std::size_t slope_distance = simd::padded(steps * stride<T>, simd::native_lanes<T>);
  template <class T, bool wants_input>
  static constexpr std::size_t scratch = sums_size<T> + turned_recurrent_size<T> +
                                         Layout::together * (carry_size<T> + Cell::gate_gradients * slope_distance<T>) +
                                         (wants_input ? turned_input_size<T> : 0);

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    static_assert(sums_size<T> == Pass::place::parameter_end - Pass::place::parameter_begin,
                  "RecurrenceBackward: the sums must lie as the parameters do");
    const BackwardAreas<T> areas{pass.scratch};
    const auto sink = pass.template gradient_sink<0>();
    // Before the sink, which may change the weights.
    turn<Simd, units>(pass.template parameter<1>(), areas.turned_recurrent());
    if constexpr (Pass::wants_input_gradient) turn<Simd, features>(pass.template parameter<0>(), areas.turned_input());

    using Pack = typename Simd::template pack<T, simd::native_lanes<T>>;
    for (std::size_t i = 0; i < sums_size<T>; i += Pack::lanes) sink.template begin<Pack>(i).store(areas.sums() + i);
    Layout::template in_groups<Simd>(pass.input.count, [&]<std::size_t Samples>(std::size_t row) {
      backward_group<Simd, Samples>(pass, areas, row);
    });
    for (std::size_t i = 0; i < sums_size<T>; i += Pack::lanes)
      sink.template end<Pack>(i, Pack::load(areas.sums() + i));
  }

 private:
  /// The parts of scratch.
  template <class T>
  struct BackwardAreas {
    T* begin;
    constexpr T* sums() const { return begin; }
    constexpr auto turned_recurrent() const { return Rows<T, units, stride<T>>{begin + sums_size<T>, gates * units}; }
    constexpr T* carry() const { return turned_recurrent().data + turned_recurrent_size<T>; }
    constexpr T* slopes() const { return carry() + Layout::together * carry_size<T>; }
    constexpr auto turned_input() const {
      return Rows<T, features, simd::row_stride<T>(features)>{slopes() + Layout::together * sample_slopes<T>,
                                                              gates * units};
    }
  };
  template <class T>
  static constexpr std::size_t sample_slopes = Cell::gate_gradients * slope_distance<T>;

  /// rows [gates * units, Columns] of what came in gate by gate as [gates * Columns, units]
  template <class Simd, std::size_t Columns, class From, class To>
  static constexpr void turn(From from, To to) {
    for (std::size_t g = 0; g < gates; ++g)
      kernels::transpose<Simd>(From{from[g * Columns], Columns}, To{to[g * units], units});
  }

  /// The gradient of the output joins that of the state after this step.
  template <class Pass>
  static constexpr void add_output_gradient(const Pass& pass, std::size_t row, std::size_t step,
                                            typename Pass::T* carry) {
    const auto* const from = pass.output_gradient[row] + (Layout::whole_sequence ? step * units : 0);
    for (std::size_t j = 0; j < units; ++j) carry[j] = carry[j] + from[j];
  }

  /// `Samples` samples from `row` on: back through all steps, then what each sample gives to the weights.
  template <class Simd, std::size_t Samples, class Pass, class Areas>
  static constexpr void backward_group(const Pass& pass, const Areas& areas, std::size_t row) {
    using T = typename Pass::T;
    constexpr std::size_t size = state<T>;
    const T* const saved = pass.saved_data + row * Pass::place::saved_stride;
    const kernels::StridedSamples<T> carry{areas.carry(), size};
    for (std::size_t s = 0; s < Samples; ++s)
      Layout::template begin_state<Simd>(pass.state_gradient, row + s, carry[s]);

    for (std::size_t step = steps; step-- > 0;) {
      if (Layout::whole_sequence || step == steps - 1)
        for (std::size_t s = 0; s < Samples; ++s) add_output_gradient(pass, row + s, step, carry[s]);
      const auto kept = [&](std::size_t offset) {
        return kernels::StridedSamples<const T>{saved + offset, Pass::place::saved_stride};
      };
      kernels::recurrent_backward_step<Simd, Cell, slope_distance<T>, Samples>(
          Rows<const T, units, stride<T>>(areas.turned_recurrent()),
          kernels::BackwardStepData<T>{kept(step * size),
                                   kept((step + 1) * size),
                                   kept(Layout::template kept_offset<T>(step)),
                                   carry,
                                   {areas.slopes() + step * stride<T>, sample_slopes<T>}});
    }

    for (std::size_t s = 0; s < Samples; ++s) {
      const T* const slopes = areas.slopes() + s * sample_slopes<T>;
      if (pass.state_gradient != nullptr)
        Layout::template copy_state<Simd>(carry[s], pass.state_gradient + (row + s) * size);
      add_weight_gradients<Simd>(pass.input[row + s], saved + s * Pass::place::saved_stride, slopes, areas.sums());
      if constexpr (Pass::wants_input_gradient) {
        input_gradient<Simd>(slopes, areas.turned_input(), pass.input_gradient[row + s]);
        kernels::clear_padding(pass.input_gradient, row + s);
      }
    }
  }

  /// Goes on with the chain of each parameter, step by step.
  template <class Simd, class T>
  static constexpr void add_weight_gradients(const T* input, const T* states, const T* slopes, T* sums) {
    using Slopes = Rows<const T, units, stride<T>>;
    const Rows<const T, features, features> x{input, steps};
    const Rows<const T, units, state<T>> before{states, steps};
    T* const recurrent = sums + simd::block_size<T>(gates * features, units);
    T* const input_bias = recurrent + simd::block_size<T>(gates * units, units);
    T* const recurrent_bias = input_bias + simd::block_size<T>(gates, units);
    for (std::size_t g = 0; g < gates; ++g) {
      const Slopes of_input{slopes + Cell::input_gate_gradients[g] * slope_distance<T>, steps};
      const Slopes of_state{slopes + Cell::recurrent_gate_gradients[g] * slope_distance<T>, steps};
      const auto to = [](T* block, std::size_t at) { return kernels::SumGradient<T>{block + at * stride<T>}; };
      kernels::weight_gradient<Simd>(x, of_input, to(sums, g * features));
      kernels::weight_gradient<Simd>(before, of_state, to(recurrent, g * units));
      kernels::bias_gradient<Simd>(of_input, to(input_bias, g));
      kernels::bias_gradient<Simd>(of_state, to(recurrent_bias, g));
    }
  }

  template <class Simd, class T, class Turned>
  static constexpr void input_gradient(const T* slopes, Turned turned, T* to) {
    Layout::template in_groups<Simd>(steps, [&]<std::size_t Count>(std::size_t step) {
      kernels::recurrent_input_gradient<Simd, Cell, slope_distance<T>, units, Count>(
          kernels::StridedSamples<const T>{slopes + step * stride<T>, stride<T>},
          Rows<const T, Turned::columns, Turned::stride>(turned), to + step * features);
    });
  }
};

}  // namespace cortexpr::detail
