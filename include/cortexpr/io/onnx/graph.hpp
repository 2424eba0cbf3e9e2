#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/io/onnx/model.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/topology/exchange.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What a layer adds to a model of ONNX. A bound layer, and an activation, have
//
//   static auto to_onnx(auto& graph, auto x) {
//     return graph.node("Add", graph.node("MatMul", x, graph[weight]), graph.number(1)).set("name", value);
//   }
//
// which adds nodes with the input x and returns the value that is the output. `graph` is an OnnxLayer. Batches are the
// first axis of x. The operators are those of opset 17.

namespace cortexpr::detail {

template <class ChainType>
OnnxValue add_chain(OnnxModel& model, const std::string& path, ChainData<const typename ChainType::value_type> data,
                    OnnxValue x);

/// The elements of a shape.
template <class SampleShape>
std::vector<std::int64_t> onnx_extents() {
  std::vector<std::int64_t> result;
  const FileShape shape = file_shape(SampleShape{});
  for (std::size_t axis = 0; axis < shape.rank; ++axis)
    result.push_back(static_cast<std::int64_t>(shape.extents[axis]));
  return result;
}

/// Adds nodes and tensors to a model, with a path before their names.
class OnnxGraph {
 public:
  OnnxGraph(OnnxModel& model, std::string path) : model_{&model}, path_{std::move(path)} {}

  /// A node with one output.
  OnnxValue node(const char* operation, std::initializer_list<OnnxValue> inputs) {
    std::string name = new_name(operation);
    model_->nodes.push_back({operation, name, {}, {name}});
    for (const OnnxValue& input : inputs) model_->nodes.back().inputs.push_back(input.name());
    return {*model_, std::move(name), model_->nodes.size() - 1};
  }
  /// An optional input that a node does not have.
  OnnxValue none() { return {*model_, ""}; }

  /// Constants: a vector of integers, and one of floats.
  OnnxValue integers(const std::vector<std::int64_t>& values) {
    std::string bytes;
    for (const std::int64_t value : values)
      store_little_endian(static_cast<std::uint64_t>(value), [&](char byte) { bytes += byte; });
    return tensor(new_name("Constant"), OnnxType::i64, {static_cast<std::int64_t>(values.size())}, std::move(bytes));
  }
  OnnxValue floats(const std::vector<float>& values) {
    std::string bytes;
    for (const float value : values) store_number(value, [&](char byte) { bytes += byte; });
    return tensor(new_name("Constant"), OnnxType::f32, {static_cast<std::int64_t>(values.size())}, std::move(bytes));
  }
  /// A constant of any type, from the little-endian bytes of its elements.
  OnnxValue tensor(std::string name, OnnxType type, std::vector<std::int64_t> extents, std::string bytes) {
    model_->tensors.push_back({std::move(name), type, std::move(extents), std::move(bytes)});
    return {*model_, model_->tensors.back().name};
  }

  /// x with the extents of a Shape for each sample, or with all extents, of which one may be -1.
  template <std::size_t... Extents>
  OnnxValue reshape(const OnnxValue& x, Shape<Extents...>) {
    return reshape(x, {0, static_cast<std::int64_t>(Extents)...});  // 0: the batch of x
  }
  OnnxValue reshape(const OnnxValue& x, const std::vector<std::int64_t>& extents) {
    return node("Reshape", {x, integers(extents)});
  }

  /// Sets the attributes of a node with a window, over an image or, if `rank` is 1, a sequence.
  static OnnxValue slide(OnnxValue node, const kernels::Window& window, std::size_t rank) {
    const std::vector<kernels::Axis> axes = axes_of(window, rank);
    std::vector<std::int64_t> kernel, strides, before, after, dilations;
    const auto add = [](std::vector<std::int64_t>& to, std::size_t value) {
      to.push_back(static_cast<std::int64_t>(value));
    };
    for (const kernels::Axis& axis : axes) {
      add(kernel, axis.kernel);
      add(strides, axis.stride);
      add(before, axis.before);
      add(after, axis.after);
      add(dilations, axis.dilation);
    }
    before.insert(before.end(), after.begin(), after.end());
    node.set("kernel_shape", kernel).set("strides", strides).set("pads", before);
    if (dilations != std::vector<std::int64_t>(axes.size(), 1)) node.set("dilations", dilations);
    return node;
  }

 protected:
  static std::vector<kernels::Axis> axes_of(const kernels::Window& window, std::size_t rank) {
    if (rank == 1) return {window.horizontal};
    return {window.vertical, window.horizontal};
  }
  /// The path and the text, with a number behind it if a value or a constant of the layer has that name.
  std::string new_name(const char* text) {
    const std::string name = path_ + text;
    std::size_t count = 0;
    const auto is_same = [&](const std::string& other) {
      return other == name || (other.starts_with(name + "_") &&
                               other.find_first_not_of("0123456789", name.size() + 1) == std::string::npos);
    };
    for (const OnnxNode& node : model_->nodes) count += is_same(node.name) ? 1 : 0;
    for (const OnnxTensor& tensor : model_->tensors) count += is_same(tensor.name) ? 1 : 0;
    return count == 0 ? name : name + "_" + std::to_string(count);
  }

  OnnxModel* model_;
  std::string path_;
};

/// The part of a graph that belongs to a bound layer, whose parameters and statistics are `data`.
template <class Bound>
class OnnxLayer : public OnnxGraph {
 public:
  using T = typename Bound::value_type;
  using output_shape = typename Bound::output_shape;

  OnnxLayer(OnnxModel& model, std::string path, ChainData<const T> data)
      : OnnxGraph{model, std::move(path)}, data_{data} {}

  /// A parameter or a statistic, with the name, shape and order that it has in files (nn/topology/exchange.hpp). If it
  /// is one part of a tensor, the tensor.
  template <class Array>
  OnnxValue operator[](Array) {
    constexpr Exchange exchange = exchange_of<Bound, Array>;
    const std::string name = path_ + file_name<Array>();
    for (const OnnxTensor& old : model_->tensors)
      if (old.name == name) return {*model_, name};
    OnnxTensor made{name, onnx_type<T>, {}};
    const FileShape shape = file_shape_of<Array>(exchange);
    for (std::size_t axis = 0; axis < shape.rank; ++axis)
      made.extents.push_back(static_cast<std::int64_t>(shape.extents[axis]));
    for_each_network_array(std::remove_cvref_t<decltype(Bound::arrays)>{}, [&]<class Other>(Other other) {
      if (name == path_ + file_name<Other>())
        for (std::size_t i = 0; i < matrices<Other>; ++i) made.pieces.push_back(piece(other, i, matrices<Other>));
    });
    model_->tensors.push_back(std::move(made));
    return {*model_, name};
  }

  /// One of `pieces` equal blocks of the rows of an array.
  template <class Array>
  OnnxPiece piece(Array, std::size_t index, std::size_t pieces) {
    const auto rows = parameter_rows<Bound, Array>(data_);
    const std::size_t count = Array::rows / pieces;
    return {rows[index * count], std::is_same_v<T, double>, count,
            Array::columns,      decltype(rows)::stride,    exchange_of<Bound, Array>.transposed > 0};
  }
  /// The gates of recurrent parameters in the order of ONNX, as a tensor of their own.
  template <class Order, class... ArraysOfGates>
  OnnxValue gates(const char* name, std::vector<std::int64_t> extents, const Order& order, ArraysOfGates... arrays) {
    OnnxTensor made{path_ + name, onnx_type<T>, std::move(extents)};
    const auto add = [&](auto array) {
      for (const std::size_t gate : order) made.pieces.push_back(piece(array, gate, order.size()));
    };
    (add(arrays), ...);
    model_->tensors.push_back(std::move(made));
    return {*model_, path_ + name};
  }

  /// Constants of the network's scalar type: a number, and a tensor with the elements value(0), value(1), ...
  OnnxValue number(double value) {
    return numbers({}, [=](std::size_t) { return value; });
  }
  template <class Value>
  OnnxValue numbers(std::vector<std::int64_t> extents, const Value& value) {
    std::size_t count = 1;
    for (const std::int64_t extent : extents) count *= static_cast<std::size_t>(extent);
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) store_number(static_cast<T>(value(i)), [&](char byte) { bytes += byte; });
    return tensor(new_name("Constant"), onnx_type<T>, std::move(extents), std::move(bytes));
  }

  /// x with the padding of a window around it.
  OnnxValue pad(const OnnxValue& x, const kernels::Window& window, std::size_t rank, double value) {
    std::vector<std::int64_t> extents{0, 0};
    for (const bool after : {false, true}) {
      if (after) extents.insert(extents.end(), {0, 0});
      for (const kernels::Axis& axis : axes_of(window, rank))
        extents.push_back(static_cast<std::int64_t>(after ? axis.after : axis.before));
    }
    return node("Pad", {x, integers(extents), number(value)});
  }

  /// The activation of x, which has the extents of the layer's output.
  template <class Activation>
  OnnxValue activate(Activation, OnnxValue x) {
    static_assert(
        requires { Activation::to_onnx(*this, x); },
        "onnx::save: an activation must say what it is in ONNX; give it a function "
        "static auto to_onnx(auto& graph, auto x), which adds its nodes (io/onnx/graph.hpp)");
    return Activation::to_onnx(*this, std::move(x));
  }

  /// The output of the branch at a position of a composite layer.
  template <class Index>
  OnnxValue branch(Index, OnnxValue x) {
    constexpr std::size_t index = Index::value;
    constexpr ChainOffsets offsets = Bound::bound_branches::offsets[index].chain;
    const std::string path = Bound::branches::size == 1 ? path_ : path_ + std::to_string(index) + ".";
    return add_chain<At<typename Bound::branches, index>>(*model_, path, data_.at(offsets), std::move(x));
  }
  /// The outputs of all branches, merged.
  OnnxValue branches(const OnnxValue& x) {
    return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      std::vector<OnnxValue> outputs;
      (outputs.push_back(branch(std::integral_constant<std::size_t, Index>{}, x)), ...);
      return Bound::merge::to_onnx(*this, outputs[Index]...);
    }(std::make_index_sequence<Bound::branches::size>{});
  }

 private:
  template <class Array>
  static std::string file_name() {
    constexpr Exchange exchange = exchange_of<Bound, Array>;
    return exchange.name != nullptr ? exchange.name : Array::name.text;
  }
  template <class Array>
  static constexpr std::size_t matrices =
      exchange_of<Bound, Array>.transposed > 0 ? exchange_of<Bound, Array>.transposed : 1;

  ChainData<const T> data_;
};

/// A layer that says what it is in ONNX.
template <class Bound>
concept WritesOnnx = requires(OnnxLayer<Bound>& graph, OnnxValue x) { Bound::to_onnx(graph, x); };

/// The compiler prints the position and the type of a layer without a form in ONNX.
template <std::size_t Index, class LayerType>
struct NoOnnxForm {
  static_assert(always_false<LayerType>,
                "onnx::save: a layer must say what it is in ONNX; give its Bound a function "
                "static auto to_onnx(auto& graph, auto x), which adds its nodes (io/onnx/graph.hpp)");
};

/// Adds the layers of a chain, and returns its output.
template <class ChainType>
OnnxValue add_chain(OnnxModel& model, const std::string& path, ChainData<const typename ChainType::value_type> data,
                    OnnxValue x) {
  for_each_index<ChainType::size>([&](auto index) {
    using Bound = BoundAt<ChainType, index>;
    constexpr ChainOffsets offsets = ChainType::offsets[index];
    OnnxLayer<Bound> layer{model, path + std::to_string(index) + ".", data.at(offsets)};
    if constexpr (WritesOnnx<Bound>)
      x = Bound::to_onnx(layer, x);
    else if constexpr (Bound::is_view)
      x = layer.reshape(x, typename Bound::output_shape{});
    else if constexpr (!Bound::only_in_training)
      static_cast<void>(NoOnnxForm<index, LayerAt<ChainType, index>>{});
  });
  return x;
}

}  // namespace cortexpr::detail
