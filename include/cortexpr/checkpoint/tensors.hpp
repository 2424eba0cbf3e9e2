#pragma once

#include <cortexpr/checkpoint/snapshot.hpp>
#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/network_tensors.hpp>
#include <cortexpr/io/safetensors/scalars.hpp>
#include <cortexpr/io/safetensors/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The two sides of a checkpoint's tensors: SnapshotWriter adds them to a file, SnapshotReader finds them in one.
// visit_snapshot (fields.hpp) names them, once for both.

namespace cortexpr::detail {

/// Calls action(name, array, rows) for the slots of an optimizer's state, which has the layout of the
/// parameters.
template <class Net, class T, class Action>
void for_each_slot(T* state, std::size_t slots, const Action& action) {
  for (std::size_t slot = 0; slot < slots; ++slot)
    for_each_file_array<typename Net::chain>(
        "slot" + number_text(slot) + ".", {},
        [&]<class Array, class Bound>(const ConstexprString& name, const Exchange&, Array array,
                                      std::type_identity<Bound>, ChainOffsets offsets) {
          if constexpr (Array::region == Region::parameters)
            action(name, array,
                   parameter_rows<Bound, Array>(
                       ChainData<T>{state + slot * Net::trainable_elements + offsets.parameters, nullptr}));
        });
}

/// Adds what it is given to a file.
class SnapshotWriter {
 public:
  SafetensorsWriter file{};

  template <class Net>
  void network(const std::string& prefix, const Kept<Net>& kept) {
    if (kept.network.empty()) return;
    using T = typename Net::value_type;
    const Net& network = kept.network.front();
    for (const NetworkTensor& tensor : tensors_of<Net>()) {
      std::vector<T> elements(tensor.elements);
      write_arrays(network, tensor.name, elements);
      file.add_numbers(prefix + tensor.name.string(), tensor.shape, elements);
    }
    for_each_slot<Net>(kept.optimizer_state.data(), kept.optimizer_state.size() / Net::trainable_elements,
                       [&]<class Array>(const ConstexprString& name, Array, auto rows) {
                         std::vector<T> elements;
                         for (std::size_t row = 0; row < rows.count; ++row)
                           elements.insert(elements.end(), rows[row], rows[row] + rows.columns);
                         // Several arrays of a layer may be one tensor of the network.
                         file.add_numbers(prefix + name.string() + "/" + Array::name.text,
                                          file_shape(typename Array::shape{}), elements);
                       });
  }
  void integers(const std::string& name, std::vector<std::uint64_t>& values) {
    std::string bytes;
    for (const std::uint64_t value : values) store_little_endian(value, [&](char byte) { bytes += byte; });
    file.add(name, "I64", vector_shape(values.size()), bytes);
  }
  void numbers(const std::string& name, std::vector<double>& values) {
    file.add_numbers(name, vector_shape(values.size()), values);
  }
};

/// Finds what it is asked for in a file. `differences` lists what is missing or of another size.
class SnapshotReader {
 public:
  SnapshotReader(const SafetensorsHeader& header, const char* data) : header_{header}, data_{data} {}
  std::vector<std::string> differences;

  template <class Net>
  void network(const std::string& prefix, Kept<Net>& kept) {
    using T = typename Net::value_type;
    bool is_there = false;
    for (const FileTensor& tensor : header_.tensors) is_there = is_there || tensor.name.view().starts_with(prefix);
    if (!is_there && prefix != "network/") return;
    kept.network.resize(1);
    for (const NetworkTensor& tensor : tensors_of<Net>()) (void)find<T>(prefix + tensor.name.string(), tensor.shape);
    if (!differences.empty()) return;
    read_arrays(kept.network.front(),
                [&](std::string_view name) { return std::pair{float_type<T>, find_any(prefix + std::string{name})}; });
    for_each_slot<Net>(kept.optimizer_state.data(), kept.optimizer_state.size() / Net::trainable_elements,
                       [&]<class Array>(const ConstexprString& name, Array, auto rows) {
                         const char* from = find<T>(prefix + name.string() + "/" + Array::name.text,
                                                    file_shape(typename Array::shape{}));
                         if (from == nullptr) return;
                         for (std::size_t row = 0; row < rows.count; ++row)
                           for (std::size_t column = 0; column < rows.columns; ++column, from += sizeof(T))
                             rows[row][column] = load_number<T>(float_type<T>.name, from);
                       });
  }
  void integers(const std::string& name, std::vector<std::uint64_t>& values) {
    each<std::uint64_t>(name, "I64", values, [](const char* from) { return load_little_endian<std::uint64_t>(from); });
  }
  void numbers(const std::string& name, std::vector<double>& values) {
    each<double>(name, "F64", values, [](const char* from) { return load_number<double>("F64", from); });
  }

 private:
  const FileTensor* tensor(const std::string& name) const {
    for (const FileTensor& one : header_.tensors)
      if (one.name == std::string_view{name}) return &one;
    return nullptr;
  }
  const char* find_any(const std::string& name) const { return data_ + tensor(name)->begin; }

  /// The elements of a tensor of this type and shape, or null.
  template <class T>
  const char* find(const std::string& name, const FileShape& shape) {
    const FileTensor* const found = tensor(name);
    const std::string_view scalar = float_type<T>.name;
    if (found != nullptr && found->shape == shape && found->scalar.name == scalar) return data_ + found->begin;
    const std::string expected = std::string{scalar} + " " + shape_text(shape).string();
    differences.push_back(
        "'" + name + "': expected " + expected + ", found " +
        (found == nullptr ? "none" : std::string{found->scalar.name} + " " + shape_text(found->shape).string()));
    return nullptr;
  }

  template <class T>
  void each(const std::string& name, std::string_view scalar, std::vector<T>& values, const auto& load) {
    const FileTensor* const found = tensor(name);
    if (found == nullptr || found->scalar.name != scalar) {
      differences.push_back("'" + name + "': expected " + std::string{scalar} + ", found none");
      return;
    }
    values.clear();
    for (std::uint64_t position = found->begin; position < found->end; position += 8)
      values.push_back(load(data_ + position));
  }

  const SafetensorsHeader& header_;
  const char* data_;
};

}  // namespace cortexpr::detail
