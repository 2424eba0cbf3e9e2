#pragma once

#include <array>
#include <cstddef>

// The geometry of convolutions and pooling, for the compiler. To a kernel an image is planes of which every tap of the
// window sees a shifted copy:
//
//   - A plane is surrounded by the zeros that padding asks for, and its rows lie one after the other, so that one long
//     run of lanes goes through all rows. Where the run crosses from a row to the next it calculates what nobody asked
//     for; that is dropped.
//   - With a stride of s, what lies s apart is put side by side, in s x s planes called phases. The window then moves
//   by
//     one in each, and strides and dilations need no kernels of their own.

namespace cortexpr::kernels {

/// What a run may look at or write beyond its end: part of the widest pack.
inline constexpr std::size_t run_slack = 16;

/// How a window moves along one axis. A structural type: an argument of templates.
struct Axis {
  std::size_t size;  ///< of the image
  std::size_t kernel;
  std::size_t stride = 1;
  std::size_t dilation = 1;
  std::size_t before = 0;  ///< padding
  std::size_t after = 0;

  /// Whether the window is there and gets forward.
  constexpr bool moves() const { return kernel > 0 && stride > 0 && dilation > 0; }
  constexpr std::size_t reach() const { return dilation * (kernel - 1) + 1; }
  constexpr bool fits() const { return reach() <= before + size + after; }
  constexpr std::size_t output() const { return (before + size + after - reach()) / stride + 1; }
  /// Whether each element of the image makes an output, from itself and what came before it.
  constexpr bool causal() const { return stride == 1 && after == 0 && before == reach() - 1; }

  /// Phases that taps fall on; there are no more than `stride`.
  constexpr std::size_t phases() const { return stride < reach() ? stride : reach(); }
  constexpr std::size_t phase(std::size_t tap) const { return dilation * tap % stride; }
  /// How far a tap lies behind the window's first element, in its phase.
  constexpr std::size_t shift(std::size_t tap) const { return dilation * tap / stride; }
  /// The largest shift.
  constexpr std::size_t margin() const { return shift(kernel - 1); }

  constexpr std::size_t shared_padding() const {
    const std::size_t less = before < after ? before : after;
    return stride > 1 ? 0 : less < run_slack ? less : run_slack;
  }

  /// The elements of a phase that lie in the image, not in its padding: the first, and the end.
  constexpr std::size_t begin(std::size_t phase) const {
    return phase >= before ? 0 : (before - phase + stride - 1) / stride;
  }
  constexpr std::size_t end(std::size_t phase) const {
    const std::size_t inside = before + size > phase ? (before + size - phase + stride - 1) / stride : 0;
    return inside < output() + margin() ? inside : output() + margin();
  }
  /// Where an element of a phase lies in the image.
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
  constexpr std::size_t taps() const { return vertical.kernel * horizontal.kernel; }
  constexpr std::size_t phases() const { return vertical.phases() * horizontal.phases(); }
  /// The distance between rows of a plane. The padding to a row's right is also the one to the next row's left.
  constexpr std::size_t row() const { return horizontal.output() + horizontal.margin() - horizontal.shared_padding(); }
  constexpr std::size_t rows() const { return vertical.output() + vertical.margin(); }
  constexpr std::size_t plane() const { return rows() * row(); }
  /// All phases of a channel.
  constexpr std::size_t channel() const { return phases() * plane(); }
  /// How far a run goes from the first output to the last.
  constexpr std::size_t run() const { return (vertical.output() - 1) * row() + horizontal.output(); }
  /// The rows of a phase that lie in the image, as a part of the plane.
  constexpr std::size_t run_begin(std::size_t row_phase) const { return vertical.begin(row_phase) * row(); }
  constexpr std::size_t run_end(std::size_t row_phase) const { return vertical.end(row_phase) * row(); }
  /// The largest shift.
  constexpr std::size_t margin() const { return vertical.margin() * row() + horizontal.margin(); }

  /// Where the tap of this row and column of the kernel sees the first output's element, in the channel.
  constexpr std::size_t shift(std::size_t row_tap, std::size_t column_tap) const {
    const std::size_t phase = vertical.phase(row_tap) * horizontal.phases() + horizontal.phase(column_tap);
    return phase * plane() + vertical.shift(row_tap) * row() + horizontal.shift(column_tap);
  }
};

/// Where each tap, row by row, sees the first output's element.
template <Window window>
inline constexpr std::array<std::size_t, window.taps()> shifts_of = [] {
  std::array<std::size_t, window.taps()> result{};
  for (std::size_t y = 0; y < window.vertical.kernel; ++y)
    for (std::size_t x = 0; x < window.horizontal.kernel; ++x)
      result[y * window.horizontal.kernel + x] = window.shift(y, x);
  return result;
}();

/// The length of a run in whole partial sums (accumulation.hpp).
constexpr std::size_t padded_run(std::size_t run) { return (run + run_slack - 1) / run_slack * run_slack; }

}  // namespace cortexpr::kernels
