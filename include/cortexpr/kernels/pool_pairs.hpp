#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/pool.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Pooling by windows two wide that lie side by side and cover the image: the commonest, and, without planes, the
// fastest (2x2 over 28x28: a fifth of the time). Rows of the image are read where they are, and their even and odd
// elements parted in registers.

namespace cortexpr::kernels {

constexpr bool covers_by_pairs(Window window) {
  const Axis down = window.vertical, across = window.horizontal;
  const bool unpadded = down.before + down.after + across.before + across.after == 0;
  return unpadded && across.kernel == 2 && across.stride == 2 && down.kernel == down.stride && across.dilation == 1 &&
         down.dilation == 1 && across.size == 2 * across.output() && down.size == down.stride * down.output();
}

namespace detail {

/// Calls action.template operator()<P>(x) for the packs of a row of outputs. A row that is shorter than a pack is one
/// pack, which goes beyond the row's end; what whole packs leave over is done element by element.
template <class Pack, std::size_t Outputs, class Action>
CORTEXPR_INLINE constexpr void for_each_output_pack(Action action) {
  using One = simd::Pack<typename Pack::value_type, 1>;
  constexpr std::size_t whole = Outputs < Pack::lanes ? Pack::lanes : Outputs / Pack::lanes * Pack::lanes;
  for (std::size_t x = 0; x < whole; x += Pack::lanes) action.template operator()<Pack>(x);
  for (std::size_t x = whole; x < Outputs; ++x) action.template operator()<One>(x);
}

/// A pack of a row that two parts are taken from: in a register, because GCC would read it again for each of them.
template <class Pack, class T>
CORTEXPR_INLINE constexpr Pack load_once(const T* from) {
  if constexpr (Pack::lanes == 1)
    return Pack::load(from);
  else
    return opaque(Pack::load_unaligned(from));
}

/// One row of outputs.   Shapes: rows [kernel height, W], `distance` apart -> joined [W / 2]
template <class Pack, class Join, Window window, class T>
CORTEXPR_INLINE constexpr void pool_row(const T* rows, std::size_t distance, T* joined) {
  for_each_output_pack<Pack, window.horizontal.output()>([&]<class P>(std::size_t x) {
    P result = P::zero();
    CORTEXPR_UNROLL for (std::size_t y = 0; y < window.vertical.kernel; ++y) {
      const T* const from = rows + y * distance + 2 * x;
      const P first = load_once<P>(from), second = load_once<P>(from + P::lanes);
      const P even = even_lanes(first, second);
      result = Join::join(y == 0 ? even : Join::join(result, even), odd_lanes(first, second));
    }
    result.store_unaligned(joined + x);
  });
}

/// The way back.   Shapes: rows, gradient [kernel height, W], `distance` apart; joined, slopes [W / 2]
template <class Pack, class Join, Window window, class T>
CORTEXPR_INLINE constexpr void pool_row_gradient(const T* rows, std::size_t distance, const T* joined, const T* slopes,
                                                 T* gradient) {
  for_each_output_pack<Pack, window.horizontal.output()>([&]<class P>(std::size_t x) {
    const P result = P::load_unaligned(joined + x);
    P left = P::load_unaligned(slopes + x);
    CORTEXPR_UNROLL for (std::size_t y = 0; y < window.vertical.kernel; ++y) {
      const T* const from = rows + y * distance + 2 * x;
      T* const to = gradient + y * distance + 2 * x;
      const P first = load_once<P>(from), second = load_once<P>(from + P::lanes);
      const P even = Join::share(even_lanes(first, second), result, left);
      const P odd = Join::share(odd_lanes(first, second), result, left);
      zip_lower(even, odd).store_unaligned(to);
      zip_upper(even, odd).store_unaligned(to + P::lanes);
    }
  });
}

/// Calls action(row of outputs, is the last) for all rows of all channels. What a pack writes beyond the end of a row
/// is overwritten next; after the last row there is nothing that may be touched.
template <Window window, class Action>
constexpr void for_each_output_row(std::size_t channels, Action action) {
  const std::size_t rows = channels * window.vertical.output();
  for (std::size_t row = 0; row + 1 < rows; ++row) action(row, false);
  action(rows - 1, true);
}

/// Room for the last rows where a pack is longer than a row.
template <class Pack, Window window>
struct LastRows {
  using T = typename Pack::value_type;
  static constexpr std::size_t outputs = Pack::lanes;
  static constexpr std::size_t distance = 2 * outputs;
  T image[window.vertical.kernel * distance]{};
  T gradient[window.vertical.kernel * distance]{};
  T joined[outputs]{};
  T slopes[outputs]{};

  constexpr void read(const T* from) {
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.size && x < distance; ++x)
        image[y * distance + x] = from[y * window.horizontal.size + x];
  }
  constexpr void write_gradient(T* to) const {
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.size && x < distance; ++x)
        to[y * window.horizontal.size + x] = gradient[y * distance + x];
  }
};

}  // namespace detail

/// Shapes:  image [C, H, W] -> joined [C, H', W / 2]
template <class Simd, class Join, Window window, class T>
constexpr void pool_pairs(const T* image, std::size_t channels, T* joined) {
  constexpr std::size_t wide = window.horizontal.size, outputs = window.horizontal.output();
  using Pack = typename Simd::template pack<T, outputs>;
  detail::for_each_output_row<window>(channels, [&](std::size_t row, bool is_last) {
    const T* const from = image + row * window.vertical.kernel * wide;
    if (!is_last || outputs >= Pack::lanes)
      return detail::pool_row<Pack, Join, window>(from, wide, joined + row * outputs);
    detail::LastRows<Pack, window> last;
    last.read(from);
    detail::pool_row<Pack, Join, window>(last.image, last.distance, last.joined);
    for (std::size_t x = 0; x < outputs; ++x) joined[row * outputs + x] = last.joined[x];
  });
}

/// Shapes:  image, gradient [C, H, W]; joined, slopes [C, H', W / 2]
template <class Simd, class Join, Window window, class T>
constexpr void pool_pairs_gradient(const T* image, const T* joined, const T* slopes, std::size_t channels,
                                   T* gradient) {
  constexpr std::size_t wide = window.horizontal.size, outputs = window.horizontal.output();
  using Pack = typename Simd::template pack<T, outputs>;
  detail::for_each_output_row<window>(channels, [&](std::size_t row, bool is_last) {
    const std::size_t at = row * window.vertical.kernel * wide;
    if (!is_last || outputs >= Pack::lanes)
      return detail::pool_row_gradient<Pack, Join, window>(image + at, wide, joined + row * outputs,
                                                           slopes + row * outputs, gradient + at);
    detail::LastRows<Pack, window> last;
    last.read(image + at);
    for (std::size_t x = 0; x < outputs; ++x) {
      last.joined[x] = joined[row * outputs + x];
      last.slopes[x] = slopes[row * outputs + x];
    }
    detail::pool_row_gradient<Pack, Join, window>(last.image, last.distance, last.joined, last.slopes, last.gradient);
    last.write_gradient(gradient + at);
  });
}

}  // namespace cortexpr::kernels
