#pragma once

#include <cortexpr/kernels/convolution/correlate.hpp>
#include <cortexpr/kernels/convolution/correlate_channel_lanes.hpp>
#include <cortexpr/kernels/convolution/correlate_gradient.hpp>
#include <cortexpr/kernels/convolution/correlate_gradient_channel_lanes.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/product/transpose.hpp>
#include <cortexpr/nn/convolution.hpp>
#include <cortexpr/nn/memory.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>

namespace cortexpr::detail {

/// The taps of a window that fall on one phase, in their order.
template <kernels::Window window, std::size_t PhaseY, std::size_t PhaseX>
struct PhaseTaps {
  static constexpr std::size_t count_along(kernels::Axis axis, std::size_t phase) {
    std::size_t result = 0;
    for (std::size_t tap = 0; tap < axis.kernel; ++tap)
      if (axis.phase(tap) == phase) ++result;
    return result;
  }
  static constexpr std::size_t count = count_along(window.vertical, PhaseY) * count_along(window.horizontal, PhaseX);

  /// Each tap's position in the kernel, and how far back it sees the output that it made.
  std::array<std::size_t, count> positions{};
  std::array<std::size_t, count> shifts{};

  constexpr PhaseTaps() {
    std::size_t at = 0;
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.kernel; ++x)
        if (window.vertical.phase(y) == PhaseY && window.horizontal.phase(x) == PhaseX) {
          positions[at] = y * window.horizontal.kernel + x;
          shifts[at] = kernels::padded_length(window.margin()) - window.vertical.shift(y) * window.row_stride() -
                       window.horizontal.shift(x);
          ++at;
        }
  }
};

/// What passes are made of: sample by sample, with a weight [filters, taps].
template <Convolution g>
struct ConvolutionSteps {
  static constexpr kernels::Window window = g.window;

  // Correlations write rows where they belong, or runs, of which rows are then copied.
  static constexpr kernels::OutputRows rows =
      kernels::rows_of_image(window.vertical.output(), window.horizontal.output(), window.row_stride());
  static constexpr kernels::OutputRows back_rows =
      kernels::rows_of_image(window.vertical.size, window.horizontal.size, window.row_stride());
  template <class T>
  static constexpr bool by_rows = kernels::image_rows_pay<T>(rows, window.padded_rows(), g.taps());
  // Or places, whose outputs are lanes.
  template <class T>
  static constexpr bool by_outputs = kernels::channel_lanes_pay<T>(g.group_filters(), rows, window.padded_rows(), g.taps());
  template <class Simd, class T>
  static constexpr bool goes_by_outputs = by_outputs<T> && !kernels::uses_scalar_loops<Simd>;
  static constexpr bool gradient_by_outputs = kernels::gradient_channel_lanes_pay(g.group_filters(), window, g.taps());
  template <class T>
  static constexpr bool back_by_rows =
      kernels::covers_image<window>() &&
      kernels::image_rows_pay<T>(back_rows, window.image_end(0) - window.image_begin(0), g.group_filters() * window.kernel_size());

  // What lies in scratch, in elements.
  template <class T>
  static constexpr std::size_t planes = simd::block_size<T>(1, g.planes());
  template <class T>
  static constexpr std::size_t weights_by_output = by_outputs<T> ? simd::block_size<T>(1, g.filters* g.taps()) : 0;
  template <class T>
  static constexpr std::size_t runs =
      larger(by_rows<T> ? 0 : simd::block_size<T>(1, g.filters* g.run_distance()),
             by_outputs<T> ? weights_by_output<T> + simd::block_size<T>(1, g.outputs()) : 0);
  template <class T>
  static constexpr std::size_t back_runs =
      back_by_rows<T> ? 0
                      : simd::block_size<T>(1, g.channels* window.phases() * g.back_distance() + kernels::row_slack);
  template <class T>
  static constexpr std::size_t slopes = simd::block_size<T>(1, g.filters* g.upstream_distance() + kernels::row_slack);
  template <class T>
  static constexpr std::size_t gradient = simd::block_size<T>(1, g.filters* g.taps());
  template <class T>
  static constexpr std::size_t slopes_by_output =
      gradient_by_outputs ? simd::block_size<T>(1, kernels::padded_length(window.padded_rows()) * g.filters) : 0;
  template <class T>
  static constexpr std::size_t turned = simd::block_size<T>(1, g.filters* g.taps());

  template <class T>
  static constexpr auto seen_by(const T* planes_data, std::size_t group) {
    return kernels::PackedImage<T, window.kernel_size()>{planes_data + group * g.group_channels() * window.channel_size(),
                                                    window.channel_size(), kernels::kernel_shifts<window>};
  }

  /// What `correlate` wants in runs_data, where the outputs are lanes.
  template <class Simd, class Weight, class T>
  static constexpr void begin_correlate(Weight weight, T* runs_data) {
    if constexpr (goes_by_outputs<Simd, T>)
      for (std::size_t group = 0; group < g.groups; ++group)
        kernels::transpose<Simd, g.group_filters(), g.taps()>(weight[group * g.group_filters()], Weight::stride,
                                                              runs_data + group * g.group_filters() * g.taps(),
                                                              g.group_filters());
  }

  /// to = function(correlation with planes), by way of runs_data. A bias of nullptr is 0.   Shapes: to [filters, H', W']
  template <class Simd, class T, class Weight, class Function = kernels::Unchanged>
  static constexpr void correlate(const T* planes_data, Weight weight, const T* bias, T* runs_data, T* to,
                                  Function function = {}) {
    const auto each_group = [&]<kernels::OutputRows rows>(T* results, std::size_t distance, auto of_results) {
      for (std::size_t group = 0; group < g.groups; ++group) {
        const std::size_t first = group * g.group_filters();
        kernels::correlate<Simd, g.group_filters(), g.group_channels(), rows, Weight::stride>(
            seen_by(planes_data, group), weight[first], bias == nullptr ? bias : bias + first,
            results + first * distance, distance, group + 1 == g.groups, of_results);
      }
    };
    if constexpr (goes_by_outputs<Simd, T>) {
      T* const places = runs_data + weights_by_output<T>;
      for (std::size_t group = 0; group < g.groups; ++group) {
        const std::size_t first = group * g.group_filters();
        kernels::correlate_channel_lanes<Simd, g.group_filters(), g.group_channels(), rows>(
            seen_by(planes_data, group), runs_data + first * g.taps(), bias == nullptr ? bias : bias + first,
            places + first, g.filters, function);
      }
      kernels::transpose<Simd, rows.count * rows.length, g.filters>(places, g.filters, to, rows.count * rows.length);
    } else if constexpr (by_rows<T>) {
      each_group.template operator()<rows>(to, window.vertical.output() * window.horizontal.output(), function);
    } else {
      each_group.template operator()<kernels::OutputRows::padded(window.padded_rows())>(runs_data, g.run_distance(),
                                                                             kernels::Unchanged{});
      kernels::compact<Simd, window>(runs_data, g.run_distance(), g.filters, to, function);
    }
  }

  /// weight [filters, taps] -> for each phase and group, [group channels][group filters][taps of the phase]
  template <class Weight, class T>
  static constexpr void turn_weights(Weight weight, T* to) {
    kernels::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr PhaseTaps<window, PhaseY, PhaseX> taps;
      for (std::size_t group = 0; group < g.groups; ++group)
        for (std::size_t c = 0; c < g.group_channels(); ++c)
          for (std::size_t f = 0; f < g.group_filters(); ++f)
            for (const std::size_t position : taps.positions)
              *to++ = weight[group * g.group_filters() + f][c * window.kernel_size() + position];
    });
  }

  /// The gradient of the image, by way of runs_data: what each tap has seen is given the gradient of what it made.
  /// Shapes:  to [channels, H, W]
  template <class Simd, class T>
  static constexpr void correlate_back(const T* slopes_data, const T* turned_weights, T* runs_data, T* to) {
    if constexpr (back_by_rows<T>) {
      correlate_phase<Simd, back_rows, 0, 0>(slopes_data, window.image_begin(0) + window.horizontal.begin(0),
                                             turned_weights, to, window.vertical.size * window.horizontal.size);
    } else {
      kernels::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
        constexpr std::size_t phase = PhaseY * window.horizontal.phases() + PhaseX;
        constexpr std::size_t begin = window.image_begin(PhaseY), end = window.image_end(PhaseY);
        constexpr std::size_t count = PhaseTaps<window, PhaseY, PhaseX>::count;
        constexpr std::size_t distance = window.phases() * g.back_distance();  // between channels
        T* const phase_runs = runs_data + phase * g.back_distance();
        if constexpr (begin < end && count > 0)
          correlate_phase<Simd, kernels::OutputRows::padded(end - begin), PhaseY, PhaseX>(
              slopes_data, begin, turned_weights, phase_runs, distance);
        else
          for (std::size_t c = 0; c < g.channels; ++c)
            kernels::fill(phase_runs + c * distance, g.back_distance(), T(0));
        turned_weights += g.channels * g.group_filters() * count;
      });
      kernels::unpack_padded_rows<Simd, window>(runs_data, g.back_distance(), g.channels, to);
    }
  }

  /// Adds a sample's part to the weight's gradient, [taps, filters]: what a tile adds lies side by side.
  template <class Simd, class T>
  static constexpr void add_gradient(const T* planes_data, const T* slopes_data, T* by_output, T* sums) {
    const T* const upstream = slopes_data + g.front();
    if constexpr (gradient_by_outputs)
      kernels::transpose<Simd, g.filters, kernels::padded_length(window.padded_rows())>(upstream, g.upstream_distance(), by_output,
                                                                             g.filters);
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      const auto seen = seen_by(planes_data, group);
      if constexpr (gradient_by_outputs)
        kernels::correlate_gradient_channel_lanes<Simd, g.group_filters(), g.group_channels(), window>(
            seen.data, by_output + first, g.filters, sums + first, g.filters);
      else
        kernels::correlate_gradient<Simd, g.group_filters(), g.group_channels(), window.padded_rows()>(
            seen, upstream + first * g.upstream_distance(), g.upstream_distance(), sums + first, g.filters);
    }
  }

  /// Between that gradient and the sink's, [filters, taps] in padded rows.
  template <class Simd, class Sink, class T>
  static constexpr void begin_gradient(const Sink& sink, T* sums) {
    for_each_filter<Simd, T>([&]<class Pack>(std::size_t f, std::size_t row, T* weights) {
      for (std::size_t i = 0; i < g.taps(); i += Pack::lanes) sink.template begin<Pack>(row + i).store(weights + i);
      for (std::size_t i = 0; i < g.taps(); ++i) sums[i * g.filters + f] = weights[i];
    });
  }
  template <class Simd, class Sink, class T>
  static constexpr void end_gradient(const Sink& sink, const T* sums) {
    for_each_filter<Simd, T>([&]<class Pack>(std::size_t f, std::size_t row, T* weights) {
      for (std::size_t i = 0; i < g.taps(); ++i) weights[i] = sums[i * g.filters + f];
      for (std::size_t i = 0; i < g.taps(); i += Pack::lanes) sink.template end<Pack>(row + i, Pack::load(weights + i));
    });
  }

 private:
  /// From `offset` in the slopes on, which lie between zeros.
  template <class Simd, kernels::OutputRows rows, std::size_t PhaseY, std::size_t PhaseX, class T>
  static constexpr void correlate_phase(const T* slopes_data, std::size_t offset, const T* turned_weights, T* to,
                                        std::size_t distance) {
    constexpr PhaseTaps<window, PhaseY, PhaseX> taps;
    constexpr std::size_t length = g.group_filters() * taps.count;
    const std::size_t begin = offset < g.front() ? g.front() - offset : 0;
    const std::size_t end = offset < g.front() + window.padded_rows() ? g.front() + window.padded_rows() - offset : 0;
    for (std::size_t group = 0; group < g.groups; ++group)
      kernels::correlate<Simd, g.group_channels(), g.group_filters(), rows, length>(
          kernels::PackedImage<T, taps.count>{
              slopes_data + offset + group * g.group_filters() * g.upstream_distance(), g.upstream_distance(),
              taps.shifts, begin, end},
          turned_weights + group * g.group_channels() * length, nullptr, to + group * g.group_channels() * distance,
          distance, group + 1 == g.groups, kernels::Unchanged{});
  }

  template <class Simd, class T, class Action>
  static constexpr void for_each_filter(Action action) {
    constexpr std::size_t stride = simd::row_stride<T>(g.taps());
    alignas(simd::block_alignment<T>) T weights[stride]{};
    for (std::size_t f = 0; f < g.filters; ++f)
      action.template operator()<typename Simd::template pack<T, g.taps()>>(f, f * stride, weights);
  }
};

}  // namespace cortexpr::detail
