#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/kernels/normalization/normalize_batch.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/topology/linear_map.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <cstddef>

namespace cortexpr {

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, for each feature of a vector, or each channel of an image
/// or a sequence. Training uses the mean and the (biased) variance of the batch. It also updates the running mean and
/// variance, which inference uses: running += momentum (batch's - running), with the unbiased variance; a batch with
/// one value for each channel has none, and leaves the running variance unchanged. With batch_size<B, MicroBatch> the
/// statistics are those of each micro-batch (ghost batch normalisation). fold_batch_norm removes the layer from a
/// trained network.
/// Shapes:  x [B, N], [B, C, H, W] or [B, C, Steps] -> y of the same shape; scale, shift, running_mean,
///          running_variance [N] or [C]
/// Cost:    no multiply-adds; three passes over x in training, one in inference; training saves three numbers for each
///          channel
/// Errors:  compile time: epsilon is not positive, or momentum does not lie in (0, 1]
/// Source:  Ioffe, Szegedy, "Batch normalization", 2015, algorithms 1 and 2; for micro-batches: Hoffer, Hubara,
///          Soudry, "Train longer, generalize better", 2017, algorithm 1.
template <double momentum = 0.1, double epsilon = 1e-5>
struct BatchNorm : LayerDescription {
  static constexpr const char* name = "BatchNorm";

  template <class In, class Mismatch>
  struct Check {
    static_assert(epsilon > 0, "BatchNorm: epsilon must be positive; 1e-5 is usual");
    static_assert(momentum > 0 && momentum <= 1, "BatchNorm: the momentum must lie in (0, 1]; 0.1 is usual");
  };

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr std::size_t channels = extent<In, 0>;
    static constexpr std::size_t values_per_channel = In::size / channels;
    static constexpr Parameter<"scale", Shape<channels>, Ones> scale{};
    static constexpr Parameter<"shift", Shape<channels>, Zeros> shift{};
    static constexpr Statistic<"running_mean", Shape<channels>, Zeros> running_mean{};
    static constexpr Statistic<"running_variance", Shape<channels>, Ones> running_variance{};
    /// Rows: mean, inverse deviation, variance.
    static constexpr SavedOfBatch<"moments", 3, channels> moments{};
    /// Rows: the gradients of scale and shift.
    static constexpr Accumulator<"sums", 2, channels> sums{};
    static constexpr Arrays arrays{scale, shift, running_mean, running_variance, moments, sums};
    static constexpr Exchange exchange(decltype(scale)) { return {.name = "weight"}; }
    static constexpr Exchange exchange(decltype(shift)) { return {.name = "bias"}; }
    static constexpr Exchange exchange(decltype(running_variance)) { return {.name = "running_var"}; }

    template <class Simd, class Pass>
    static constexpr void forward(Simd, const Pass& pass) {
      using Kernel = KernelFor<Simd>;
      if constexpr (Pass::training) {
        Kernel::measure(pass.x, static_cast<T>(epsilon), pass[moments].data);
        Kernel::normalize(pass.x, Kernel::of_batch(pass[moments].data), pass[scale], pass[shift], pass.y);
      } else {
        const auto running = Kernel::running(pass[running_mean], pass[running_variance], static_cast<T>(epsilon));
        Kernel::normalize(pass.x, running, pass[scale], pass[shift], pass.y);
      }
      for (std::size_t row = 0; row < pass.y.count; ++row) kernels::clear_padding(pass.y, row);
    }

    template <class Simd>
    static constexpr void backward_input(Simd, const auto& pass) {
      using Kernel = KernelFor<Simd>;
      Kernel::input_gradient_and_sums(pass.x, Kernel::of_batch(pass[moments].data), pass[scale], pass.dy, pass.dx,
                                      pass[sums].data);
      for (std::size_t row = 0; row < pass.dx.count; ++row) kernels::clear_padding(pass.dx, row);
    }

    template <class Simd, class Pass>
    static constexpr void backward_parameters(Simd, const Pass& pass) {
      using Kernel = KernelFor<Simd>;
      if constexpr (!Pass::wants_input_gradient)  // otherwise backward_input has computed the sums
        Kernel::gradient_sums(pass.x, Kernel::of_batch(pass[moments].data), pass.dy, pass[sums].data);
      Kernel::give_sums(pass[sums][0], pass.gradient(scale));
      Kernel::give_sums(pass[sums][1], pass.gradient(shift));
    }

    template <class Simd>
    static constexpr void update_statistics(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, channels>;
      const std::size_t values = pass.samples * values_per_channel;
      follow<Pack>(pass[running_mean], pass[moments][0], T(1));
      if (values > 1)
        follow<Pack>(pass[running_variance], pass[moments][2], static_cast<T>(values) / static_cast<T>(values - 1));
    }

    static auto to_onnx(auto& graph, auto x) {
      return graph
          .node("BatchNormalization", {x, graph[scale], graph[shift], graph[running_mean], graph[running_variance]})
          .set("epsilon", epsilon)
          .set("momentum", 1 - momentum);
    }

    /// The linear function of a channel in inference, for fold_batch_norm.
    static constexpr detail::ChannelMap<T> channel_map(detail::ChainData<const T> data, std::size_t channel) {
      const auto element = [&]<class Array>(Array) { return detail::parameter_rows<Bound, Array>(data)[0][channel]; };
      const T deviation = kernels::inverse_deviation_of(element(running_variance), static_cast<T>(epsilon));
      return {.subtract = element(running_mean), .factor = element(scale) * deviation, .add = element(shift)};
    }

   private:
    template <class Simd>
    using KernelFor = kernels::BatchNormalization<Simd, T, channels, values_per_channel>;

    template <class Pack>
    static constexpr void follow(T* running, const T* batch, T factor) {
      kernels::follow<Pack>(running, batch, simd::row_stride<T>(channels), static_cast<T>(momentum),
                            static_cast<T>(1 - momentum), factor);
    }
  };
};
CORTEXPR_CHECK_LAYER(BatchNorm<>::Bound<float, Shape<3>>);

}  // namespace cortexpr
