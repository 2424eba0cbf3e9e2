#pragma once

#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/nn/activate.hpp>
#include <cortexpr/nn/convolution_steps.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>
#include <type_traits>

namespace cortexpr::detail {

/// The activation's gradient of one sample, row by row, while it is in the cache.
template <class Simd, class ActivationType, class Pass>
constexpr void activate_row_backward(const Pass& pass, std::size_t row) {
  const auto output = decltype(pass.output){pass.output[row], 1};
  const auto gradient = decltype(pass.output_gradient){pass.output_gradient[row], 1};
  if constexpr (needs_saved_input<ActivationType>())
    activate_backward<Simd, ActivationType>(output, decltype(pass.saved()){pass.saved()[row], 1}, gradient);
  else
    activate_backward<Simd, ActivationType>(output, output, gradient);
}

/// The passes of a convolution with weight [filters, taps] and bias [filters].
template <Convolution g, AnyActivation ActivationType>
struct Convolve {
  using Steps = ConvolutionSteps<g>;
  static constexpr kernels::Window window = g.window;

  template <class T>
  static constexpr std::size_t scratch = Steps::template planes<T> + Steps::template runs<T>;
  template <class T, bool wants_input>
  static constexpr std::size_t backward_scratch =
      Steps::template planes<T> + Steps::template slopes<T> + Steps::template slopes_by_output<T> +
      Steps::template gradient<T> + (wants_input ? Steps::template back_runs<T> + Steps::template turned<T> : 0);

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    if constexpr (Pass::training && needs_saved_input<ActivationType>()) {
      convolve<Simd>(pass, pass.saved(), kernels::Unchanged{});
      activate<Simd, ActivationType>(pass.saved(), pass.output);
    } else if constexpr (ElementwiseActivation<ActivationType>) {
      convolve<Simd>(pass, pass.output, [](auto values) { return ActivationType::value(values); });
    } else {
      convolve<Simd>(pass, pass.output, kernels::Unchanged{});
      activate<Simd, ActivationType>(pass.output, pass.output);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    T* const planes = pass.scratch;
    T* const slopes = planes + Steps::template planes<T>;
    T* const by_output = slopes + Steps::template slopes<T>;
    T* const sums = by_output + Steps::template slopes_by_output<T>;
    // Only there where it is wanted.
    constexpr std::size_t back_runs = Pass::wants_input_gradient ? Steps::template back_runs<T> : 0;
    T* const runs = sums + Steps::template gradient<T>;
    T* const turned = runs + back_runs;
    const auto weight_sink = pass.template gradient_sink<0>();
    const auto bias_sink = pass.template gradient_sink<1>();
    // Before the sink, which may change the weights.
    if constexpr (Pass::wants_input_gradient) Steps::turn_weights(pass.template parameter<0>(), turned);

    Steps::template begin_gradient<Simd>(weight_sink, sums);
    T bias_sums[g.filters];
    for (std::size_t f = 0; f < g.filters; ++f) bias_sums[f] = bias_sink.template begin<simd::Pack<T, 1>>(f).value;
    kernels::fill(slopes, Steps::template slopes<T>, T(0));
    kernels::fill(planes, Steps::template planes<T>, T(0));
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      place_slopes<Simd>(pass, row, slopes);
      kernels::pack_image<Simd, window>(pass.input[row], g.channels, planes, T(0));
      Steps::template add_gradient<Simd>(planes, slopes, by_output, sums);
      kernels::add_row_sums<Simd, g.filters, window.padded_rows()>(slopes + g.front(), g.upstream_distance(), bias_sums);
      if constexpr (Pass::wants_input_gradient) {
        Steps::template correlate_back<Simd>(slopes, turned, runs, pass.input_gradient[row]);
        kernels::clear_padding(pass.input_gradient, row);
      }
    }
    Steps::template end_gradient<Simd>(weight_sink, sums);
    for (std::size_t f = 0; f < g.filters; ++f)
      bias_sink.template end<simd::Pack<T, 1>>(f, simd::Pack<T, 1>::broadcast(bias_sums[f]));
  }

 private:
  /// to = function(x * W + b)
  template <class Simd, class Pass, class To, class Function>
  static constexpr void convolve(const Pass& pass, To to, Function function) {
    using T = typename Pass::T;
    T* const planes = pass.scratch;
    T* const runs = planes + Steps::template planes<T>;
    const T* const bias = pass.template parameter<1>().data;
    Steps::template begin_correlate<Simd>(pass.template parameter<0>(), runs);
    kernels::fill(planes, Steps::template planes<T>, T(0));
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      kernels::pack_image<Simd, window>(pass.input[row], g.channels, planes, T(0));
      if constexpr (Pass::place::state > 0)
        if (pass.state_data != nullptr)
          kernels::exchange_history<window>(pass.state_data + row * g.history(), g.channels, planes);
      Steps::template correlate<Simd>(planes, pass.template parameter<0>(), bias, runs, to[row], function);
      kernels::clear_padding(to, row);
    }
  }

  /// The gradient by what the activation was given, where correlations take it from.
  template <class Simd, class Pass, class T>
  static constexpr void place_slopes(const Pass& pass, std::size_t row, T* slopes) {
    const T* const gradient = pass.output_gradient[row];
    if constexpr (ElementwiseActivation<ActivationType> && !std::is_same_v<ActivationType, Linear>) {
      const auto chain = [](auto of, auto upstream) { return upstream * ActivationType::derivative(of); };
      const T* of = pass.output[row];
      if constexpr (needs_saved_input<ActivationType>()) of = pass.saved()[row];
      kernels::scatter_to_padded<Simd, window>(g.filters, slopes, g.upstream_distance(), g.front(), chain, of, gradient);
    } else {
      activate_row_backward<Simd, ActivationType>(pass, row);
      kernels::scatter_to_padded<Simd, window>(gradient, g.filters, slopes, g.upstream_distance(), g.front());
    }
  }
};

}  // namespace cortexpr::detail
