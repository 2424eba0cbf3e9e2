#pragma once

#include <cortexpr/io/onnx/wire.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A model of ONNX in memory: nodes, and tensors that refer to the network's parameters.
// Source: github.com/onnx/onnx, onnx/onnx.proto

namespace cortexpr::detail {

/// The types of tensors, with ONNX's numbers.
enum class OnnxType { f32 = 1, i8 = 3, i32 = 6, i64 = 7, f64 = 11 };
template <class T>
inline constexpr OnnxType onnx_type = sizeof(T) == 8 ? OnnxType::f64 : OnnxType::f32;

/// A part of a tensor that lies in the network: a matrix, row by row or, if it is transposed, column by column.
struct OnnxPiece {
  const void* data;
  bool is_double;
  std::size_t rows, columns, stride;
  bool is_transposed = false;

  [[nodiscard]] std::size_t bytes() const { return rows * columns * (is_double ? 8 : 4); }

  /// Calls write(text, size) with parts of the bytes of a file.
  template <class Write>
  void write_to(const Write& write) const {
    constexpr std::size_t enough = 1 << 15;
    std::string text;
    const auto add = [&](std::size_t row, std::size_t column) {
      const std::size_t at = row * stride + column;
      const auto put = [&](char byte) { text += byte; };
      if (is_double)
        store_number(static_cast<const double*>(data)[at], put);
      else
        store_number(static_cast<const float*>(data)[at], put);
      if (text.size() < enough) return;
      write(text.data(), text.size());
      text.clear();
    };
    for (std::size_t i = 0; i < (is_transposed ? columns : rows); ++i)
      for (std::size_t j = 0; j < (is_transposed ? rows : columns); ++j) is_transposed ? add(j, i) : add(i, j);
    write(text.data(), text.size());
  }
};

/// A tensor with constant elements. They are `bytes` and, after them, those of the pieces.
struct OnnxTensor {
  std::string name;
  OnnxType type;
  std::vector<std::int64_t> extents;
  std::string bytes{};
  std::vector<OnnxPiece> pieces{};

  [[nodiscard]] std::size_t size() const {
    std::size_t result = bytes.size();
    for (const OnnxPiece& piece : pieces) result += piece.bytes();
    return result;
  }
};

struct OnnxNode {
  std::string operation;
  std::string name;
  std::vector<std::string> inputs{}, outputs{};
  ProtoMessage attributes{};
};

/// Where the samples enter or leave the graph: a name, and the extents without the batch.
struct OnnxEnd {
  std::string name;
  std::vector<std::int64_t> extents;
};

struct OnnxModel {
  std::vector<OnnxNode> nodes{};
  std::vector<OnnxTensor> tensors{};
  OnnxType type = OnnxType::f32;  ///< of input and output
  OnnxEnd input{}, output{};
};

/// A value in the graph: the graph's input, a tensor, or an output of a node, whose attributes `set` adds to.
class OnnxValue {
 public:
  OnnxValue(OnnxModel& model, std::string name, std::size_t node = no_node)
      : model_{&model}, name_{std::move(name)}, node_{node} {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_of_node() const { return node_ != no_node; }

  OnnxValue& set(const char* attribute, std::integral auto value) {
    return add(attribute, kind_integer, ProtoMessage{}.integer(3, static_cast<std::int64_t>(value)));
  }
  OnnxValue& set(const char* attribute, std::floating_point auto value) {
    return add(attribute, kind_number, ProtoMessage{}.number(2, static_cast<float>(value)));
  }
  OnnxValue& set(const char* attribute, const char* value) {
    return add(attribute, kind_text, ProtoMessage{}.text(4, value));
  }
  OnnxValue& set(const char* attribute, const std::vector<std::int64_t>& values) {
    ProtoMessage list;
    for (const std::int64_t value : values) list.integer(8, value);
    return add(attribute, kind_integers, list);
  }
  /// A list with a single text.
  OnnxValue& set_list(const char* attribute, const char* value) {
    return add(attribute, kind_texts, ProtoMessage{}.text(9, value));
  }

  /// Another output of the node, counted from 0.
  [[nodiscard]] OnnxValue output(std::size_t index) const {
    std::vector<std::string>& outputs = model_->nodes[node_].outputs;
    while (outputs.size() <= index) outputs.push_back(name_ + "." + std::to_string(outputs.size()));
    return {*model_, outputs[index], node_};
  }

 private:
  static constexpr std::size_t no_node = static_cast<std::size_t>(-1);
  static constexpr int kind_number = 1, kind_integer = 2, kind_text = 3, kind_integers = 7, kind_texts = 8;

  OnnxValue& add(const char* attribute, int kind, const ProtoMessage& value) {
    const std::string text = ProtoMessage{}.text(1, attribute).integer(20, kind).bytes() + value.bytes();
    model_->nodes[node_].attributes.text(5, text);
    return *this;
  }

  OnnxModel* model_;
  std::string name_;
  std::size_t node_;
};

}  // namespace cortexpr::detail
