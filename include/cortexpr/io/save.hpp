#pragma once

#include <cortexpr/core/error.hpp>
#include <cortexpr/core/output_file.hpp>
#include <cortexpr/core/status.hpp>
#include <cortexpr/io/read_file.hpp>
#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/match.hpp>
#include <cortexpr/io/safetensors/network_tensors.hpp>
#include <cortexpr/io/safetensors/options.hpp>
#include <cortexpr/io/safetensors/quantized.hpp>
#include <cortexpr/io/safetensors/writer.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Networks in safetensors files, with the names, shapes and order that PyTorch has for the same layers.

namespace cortexpr {

namespace detail {

/// A network whose parameters are floating-point numbers.
template <class Net>
concept FloatNetwork = requires(Net& network) {
  typename Net::chain;
  network.data();
};

template <FloatNetwork Net>
std::string safetensors_of(const Net& network, const SaveOptions& options) {
  using T = typename Net::value_type;
  SafetensorsWriter writer;
  writer.metadata = options.metadata;
  writer.metadata.emplace("format", "pt");
  const std::vector<NetworkTensor> tensors = tensors_of<Net>();
  for (const NetworkTensor& tensor : tensors) {
    std::vector<T> elements(tensor.elements);
    write_arrays(network, tensor.name, elements);
    const bool is_zero = std::all_of(elements.begin(), elements.end(), [](T element) { return element == 0; });
    if (options.omit_zero_biases && is_zero && is_optional_bias(tensors, tensor.name)) continue;
    writer.add_numbers(renamed(tensor.name, options.rename, true), tensor.shape, elements);
  }
  return writer.bytes();
}

template <IntegerNetwork Net>
std::string safetensors_of(const Net& network, const SaveOptions& options) {
  SafetensorsWriter writer;
  writer.metadata = options.metadata;
  add_integers(network, writer);
  return writer.bytes();
}

inline void copy_metadata(const SafetensorsHeader& header, Metadata* to) {
  if (to != nullptr)
    for (const auto& [key, value] : header.metadata) to->insert_or_assign(key.string(), value.string());
}

/// Sets the parameters of a network from the bytes of a file. Returns an empty string, or a sentence without the name of
/// the file; the network is then as before.
template <FloatNetwork Net>
std::string load_safetensors(Net& network, std::string_view file, const LoadOptions& options) {
  std::size_t data_begin = 0;
  SafetensorsHeader header = parse_safetensors(file, data_begin);
  if (!header.error.empty()) return header.error.string();
  const std::vector<NetworkTensor> wanted = tensors_of<Net>();
  const TensorMatch match = match_tensors(wanted, header.tensors, options);
  if (!match.differences.empty()) {
    ConstexprString text = "expected the tensors of the network, found " + number_text(match.differences.size()) +
                           (match.differences.size() == 1 ? " difference" : " differences") +
                           "; load the file into the network it was saved from, or give .rename or .match:";
    for (const ConstexprString& difference : match.differences) (text += "\n  ") += difference.view();
    return text.string();
  }
  // A bias that the file lacks.
  std::size_t largest = 0;
  for (const NetworkTensor& tensor : wanted) largest = std::max(largest, tensor.elements);
  const std::string zeros(largest * sizeof(float), '\0');
  read_arrays(network, [&](std::string_view name) -> std::pair<FileScalar, const char*> {
    const FileTensor* const tensor = match.tensors.find(name)->second;
    if (tensor == nullptr) return {{"F32", 32}, zeros.data()};
    return {tensor->scalar, file.data() + data_begin + tensor->begin};
  });
  copy_metadata(header, options.metadata);
  return {};
}

template <IntegerNetwork Net>
std::string load_safetensors(Net& network, std::string_view file, const LoadOptions& options) {
  std::size_t data_begin = 0;
  const SafetensorsHeader header = parse_safetensors(file, data_begin);
  if (!header.error.empty()) return header.error.string();
  std::string error = read_integers(network, header, file.data() + data_begin);
  if (error.empty()) copy_metadata(header, options.metadata);
  return error;
}

/// The sentence of an error, or an empty one.
template <class Net>
std::string load_file(Net& network, const std::string& path, const LoadOptions& options) {
  std::string contents;
  std::string error = read_file(path.c_str(), contents);
  if (error.empty()) error = load_safetensors(network, contents, options);
  return error.empty() ? error : path + ": " + error;
}

template <class Net>
std::string save_file(const Net& network, const std::string& path, const SaveOptions& options) {
  const std::string bytes = safetensors_of(network, options);
  OutputFile file{path};
  file.write(bytes.data(), static_cast<std::ptrdiff_t>(bytes.size()));
  return file.commit() ? std::string{} : file.sentence();
}

/// Runs action(), and returns its sentence, or that of an exception.
template <class Action>
Status status_of(const Action& action) noexcept {
#if CORTEXPR_HAS_EXCEPTIONS
  try {
    return Status{action()};
  } catch (const std::exception& error) {
    return Status{error.what()};
  }
#else
  return Status{action()};
#endif
}

}  // namespace detail

/// Writes the parameters and statistics of a network to a safetensors file.
///
///     cx::save(network, "digits.safetensors");
///
/// The names are "0.weight", "0.bias", ..., with the index of the layer after Input; shapes and order are PyTorch's: the
/// weight of Dense is [out, in]. PyTorch reads the file with safetensors.torch.load_file.
/// Errors: DataError: a file that cannot be written (an old file is left as it was)
template <class Net>
void save(const Net& network, const std::string& path, const SaveOptions& options = {}) {
  if (const std::string error = detail::save_file(network, path, options); !error.empty()) detail::raise(error);
}
/// The same; an error is the result.
template <class Net>
[[nodiscard]] Status try_save(const Net& network, const std::string& path, const SaveOptions& options = {}) noexcept {
  return detail::status_of([&] { return detail::save_file(network, path, options); });
}

/// Sets the parameters and statistics of a network from a safetensors file: one of `save`, or a state_dict of PyTorch.
/// Numbers of 16, 32 and 64 bits are converted to those of the network.
///
///     cx::load(network, "digits.safetensors");
///     cx::load(network, "torch.safetensors", {.rename = {{"lstm.", "0."}, {"fc.", "1."}}});
///     cx::load(network, "torch.safetensors", {.match = cx::Match::in_order});
///
/// Errors: DataError: a file that cannot be read; tensors that do not fit, all in one message. The network is then as
///         before.
template <class Net>
void load(Net& network, const std::string& path, const LoadOptions& options = {}) {
  if (const std::string error = detail::load_file(network, path, options); !error.empty()) detail::raise(error);
}
/// The same; an error is the result.
template <class Net>
[[nodiscard]] Status try_load(Net& network, const std::string& path, const LoadOptions& options = {}) noexcept {
  return detail::status_of([&] { return detail::load_file(network, path, options); });
}

}  // namespace cortexpr
