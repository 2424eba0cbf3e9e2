#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cortexpr {

/// Text that is kept in a file beside the tensors, by key.
using Metadata = std::map<std::string, std::string>;

/// Pairs of prefixes of tensors' names: that in the file, and that in the network. The longest that fits is replaced.
using Renaming = std::vector<std::pair<std::string, std::string>>;

/// How load finds the tensor of a file that belongs to a parameter.
enum class Match {
  names,     ///< by its name, "0.weight", after renaming
  in_order,  ///< the modules (layers with parameters) of both in their order, net.2 before net.10, and the tensors of a
             ///< module by the last part of their names
};

struct SaveOptions {
  /// As for load: the network's prefix, which is the second of a pair, becomes the first.
  Renaming rename{};
  /// Leaves out tensors "bias" that are zero, as PyTorch does for layers that are made with bias=False.
  bool omit_zero_biases = false;
  Metadata metadata{};
};

struct LoadOptions {
  Renaming rename{};
  Match match = Match::names;
  /// Sets a bias that the file lacks to zero, as for PyTorch's layers with bias=False.
  bool missing_biases_are_zero = false;
  /// If not null, receives the metadata of the file.
  Metadata* metadata = nullptr;
};

}  // namespace cortexpr
