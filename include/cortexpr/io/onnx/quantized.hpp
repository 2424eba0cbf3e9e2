#pragma once

#include <cortexpr/core/type_list.hpp>
#include <cortexpr/io/onnx/builder.hpp>
#include <cortexpr/io/onnx/graph.hpp>
#include <cortexpr/io/onnx/model.hpp>
#include <cortexpr/nn/topology/exchange.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Networks in 8 bits as models of ONNX, in QDQ form: each layer is that of real numbers, with DequantizeLinear before it
// and QuantizeLinear after it. An 8-bit layer (quantize/int8/int8_layer.hpp) has
//
//   static auto to_onnx(auto& graph, auto bound, const Constants& constants, auto x, double scale);
//
// which adds nodes with the int8 values x and returns those of the output. `graph` is an OnnxInt8, `bound` a
// std::type_identity of the bound layer. `scale` is that of the output. The layers store the ratios of scales alone, so
// some scales may be chosen; `scale` is then 0 if none is wanted.

namespace cortexpr::detail {

/// int8 values in the graph. Their zero point is that of the layer that reads them.
struct OnnxCodes {
  OnnxValue value;
  double scale;
};

/// The graph of a linear layer: its weights and biases are integers, its activation limits them.
template <class Bound, class Constants>
class OnnxInt8Product;
/// The graph of a composite layer: run(graph, branch, codes) adds a branch.
template <class Bound, class Run>
class OnnxInt8Composite;

/// Adds the nodes of a layer, or of a chain, in 8 bits.
class OnnxInt8 : public OnnxGraph {
 public:
  using OnnxGraph::OnnxGraph;

  OnnxInt8 inside(std::size_t index) { return {*model_, path_ + std::to_string(index) + "."}; }

  OnnxCodes quantize(const OnnxValue& x, double scale, int zero) {
    return {node("QuantizeLinear", {x, scales({scale}, {}), zeros(OnnxType::i8, {static_cast<std::int8_t>(zero)}, {})}),
            scale};
  }
  OnnxValue dequantize(const OnnxCodes& x, int zero) {
    return node("DequantizeLinear",
                {x.value, scales({x.scale}, {}), zeros(OnnxType::i8, {static_cast<std::int8_t>(zero)}, {})});
  }

  /// A layer whose output is its input with other extents.
  template <class Bound>
  OnnxCodes view(std::type_identity<Bound>, const OnnxCodes& x) {
    return {reshape(x.value, typename Bound::output_shape{}), x.scale};
  }
  /// A layer that computes with real numbers what it does with integers.
  template <class Bound>
  OnnxCodes same(std::type_identity<Bound>, const OnnxCodes& x, int input_zero, double scale, int output_zero) {
    OnnxLayer<Bound> layer{*model_, path_, {}};
    return quantize(Bound::to_onnx(layer, dequantize(x, input_zero)), scale, output_zero);
  }
  /// Sums of products. Without a wanted scale the largest weight of the layer is about 1.
  template <class Bound, class Constants>
  OnnxCodes product(std::type_identity<Bound>, const Constants& constants, const OnnxCodes& x, double scale) {
    double most = 0;
    for (std::size_t i = 0; i < Constants::outputs; ++i)
      most = constants.multiplier(i) > most ? constants.multiplier(i) : most;
    if (!(scale > 0)) scale = most > 0 ? x.scale / (127 * most) : x.scale;
    OnnxInt8Product<Bound, Constants> layer{*model_, path_, constants, x.scale, scale};
    return quantize(Bound::to_onnx(layer, dequantize(x, constants.input_zero)), scale, constants.output_zero());
  }
  /// The entries of a table of 256 int8 values.
  OnnxCodes table(const std::int8_t* values, const OnnxCodes& x, double scale) {
    std::string bytes(256, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(values[i]);
    const OnnxValue entries = tensor(new_name("table"), OnnxType::i8, {256}, std::move(bytes));
    const OnnxValue integers_of_x = node("Cast", {x.value}).set("to", static_cast<int>(OnnxType::i32));
    const OnnxValue first = tensor(new_name("Constant"), OnnxType::i32, {}, std::string{"\x80\0\0\0", 4});
    return {node("Gather", {entries, node("Add", {integers_of_x, first})}), scale > 0 ? scale : 1.0 / 127};
  }
  /// A layer of branches.
  template <class Bound, class Run>
  OnnxCodes composite(std::type_identity<Bound>, const OnnxCodes& x, double scale, int zero, const Run& run) {
    OnnxInt8Composite<Bound, Run> layer{*model_, path_, x.scale, run};
    return quantize(Bound::to_onnx(layer, x.value), scale, zero);
  }

  /// x * factor(i) + offset(i) for element i of each sample.
  template <class SampleShape, class Factor, class Offset>
  OnnxValue scaled(const OnnxValue& x, SampleShape, const Factor& factor, const Offset& offset) {
    std::vector<double> factors, offsets;
    for (std::size_t i = 0; i < SampleShape::size; ++i) {
      factors.push_back(static_cast<double>(factor(i)));
      offsets.push_back(static_cast<double>(offset(i)));
    }
    const std::vector<std::int64_t> extents = onnx_extents<SampleShape>();
    return node("Add", {node("Mul", {x, scales(factors, extents)}), scales(offsets, extents)});
  }

 protected:
  template <class, class>
  friend class OnnxInt8Product;

  OnnxValue scales(const std::vector<double>& values, std::vector<std::int64_t> extents) {
    std::string bytes;
    for (const double value : values) store_number(static_cast<float>(value), [&](char byte) { bytes += byte; });
    return tensor(new_name("scale"), OnnxType::f32, std::move(extents), std::move(bytes));
  }
  OnnxValue zeros(OnnxType type, const std::vector<std::int8_t>& values, std::vector<std::int64_t> extents) {
    std::string bytes;
    for (const std::int8_t value : values) bytes += static_cast<char>(value);
    return tensor(new_name("zero_point"), type, std::move(extents), std::move(bytes));
  }
};

template <class Bound, class Constants>
class OnnxInt8Product : public OnnxLayer<Bound> {
 public:
  OnnxInt8Product(OnnxModel& model, std::string path, const Constants& constants, double input, double output)
      : OnnxLayer<Bound>{model, path, {}}, constants_{&constants}, input_{input}, output_{output}, int8_{model, path} {}

  /// The weights, of which each output has its scale, and the biases, with that of the sums.
  template <class Array>
  OnnxValue operator[](Array) {
    constexpr bool is_weight = std::is_same_v<Array, std::remove_cvref_t<decltype(Bound::weight)>>;
    constexpr auto outputs = static_cast<std::int64_t>(Constants::outputs);
    std::string bytes;
    std::vector<double> scales;
    for (std::size_t output = 0; output < Constants::outputs; ++output) {
      const auto of_weights = static_cast<float>(constants_->multiplier(output) * output_ / input_);
      scales.push_back(is_weight ? of_weights : of_weights * static_cast<float>(input_));
      for (std::size_t k = 0; is_weight && k < Constants::columns; ++k)
        bytes += static_cast<char>(constants_->weight(output, k));
      if (!is_weight)
        store_little_endian(static_cast<std::uint32_t>(constants_->bias_alone(output)),
                            [&](char byte) { bytes += byte; });
    }
    const OnnxValue scale = int8_.scales(scales, {outputs});
    std::vector<std::int64_t> extents{outputs};
    if (is_weight) {
      const FileShape shape = file_shape_of<Array>(exchange_of<Bound, Array>);
      extents.assign(shape.extents.begin(), shape.extents.begin() + static_cast<std::ptrdiff_t>(shape.rank));
      const OnnxValue weight = this->tensor(this->path_ + "weight", OnnxType::i8, extents, std::move(bytes));
      const OnnxValue zero = int8_.zeros(OnnxType::i8, std::vector<std::int8_t>(Constants::outputs), {outputs});
      return this->node("DequantizeLinear", {weight, scale, zero}).set("axis", 0);
    }
    const OnnxValue bias = this->tensor(this->path_ + "bias", OnnxType::i32, extents, std::move(bytes));
    return this->node("DequantizeLinear", {bias, scale}).set("axis", 0);
  }

  /// The limits of the outputs, if they are not those of int8 values.
  template <class Activation>
  OnnxValue activate(Activation, OnnxValue x) {
    const int zero = constants_->output_zero();
    const auto real = [&](int code) { return this->number(output_ * (code - zero)); };
    if (constants_->lowest == -128 && constants_->highest == 127) return x;
    if (constants_->lowest == zero && constants_->highest == 127) return this->node("Relu", {x});
    return this->node("Clip", {x, real(constants_->lowest), real(constants_->highest)});
  }

 private:
  const Constants* constants_;
  double input_, output_;
  OnnxInt8 int8_;
};

template <class Bound, class Run>
class OnnxInt8Composite : public OnnxLayer<Bound> {
 public:
  OnnxInt8Composite(OnnxModel& model, std::string path, double input, const Run& run)
      : OnnxLayer<Bound>{model, path, {}}, input_{input}, run_{&run} {}

  /// The outputs of all branches as real numbers, merged. x are int8 values.
  OnnxValue branches(const OnnxValue& x) {
    return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      std::vector<OnnxValue> outputs;
      const auto add = [&](auto index) {
        OnnxInt8 graph{*this->model_,
                       Bound::branches::size == 1 ? this->path_ : this->path_ + std::to_string(index.value) + "."};
        outputs.push_back((*run_)(graph, index, OnnxCodes{x, input_}));
      };
      (add(std::integral_constant<std::size_t, Index>{}), ...);
      return Bound::merge::to_onnx(*this, outputs[Index]...);
    }(std::make_index_sequence<Bound::branches::size>{});
  }

 private:
  double input_;
  const Run* run_;
};

}  // namespace cortexpr::detail
