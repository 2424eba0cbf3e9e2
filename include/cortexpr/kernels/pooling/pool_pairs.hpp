#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/pooling/pool.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Pooling with windows of width two that do not overlap and cover the image, which is the most common case. The rows of
// the image are read in place and their even and odd elements are separated in registers; without a packed image, 2x2
// over 28x28 takes a fifth of the time.

namespace cortexpr::kernels {

/// Whether pool_pairs applies: a kernel and stride of width two, no padding, no dilation, no remainder.
constexpr bool covers_by_pairs(Window window) {
  const Axis down = window.vertical, across = window.horizontal;
  const bool unpadded = down.before + down.after + across.before + across.after == 0;
  return unpadded && across.kernel == 2 && across.stride == 2 && down.kernel == down.stride && across.dilation == 1 &&
         down.dilation == 1 && across.size == 2 * across.output() && down.size == down.stride * down.output();
}

namespace detail {

/// Calls action.template operator()<P>(x) for the packs of a row of outputs, then for single elements. A row that is
/// shorter than a pack is one pack, which extends beyond the end of the row.
template <class Pack, std::size_t Outputs, class Action>
CORTEXPR_INLINE constexpr void for_each_output_pack(Action action) {
  using One = simd::Pack<typename Pack::value_type, 1>;
  constexpr std::size_t whole = Outputs < Pack::lanes ? Pack::lanes : Outputs / Pack::lanes * Pack::lanes;
  for (std::size_t x = 0; x < whole; x += Pack::lanes) action.template operator()<Pack>(x);
  for (std::size_t x = whole; x < Outputs; ++x) action.template operator()<One>(x);
}

/// Loads a pack of which both the even and the odd lanes are used. `opaque`, because GCC would load it again for each.
template <class Pack, class T>
CORTEXPR_INLINE constexpr Pack load_once(const T* from) {
  if constexpr (Pack::lanes == 1)
    return Pack::load(from);
  else
    return opaque(Pack::load_unaligned(from));
}

/// One row of outputs.   Shapes: rows [kernel height, stride], the first W of each row -> results [W / 2]
template <class Pack, class Reduction, Window window, class T>
CORTEXPR_INLINE constexpr void pool_row(const T* rows, std::size_t stride, T* results) {
  for_each_output_pack<Pack, window.horizontal.output()>([&]<class P>(std::size_t x) {
    P result = P::zero();
    CORTEXPR_UNROLL_FOR (std::size_t y = 0; y < window.vertical.kernel; ++y) {
      const T* const from = rows + y * stride + 2 * x;
      const P first = load_once<P>(from), second = load_once<P>(from + P::lanes);
      const P even = even_lanes(first, second);
      result = Reduction::combine(y == 0 ? even : Reduction::combine(result, even), odd_lanes(first, second));
    }
    result.store_unaligned(results + x);
  });
}

/// The gradient of pool_row.
/// Shapes:  rows, gradient [kernel height, stride], the first W of each row; results, upstream [W / 2]
template <class Pack, class Reduction, Window window, class T>
CORTEXPR_INLINE constexpr void pool_row_gradient(const T* rows, std::size_t stride, const T* results, const T* upstream,
                                                 T* gradient) {
  for_each_output_pack<Pack, window.horizontal.output()>([&]<class P>(std::size_t x) {
    const P result = P::load_unaligned(results + x);
    P left = P::load_unaligned(upstream + x);
    CORTEXPR_UNROLL_FOR (std::size_t y = 0; y < window.vertical.kernel; ++y) {
      const T* const from = rows + y * stride + 2 * x;
      T* const to = gradient + y * stride + 2 * x;
      const P first = load_once<P>(from), second = load_once<P>(from + P::lanes);
      const P even = Reduction::share(even_lanes(first, second), result, left);
      const P odd = Reduction::share(odd_lanes(first, second), result, left);
      zip_lower(even, odd).store_unaligned(to);
      zip_upper(even, odd).store_unaligned(to + P::lanes);
    }
  });
}

/// Calls action(row, is_last) for all rows of outputs of all channels. Elements that a pack writes beyond the end of a
/// row are overwritten by the next row; after the last row nothing may be written.
template <Window window, class Action>
constexpr void for_each_output_row(std::size_t channels, Action action) {
  const std::size_t rows = channels * window.vertical.output();
  for (std::size_t row = 0; row + 1 < rows; ++row) action(row, false);
  action(rows - 1, true);
}

/// Copies of the rows of the last window, with the size of whole packs, for images whose rows are shorter than a pack.
template <class Pack, Window window>
struct LastRows {
  using T = typename Pack::value_type;
  static constexpr std::size_t outputs = Pack::lanes;
  static constexpr std::size_t stride = 2 * outputs;
  T image[window.vertical.kernel * stride]{};
  T gradient[window.vertical.kernel * stride]{};
  T results[outputs]{};
  T upstream[outputs]{};

  constexpr void read(const T* from) {
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.size && x < stride; ++x)
        image[y * stride + x] = from[y * window.horizontal.size + x];
  }
  constexpr void write_gradient(T* to) const {
    for (std::size_t y = 0; y < window.vertical.kernel; ++y)
      for (std::size_t x = 0; x < window.horizontal.size && x < stride; ++x)
        to[y * window.horizontal.size + x] = gradient[y * stride + x];
  }
};

}  // namespace detail

/// results = the reduction of each window
/// Shapes:  image [C, H, W] -> results [C, H', W / 2]
/// Cost:    one `combine` per element of the image; no scratch
template <class Simd, class Reduction, Window window, class T>
constexpr void pool_pairs(const T* image, std::size_t channels, T* results) {
  constexpr std::size_t wide = window.horizontal.size, outputs = window.horizontal.output();
  using Pack = typename Simd::template pack<T, outputs>;
  detail::for_each_output_row<window>(channels, [&](std::size_t row, bool is_last) {
    const T* const from = image + row * window.vertical.kernel * wide;
    if (!is_last || outputs >= Pack::lanes)
      return detail::pool_row<Pack, Reduction, window>(from, wide, results + row * outputs);
    detail::LastRows<Pack, window> last;
    last.read(from);
    detail::pool_row<Pack, Reduction, window>(last.image, last.stride, last.results);
    for (std::size_t x = 0; x < outputs; ++x) results[row * outputs + x] = last.results[x];
  });
}

/// gradient = the gradient of pool_pairs with respect to the image
/// Shapes:  image, gradient [C, H, W]; results, upstream [C, H', W / 2]
template <class Simd, class Reduction, Window window, class T>
constexpr void pool_pairs_gradient(const T* image, const T* results, const T* upstream, std::size_t channels,
                                   T* gradient) {
  constexpr std::size_t wide = window.horizontal.size, outputs = window.horizontal.output();
  using Pack = typename Simd::template pack<T, outputs>;
  detail::for_each_output_row<window>(channels, [&](std::size_t row, bool is_last) {
    const std::size_t at = row * window.vertical.kernel * wide;
    if (!is_last || outputs >= Pack::lanes)
      return detail::pool_row_gradient<Pack, Reduction, window>(image + at, wide, results + row * outputs,
                                                                upstream + row * outputs, gradient + at);
    detail::LastRows<Pack, window> last;
    last.read(image + at);
    for (std::size_t x = 0; x < outputs; ++x) {
      last.results[x] = results[row * outputs + x];
      last.upstream[x] = upstream[row * outputs + x];
    }
    detail::pool_row_gradient<Pack, Reduction, window>(last.image, last.stride, last.results, last.upstream,
                                                       last.gradient);
    last.write_gradient(gradient + at);
  });
}

}  // namespace cortexpr::kernels
