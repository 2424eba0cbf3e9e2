#pragma once

#include <cortexpr/kernels/int8/fake_quantize.hpp>
#include <cortexpr/nn/layer.hpp>
#include <cortexpr/quantize/scheme/input_scales.hpp>
#include <cortexpr/quantize/scheme/rounding.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>

#include <cstddef>

namespace cortexpr {

/// Rounds the inputs of a network as its 8-bit form does, which scales them by column first. Calibration finds the
/// quantization and the scales, and training does not change them. A scale of 0, as after Network::initialize, rounds
/// nothing. `Rounding` is that of the network's layers.
/// Shapes:  x [B, ...] -> y [B, ...]; the statistics quantization [2]: scale and zero point, and, with several columns,
///          column_factors and column_offsets [Columns.count]
/// Cost:    no multiply-adds
template <detail::InputColumns Columns = detail::InputColumns{}, class Rounding = rounding::HalfUp>
struct FakeQuantizedInput : LayerDescription {
  static constexpr const char* name = "FakeQuantizedInput";

  template <class T, class In>
  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, In> {
    static constexpr Statistic<"quantization", Shape<2>, Zeros> quantization{};
    static constexpr Statistic<"column_factors", Shape<Columns.count>, Ones> column_factors{};
    static constexpr Statistic<"column_offsets", Shape<Columns.count>, Zeros> column_offsets{};
    static constexpr auto arrays = [] {
      if constexpr (Columns.count > 1)
        return Arrays{column_factors, column_offsets, quantization};
      else
        return Arrays{quantization};
    }();

    template <class Simd>
    static constexpr void forward(Simd, const auto& pass) {
      const T scale = pass[quantization][0], zero_point = pass[quantization][1];
      kernels::copy(pass.x, pass.y);
      if (!(scale > 0)) return;
      if constexpr (Columns.count > 1)
        each_column(pass, pass.y, [](T x, T factor, T offset) {
          using P = simd::ScalarPack<T>;
          return (P{x} * P{factor} + P{offset}).value;
        });
      kernels::fake_quantize<Simd>(pass.y, pass.y, {scale, zero_point});
    }
    static constexpr void backward_input(auto, const auto& pass) {
      kernels::copy(pass.dy, pass.dx);
      if constexpr (Columns.count > 1)
        if (pass[quantization][0] > 0)
          each_column(pass, pass.dx, [](T gradient, T factor, T) { return gradient * factor; });
    }
    static constexpr void update_statistics(auto, const auto&) {}

   private:
    static constexpr void each_column(const auto& pass, auto rows, auto function) {
      for (std::size_t row = 0; row < rows.count; ++row)
        for (std::size_t i = 0; i < In::size; ++i) {
          const std::size_t column = Columns.column_of(i);
          rows[row][i] = function(rows[row][i], pass[column_factors][column], pass[column_offsets][column]);
        }
    }
  };
};
CORTEXPR_CHECK_LAYER(FakeQuantizedInput<>::Bound<float, Shape<3>>);
CORTEXPR_CHECK_LAYER(FakeQuantizedInput<detail::InputColumns{3, 1}>::Bound<float, Shape<3>>);

}  // namespace cortexpr
