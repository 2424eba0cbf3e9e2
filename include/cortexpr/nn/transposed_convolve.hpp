#pragma once

#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/kernels/order/reduce.hpp>
#include <cortexpr/nn/activate.hpp>
#include <cortexpr/nn/convolve.hpp>

#include <cstddef>

namespace cortexpr::detail {

/// The passes of the transpose of a convolution: what that does to gradients of images, this does to images. So `g` is
/// a convolution of the output, an image of g.channels channels, and makes the input, an image of g.filters. Weight
/// [filters, taps], bias [channels].
template <Convolution g, AnyActivation ActivationType>
struct TransposedConvolve {
  using Steps = ConvolutionSteps<g>;
  static constexpr kernels::Window window = g.window;
  static constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;

  template <class T>
  static constexpr std::size_t scratch =
      Steps::template back_runs<T> + Steps::template slopes<T> + Steps::template turned<T>;
  template <class T, bool wants_input>
  static constexpr std::size_t backward_scratch =
      Steps::template planes<T> + Steps::template slopes<T> + Steps::template slopes_by_output<T> +
      Steps::template gradient<T> + (wants_input ? Steps::template runs<T> : 0);

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    if constexpr (Pass::training && needs_saved_input<ActivationType>()) {
      spread<Simd>(pass, pass.saved());
      activate<Simd, ActivationType>(pass.saved(), pass.output);
    } else {
      spread<Simd>(pass, pass.output);
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
    T* const runs = sums + Steps::template gradient<T>;
    const auto weight_sink = pass.template gradient_sink<0>();
    const auto bias_sink = pass.template gradient_sink<1>();

    using Pack = typename Simd::template pack<T, pixels>;
    Steps::template begin_gradient<Simd>(weight_sink, sums);
    T bias_sums[g.channels];
    for (std::size_t c = 0; c < g.channels; ++c) bias_sums[c] = bias_sink.template begin<simd::Pack<T, 1>>(c).value;
    if constexpr (Pass::wants_input_gradient) Steps::template begin_correlate<Simd>(pass.template parameter<0>(), runs);
    kernels::fill(slopes, Steps::template slopes<T>, T(0));
    kernels::fill(planes, Steps::template planes<T>, T(0));
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      activate_row_backward<Simd, ActivationType>(pass, row);
      kernels::pack_image<Simd, window>(pass.output_gradient[row], g.channels, planes, T(0));
      kernels::scatter_to_padded<Simd, window>(pass.input[row], g.filters, slopes, g.upstream_distance(), g.front());
      Steps::template add_gradient<Simd>(planes, slopes, by_output, sums);
      for (std::size_t c = 0; c < g.channels; ++c)
        bias_sums[c] += kernels::sum_of_row<Pack, pixels>(pass.output_gradient[row] + c * pixels);
      if constexpr (Pass::wants_input_gradient) {
        Steps::template correlate<Simd>(planes, pass.template parameter<0>(), static_cast<const T*>(nullptr), runs,
                                        pass.input_gradient[row]);
        kernels::clear_padding(pass.input_gradient, row);
      }
    }
    // After the last use of the weights, which the sink may change.
    Steps::template end_gradient<Simd>(weight_sink, sums);
    for (std::size_t c = 0; c < g.channels; ++c)
      bias_sink.template end<simd::Pack<T, 1>>(c, simd::Pack<T, 1>::broadcast(bias_sums[c]));
  }

 private:
  /// to = transposed convolution of x, and b
  template <class Simd, class Pass, class To>
  static constexpr void spread(const Pass& pass, To to) {
    using T = typename Pass::T;
    T* const runs = pass.scratch;
    T* const slopes = runs + Steps::template back_runs<T>;
    T* const turned = slopes + Steps::template slopes<T>;
    const T* const bias = pass.template parameter<1>().data;
    Steps::turn_weights(pass.template parameter<0>(), turned);
    kernels::fill(slopes, Steps::template slopes<T>, T(0));
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      kernels::scatter_to_padded<Simd, window>(pass.input[row], g.filters, slopes, g.upstream_distance(), g.front());
      Steps::template correlate_back<Simd>(slopes, turned, runs, to[row]);
      for (std::size_t i = 0; i < To::columns; ++i) to[row][i] = bias[i / pixels] + to[row][i];
      kernels::clear_padding(to, row);
    }
  }
};

}  // namespace cortexpr::detail
