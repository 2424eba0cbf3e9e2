#pragma once

#include <array>
#include <cortexpr/data/mnist.hpp>

/// Fashion-MNIST: 28 x 28 grey images of clothes, in files with the names and the format of MNIST.
/// Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
///         2017.
namespace cortexpr::fashion_mnist {

using mnist::Data;
using mnist::load;
using mnist::Options;

inline constexpr std::array<const char*, 10> class_names = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};

}  // namespace cortexpr::fashion_mnist
