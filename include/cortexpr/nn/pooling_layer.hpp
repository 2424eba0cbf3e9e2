#pragma once

#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/pooling/pool.hpp>
#include <cortexpr/kernels/pooling/pool_pairs.hpp>
#include <cortexpr/nn/image.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/window_options.hpp>

#include <cstddef>

// What the types of layers that pool have in common. `LayerType` adds its name and
//
//   template <class In> static constexpr kernels::Window geometry;
//
// `Frame` is Images or Sequences, `Join` what becomes of a window (kernels/pooling/pool.hpp).

namespace cortexpr::detail {

/// The passes of pooling, channel by channel.
template <class Join, kernels::Window window, std::size_t channels>
struct Pool {
  static constexpr bool by_pairs = kernels::covers_by_pairs(window);

  // What lies in scratch, in elements: planes, their gradient, and two runs.
  template <class T>
  static constexpr std::size_t planes = simd::block_size<T>(1, window.channel_size() + kernels::row_slack);
  template <class T>
  static constexpr std::size_t run = simd::block_size<T>(1, kernels::padded_length(window.padded_rows()));
  template <class T>
  static constexpr std::size_t scratch = by_pairs ? 0 : planes<T> + run<T>;
  template <class T>
  static constexpr std::size_t backward_scratch = by_pairs ? 0 : 2 * planes<T> + 2 * run<T>;

  static constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  static constexpr std::size_t outputs = window.vertical.output() * window.horizontal.output();

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    for (std::size_t row = 0; row < pass.input.count; ++row) {
      if constexpr (by_pairs)
        kernels::pool_pairs<Simd, Join, window>(pass.input[row], channels, pass.output[row]);
      else
        pool_planes<Simd>(pass.input[row], pass.output[row], pass.scratch);
      kernels::clear_padding(pass.output, row);
    }
    divide_mean<Simd>(pass.output);
  }

  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    if constexpr (Pass::wants_input_gradient) {
      divide_mean<Simd>(pass.output_gradient);
      for (std::size_t row = 0; row < pass.input.count; ++row) {
        if constexpr (by_pairs)
          kernels::pool_pairs_gradient<Simd, Join, window>(pass.input[row], pass.output[row], pass.output_gradient[row],
                                                           channels, pass.input_gradient[row]);
        else
          pool_planes_gradient<Simd>(pass.input[row], pass.output[row], pass.output_gradient[row],
                                     pass.input_gradient[row], pass.scratch);
        kernels::clear_padding(pass.input_gradient, row);
      }
    }
  }

 private:
  template <class Simd, class T>
  static constexpr void pool_planes(const T* from, T* to, T* scratch_data) {
    T* const joined = scratch_data + planes<T>;
    kernels::fill(scratch_data, planes<T>, Join::template border<T>);
    for (std::size_t c = 0; c < channels; ++c) {
      kernels::pack_image<Simd, window>(from + c * pixels, 1, scratch_data, Join::template border<T>);
      kernels::pool_padded_rows<Simd, Join, window>(scratch_data, joined);
      kernels::compact<Simd, window>(joined, 0, 1, to + c * outputs);
    }
  }

  template <class Simd, class T>
  static constexpr void pool_planes_gradient(const T* from, const T* results, const T* upstream, T* to,
                                             T* scratch_data) {
    T* const gradient = scratch_data + planes<T>;
    T* const joined = gradient + planes<T>;
    T* const slopes = joined + run<T>;
    kernels::fill(joined, 2 * run<T>, T(0));
    kernels::fill(scratch_data, planes<T>, Join::template border<T>);
    for (std::size_t c = 0; c < channels; ++c) {
      kernels::pack_image<Simd, window>(from + c * pixels, 1, scratch_data, Join::template border<T>);
      kernels::scatter_to_padded<Simd, window>(results + c * outputs, 1, joined, run<T>, 0);
      kernels::scatter_to_padded<Simd, window>(upstream + c * outputs, 1, slopes, run<T>, 0);
      kernels::fill(gradient, planes<T>, T(0));
      kernels::pool_padded_rows_gradient<Simd, Join, window>(scratch_data, joined, slopes, gradient);
      kernels::unpack_image<Simd, window>(gradient, 1, to + c * pixels);
    }
  }

  template <class Simd, class RowsType>
  static constexpr void divide_mean(RowsType rows) {
    using T = typename RowsType::value_type;
    using Pack = typename Simd::template pack<T, RowsType::columns>;
    if constexpr (Join::is_mean)
      for (std::size_t row = 0; row < rows.count; ++row)
        kernels::map<Pack, kernels::Rest::none>(
            rows[row], rows[row], kernels::worked_columns<Pack, RowsType>,
            [](Pack x) { return x * Pack::broadcast(T(1) / static_cast<T>(window.kernel_size())); });
  }
};

/// What can be wrong with pooling, in order.
template <class Frame, class In, kernels::Window window>
struct PoolingProblems {
  static constexpr bool rank = In::rank != Frame::rank;
  static constexpr bool still = !window.moves();
  static constexpr bool too_large = !rank && !still && !window.fits();
};

template <class LayerType, class Frame, class Join>
struct PoolingLayer : LayerDefaults {
  template <class In>
  static constexpr kernels::Window window = possible(LayerType::template geometry<In>);
  template <class In>
  using passes = Pool<Join, window<In>, Frame::template of<In>.channels>;

  template <class In>
  using output_shape = typename Frame::template shape<Frame::template of<In>.channels, window<In>.vertical.output(),
                                                      window<In>.horizontal.output()>;
  template <class T, class In, std::size_t>
  static constexpr std::size_t scratch = passes<In>::template scratch<T>;
  template <class T, class In, std::size_t, bool wants_input>
  static constexpr std::size_t backward_scratch = wants_input ? passes<In>::template backward_scratch<T> : 0;

  template <class Simd, class Pass>
  static constexpr void forward(const Pass& pass) {
    passes<typename Pass::place::input_shape>::template forward<Simd>(pass);
  }
  template <class Simd, class Pass>
  static constexpr void backward(const Pass& pass) {
    passes<typename Pass::place::input_shape>::template backward<Simd>(pass);
  }
};

}  // namespace cortexpr::detail
