#pragma once

#include <array>
#include <cortexpr/data/mnist.hpp>
#include <string>
#include <string_view>

/// Fashion-MNIST: 28 x 28 grey images of clothes, in files with the names and the format of MNIST.
/// Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
///         2017.
namespace cortexpr::fashion_mnist {

using mnist::Data;
using mnist::Options;

inline constexpr std::array<const char*, 10> class_names = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};

/// As mnist::load, with folders FashionMNIST.
[[gnu::cold]] inline Data load(const std::string& directory, const Options& options = {}) {
  static constexpr std::string_view folders[] = {"fashionmnist", "fashion"};
  return detail::load_mnist(directory, detail::mnist_format(folders), options);
}

}  // namespace cortexpr::fashion_mnist
