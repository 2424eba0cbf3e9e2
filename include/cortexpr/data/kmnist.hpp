#pragma once

#include <array>
#include <cortexpr/data/mnist.hpp>
#include <string>
#include <string_view>

/// KMNIST: 28 x 28 grey images of handwritten hiragana, in files with the names and the format of MNIST. cortexpr.hpp
/// does not include this header.
/// Source: Clanuwat et al., "Deep learning for classical Japanese literature", 2018.
namespace cortexpr::kmnist {

using mnist::Data;
using mnist::Options;

inline constexpr std::array<const char*, 10> class_names = {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"};

/// As mnist::load, with folders KMNIST.
[[gnu::cold]] inline Data load(const std::string& directory, const Options& options = {}) {
  static constexpr std::string_view folders[] = {"kmnist"};
  return detail::load_mnist(directory, detail::mnist_format(folders), options);
}

}  // namespace cortexpr::kmnist
