#pragma once

#include <cortexpr/io/safetensors/header.hpp>
#include <cortexpr/io/safetensors/network_tensors.hpp>
#include <cortexpr/io/safetensors/options.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Which tensor of a file becomes which tensor of a network.

namespace cortexpr::detail {

/// For each tensor of the network the tensor of the file, or null for a bias that the file lacks. `differences` lists
/// what does not fit; if it is empty, all fits.
struct TensorMatch {
  std::map<std::string, const FileTensor*, std::less<>> tensors;
  std::vector<ConstexprString> differences;
};

/// The name with its longest prefix in `rename` replaced.
inline std::string renamed(std::string_view name, const Renaming& rename, bool backwards = false) {
  const std::string* best_from = nullptr;
  const std::string* best_to = nullptr;
  for (const auto& [file, network] : rename) {
    const std::string& from = backwards ? network : file;
    if (name.starts_with(from) && (best_from == nullptr || from.size() > best_from->size())) {
      best_from = &from;
      best_to = backwards ? &file : &network;
    }
  }
  return best_from == nullptr ? std::string{name} : *best_to + std::string{name.substr(best_from->size())};
}

/// The module of a tensor, "net.3" of "net.3.weight", and its role in it, "weight". In PyTorch the second layer of an LSTM
/// has the names of the first with l1 for l0; it is a module of its own.
struct ModuleAndRole {
  std::string module, role;

  explicit ModuleAndRole(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    module = dot == std::string::npos ? "" : name.substr(0, dot);
    role = dot == std::string::npos ? name : name.substr(dot + 1);
    const std::size_t layer = role.rfind("_l");
    if (layer == std::string::npos || role.find_first_not_of("0123456789", layer + 2) != std::string::npos ||
        layer + 2 == role.size())
      return;
    module += ".l" + role.substr(layer + 2);
    role.resize(layer);
  }
};

/// Whether a stands before b if numbers in names are compared as numbers: net.2 before net.10.
inline bool natural_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
  const auto take_number = [&](std::string_view& text) {
    std::size_t zeros = 0, length = 0;
    while (zeros < text.size() && text[zeros] == '0') ++zeros;
    while (zeros + length < text.size() && is_digit(text[zeros + length])) ++length;
    const std::string_view digits = text.substr(zeros, length);
    text.remove_prefix(zeros + length);
    return digits;
  };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view number_a = take_number(a), number_b = take_number(b);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
    } else {
      if (a[0] != b[0]) return a[0] < b[0];
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.empty() && !b.empty();
}

/// The modules of names, each once.
template <class Tensors>
std::vector<std::string> modules_of(const Tensors& tensors) {
  std::vector<std::string> modules;
  for (const auto& tensor : tensors)
    if (const std::string module = ModuleAndRole{tensor.name}.module;
        std::find(modules.begin(), modules.end(), module) == modules.end())
      modules.push_back(module);
  return modules;
}

/// Gives the tensors of a file the names of the network's: the modules in their natural order.
inline void rename_in_order(const std::vector<NetworkTensor>& wanted, std::vector<FileTensor>& found,
                            std::vector<ConstexprString>& differences) {
  std::vector<std::string> theirs = modules_of(found);
  const std::vector<std::string> ours = modules_of(wanted);
  std::sort(theirs.begin(), theirs.end(), natural_less);
  for (std::size_t i = 1; i < theirs.size(); ++i)
    if (!natural_less(theirs[i - 1], theirs[i]))
      differences.push_back("the order of the modules '" + ConstexprString{theirs[i - 1]} + "' and '" +
                            ConstexprString{theirs[i]} + "' is not unique; use .rename");
  if (theirs.size() != ours.size()) {
    differences.push_back("expected " + number_text(ours.size()) + " modules with parameters, found " +
                          number_text(theirs.size()));
    return;
  }
  for (FileTensor& tensor : found) {
    const ModuleAndRole parts{tensor.name};
    const auto module = std::find(theirs.begin(), theirs.end(), parts.module);
    const std::string& target = ours[static_cast<std::size_t>(module - theirs.begin())];
    // The role by which the network calls it, if it has one of this name.
    ConstexprString name = target.empty() ? parts.role : target + '.' + parts.role;
    for (const NetworkTensor& one : wanted)
      if (const ModuleAndRole own{one.name}; own.module == target && own.role == parts.role) name = one.name;
    tensor.name = name;
  }
}

/// Whether a tensor is a bias that PyTorch leaves out with bias=False: that of a layer whose weight is a matrix or a
/// kernel.
inline bool is_optional_bias(const std::vector<NetworkTensor>& tensors, std::string_view name) {
  const ModuleAndRole bias{name};
  return bias.role == "bias" && std::any_of(tensors.begin(), tensors.end(), [&](const NetworkTensor& tensor) {
           const ModuleAndRole other{tensor.name};
           return other.module == bias.module && other.role == "weight" && tensor.shape.rank > 1;
         });
}

/// Pairs the tensors of a network with those of a file, whose names this changes to the network's.
inline TensorMatch match_tensors(const std::vector<NetworkTensor>& wanted, std::vector<FileTensor>& found,
                                 const LoadOptions& options) {
  TensorMatch result;
  // PyTorch counts the batches that BatchNorm saw; nothing here needs that.
  std::erase_if(found,
                [](const FileTensor& tensor) { return ModuleAndRole{tensor.name}.role == "num_batches_tracked"; });
  for (FileTensor& tensor : found) tensor.name = renamed(tensor.name, options.rename);
  if (options.match == Match::in_order) rename_in_order(wanted, found, result.differences);
  std::map<std::string_view, const FileTensor*> by_name;
  for (const FileTensor& tensor : found)
    if (!by_name.emplace(tensor.name.view(), &tensor).second)
      result.differences.push_back("'" + tensor.name + "' has two tensors of the file after renaming");
  for (const NetworkTensor& tensor : wanted) {
    const auto match = by_name.find(tensor.name.view());
    const FileTensor* const other = match == by_name.end() ? nullptr : match->second;
    if (other == nullptr) {
      if (!options.missing_biases_are_zero || !is_optional_bias(wanted, tensor.name))
        result.differences.push_back("'" + tensor.name + "': expected " + shape_text(tensor.shape) + ", found none");
    } else {
      if (!is_float_type(other->scalar.name))
        result.differences.push_back("'" + tensor.name + "': expected F32, F64, F16 or BF16, found " +
                                     other->scalar.name);
      if (other->shape != tensor.shape)
        result.differences.push_back("'" + tensor.name + "': expected " + shape_text(tensor.shape) + ", found " +
                                     shape_text(other->shape));
      by_name.erase(match);
    }
    result.tensors.emplace(tensor.name.view(), other);
  }
  for (const auto& [name, tensor] : by_name)
    result.differences.push_back("'" + ConstexprString{name} + "': expected no such tensor, found " +
                                 shape_text(tensor->shape));
  return result;
}

}  // namespace cortexpr::detail
