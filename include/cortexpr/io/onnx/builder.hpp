#pragma once

#include <cortexpr/core/shape.hpp>
#include <cortexpr/io/onnx/model.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>
#include <cortexpr/kernels/convolution/window.hpp>
#include <cortexpr/nn/topology/exchange.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

// What adds nodes and constants to a model of ONNX.

namespace cortexpr::detail {

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
    for (const OnnxNode& node : model_->nodes) count += std::size_t{is_same(node.name)};
    for (const OnnxTensor& tensor : model_->tensors) count += std::size_t{is_same(tensor.name)};
    return count == 0 ? name : name + "_" + std::to_string(count);
  }

  OnnxModel* model_;
  std::string path_;
};

}  // namespace cortexpr::detail
