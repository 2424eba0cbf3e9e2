#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/kernels/normalization/normalize_batch.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, for each feature of a vector, or each channel of an image
/// or a sequence. Training takes the mean and the (biased) variance of the batch, and lets the running ones, which
/// inference takes, follow: running += momentum (batch's - running), with the unbiased variance. Of a single value
/// there is none; then the running variance stays as it is. Training sees a part of a batch at a time (batch_size<B,
/// Part>), so the statistics are those of each part (ghost batch normalisation). fold_batch_norm takes it out of a
/// trained network.
/// Shapes:  x [B, N], [B, C, H, W] or [B, C, T] -> y of the same shape; scale, shift, running_mean, running_variance
///          [N] or [C]
/// Cost:    no multiply-adds; three passes over x in training, one in inference; three numbers for each feature are
///          kept
/// Errors:  compile time: epsilon is not positive, or momentum does not lie in (0, 1]
/// Source:  Ioffe, Szegedy, "Batch normalization", 2015, algorithms 1 and 2; for parts: Hoffer, Hubara, Soudry, "Train
///          longer, generalize better", 2017, algorithm 1.
template <double momentum = 0.1, double epsilon = 1e-5>
struct BatchNorm : LayerDefaults {
  static constexpr const char* name = "BatchNorm";
  using expects = AnyInput;

  template <class In, class Mismatch>
  struct Check {
    static_assert(epsilon > 0, "BatchNorm: epsilon must be positive; 1e-5 is usual");
    static_assert(momentum > 0 && momentum <= 1, "BatchNorm: the momentum must lie in (0, 1]; 0.1 is usual");
  };

  template <class In>
  static constexpr std::size_t channels = extent<In, 0>;
  template <class In>
  using output_shape = In;
  template <class In>
  using parameters =
      detail::TypeList<Parameter<"scale", Shape<channels<In>>, Ones>, Parameter<"shift", Shape<channels<In>>, Zeros>,
               Statistic<"running_mean", Shape<channels<In>>, Zeros>,
               Statistic<"running_variance", Shape<channels<In>>, Ones>>;
  /// Mean, inverse deviation and variance: a padded row of each.
  template <class T, class In>
  static constexpr std::size_t saved_of_batch = 3 * simd::row_stride<T>(channels<In>);

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    using Kernel = kernels::BatchNormalization<Simd, T, channels<In>, In::size / channels<In>>;
    const auto scale = pass.template parameter<0>().data;
    const auto shift = pass.template parameter<1>().data;
    if constexpr (Pass::training) {
      Kernel::measure(pass.input, static_cast<T>(epsilon), pass.saved_of_batch);
      Kernel::normalize(pass.input, Kernel::of_batch(pass.saved_of_batch), scale, shift, pass.output);
    } else {
      const auto mean = pass.template parameter<2>().data;
      const auto variance = pass.template parameter<3>().data;
      Kernel::normalize(pass.input, Kernel::running(mean, variance, static_cast<T>(epsilon)), scale, shift,
                        pass.output);
    }
    for (std::size_t row = 0; row < pass.output.count; ++row) kernels::clear_padding(pass.output, row);
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using In = typename Pass::place::input_shape;
    using Kernel = kernels::BatchNormalization<Simd, typename Pass::T, channels<In>, In::size / channels<In>>;
    Kernel::template gradient<Pass::wants_input_gradient>(
        pass.input, Kernel::of_batch(pass.saved_of_batch), pass.template parameter<0>().data, pass.output_gradient,
        pass.input_gradient, pass.template gradient_sink<0>(), pass.template gradient_sink<1>());
    if constexpr (Pass::wants_input_gradient)
      for (std::size_t row = 0; row < pass.input.count; ++row) kernels::clear_padding(pass.input_gradient, row);
  }

  template <class Simd, class Pass>
  static constexpr void update_statistics(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    constexpr std::size_t stride = simd::row_stride<T>(channels<In>);
    using Pack = typename Simd::template pack<T, channels<In>>;
    const T* const mean = pass.saved_of_batch;
    const T* const variance = mean + 2 * stride;
    const std::size_t values = pass.samples * (In::size / channels<In>);
    follow<Pack>(pass.template parameter<2>().data, mean, stride, T(1));
    if (values > 1)
      follow<Pack>(pass.template parameter<3>().data, variance, stride,
                   static_cast<T>(values) / static_cast<T>(values - 1));
  }

 private:
  /// running = (1 - momentum) running + momentum * seen * factor
  template <class Pack, class T>
  static constexpr void follow(T* running, const T* seen, std::size_t count, T factor) {
    kernels::zip<Pack, kernels::Rest::none>(running, seen, running, count, [=]<class P>(P before, P now) {
      return fma(P::broadcast(static_cast<T>(momentum)), now * P::broadcast(factor),
                 P::broadcast(static_cast<T>(1 - momentum)) * before);
    });
  }
};

static_assert(Layer<BatchNorm<>, Shape<3>>, "BatchNorm: must satisfy the layer concept");

}  // namespace cortexpr
