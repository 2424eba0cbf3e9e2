#pragma once

#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>

// What a convolution is, as numbers, and how large its arrays are.

namespace cortexpr::detail {

/// channels -> filters, in equal groups, by a window. A structural type: an argument of templates.
struct Convolution {
  std::size_t channels;
  std::size_t filters;
  std::size_t groups;
  kernels::Window window;

  constexpr bool groups_divide() const { return groups > 0 && channels % groups == 0 && filters % groups == 0; }
  constexpr std::size_t group_channels() const { return channels / groups; }
  constexpr std::size_t group_filters() const { return filters / groups; }
  /// The weights of a filter.
  constexpr std::size_t kernel_elements() const { return group_channels() * window.kernel_size(); }
  constexpr std::size_t weights() const { return filters * kernel_elements(); }
  constexpr std::size_t outputs() const { return filters * window.vertical.output() * window.horizontal.output(); }
  constexpr std::size_t macs() const { return outputs() * kernel_elements(); }

  /// Whether zeros surround the image.
  constexpr bool pads() const {
    return window.vertical.before + window.vertical.after + window.horizontal.before + window.horizontal.after > 0;
  }

  /// What the next part of a stream needs of this one; 0 without padding.
  constexpr std::size_t history() const {
    const bool streams = window.vertical.size == 1 && window.vertical.kernel == 1 && window.horizontal.causal();
    return streams ? channels * window.horizontal.before : 0;
  }

  // The elements of arrays; kernels/convolution/packed_image.hpp describes the layouts.
  /// [channels, window.channel_size()], and tail slack: the right padding of the last row, and one pack of over-read.
  constexpr std::size_t packed_image() const { return channels * window.channel_size() + 2 * kernels::row_slack; }
  /// [filters, padded_rows_stride()]: outputs with the padding between their rows.
  constexpr std::size_t padded_rows_stride() const { return kernels::padded_length(window.padded_rows()); }
  constexpr std::size_t padded_rows() const { return filters * padded_rows_stride(); }
  /// The same for dz, which zeros surround.
  constexpr std::size_t padded_dz_stride() const { return leading_zeros() + kernels::padded_length(window.phase_size()); }
  constexpr std::size_t padded_dz() const { return filters * padded_dz_stride() + kernels::row_slack; }
  /// Zeros before a filter's first element of dz: whole packs, so that the element is aligned.
  constexpr std::size_t leading_zeros() const { return kernels::padded_length(window.margin()); }
  /// [channels, phases, phase_stride()]
  constexpr std::size_t phase_stride() const { return kernels::padded_length(window.phase_size()); }
  constexpr std::size_t padded_dx() const { return channels * window.phases() * phase_stride() + kernels::row_slack; }
};

/// The geometry if it is possible, or else a placeholder that can be calculated with, so that only Check's sentence
/// appears.
constexpr Convolution possible(Convolution geometry) {
  const std::size_t groups = geometry.groups_divide() ? geometry.groups : 1;
  return {geometry.channels, geometry.filters, groups, possible(geometry.window)};
}

}  // namespace cortexpr::detail
