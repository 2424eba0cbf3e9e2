#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/math/constant.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/quantize/calibrate/methods.hpp>
#include <cortexpr/quantize/calibrate/observe.hpp>
#include <cortexpr/quantize/int8/quantized_network.hpp>
#include <cortexpr/quantize/int8/quantized_serialize.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <variant>
#include <vector>

namespace cortexpr {

/// How quantize chooses the ranges of activations.
///
///     const auto small = cx::quantize(network, data.train, {.method = cx::Percentile{.fraction = 0.9999}});
struct CalibrationOptions {
  std::size_t samples = 1000;  ///< at most so many, spread evenly over the data set
  CalibrationMethod method = MinMax{};
};

namespace detail {

/// The quantization of inputs. Where a data set of images knows how its pixels are scaled, a pixel is the int8 value plus
/// 128; else `seen` is the range of the inputs.
template <class Data>
Quantization input_quantization(const Data& data, Range seen) {
  if constexpr (requires { data.pixel_scales(); }) {
    const auto scales = data.pixel_scales();
    const bool alike = std::all_of(scales.begin(), scales.end(), [&](const auto& scale) {
      return scale.factor == scales[0].factor && scale.offset == scales[0].offset;
    });
    const Range range{scales[0].offset, scales[0].offset + 255 * scales[0].factor};
    if (alike && range.lowest <= 0 && range.highest >= 0) {
      Quantization result = quantization_of(range);
      result.scale = scales[0].factor;
      return result;
    }
  }
  return quantization_of(seen);
}

/// Calls visit() for samples spread evenly over a data set, with each in `input`.
template <class Data, class Visit>
void for_each_sample(const Data& data, std::size_t samples, float* input, const Visit& visit) {
  const std::size_t seen = samples < data.size() ? samples : data.size();
  for (std::size_t i = 0; i < seen; ++i) {
    data.gather(i * data.size() / seen, 0, input);
    visit();
  }
}

/// Calls visit(0, inputs) and visit(1 + tensor, outputs of a layer) for samples spread evenly over a data set, whose inputs
/// are scaled.
template <class Net, class Data, class Visit>
void observe(const Net& network, const InputScalesOf<Net>& scales, const Data& data, std::size_t samples,
             const Visit& visit) {
  constexpr std::size_t in = Net::input_shape::size;
  AlignedValues<float, in> input;
  for_each_sample(data, samples, input.data(), [&] {
    for (std::size_t k = 0; k < in; ++k) input.data()[k] = scales.scaled(input.data()[k], k);
    visit(std::size_t{0}, std::span<const float>{input.data(), in});
    std::size_t tensor = 1;
    observe_layers<typename Net::chain>(network.data(), input.data(), tensor, visit);
  });
}

/// The scales of the input's columns. Images whose data set knows how pixels are scaled are taken as they are.
template <class Net, class Data>
InputScalesOf<Net> input_scales(const Data& data, std::size_t samples) {
  using Chain = typename Net::chain;
  constexpr InputColumns columns = input_columns<Chain>();
  constexpr std::size_t in = Net::input_shape::size;
  if constexpr (columns.count == 1 || requires { data.pixel_scales(); }) {
    return {};
  } else {
    std::vector<float> input(in);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::array<Range, columns.count> ranges;
    ranges.fill({infinity, -infinity});
    bool finite = true;
    for_each_sample(data, samples, input.data(), [&] {
      for (std::size_t k = 0; k < in; ++k) {
        finite = finite && is_finite(input[k]);
        ranges[columns.column_of(k)].include(input[k]);
      }
    });
    if (!finite) return {};  // observed_ranges says so
    return scales_for<columns>(ranges, InputLayer<Chain>::type::linear_map.pads);
  }
}

template <class Net, class Data>
void check_calibration_data(const Data& data, std::size_t samples) {
  constexpr std::size_t in = Net::input_shape::size;
  if (data.size() == 0 || samples == 0)
    data_error("quantize: calibration data: expected samples, found none; give a part of the training data");
  if (data.sample_size() != in)
    data_error("quantize: calibration data: expected samples of %zu numbers, as the network takes, found %zu", in,
               data.sample_size());
  std::vector<float> first(in), other(in);
  data.gather(0, 0, first.data());
  for (std::size_t i = 1; i < data.size(); ++i) {
    data.gather(i, 0, other.data());
    if (other != first) return;
  }
  data_error(
      "quantize: calibration data: expected samples that differ, found %zu that are all alike; give a part of the "
      "training data",
      data.size());
}

/// The input, and the tensors of all layers.
template <class Net>
inline constexpr std::size_t observed_tensors = 1 + Int8Chain<typename Net::chain>::observed_tensors;

/// The ranges of the tensors that `observe` shows.
template <class Net, class Data>
std::vector<Range> observed_ranges(const Net& network, const InputScalesOf<Net>& scales, const Data& data,
                                   std::size_t samples) {
  std::vector<Range> ranges(observed_tensors<Net>);
  observe(network, scales, data, samples, [&](std::size_t tensor, std::span<const float> values) {
    for (const float value : values) {
      if (!is_finite(value))
        data_error("quantize: %s of the network: expected finite numbers, found %g; %s",
                   tensor == 0 ? "an input" : "an output", static_cast<double>(value),
                   tensor == 0 ? "mend the calibration data" : "train the network again");
      ranges[tensor].include(value);
    }
  });
  return ranges;
}

/// The ranges that the 256 int8 values span.
template <class Net, class Data>
std::vector<Range> calibrated_ranges(const Net& network, const InputScalesOf<Net>& scales, const Data& data,
                                     const CalibrationOptions& options) {
  std::vector<Range> ranges = observed_ranges(network, scales, data, options.samples);
  if (std::holds_alternative<MinMax>(options.method)) return ranges;
  std::vector<MagnitudeHistogram> histograms(ranges.begin(), ranges.end());
  observe(network, scales, data, options.samples, [&](std::size_t tensor, std::span<const float> values) {
    histograms[tensor].add(values, std::holds_alternative<KlDivergence>(options.method));
  });
  for (std::size_t tensor = 0; tensor < ranges.size(); ++tensor)
    ranges[tensor] = std::visit([&](const auto& method) { return histograms[tensor].range(method); }, options.method);
  return ranges;
}

/// A network in the topology that is quantized, which takes scaled inputs, and its calibrated ranges.
template <class Net>
struct Calibrated {
  std::vector<Net> networks;  // one, on the heap: it may be too large for the stack
  Quantization input{};
  std::vector<Range> ranges;  // of layers
  // On the heap, because GCC 12 warns of references to an empty object on the stack.
  std::vector<InputScalesOf<Net>> kept_scales = std::vector<InputScalesOf<Net>>(1);

  template <class Trained, class Data>
  Calibrated(const Trained& trained, const Data& data, const CalibrationOptions& options) {
    check_method(options.method);
    check_calibration_data<Net>(data, options.samples);
    networks.emplace_back();
    deploy(trained, networks.front());
    kept_scales.front() = input_scales<Net>(data, options.samples);
    take_scaled_inputs(networks.front(), scales());
    ranges = calibrated_ranges(network(), scales(), data, options);
    input = input_quantization(data, ranges.front());
    ranges.erase(ranges.begin());
  }
  const Net& network() const { return networks.front(); }
  const InputScalesOf<Net>& scales() const { return kept_scales.front(); }
};

}  // namespace detail

/// The network in 8 bits, calibrated on samples like those that it was trained on: the int8 values of a layer's output span
/// the range that the samples show.
///
///     const cx::Quantized<Classifier> small = cx::quantize(network, data.train);
///
/// Errors: DataError: no samples, samples of another size, samples that are all alike, numbers that are not finite
template <class Rounding = rounding::HalfUp, class... Elements, class Data>
[[nodiscard]] auto quantize(const BasicNetwork<float, Elements...>& network, const Data& data,
                            const CalibrationOptions& options = {}) {
  using Net = detail::Deployed<BasicNetwork<float, Elements...>>;
  const detail::Calibrated<Net> calibrated{network, data, options};
  constexpr std::size_t ranges = detail::observed_tensors<Net> - 1;
  return QuantizedNetwork<Net, Rounding>{calibrated.network(), calibrated.input,
                                         std::span<const Range, ranges>{calibrated.ranges}, calibrated.scales()};
}
template <class Rounding = rounding::HalfUp, class Net, class Data>
[[nodiscard]] auto quantize(const Handle<Net>& network, const Data& data, const CalibrationOptions& options = {}) {
  return quantize<Rounding>(*network, data, options);
}

}  // namespace cortexpr
