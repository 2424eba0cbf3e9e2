#pragma once

#include <cortexpr/io/safetensors/options.hpp>

#include <cstddef>
#include <string>

namespace cortexpr::onnx {

struct SaveOptions {
  std::string input = "input";    ///< the name of the graph's input
  std::string output = "output";  ///< the name of the graph's output
  /// The number of samples of a batch; 0 leaves it open, as the extent "N".
  std::size_t batch = 0;
  /// Whether tensors of a kilobyte and more lie in FILE.data beside the model. Above a gigabyte they always do.
  bool external_data = false;
  /// Text that is kept in the file, by key.
  Metadata metadata{};
};

}  // namespace cortexpr::onnx
