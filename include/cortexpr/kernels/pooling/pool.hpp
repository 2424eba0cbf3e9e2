#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>
#include <limits>

// Pooling of packed images (window.hpp), one kernel element after the other for all positions of the padded rows. A
// `Reduction`, Largest or Mean, combines the elements of a window.

namespace cortexpr::kernels {

/// The maximum of a window, NaN if any element is NaN. The gradient goes to the first of several equal maxima.
struct Largest {
  static constexpr bool is_mean = false;
  template <class T>
  static constexpr T border = -std::numeric_limits<T>::infinity();

  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack combine(Pack largest, Pack value) {
    return select(largest == largest, max(largest, value), largest);
  }
  /// The gradient of an element with this value. `left` is the upstream gradient until an element has received it, then
  /// 0.
  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack share(Pack value, Pack result, Pack& left) {
    const auto hit = !(value < result);
    const Pack part = select(hit, left, Pack::zero());
    left = select(hit, Pack::zero(), left);
    return part;
  }
};

/// The mean of a window, with padding counted as zeros. `combine` sums; the caller divides by the kernel size.
struct Mean {
  static constexpr bool is_mean = true;
  template <class T>
  static constexpr T border = 0;

  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack combine(Pack sum, Pack value) {
    return sum + value;
  }
  template <class Pack>
  static CORTEXPR_INLINE constexpr Pack share(Pack, Pack, Pack& left) {
    return left;
  }
};

/// Calls action(shift) for each kernel element, row by row.
template <Window window, class Action>
constexpr void for_each_kernel_element(Action action) {
  for (std::size_t y = 0; y < window.vertical.kernel; ++y)
    for (std::size_t x = 0; x < window.horizontal.kernel; ++x) action(window.shift(y, x));
}

/// results[p] = the reduction of the window at position p of the padded rows
/// Shapes:  packed [window.channel_size()] -> results [padded_length(window.padded_rows())]
template <class Simd, class Reduction, Window window, class T>
constexpr void pool_padded_rows(const T* packed, T* results) {
  using Pack = typename Simd::template pack<T, window.padded_rows()>;
  constexpr std::size_t length = padded_length(window.padded_rows());
  for (std::size_t p = 0; p < length; p += Pack::lanes) {
    Pack combined = Pack::load_unaligned(packed + window.shift(0, 0) + p);
    bool first = true;
    for_each_kernel_element<window>([&](std::size_t shift) {
      if (!first) combined = Reduction::combine(combined, Pack::load_unaligned(packed + shift + p));
      first = false;
    });
    combined.store(results + p);
  }
}

/// The gradient of pool_padded_rows: adds to the gradient of the packed image, kernel element by kernel element, so
/// that the order of additions is the same for all lanes. `left` is the upstream gradient on entry and is overwritten.
/// Shapes:  packed, gradient [window.channel_size()]; results, left [padded_length(window.padded_rows())]
template <class Simd, class Reduction, Window window, class T>
constexpr void pool_padded_rows_gradient(const T* packed, const T* results, T* left, T* gradient) {
  using Pack = typename Simd::template pack<T, window.padded_rows()>;
  constexpr std::size_t length = padded_length(window.padded_rows());
  for_each_kernel_element<window>([&](std::size_t shift) {
    for (std::size_t p = 0; p < length; p += Pack::lanes) {
      Pack rest = Pack::load(left + p);
      const Pack part = Reduction::share(Pack::load_unaligned(packed + shift + p), Pack::load(results + p), rest);
      rest.store(left + p);
      T* const to = gradient + shift + p;
      (Pack::load_unaligned(to) + part).store_unaligned(to);
    }
  });
}

}  // namespace cortexpr::kernels
