#pragma once

#include <cortexpr/kernels/convolution/window.hpp>

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
  constexpr std::size_t taps() const { return group_channels() * window.kernel_size(); }
  constexpr std::size_t outputs() const { return filters * window.vertical.output() * window.horizontal.output(); }
  constexpr std::size_t macs() const { return outputs() * taps(); }

  /// What of a stream has to be kept for the next part: with no padding, nothing.
  constexpr std::size_t history() const {
    const bool streams = window.vertical.size == 1 && window.vertical.kernel == 1 && window.horizontal.causal();
    return streams ? channels * window.horizontal.before : 0;
  }

  // What lies in scratch, in elements.
  /// After the last row come the zeros to its right, which other rows have from the next, and what packs look at beyond.
  constexpr std::size_t planes() const { return channels * window.channel_size() + 2 * kernels::row_slack; }
  /// From the gradient of one phase to the next.
  constexpr std::size_t back_distance() const { return kernels::padded_length(window.phase_size()); }
  /// From one filter's run of outputs to the next.
  constexpr std::size_t run_distance() const { return kernels::padded_length(window.padded_rows()); }
  /// The same for the gradients of outputs, which have zeros on all sides.
  constexpr std::size_t upstream_distance() const { return front() + kernels::padded_length(window.phase_size()); }
  /// Zeros before the first output; whole packs, so that the outputs are aligned.
  constexpr std::size_t front() const { return kernels::padded_length(window.margin()); }
};

}  // namespace cortexpr::detail
