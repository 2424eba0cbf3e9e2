#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/io/npy.hpp>
#include <cortexpr/io/save.hpp>
#include <cortexpr/nn/network.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

/// Models that PyTorch trained or initialized, with their answers.
namespace torch {

/// The folder of the models: CORTEXPR_MODELS, or ../shared/data/onnx. Empty if there is none.
inline std::filesystem::path folder() {
  const char* const asked = std::getenv("CORTEXPR_MODELS");
  const std::filesystem::path path = asked != nullptr ? asked : "../shared/data/onnx";
  return std::filesystem::is_directory(path) ? path : std::filesystem::path{};
}

/// The largest difference between a network's outputs and those of PyTorch for the same inputs, relative to the largest
/// output where that is above 1.
template <class Net>
double error_of(const Net& network, const std::string& name) {
  const auto inputs = cortexpr::npy::read(folder() / (name + ".input.npy"));
  const auto outputs = cortexpr::npy::read(folder() / (name + ".output.npy"));
  using In = typename Net::InputTensor;
  const std::size_t samples = inputs.shape.at(0);
  REQUIRE(inputs.values.size() == samples * Net::input_shape::size);
  REQUIRE(outputs.values.size() == samples * Net::output_shape::size);
  double largest = 1, error = 0;
  for (const float value : outputs.values) largest = std::max(largest, std::fabs(double{value}));
  for (std::size_t i = 0; i < samples; ++i) {
    In input;
    std::copy_n(inputs.values.begin() + static_cast<std::ptrdiff_t>(i * In::size()), In::size(), input.data());
    const auto output = network(input);
    for (std::size_t j = 0; j < output.size(); ++j)
      error = std::max(error, std::fabs(double{output[j]} - double{outputs.values[i * output.size() + j]}));
  }
  return error / largest;
}

}  // namespace torch
