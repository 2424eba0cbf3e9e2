#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/quantize/calibrate/calibration.hpp>
#include <cortexpr/quantize/qat/quantization_aware.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

// From a trained network to quantization-aware training, and from there to 8 bits.

namespace cortexpr {

/// A network to train further for 8 bits: the weights of a trained network, with BatchNorm folded into them, and the ranges
/// that calibration finds. One epoch at a hundredth of the network's highest learning rate is usually enough.
/// Errors: DataError: as quantize
template <class Rounding = rounding::HalfUp, class... Elements, class Data>
[[nodiscard]] auto quantization_aware(const BasicNetwork<float, Elements...>& network, const Data& data,
                                      const CalibrationOptions& options = {}) {
  using Net = BasicNetwork<float, Elements...>;
  using Aware = QuantizationAware<Net, Rounding>;
  const detail::Calibrated<detail::Deployed<Net>> calibrated{network, data, options};
  std::vector<Aware> made(1);  // on the heap: it may be too large for the stack
  Aware& aware = made.front();
  static_assert(Aware::trainable_elements == detail::Deployed<Net>::trainable_elements,
                "quantization_aware: only statistics are added");
  std::copy_n(calibrated.network().block().begin(), Aware::trainable_elements, aware.block().begin());
  const auto input = aware.template parameter<"0.quantization">();
  input[0][0] = calibrated.input.scale;
  input[0][1] = static_cast<float>(calibrated.input.zero_point);
  if constexpr (detail::input_columns<typename detail::Deployed<Net>::chain>().count > 1) {
    const auto factors = aware.template parameter<"0.column_factors">();
    const auto offsets = aware.template parameter<"0.column_offsets">();
    for (std::size_t i = 0; i < factors.columns; ++i) {
      factors[0][i] = calibrated.scales().factor[i];
      offsets[0][i] = calibrated.scales().offset[i];
    }
  }
  std::size_t first = 0;
  detail::for_each_range<typename Aware::chain>(aware.data(), first, [&](float* range, std::size_t tensor) {
    range[0] = calibrated.ranges[tensor].lowest;
    range[1] = calibrated.ranges[tensor].highest;
    if (range[0] == range[1]) range[1] = detail::smallest_span;  // 0 and 0 would be no range
  });
  return aware;
}
template <class Rounding = rounding::HalfUp, class Net, class Data>
[[nodiscard]] auto quantization_aware(const Handle<Net>& network, const Data& data,
                                      const CalibrationOptions& options = {}) {
  return quantization_aware<Rounding>(*network, data, options);
}

/// The network in 8 bits of a quantization-aware network, with the ranges that it has learned.
///
///     const cx::Quantized<Classifier> small = cx::quantize(aware);
///
/// Errors: DataError: the network has no ranges, because quantization_aware did not make it; numbers that are not finite
template <class InputType, detail::InputColumns Columns, class Rounding, class... Layers>
[[nodiscard]] auto quantize(
    const BasicNetwork<float, InputType, FakeQuantizedInput<Columns, Rounding>, Layers...>& network) {
  using Aware = BasicNetwork<float, InputType, FakeQuantizedInput<Columns, Rounding>, Layers...>;
  using Net = BasicNetwork<float, InputType, typename detail::WithoutFakeQuantization<Layers>::type...>;
  for (const float number : network.block())
    if (!detail::is_finite(number))
      detail::data_error(
          "quantize: a parameter of the network: expected finite numbers, found %g; train the network again",
          static_cast<double>(number));
  std::vector<Net> deployed(1);
  std::copy_n(network.block().begin(), Net::trainable_elements, deployed.front().block().begin());
  const auto input = network.template parameter<"0.quantization">();
  if (!(input[0][0] > 0))
    detail::data_error(
        "quantize: a quantization-aware network must have ranges, found none of the input; make it by "
        "quantization_aware(network, data)");
  std::array<Range, detail::observed_tensors<Net> - 1> ranges{};
  std::size_t first = 0;
  detail::for_each_range<typename Aware::chain>(
      network.data(), first, [&](const float* range, std::size_t tensor) { ranges[tensor] = {range[0], range[1]}; });
  detail::InputScales<Columns> scales;
  if constexpr (Columns.count > 1) {
    const auto factors = network.template parameter<"0.column_factors">();
    const auto offsets = network.template parameter<"0.column_offsets">();
    for (std::size_t i = 0; i < Columns.count; ++i) {
      scales.factor[i] = factors[0][i];
      scales.offset[i] = offsets[0][i];
    }
  }
  return QuantizedNetwork<Net, Rounding>{
      deployed.front(), {input[0][0], static_cast<std::int32_t>(input[0][1])}, ranges, scales};
}
/// These overloads, for other networks and for data where none is needed, do not compile and say why.
template <class T, class... Elements>
int quantize(const BasicNetwork<T, Elements...>&) {
  static_assert(detail::always_false<T>,
                "quantize: the ranges of outputs must come from data; give calibration data, or a quantization-aware "
                "network");
  return 0;
}
template <class InputType, detail::InputColumns Columns, class Rounding, class... Layers, class Data>
int quantize(const BasicNetwork<float, InputType, FakeQuantizedInput<Columns, Rounding>, Layers...>&, const Data&,
             const CalibrationOptions& = {}) {
  static_assert(detail::always_false<Data>,
                "quantize: a quantization-aware network brings its own ranges; call it without calibration data");
  return 0;
}
template <class Net>
[[nodiscard]] auto quantize(const Handle<Net>& network) {
  return quantize(*network);
}

}  // namespace cortexpr
