#pragma once

#include <cortexpr/kernels/convolution/packed_image.hpp>
#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/kernels/pooling/pool.hpp>
#include <cortexpr/kernels/pooling/pool_pairs.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/nn/options/image.hpp>
#include <cortexpr/nn/options/window.hpp>

#include <cstddef>

namespace cortexpr::detail {

template <class LayerType, class In>
inline constexpr kernels::Window possible_window = possible(LayerType::template geometry<In>);

/// A bound pooling layer. `LayerType` has the window, `geometry<In>`; `Frame` (Images or Sequences) says how x is an
/// image; `Reduction` makes one value of a window (kernels/pooling/pool.hpp). Each channel is pooled alone.
template <class LayerType, class Frame, class Reduction, class T, class In>
struct [[CORTEXPR_ABI]] BoundPooling
    : BoundLayer<T, In,
                 typename Frame::template shape<Frame::template of<In>.channels,
                                                possible_window<LayerType, In>.vertical.output(),
                                                possible_window<LayerType, In>.horizontal.output()>> {
  using reduction = Reduction;
  static constexpr kernels::Window window = possible_window<LayerType, In>;
  static constexpr std::size_t channels = Frame::template of<In>.channels;

  /// Whether the window is one that kernels/pooling/pool_pairs.hpp handles, which needs no scratch.
  static constexpr bool by_pairs = kernels::covers_by_pairs(window);
  static constexpr std::size_t packed = by_pairs ? 0 : window.channel_size() + kernels::row_slack;
  static constexpr std::size_t padded = by_pairs ? 0 : kernels::padded_length(window.padded_rows());
  static constexpr Scratch<"packed_x", packed> packed_x{};
  static constexpr Scratch<"padded_y", padded> padded_y{};
  static constexpr InputGradientScratch<"packed_x", packed> backward_packed_x{};
  static constexpr InputGradientScratch<"packed_dx", packed> packed_dx{};
  static constexpr InputGradientScratch<"padded_y", padded> backward_padded_y{};
  static constexpr InputGradientScratch<"padded_dy", padded> padded_dy{};
  static constexpr Arrays arrays{packed_x, padded_y, backward_packed_x, packed_dx, backward_padded_y, padded_dy};

  template <class Simd>
  static constexpr void forward(Simd, const auto& pass) {
    for (std::size_t row = 0; row < pass.x.count; ++row) {
      if constexpr (by_pairs)
        kernels::pool_pairs<Simd, Reduction, window>(pass.x[row], channels, pass.y[row]);
      else
        pool<Simd>(pass, row);
      kernels::clear_padding(pass.y, row);
    }
    divide_mean<Simd>(pass.y);
  }

  template <class Simd>
  static constexpr void backward_input(Simd, const auto& pass) {
    divide_mean<Simd>(pass.dy);
    for (std::size_t row = 0; row < pass.x.count; ++row) {
      if constexpr (by_pairs)
        kernels::pool_pairs_gradient<Simd, Reduction, window>(pass.x[row], pass.y[row], pass.dy[row], channels,
                                                              pass.dx[row]);
      else
        pool_gradient<Simd>(pass, row);
      kernels::clear_padding(pass.dx, row);
    }
  }

  static auto to_onnx(auto& graph, auto x) {
    // ONNX's pools take less padding than a kernel.
    constexpr auto is_wide = [](const kernels::Axis& axis) {
      return axis.before >= axis.kernel || axis.after >= axis.kernel;
    };
    constexpr bool pads_apart = is_wide(window.vertical) || is_wide(window.horizontal);
    constexpr kernels::Window inside = pads_apart ? unpadded(window) : window;
    if constexpr (pads_apart) x = graph.pad(x, window, Frame::rank - 1, Reduction::template border<T>);
    if constexpr (Reduction::is_mean)
      return graph.slide(graph.node("AveragePool", {x}), inside, Frame::rank - 1).set("count_include_pad", 1);
    else
      return graph.slide(graph.node("MaxPool", {x}), inside, Frame::rank - 1);
  }

 private:
  static constexpr std::size_t pixels = window.vertical.size * window.horizontal.size;
  static constexpr std::size_t outputs = window.vertical.output() * window.horizontal.output();
  static constexpr std::size_t padded_stride = simd::block_size<T>(1, padded);

  static constexpr void fill_packed(T* to, T value) { kernels::fill(to, simd::block_size<T>(1, packed), value); }

  template <class Simd>
  static constexpr void pool(const auto& pass, std::size_t row) {
    constexpr T border = Reduction::template border<T>;
    fill_packed(pass[packed_x], border);
    for (std::size_t c = 0; c < channels; ++c) {
      kernels::pack_image<Simd, window>(pass.x[row] + c * pixels, 1, pass[packed_x], border);
      kernels::pool_padded_rows<Simd, Reduction, window>(pass[packed_x], pass[padded_y]);
      kernels::compact<Simd, window>(pass[padded_y], 0, 1, pass.y[row] + c * outputs);
    }
  }

  template <class Simd>
  static constexpr void pool_gradient(const auto& pass, std::size_t row) {
    constexpr T border = Reduction::template border<T>;
    T *const image = pass[backward_packed_x], *const gradient = pass[packed_dx];
    T *const y = pass[backward_padded_y], *const dy = pass[padded_dy];
    kernels::fill(y, padded_stride, T(0));
    kernels::fill(dy, padded_stride, T(0));
    fill_packed(image, border);
    for (std::size_t c = 0; c < channels; ++c) {
      kernels::pack_image<Simd, window>(pass.x[row] + c * pixels, 1, image, border);
      kernels::scatter_to_padded<Simd, window>(pass.y[row] + c * outputs, 1, y, padded_stride, 0);
      kernels::scatter_to_padded<Simd, window>(pass.dy[row] + c * outputs, 1, dy, padded_stride, 0);
      fill_packed(gradient, T(0));
      kernels::pool_padded_rows_gradient<Simd, Reduction, window>(image, y, dy, gradient);
      kernels::unpack_image<Simd, window>(gradient, 1, pass.dx[row] + c * pixels);
    }
  }

  /// For a mean, divides outputs or their gradients by the size of the window.
  template <class Simd, class RowsType>
  static constexpr void divide_mean(RowsType rows) {
    using Pack = typename Simd::template pack<T, RowsType::columns>;
    if constexpr (Reduction::is_mean)
      for (std::size_t row = 0; row < rows.count; ++row)
        kernels::map<Pack, kernels::Rest::none>(
            rows[row], rows[row], kernels::worked_columns<Pack, RowsType>,
            [](Pack x) { return x * Pack::broadcast(T(1) / static_cast<T>(window.kernel_size())); });
  }
};

}  // namespace cortexpr::detail
