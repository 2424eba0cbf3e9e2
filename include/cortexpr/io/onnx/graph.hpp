#pragma once

#include <cortexpr/core/diagnostics.hpp>
#include <cortexpr/core/type_list.hpp>
#include <cortexpr/io/onnx/builder.hpp>
#include <cortexpr/io/onnx/model.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/topology/chain.hpp>
#include <cortexpr/nn/topology/exchange.hpp>
#include <cortexpr/nn/topology/parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What a layer adds to a model of ONNX. A bound layer, and an activation, have
//
//   static auto to_onnx(auto& graph, auto x) {
//     return graph.node("Gemm", {graph.node("Mul", {x, graph.number(2)}), graph[weight]}).set("transB", 1);
//   }
//
// which adds nodes with the input x, whose first axis is the batch, and returns the value that is the output. `graph` is
// an OnnxLayer: graph[array] is a parameter as files have it, `set` gives a node an attribute. The operators are those
// of opset 17. A layer that only sees its input with another shape, or works only in training, needs no function.

namespace cortexpr::detail {

template <class ChainType>
OnnxValue add_chain(OnnxModel& model, const std::string& path, ChainData<const typename ChainType::value_type> data,
                    OnnxValue x);

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

  /// A node that works on each sample as one vector; x has the extents of the layer's output.
  OnnxValue of_samples(const char* operation, OnnxValue x) {
    if constexpr (output_shape::rank == 1) return node(operation, {std::move(x)});
    return reshape(node(operation, {reshape(x, Shape<output_shape::size>{})}), output_shape{});
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
