#pragma once

#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, with the mean and the variance of each group of
/// neighbouring channels of a sample. GroupNorm<1> normalises a sample as a whole; with as many groups as channels each
/// channel is normalised alone (instance normalisation).
/// Shapes:  x [B, C, H, W] or [B, C, Steps] -> y of the same shape; scale, shift [C]
/// Cost:    no multiply-adds; three passes over x forward; training saves two numbers for each group
/// Errors:  compile time: the input has no channels; the groups do not divide them; epsilon is not positive
/// Source:  Wu, He, "Group normalization", 2018.
template <std::size_t Groups, double epsilon = 1e-5>
struct GroupNorm : LayerDescription {
  static constexpr const char* name = "GroupNorm";
  using expects = Image;

  // 1 is a placeholder if Groups is wrong, so that only the sentence of Check appears.
  template <class In>
  static constexpr std::size_t groups_of = Groups > 0 && extent<In, 0> % (Groups > 0 ? Groups : 1) == 0 ? Groups : 1;

  template <class In, class Mismatch>
  struct Check {
    static constexpr bool has_channels = In::rank == 2 || In::rank == 3;
    static_assert(has_channels, "GroupNorm: the input must be [C, H, W] or [C, Steps]; for a vector take LayerNorm");
    static_assert(!has_channels || groups_of<In> == Groups, "GroupNorm: the groups must divide the channels");
    static_assert(epsilon > 0, "GroupNorm: epsilon must be positive; 1e-5 is usual");
  };

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr std::size_t channels = extent<In, 0>, groups = groups_of<In>;
    static constexpr std::size_t channels_per_group = channels / groups;
    static constexpr std::size_t channel_size = In::size / channels, group_size = channels_per_group * channel_size;
    static constexpr Parameter<"scale", Shape<channels>, Ones> scale{};
    static constexpr Parameter<"shift", Shape<channels>, Zeros> shift{};
    /// The mean and the inverse deviation of each group.
    static constexpr Saved<"moments", 2 * groups> moments{};
    /// The gradients of scale and shift: those of the batch, and those of the current sample.
    static constexpr BackwardScratch<"scale_sums", channels> scale_sums{};
    static constexpr BackwardScratch<"shift_sums", channels> shift_sums{};
    static constexpr Accumulator<"sample_scale", channels> sample_scale{};
    static constexpr Accumulator<"sample_shift", channels> sample_shift{};
    static constexpr Exchange exchange(decltype(scale)) { return {.name = "weight"}; }
    static constexpr Exchange exchange(decltype(shift)) { return {.name = "bias"}; }
    static constexpr Arrays arrays{scale, shift, moments, scale_sums, shift_sums, sample_scale, sample_shift};
    static constexpr std::size_t rows_at_a_time = 1;

    template <class Simd, class Pass>
    static constexpr void forward(Simd, const Pass& pass) {
      using GroupPack = typename Simd::template pack<T, group_size>;
      using Pack = typename Simd::template pack<T, channel_size>;
      for (std::size_t sample = 0; sample < pass.x.count; ++sample) {
        for (std::size_t group = 0; group < groups; ++group) {
          const auto measured = kernels::moments_of_row<GroupPack, group_size, true>(
              pass.x[sample] + group * group_size, static_cast<T>(epsilon));
          for_each_channel(group, [&](std::size_t c, std::size_t begin) {
            kernels::normalize_channel<Pack, channel_size>(pass.x[sample] + begin, measured, pass[scale][c],
                                                           pass[shift][c], pass.y[sample] + begin);
          });
          if constexpr (Pass::training) {
            pass[moments][sample][2 * group] = measured.mean;
            pass[moments][sample][2 * group + 1] = measured.inverse;
          }
        }
        kernels::clear_padding(pass.y, sample);
      }
    }

    template <class Simd>
    static constexpr void backward_input(Simd, const auto& pass) {
      using Pack = typename Simd::template pack<T, channel_size>;
      const T *const x = pass.x[0], *const dy = pass.dy[0], *const scales = pass[scale];
      T* const dx = pass.dx[0];
      for (std::size_t group = 0; group < groups; ++group) {
        const auto measured = moments_of(pass, group);
        T sum = 0, projection = 0;
        for_each_channel(group, [&](std::size_t c, std::size_t begin) {
          const auto gradient = gradient_sums<Pack>(x + begin, dy + begin, measured);
          pass[sample_scale][c] = gradient.scale;
          pass[sample_shift][c] = gradient.shift;
          sum += scales[c] * gradient.shift;
          projection += scales[c] * gradient.scale;
        });
        constexpr T count = static_cast<T>(group_size);
        for_each_channel(group, [&](std::size_t c, std::size_t begin) {
          kernels::normalize_channel_gradient<Pack, channel_size>(x + begin, dy + begin, measured, scales[c],
                                                                  sum / count, projection / count, dx + begin);
        });
      }
      kernels::clear_padding(pass.dx, 0);
    }

    template <class Simd, class Pass>
    static constexpr void backward_parameters(Simd, const Pass& pass) {
      using Pack = typename Simd::template pack<T, channels>;
      constexpr std::size_t stride = simd::row_stride<T>(channels);
      if (pass.is_first) {
        kernels::begin_sums<Pack>(pass.gradient(scale), pass[scale_sums], stride);
        kernels::begin_sums<Pack>(pass.gradient(shift), pass[shift_sums], stride);
      }
      if constexpr (Pass::wants_input_gradient) {  // backward_input has computed the sample's gradients
        const auto add = [](auto before, auto more) { return before + more; };
        kernels::zip<Pack, kernels::Rest::some>(pass[scale_sums], pass[sample_scale], pass[scale_sums], channels, add);
        kernels::zip<Pack, kernels::Rest::some>(pass[shift_sums], pass[sample_shift], pass[shift_sums], channels, add);
      } else {
        for (std::size_t c = 0; c < channels; ++c) {
          const auto gradient = gradient_sums<typename Simd::template pack<T, channel_size>>(
              pass.x[0] + c * channel_size, pass.dy[0] + c * channel_size, moments_of(pass, c / channels_per_group));
          pass[scale_sums][c] += gradient.scale;
          pass[shift_sums][c] += gradient.shift;
        }
      }
      if (pass.is_last) {
        kernels::end_sums<Pack>(pass.gradient(scale), pass[scale_sums], stride);
        kernels::end_sums<Pack>(pass.gradient(shift), pass[shift_sums], stride);
      }
    }

    static auto to_onnx(auto& graph, auto x) {
      const auto normalize = [&](auto of, auto factor, auto summand) {
        return graph.node("InstanceNormalization", {of, factor, summand}).set("epsilon", epsilon);
      };
      if constexpr (groups == channels) {
        const auto factor = graph[scale];
        return normalize(x, factor, graph[shift]);
      } else {
        const auto ones = graph.numbers({groups}, [](std::size_t) { return 1.0; });
        const auto zeros = graph.numbers({groups}, [](std::size_t) { return 0.0; });
        const auto normalized =
            graph.reshape(normalize(graph.reshape(x, Shape<groups, group_size>{}), ones, zeros), In{});
        const auto of_channels = [&](auto vector) {
          return graph.node("Unsqueeze", {vector, In::rank == 2 ? graph.integers({1}) : graph.integers({1, 2})});
        };
        const auto scaled = graph.node("Mul", {normalized, of_channels(graph[scale])});
        return graph.node("Add", {scaled, of_channels(graph[shift])});
      }
    }

   private:
    /// Calls action(channel, its first element in the sample) for the channels of a group.
    template <class Action>
    CORTEXPR_INLINE static constexpr void for_each_channel(std::size_t group, Action action) {
      for (std::size_t c = group * channels_per_group; c < (group + 1) * channels_per_group; ++c)
        action(c, c * channel_size);
    }
    static constexpr kernels::Moments<T> moments_of(const auto& pass, std::size_t group) {
      return {pass[moments][0][2 * group], pass[moments][0][2 * group + 1]};
    }
    /// The contribution of a channel of one sample to the gradients of scale and shift.
    struct ChannelGradient {
      T scale, shift;
    };
    template <class Pack>
    CORTEXPR_INLINE static constexpr ChannelGradient gradient_sums(const T* x, const T* dy,
                                                                   kernels::Moments<T> measured) {
      return {.scale = kernels::sum_of_normalized<Pack, channel_size>(x, dy, measured),
              .shift = kernels::sum_of_row<Pack, channel_size>(dy)};
    }
  };
};
CORTEXPR_CHECK_LAYER(GroupNorm<1>::Bound<float, Shape<2, 3, 3>>);

}  // namespace cortexpr
