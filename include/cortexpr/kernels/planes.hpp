#pragma once

#include <cortexpr/config.hpp>
#include <cortexpr/kernels/elementwise.hpp>
#include <cortexpr/kernels/reduce.hpp>
#include <cortexpr/kernels/window.hpp>
#include <cortexpr/simd/backend.hpp>

#include <cstddef>

// Between images [C, H, W] and the planes of window.hpp. Rows are copied in whole packs, each up to part of a pack
// beyond its end: what is read there is not used, and what is written is `rest`, or overwritten by the row that
// follows. The last row of an image, which has nothing after it, is copied element by element.

namespace cortexpr::kernels {

namespace detail {

struct Unchanged {
  template <class Pack>
  CORTEXPR_INLINE constexpr Pack operator()(Pack values) const {
    return values;
  }
};

/// to = function(from...)
template <class Simd, std::size_t Count, class T, class Function, class... From>
CORTEXPR_INLINE constexpr void map_row(T* to, bool is_last, T rest, Function function, From... from) {
  using Pack = typename Simd::template pack<T, Count>;
  using One = simd::Pack<T, 1>;
  if (Count % Pack::lanes != 0 && is_last) {
    for (std::size_t i = 0; i < Count; ++i) function(One::load(from + i)...).store(to + i);
    return;
  }
  for (std::size_t i = 0; i < Count; i += Pack::lanes) {
    Pack values = function(Pack::load_unaligned(from + i)...);
    if constexpr (Count % Pack::lanes != 0) values = select(inside_row<Pack>(i, Count), values, Pack::broadcast(rest));
    values.store_unaligned(to + i);
  }
}

/// How many elements of a row of the image a phase has.
template <Window window, std::size_t PhaseX>
inline constexpr std::size_t row_length = window.horizontal.end(PhaseX) > window.horizontal.begin(PhaseX)
                                              ? window.horizontal.end(PhaseX) - window.horizontal.begin(PhaseX)
                                              : 0;

/// Calls action(in_image, in_plane, is_last), for each row of the image that a phase has, with where its first element
/// lies in the image and in the phase's plane.
template <Window window, std::size_t PhaseY, std::size_t PhaseX, class Action>
CORTEXPR_INLINE constexpr void for_each_row(Action action) {
  constexpr Axis vertical = window.vertical, horizontal = window.horizontal;
  constexpr std::size_t first = horizontal.begin(PhaseX), end = vertical.end(PhaseY);
  if constexpr (row_length<window, PhaseX> > 0)
    for (std::size_t i = vertical.begin(PhaseY); i < end; ++i)
      action(vertical.source(PhaseY, i) * horizontal.size + horizontal.source(PhaseX, first), i * window.row() + first,
             i + 1 == end);
}

/// Calls action.template operator()<PhaseY, PhaseX>() for every phase.
template <Window window, std::size_t Phase = 0, class Action>
CORTEXPR_INLINE constexpr void for_each_phase(Action action) {
  if constexpr (Phase < window.phases()) {
    constexpr std::size_t across = window.horizontal.phases();
    action.template operator()<Phase / across, Phase % across>();
    for_each_phase<window, Phase + 1>(action);
  }
}

}  // namespace detail

/// The planes of an image into planes that hold `border` everywhere, or another image: what is padding stays so.
/// Shapes:  image [C, H, W] -> planes [C * window.channel()], and run_slack after them
template <class Simd, Window window, class T>
constexpr void gather_planes(const T* image, std::size_t channels, T* planes, T border) {
  constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  constexpr std::size_t stride = window.horizontal.stride;
  for (std::size_t c = 0; c < channels; ++c, image += pixels)
    detail::for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr std::size_t count = detail::row_length<window, PhaseX>;
      detail::for_each_row<window, PhaseY, PhaseX>([&](std::size_t from, std::size_t to, bool is_last) {
        if constexpr (stride == 1)
          detail::map_row<Simd, count>(planes + to, is_last && c + 1 == channels, border, detail::Unchanged{},
                                       image + from);
        else
          for (std::size_t i = 0; i < count; ++i) planes[to + i] = image[from + i * stride];
      });
      planes += window.plane();
    });
}

/// Puts what came before this part of a stream where padding is, and what comes before the next part into `history`.
/// The window must be causal, over a sequence.
/// Shapes:  history [C, window.horizontal.before], planes [C * window.channel()]
template <Window window, class T>
constexpr void exchange_history(T* history, std::size_t channels, T* planes) {
  constexpr std::size_t length = window.horizontal.before;
  for (std::size_t c = 0; c < channels; ++c, history += length, planes += window.plane()) {
    for (std::size_t i = 0; i < length; ++i) planes[i] = history[i];
    for (std::size_t i = 0; i < length; ++i) history[i] = planes[window.horizontal.size + i];
  }
}

namespace detail {

/// Whether every pixel lies in a plane.
template <Window window>
constexpr bool covers_image() {
  if (window.horizontal.stride > 1 || window.vertical.stride > 1) return false;
  return row_length<window, 0> == window.horizontal.size &&
         window.vertical.end(0) - window.vertical.begin(0) == window.vertical.size;
}

/// Each pixel is given its element; `first(PhaseY)` is the element of a phase's plane that is the first one there.
template <class Simd, Window window, class T, class First>
constexpr void scatter(const T* phases, std::size_t distance, std::size_t channels, T* image, First first) {
  constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  constexpr std::size_t stride = window.horizontal.stride;
  for (std::size_t c = 0; c < channels; ++c, image += pixels) {
    if constexpr (!covers_image<window>()) fill(image, pixels, T(0));
    for_each_phase<window>([&]<std::size_t PhaseY, std::size_t PhaseX> {
      constexpr std::size_t count = row_length<window, PhaseX>;
      for_each_row<window, PhaseY, PhaseX>([&](std::size_t to, std::size_t in_plane, bool is_last) {
        const T* const from = phases + (in_plane - first(PhaseY));
        if constexpr (stride == 1)
          map_row<Simd, count>(image + to, is_last && c + 1 == channels, T(0), Unchanged{}, from);
        else
          for (std::size_t i = 0; i < count; ++i) image[to + i * stride] = from[i];
      });
      phases += distance;
    });
  }
}

}  // namespace detail

/// The way back; pixels that the window never touches are 0.   Shapes: planes [C * window.channel()] -> image [C, H, W]
template <class Simd, Window window, class T>
constexpr void scatter_planes(const T* planes, std::size_t channels, T* image) {
  detail::scatter<Simd, window>(planes, window.plane(), channels, image, [](std::size_t) { return std::size_t{0}; });
}

/// The same from runs that begin with the first row that lies in the image.
/// Shapes:  runs [C * phases, distance] -> image [C, H, W]
template <class Simd, Window window, class T>
constexpr void scatter_runs(const T* runs, std::size_t distance, std::size_t channels, T* image) {
  detail::scatter<Simd, window>(runs, distance, channels, image,
                                [](std::size_t phase) { return window.run_begin(phase); });
}

/// function of the outputs among what runs have calculated.   Shapes: runs [K, distance] -> image [K, H', W']
template <class Simd, Window window, class T, class Function = detail::Unchanged>
constexpr void take_outputs(const T* runs, std::size_t distance, std::size_t filters, T* image,
                            Function function = {}) {
  constexpr std::size_t height = window.vertical.output(), width = window.horizontal.output();
  for (std::size_t k = 0; k < filters; ++k)
    for (std::size_t y = 0; y < height; ++y)
      detail::map_row<Simd, width>(image + (k * height + y) * width, k + 1 == filters && y + 1 == height, T(0),
                                   function, runs + k * distance + y * window.row());
}

/// The opposite: function(images...) where runs would have left it, `front` elements into each part of `distance`, of
/// runs that hold 0 everywhere, or other outputs.
/// Shapes:  images [K, H', W'] -> runs [K, distance]
template <class Simd, Window window, class T, class Function, class... Images>
constexpr void place_outputs(std::size_t filters, T* runs, std::size_t distance, std::size_t front, Function function,
                             const Images*... images) {
  constexpr std::size_t height = window.vertical.output(), width = window.horizontal.output();
  for (std::size_t k = 0; k < filters; ++k)
    for (std::size_t y = 0; y < height; ++y)
      detail::map_row<Simd, width>(runs + k * distance + front + y * window.row(), k + 1 == filters && y + 1 == height,
                                   T(0), function, images + (k * height + y) * width...);
}
template <class Simd, Window window, class T>
constexpr void place_outputs(const T* image, std::size_t filters, T* runs, std::size_t distance, std::size_t front) {
  place_outputs<Simd, window>(filters, runs, distance, front, detail::Unchanged{}, image);
}

}  // namespace cortexpr::kernels
