#pragma once

#include <cortexpr/config.hpp>

#include <array>
#include <cstddef>

// The geometry of convolutions and pooling, and the layout of a packed image, in which every kernel element of the
// window meets a shifted copy of the image:
//
//   - The image is surrounded by the zeros of the padding, and its rows lie one after the other. Lanes can go through
//   all
//     padded rows in one loop; the results between the end of a row and the next row are dropped.
//   - With a stride of s, elements that lie s apart in the image are neighbours in the packed image, which consists of
//   s x s
//     images called phases. In each phase the window moves by one, so kernels need no code for strides and dilations.

namespace cortexpr::kernels {

/// How many elements kernels may read or write beyond the end of padded rows: less than the widest pack.
inline constexpr std::size_t row_slack = 16;

/// How a window moves along one axis. A structural type, so that it can be a template argument.
struct Axis {
  std::size_t size;  ///< of the image
  std::size_t kernel;
  std::size_t stride = 1;
  std::size_t dilation = 1;
  std::size_t before = 0;  ///< padding before the first element
  std::size_t after = 0;   ///< padding after the last element

  /// Whether kernel, stride and dilation are at least 1, which all functions below require.
  constexpr bool moves() const { return kernel > 0 && stride > 0 && dilation > 0; }
  /// The size of the kernel including the gaps of the dilation.
  constexpr std::size_t dilated_kernel() const { return dilation * (kernel - 1) + 1; }
  constexpr bool fits() const { return dilated_kernel() <= before + size + after; }
  constexpr std::size_t output() const { return (before + size + after - dilated_kernel()) / stride + 1; }
  /// Whether there is one output per element, which depends on this element and earlier ones only.
  constexpr bool causal() const { return stride == 1 && after == 0 && before == dilated_kernel() - 1; }

  /// The number of phases that kernel elements belong to, at most `stride`.
  constexpr std::size_t phases() const { return stride < dilated_kernel() ? stride : dilated_kernel(); }
  constexpr std::size_t phase(std::size_t element) const { return dilation * element % stride; }
  /// The offset of a kernel element from the first element of the window, inside its phase.
  constexpr std::size_t shift(std::size_t element) const { return dilation * element / stride; }
  /// The largest shift.
  constexpr std::size_t margin() const { return shift(kernel - 1); }

  /// How much padding a row shares with the next one.
  constexpr std::size_t shared_padding() const {
    const std::size_t less = before < after ? before : after;
    return stride > 1 ? 0 : less < row_slack ? less : row_slack;
  }

  /// The range [begin, end) of the elements of a phase that lie in the image and not in its padding.
  constexpr std::size_t begin(std::size_t phase) const {
    return phase >= before ? 0 : (before - phase + stride - 1) / stride;
  }
  constexpr std::size_t end(std::size_t phase) const {
    const std::size_t inside = before + size > phase ? (before + size - phase + stride - 1) / stride : 0;
    return inside < output() + margin() ? inside : output() + margin();
  }
  /// The position in the image of an element of a phase.
  constexpr std::size_t source(std::size_t phase, std::size_t element) const {
    return element * stride + phase - before;
  }
};

/// A window over an image of one channel.
struct Window {
  Axis vertical;
  Axis horizontal;

  constexpr bool moves() const { return vertical.moves() && horizontal.moves(); }
  constexpr bool fits() const { return vertical.fits() && horizontal.fits(); }
  constexpr std::size_t kernel_size() const { return vertical.kernel * horizontal.kernel; }
  constexpr std::size_t phases() const { return vertical.phases() * horizontal.phases(); }
  /// The row stride of a phase. The padding at the end of a row is also the padding before the next one.
  constexpr std::size_t row_stride() const {
    return horizontal.output() + horizontal.margin() - horizontal.shared_padding();
  }
  constexpr std::size_t rows() const { return vertical.output() + vertical.margin(); }
  constexpr std::size_t phase_size() const { return rows() * row_stride(); }
  /// The size of a channel of the packed image: all its phases.
  constexpr std::size_t channel_size() const { return phases() * phase_size(); }
  /// The number of positions from the first output to the last along the padded rows.
  constexpr std::size_t padded_rows() const { return (vertical.output() - 1) * row_stride() + horizontal.output(); }
  /// The range of a phase that holds rows of the image, from the first of these rows to the end of the last.
  constexpr std::size_t image_begin(std::size_t row_phase) const { return vertical.begin(row_phase) * row_stride(); }
  constexpr std::size_t image_end(std::size_t row_phase) const { return vertical.end(row_phase) * row_stride(); }
  /// The largest shift.
  constexpr std::size_t margin() const { return vertical.margin() * row_stride() + horizontal.margin(); }

  /// The position, in a channel of the packed image, that the kernel element (row, column) meets for the first output.
  /// For the output at position p it meets this position + p.
  constexpr std::size_t shift(std::size_t row, std::size_t column) const {
    const std::size_t phase = vertical.phase(row) * horizontal.phases() + horizontal.phase(column);
    return phase * phase_size() + vertical.shift(row) * row_stride() + horizontal.shift(column);
  }
};

/// The same window without padding, over an image that has it.
constexpr Window unpadded(Window window) {
  for (Axis* const axis : {&window.vertical, &window.horizontal}) {
    axis->size += axis->before + axis->after;
    axis->before = axis->after = 0;
  }
  return window;
}

/// The shifts of all kernel elements, row by row.
template <Window window>
inline constexpr std::array<std::size_t, window.kernel_size()> kernel_shifts = [] {
  std::array<std::size_t, window.kernel_size()> result{};
  for (std::size_t y = 0; y < window.vertical.kernel; ++y)
    for (std::size_t x = 0; x < window.horizontal.kernel; ++x)
      result[y * window.horizontal.kernel + x] = window.shift(y, x);
  return result;
}();

/// `length` rounded up to a multiple of the 16 partial sums of a row (order/accumulation.hpp).
constexpr std::size_t padded_length(std::size_t length) { return (length + row_slack - 1) / row_slack * row_slack; }

}  // namespace cortexpr::kernels
