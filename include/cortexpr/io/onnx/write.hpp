#pragma once

#include <cortexpr/core/output_file.hpp>
#include <cortexpr/io/onnx/model.hpp>
#include <cortexpr/io/onnx/options.hpp>
#include <cortexpr/io/onnx/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// A model as the bytes of a file. Parameters go from the network to the file in small parts, so lengths are computed
// first.

namespace cortexpr::detail {

/// The version of ONNX's operators, and that of its files in the same release.
inline constexpr int onnx_operators = 17, onnx_file = 8;
/// Above this size of all tensors, they lie in a file of their own: a message of protobuf holds less than 2 GiB.
inline constexpr std::size_t most_bytes_in_model = std::size_t{1} << 30;
/// Smaller tensors stay in the model. Others begin at multiples of a page, so that programs can map them.
inline constexpr std::size_t least_external_bytes = 1024, page_bytes = 4096;

/// Where a tensor lies in the file of the parameters.
struct OnnxPlace {
  bool is_external = false;
  std::size_t begin = 0;
};

inline std::vector<OnnxPlace> places_of(const OnnxModel& model, bool external) {
  std::size_t all = 0;
  for (const OnnxTensor& tensor : model.tensors) all += tensor.size();
  std::vector<OnnxPlace> places(model.tensors.size());
  if (!external && all <= most_bytes_in_model) return places;
  std::size_t end = 0;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (const std::size_t size = model.tensors[i].size(); size >= least_external_bytes) {
      places[i] = {true, (end + page_bytes - 1) / page_bytes * page_bytes};
      end = places[i].begin + size;
    }
  return places;
}

/// The name of the file of the parameters, as the model has it: relative to the model's folder.
inline std::string location_of(const std::string& path) { return path.substr(path.rfind('/') + 1) + ".data"; }

inline ProtoMessage onnx_entry(std::string_view key, std::string_view value) {
  return ProtoMessage{}.text(1, key).text(2, value);
}

/// A tensor. If it is not external, it ends with the beginning of the field of its elements, which follow.
inline ProtoMessage onnx_tensor(const OnnxTensor& tensor, OnnxPlace place, const std::string& location) {
  ProtoMessage message;
  for (const std::int64_t extent : tensor.extents) message.integer(1, extent);
  message.integer(2, static_cast<int>(tensor.type)).text(8, tensor.name);
  if (!place.is_external) return message.begin(9, tensor.size());
  return message.message(13, onnx_entry("location", location))
      .message(13, onnx_entry("offset", std::to_string(place.begin)))
      .message(13, onnx_entry("length", std::to_string(tensor.size())))
      .integer(14, 1);
}

inline ProtoMessage onnx_end(const OnnxEnd& end, OnnxType type, std::size_t batch) {
  ProtoMessage shape;
  shape.message(1,
                batch == 0 ? ProtoMessage{}.text(2, "N") : ProtoMessage{}.integer(1, static_cast<std::int64_t>(batch)));
  for (const std::int64_t extent : end.extents) shape.message(1, ProtoMessage{}.integer(1, extent));
  const ProtoMessage tensor = ProtoMessage{}.integer(1, static_cast<int>(type)).message(2, shape);
  return ProtoMessage{}.text(1, end.name).message(2, ProtoMessage{}.message(1, tensor));
}

inline std::string onnx_node(const OnnxNode& node) {
  ProtoMessage message;
  for (const std::string& input : node.inputs) message.text(1, input);
  for (const std::string& output : node.outputs) message.text(2, output);
  return message.text(3, node.name).text(4, node.operation).bytes() + node.attributes.bytes();
}

/// All but the graph.
inline ProtoMessage onnx_model(const onnx::SaveOptions& options) {
  ProtoMessage message;
  message.integer(1, onnx_file).text(2, "cortexpr").message(8, ProtoMessage{}.text(1, "").integer(2, onnx_operators));
  for (const auto& [key, value] : options.metadata) message.message(14, onnx_entry(key, value));
  return message;
}

/// An error of the names, or an empty string.
inline std::string name_error(const OnnxModel& model) {
  std::set<std::string_view> names{model.input.name};
  bool differ = !model.input.name.empty() && !model.output.name.empty();
  for (const OnnxTensor& tensor : model.tensors) differ = differ && names.insert(tensor.name).second;
  for (const OnnxNode& node : model.nodes)
    for (const std::string& output : node.outputs) differ = differ && names.insert(output).second;
  if (differ) return {};
  return "expected names of input and output that no parameter and no layer has, found '" + model.input.name +
         "' and '" + model.output.name + "'; choose others, such as \"input\" and \"output\"";
}

/// Writes the bytes of a tensor.
inline void write_elements(OutputFile& file, const OnnxTensor& tensor) {
  const auto write = [&](const char* text, std::size_t size) { file.write(text, static_cast<std::ptrdiff_t>(size)); };
  write(tensor.bytes.data(), tensor.bytes.size());
  for (const OnnxPiece& piece : tensor.pieces) piece.write_to(write);
}

/// Writes the file of the parameters.
inline void write_external(OutputFile& file, const OnnxModel& model, const std::vector<OnnxPlace>& places) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i].is_external) continue;
    const std::string zeros(places[i].begin - end, '\0');
    file.write(zeros.data(), static_cast<std::ptrdiff_t>(zeros.size()));
    write_elements(file, model.tensors[i]);
    end = places[i].begin + model.tensors[i].size();
  }
}

/// Writes a model. Returns an empty string, or a sentence; old files are then as they were.
inline std::string write_onnx(const OnnxModel& model, const std::string& path, const onnx::SaveOptions& options) {
  if (const std::string error = name_error(model); !error.empty()) return path + ": " + error;
  const std::vector<OnnxPlace> places = places_of(model, options.external_data);
  const std::string location = location_of(path);
  ProtoMessage graph;
  for (const OnnxNode& node : model.nodes) graph.text(1, onnx_node(node));
  graph.text(2, "network")
      .message(11, onnx_end(model.input, model.type, options.batch))
      .message(12, onnx_end(model.output, model.type, options.batch));
  // Each tensor with the key and length before it; its elements follow.
  std::vector<std::string> heads(places.size());
  std::size_t graph_bytes = graph.bytes().size();
  bool any_external = false;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t inside = places[i].is_external ? 0 : model.tensors[i].size();
    const std::string tensor = onnx_tensor(model.tensors[i], places[i], location).bytes();
    heads[i] = ProtoMessage{}.begin(5, tensor.size() + inside).bytes() + tensor;
    graph_bytes += heads[i].size() + inside;
    any_external = any_external || places[i].is_external;
  }

  std::optional<OutputFile> data;
  if (any_external) write_external(data.emplace(path + ".data"), model, places);
  OutputFile file{path};
  const auto write = [&](const std::string& text) {
    file.write(text.data(), static_cast<std::ptrdiff_t>(text.size()));
  };
  write(onnx_model(options).begin(7, graph_bytes).bytes());
  write(graph.bytes());
  for (std::size_t i = 0; i < places.size(); ++i) {
    write(heads[i]);
    if (!places[i].is_external) write_elements(file, model.tensors[i]);
  }
  if (!file.ok()) return file.sentence();
  if (data && !data->commit()) return data->sentence();
  return file.commit() ? std::string{} : file.sentence();
}

}  // namespace cortexpr::detail
