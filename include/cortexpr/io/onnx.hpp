#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/status.hpp>
#include <cortexpr/io/onnx/graph.hpp>
#include <cortexpr/io/onnx/model.hpp>
#include <cortexpr/io/onnx/options.hpp>
#include <cortexpr/io/onnx/quantized.hpp>
#include <cortexpr/io/onnx/write.hpp>
#include <cortexpr/io/safetensors/quantized.hpp>
#include <cortexpr/io/save.hpp>

#include <string>
#include <utility>

// Networks as models of ONNX, which ONNX Runtime and other tools run.

namespace cortexpr {

namespace detail {

/// Makes a value the output of the graph.
inline void end_graph(OnnxModel& model, OnnxValue output, const std::string& name) {
  if (!output.is_of_node()) output = OnnxGraph{model, ""}.node("Identity", {output});
  const std::string old = output.name();
  for (OnnxNode& node : model.nodes) {
    for (std::string& input : node.inputs)
      if (input == old) input = name;
    for (std::string& one : node.outputs)
      if (one == old) one = name;
  }
}

template <FloatNetwork Net>
OnnxModel onnx_model_of(const Net& network, const onnx::SaveOptions& options) {
  using T = typename Net::value_type;
  OnnxModel model{.type = onnx_type<T>,
                  .input = {options.input, onnx_extents<typename Net::input_shape>()},
                  .output = {options.output, onnx_extents<typename Net::output_shape>()}};
  end_graph(model, add_chain<typename Net::chain>(model, "", network.data(), OnnxValue{model, options.input}),
            options.output);
  return model;
}

template <IntegerNetwork Net>
OnnxModel onnx_model_of(const Net& network, const onnx::SaveOptions& options) {
  OnnxModel model{.input = {options.input, onnx_extents<typename Net::input_shape>()},
                  .output = {options.output, onnx_extents<typename Net::output_shape>()}};
  OnnxInt8 graph{model, ""};
  end_graph(model, network.to_onnx(graph, OnnxValue{model, options.input}), options.output);
  return model;
}

template <class Net>
std::string save_onnx(const Net& network, const std::string& path, const onnx::SaveOptions& options) {
  return write_onnx(onnx_model_of(network, options), path, options);
}

}  // namespace detail

namespace onnx {

/// Writes a network as a model of ONNX (opset 17), with the names that `cx::save` gives the parameters.
///
///     cx::onnx::save(network, "digits.onnx");
///     cx::onnx::save(network, "digits.onnx", {.input = "image", .output = "logits", .batch = 1});
///
/// Each sample begins with the state zero; a stream's State is no part of the model. A quantized network is written in
/// QDQ form (io/onnx/quantized.hpp).
/// Cost:    the parameters of a network of real numbers go to the file without a copy of them
/// Errors:  DataError: a file that cannot be written (old files are left as they were); names that are taken.
///          Compile time: a layer or an activation of your own without to_onnx
template <class Net>
void save(const Net& network, const std::string& path, const SaveOptions& options = {}) {
  if (const std::string error = detail::save_onnx(network, path, options); !error.empty()) detail::raise(error);
}
/// The same; an error is the result.
template <class Net>
[[nodiscard]] Status try_save(const Net& network, const std::string& path, const SaveOptions& options = {}) noexcept {
  return detail::status_of([&] { return detail::save_onnx(network, path, options); });
}

}  // namespace onnx
}  // namespace cortexpr
