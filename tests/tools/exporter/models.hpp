#pragma once

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/io/npy.hpp>
#include <cortexpr/io/onnx.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

// Models for tests/tools/exporter: FOLDER/NAME.onnx with NAME.input.npy and NAME.output.npy, which are the library's.

namespace models {

namespace cx = cortexpr;

inline constexpr std::size_t samples = 5;

/// Gives every parameter and statistic a value of its own; variances stay positive.
template <class Net>
void scramble(Net& network) {
  network.initialize(cx::Seed{42});
  std::size_t count = 0;
  cx::detail::for_each_parameter<typename Net::chain>(network.data(), [&]<class Array>(Array, auto rows) {
    constexpr bool is_statistic = Array::region == cx::detail::Region::statistics;
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column) {
        const double wave = std::sin(static_cast<double>(++count) * 0.7);
        using T = typename Net::value_type;
        rows[row][column] += static_cast<T>(is_statistic ? 0.3 * wave * wave : 0.2 * wave);
      }
  });
}

template <class T>
std::vector<T> inputs_of(std::size_t elements) {
  std::vector<T> inputs(elements);
  for (std::size_t i = 0; i < elements; ++i)
    inputs[i] = static_cast<T>(2.5 * std::sin(static_cast<double>(i) * 1.3 + 0.2));
  return inputs;
}

template <class Shape>
std::vector<std::size_t> batch_of() {
  std::vector<std::size_t> extents{samples};
  for (std::size_t axis = 0; axis < Shape::rank; ++axis) extents.push_back(cx::detail::Extents<Shape>::values[axis]);
  return extents;
}

template <class Net>
void write(const Net& network, const std::string& path, const std::vector<typename Net::value_type>& inputs,
           const cx::onnx::SaveOptions& options = {}) {
  using T = typename Net::value_type;
  std::vector<T> outputs(samples * Net::output_shape::size);
  network(std::span<const T>{inputs}, std::span<T>{outputs});
  cx::onnx::save(network, path + ".onnx", options);
  cx::npy::write(path + ".input.npy", std::span<const T>{inputs}, batch_of<typename Net::input_shape>());
  cx::npy::write(path + ".output.npy", std::span<const T>{outputs}, batch_of<typename Net::output_shape>());
}

template <class Net>
void write(const std::string& path, const cx::onnx::SaveOptions& options = {}) {
  auto network = cx::make_network<Net>();
  scramble(*network);
  write(*network, path, inputs_of<typename Net::value_type>(samples * Net::input_shape::size), options);
}

void write_layers(const std::string& folder);
void write_sequences(const std::string& folder);
void write_quantized(const std::string& folder);

}  // namespace models
