#pragma once

#include <cortexpr/kernels/product/gradient_consumer.hpp>
#include <cortexpr/kernels/normalization/normalize.hpp>
#include <cortexpr/nn/layer.hpp>

#include <cstddef>

namespace cortexpr {

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, with the mean and the variance of each group of
/// neighbouring channels of a sample. GroupNorm<1> normalises a sample as a whole; as many groups as channels, each
/// channel alone (instance normalisation).
/// Shapes:  x [B, C, H, W] or [B, C, T] -> y of the same shape; scale, shift [C]
/// Cost:    no multiply-adds; three passes over x forward; in training two numbers for each group are kept
/// Errors:  compile time: the input has no channels; the groups do not divide them; epsilon is not positive
/// Source:  Wu, He, "Group normalization", 2018.
template <std::size_t Groups, double epsilon = 1e-5>
struct GroupNorm : LayerDefaults {
  static constexpr const char* name = "GroupNorm";
  using expects = Image;

  template <class In>
  static constexpr std::size_t channels = extent<In, 0>;
  /// One where it cannot be as it was asked for: Check has the word.
  template <class In>
  static constexpr std::size_t groups = Groups > 0 && channels<In> % (Groups > 0 ? Groups : 1) == 0 ? Groups : 1;

  template <class In, class Mismatch>
  struct Check {
    static constexpr bool has_channels = In::rank == 2 || In::rank == 3;
    static_assert(has_channels, "GroupNorm: the input must be [C, H, W] or [C, T]; for a vector take LayerNorm");
    static_assert(!has_channels || groups<In> == Groups, "GroupNorm: the groups must divide the channels");
    static_assert(epsilon > 0, "GroupNorm: epsilon must be positive; 1e-5 is usual");
  };

  template <class In>
  using output_shape = In;
  template <class In>
  using parameters =
      detail::TypeList<Parameter<"scale", Shape<channels<In>>, Ones>, Parameter<"shift", Shape<channels<In>>, Zeros>>;
  /// The mean and the inverse deviation of each group.
  template <class T, class In>
  static constexpr std::size_t saved = 2 * groups<In>;
  /// The gradients of scale and shift.
  template <class T, class In, std::size_t, bool>
  static constexpr std::size_t backward_scratch = 2 * simd::block_size<T>(1, channels<In>);

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    using T = typename Pass::T;
    using Here = Extents<typename Pass::place::input_shape>;
    const T* const scale = pass.template parameter<0>().data;
    const T* const shift = pass.template parameter<1>().data;
    for (std::size_t sample = 0; sample < pass.input.count; ++sample) {
      for (std::size_t group = 0; group < Here::groups; ++group) {
        const auto moments =
            kernels::moments_of_row<typename Simd::template pack<T, Here::of_group>, Here::of_group, true>(
                pass.input[sample] + group * Here::of_group, static_cast<T>(epsilon));
        for (std::size_t c = group * Here::members; c < (group + 1) * Here::members; ++c)
          kernels::normalize_channel<typename Simd::template pack<T, Here::of_channel>, Here::of_channel>(
              pass.input[sample] + c * Here::of_channel, moments, scale[c], shift[c],
              pass.output[sample] + c * Here::of_channel);
        if constexpr (Pass::training) {
          pass.saved()[sample][2 * group] = moments.mean;
          pass.saved()[sample][2 * group + 1] = moments.inverse;
        }
      }
      kernels::clear_padding(pass.output, sample);
    }
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    using T = typename Pass::T;
    using In = typename Pass::place::input_shape;
    constexpr std::size_t stride = simd::row_stride<T>(channels<In>);
    using Pack = typename Simd::template pack<T, channels<In>>;
    T* const scale_sums = pass.scratch;
    T* const shift_sums = scale_sums + simd::block_size<T>(1, channels<In>);
    kernels::begin_sums<Pack>(pass.template gradient_sink<0>(), scale_sums, stride);
    kernels::begin_sums<Pack>(pass.template gradient_sink<1>(), shift_sums, stride);
    for (std::size_t sample = 0; sample < pass.input.count; ++sample) {
      for (std::size_t group = 0; group < groups<In>; ++group)
        group_backward<Simd>(pass, sample, group, scale_sums, shift_sums);
      if constexpr (Pass::wants_input_gradient) kernels::clear_padding(pass.input_gradient, sample);
    }
    kernels::end_sums<Pack>(pass.template gradient_sink<0>(), scale_sums, stride);
    kernels::end_sums<Pack>(pass.template gradient_sink<1>(), shift_sums, stride);
  }

 private:
  template <class In>
  struct Extents {
    static constexpr std::size_t groups = GroupNorm::groups<In>;
    static constexpr std::size_t members = channels<In> / groups;
    static constexpr std::size_t of_channel = In::size / channels<In>;
    static constexpr std::size_t of_group = members * of_channel;
  };

  template <class Simd, class Pass>
  static constexpr void group_backward(const Pass& pass, std::size_t sample, std::size_t group,
                                       typename Pass::T* scale_sums, typename Pass::T* shift_sums) {
    using T = typename Pass::T;
    using Here = Extents<typename Pass::place::input_shape>;
    using Pack = typename Simd::template pack<T, Here::of_channel>;
    const T* const scale = pass.template parameter<0>().data;
    const T* const x = pass.input[sample];
    const T* const dy = pass.output_gradient[sample];
    const kernels::Moments<T> moments{pass.saved()[sample][2 * group], pass.saved()[sample][2 * group + 1]};
    T slopes = 0, along = 0;
    for (std::size_t c = group * Here::members; c < (group + 1) * Here::members; ++c) {
      const std::size_t at = c * Here::of_channel;
      const T shift_gradient = kernels::sum_of_row<Pack, Here::of_channel>(dy + at);
      const T scale_gradient = kernels::sum_of_normalized<Pack, Here::of_channel>(x + at, dy + at, moments);
      slopes += scale[c] * shift_gradient;
      along += scale[c] * scale_gradient;
      scale_sums[c] += scale_gradient;
      shift_sums[c] += shift_gradient;
    }
    if constexpr (Pass::wants_input_gradient) {
      constexpr T count = static_cast<T>(Here::of_group);
      for (std::size_t c = group * Here::members; c < (group + 1) * Here::members; ++c) {
        const std::size_t at = c * Here::of_channel;
        kernels::normalize_channel_gradient<Pack, Here::of_channel>(x + at, dy + at, moments, scale[c], slopes / count,
                                                                    along / count, pass.input_gradient[sample] + at);
      }
    }
  }
};

static_assert(Layer<GroupNorm<1>, Shape<2, 3, 3>>, "GroupNorm: must satisfy the layer concept");

}  // namespace cortexpr
