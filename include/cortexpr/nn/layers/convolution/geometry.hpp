#pragma once

#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>

// The parameters of a convolution, and the sizes of its arrays.

namespace cortexpr::detail {

/// A convolution from `channels` to `filters`, in equal groups, with a window. It is a structural type, so that it can
/// be a template argument.
struct Convolution {
  std::size_t channels;
  std::size_t filters;
  std::size_t groups;
  kernels::Window window;

  constexpr bool groups_divide() const { return groups > 0 && channels % groups == 0 && filters % groups == 0; }
  constexpr std::size_t group_channels() const { return channels / groups; }
  constexpr std::size_t group_filters() const { return filters / groups; }
  /// The number of weights of a filter.
  constexpr std::size_t kernel_elements() const { return group_channels() * window.kernel_size(); }
  constexpr std::size_t weights() const { return filters * kernel_elements(); }
  constexpr std::size_t outputs() const { return filters * window.vertical.output() * window.horizontal.output(); }
  constexpr std::size_t macs() const { return outputs() * kernel_elements(); }

  /// Whether zeros surround the image.
  constexpr bool pads() const {
    return window.vertical.before + window.vertical.after + window.horizontal.before + window.horizontal.after > 0;
  }

  /// The elements of the stream state: the end of a part that the next part needs. 0 if the window is not causal.
  constexpr std::size_t history() const {
    const bool streams = window.vertical.size == 1 && window.vertical.kernel == 1 && window.horizontal.causal();
    return streams ? channels * window.horizontal.before : 0;
  }

  // The sizes of arrays, in elements. kernels/convolution/packed_image.hpp describes the layouts.
  /// [channels, window.channel_size()], then slack for the right padding of the last row and for reads of whole packs.
  constexpr std::size_t packed_image() const { return channels * window.channel_size() + 2 * kernels::row_slack; }
  /// [filters, padded_rows_stride()]: outputs with the padding between their rows.
  constexpr std::size_t padded_rows_stride() const { return kernels::padded_length(window.padded_rows()); }
  constexpr std::size_t padded_rows() const { return filters * padded_rows_stride(); }
  /// The same for dz, with zeros before and after it.
  constexpr std::size_t padded_dz_stride() const {
    return leading_zeros() + kernels::padded_length(window.phase_size());
  }
  constexpr std::size_t padded_dz() const { return filters * padded_dz_stride() + kernels::row_slack; }
  /// Zeros before a filter's first element of dz: whole packs, so that the element is aligned.
  constexpr std::size_t leading_zeros() const { return kernels::padded_length(window.margin()); }
  /// [channels, phases, phase_stride()]
  constexpr std::size_t phase_stride() const { return kernels::padded_length(window.phase_size()); }
  constexpr std::size_t padded_dx() const { return channels * window.phases() * phase_stride() + kernels::row_slack; }
};

/// The geometry if it is valid, or a placeholder, so that only the sentence of Check appears.
constexpr Convolution possible(Convolution geometry) {
  const std::size_t groups = geometry.groups_divide() ? geometry.groups : 1;
  return {geometry.channels, geometry.filters, groups, possible(geometry.window)};
}

}  // namespace cortexpr::detail
