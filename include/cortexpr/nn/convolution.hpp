#pragma once

#include <cortexpr/kernels/correlate.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/planes.hpp>
#include <cortexpr/simd/backend.hpp>

#include <array>
#include <cstddef>

// What the layers that convolve have in common: each describes itself as a Convolution.

namespace cortexpr::detail {

/// channels -> filters, in equal groups, by a window.
struct Convolution {
  std::size_t channels;
  std::size_t filters;
  std::size_t groups;
  kernels::Window window;

  constexpr bool groups_divide() const { return groups > 0 && channels % groups == 0 && filters % groups == 0; }
  constexpr std::size_t group_channels() const { return channels / groups; }
  constexpr std::size_t group_filters() const { return filters / groups; }
  constexpr std::size_t taps() const { return group_channels() * window.taps(); }
  constexpr std::size_t outputs() const { return filters * window.vertical.output() * window.horizontal.output(); }
  constexpr std::size_t macs() const { return outputs() * taps(); }

  /// What of a stream has to be kept for the next part: with no padding, nothing.
  constexpr std::size_t history() const {
    const bool streams = window.vertical.size == 1 && window.vertical.kernel == 1 && window.horizontal.causal();
    return streams ? channels * window.horizontal.before : 0;
  }

  // What lies in scratch, in elements.
  constexpr std::size_t planes() const { return channels * window.channel() + kernels::run_slack; }
  /// From the gradient of one phase to the next.
  constexpr std::size_t back_distance() const { return kernels::padded_run(window.plane()); }
  /// From one filter's run of outputs to the next.
  constexpr std::size_t run_distance() const { return kernels::padded_run(window.run()); }
  /// The same for the gradients of outputs, which have zeros on all sides.
  constexpr std::size_t upstream_distance() const { return front() + kernels::padded_run(window.plane()); }
  /// Zeros before the first output; whole packs, so that the outputs are aligned.
  constexpr std::size_t front() const { return kernels::padded_run(window.margin()); }
};

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
          shifts[at] = kernels::padded_run(window.margin()) - window.vertical.shift(y) * window.row() -
                       window.horizontal.shift(x);
          ++at;
        }
  }
};

/// What passes are made of: sample by sample, with a weight [filters, taps].
template <Convolution g>
struct ConvolutionSteps {
  static constexpr kernels::Window window = g.window;

  // What lies in scratch, in elements.
  template <class T>
  static constexpr std::size_t planes = simd::block_size<T>(1, g.planes());
  template <class T>
  static constexpr std::size_t runs = simd::block_size<T>(1, g.filters* g.run_distance());
  template <class T>
  static constexpr std::size_t back_runs =
      simd::block_size<T>(1, g.channels* window.phases() * g.back_distance() + kernels::run_slack);
  template <class T>
  static constexpr std::size_t slopes = simd::block_size<T>(1, g.filters* g.upstream_distance() + kernels::run_slack);
  template <class T>
  static constexpr std::size_t gradient = simd::block_size<T>(1, g.filters* g.taps());
  template <class T>
  static constexpr std::size_t turned = simd::block_size<T>(1, g.filters* g.taps());

  /// Where each tap sees the planes of a channel.
  static constexpr std::array<std::size_t, g.window.taps()> shifts = [] {
    std::array<std::size_t, window.taps()> result{};
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.kernel; ++x)
        result[y * window.horizontal.kernel + x] = window.shift(y, x);
    return result;
  }();

  template <class T>
  static constexpr auto seen_by(const T* planes_data, std::size_t group) {
    return kernels::ShiftedPlanes<T, window.taps()>{planes_data + group * g.group_channels() * window.channel(),
                                                    window.channel(), shifts};
  }

  /// Planes -> runs of outputs. A bias of nullptr is 0.
  template <class Simd, class T, class Weight>
  static constexpr void correlate(const T* planes_data, Weight weight, const T* bias, T* runs_data) {
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      kernels::correlate<Simd, g.group_filters(), g.group_channels(), window.run(), Weight::stride>(
          seen_by(planes_data, group), weight[first], bias == nullptr ? bias : bias + first,
          runs_data + first * g.run_distance(), g.run_distance());
    }
  }

  /// weight [filters, taps] -> for each phase and group, [group channels][group filters][taps of the phase]
  template <class Weight, class T>
  static constexpr void turn_weights(Weight weight, T* to) {
    kernels::detail::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr PhaseTaps<window, PhaseY, PhaseX> taps;
      for (std::size_t group = 0; group < g.groups; ++group)
        for (std::size_t c = 0; c < g.group_channels(); ++c)
          for (std::size_t f = 0; f < g.group_filters(); ++f)
            for (const std::size_t position : taps.positions)
              *to++ = weight[group * g.group_filters() + f][c * window.taps() + position];
    });
  }

  /// The gradients of the planes: what each tap has seen is given the gradient of what it made.
  template <class Simd, class T>
  static constexpr void correlate_back(const T* slopes_data, const T* turned_weights, T* to) {
    kernels::detail::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      using Taps = PhaseTaps<window, PhaseY, PhaseX>;
      constexpr Taps taps;
      constexpr std::size_t phase = PhaseY * window.horizontal.phases() + PhaseX;
      constexpr std::size_t begin = window.run_begin(PhaseY);
      constexpr std::size_t end = window.run_end(PhaseY);
      constexpr std::size_t length = g.group_filters() * Taps::count;
      constexpr std::size_t distance = window.phases() * g.back_distance();  // between channels
      T* const phase_runs = to + phase * g.back_distance();
      if constexpr (begin < end && Taps::count > 0) {
        for (std::size_t group = 0; group < g.groups; ++group) {
          kernels::correlate<Simd, g.group_channels(), g.group_filters(), end - begin, length>(
              kernels::ShiftedPlanes<T, Taps::count>{
                  slopes_data + group * g.group_filters() * g.upstream_distance() + begin, g.upstream_distance(),
                  taps.shifts},
              turned_weights + group * g.group_channels() * length, nullptr,
              phase_runs + group * g.group_channels() * distance, distance);
        }
      } else {
        for (std::size_t c = 0; c < g.channels; ++c) kernels::fill(phase_runs + c * distance, g.back_distance(), T(0));
      }
      turned_weights += g.channels * length;
    });
  }

  /// Adds a sample's part to the weight's gradient, [taps, filters]: what a tile adds lies side by side.
  template <class Simd, class T>
  static constexpr void add_gradient(const T* planes_data, const T* slopes_data, T* sums) {
    for (std::size_t group = 0; group < g.groups; ++group) {
      const std::size_t first = group * g.group_filters();
      kernels::correlate_gradient<Simd, g.group_filters(), g.group_channels(), window.run()>(
          seen_by(planes_data, group), slopes_data + g.front() + first * g.upstream_distance(), g.upstream_distance(),
          sums + first, g.filters);
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
  template <class Simd, class T, class Action>
  static constexpr void for_each_filter(Action action) {
    constexpr std::size_t stride = simd::row_stride<T>(g.taps());
    alignas(simd::block_alignment<T>) T weights[stride]{};
    for (std::size_t f = 0; f < g.filters; ++f)
      action.template operator()<typename Simd::template pack<T, g.taps()>>(f, f * stride, weights);
  }
};

}  // namespace cortexpr::detail
