#pragma once

#include <cortexpr/data/mnist.hpp>
#include <span>
#include <string>
#include <string_view>

/// EMNIST: 28 x 28 grey images of handwritten digits and letters, in six data sets. cortexpr.hpp does not include this
/// header.
/// Source: Cohen, Afshar, Tapson, van Schaik, "EMNIST: an extension of MNIST to handwritten letters", 2017.
namespace cortexpr::emnist {

using mnist::Data;
using mnist::Options;

/// The data sets: by_class has all 62 characters; by_merge and balanced (as many images of each class) have 47, where
/// capital and small letters that look alike are one class; letters has 26; digits and mnist have 10.
enum class Split { by_class, by_merge, balanced, letters, digits, mnist };

/// The characters of the classes: that of label i is class_characters(split)[i]. Where capital and small letters are one
/// class, the capital.
constexpr std::string_view class_characters(Split split) {
  constexpr std::string_view all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  switch (split) {
    case Split::by_class:
      return all;
    case Split::by_merge:
    case Split::balanced:
      return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";
    case Split::letters:
      return all.substr(10, 26);
    default:
      return all.substr(0, 10);
  }
}

}  // namespace cortexpr::emnist

namespace cortexpr::detail {

struct EmnistFiles {
  std::string_view train, test;
};

constexpr EmnistFiles emnist_files(emnist::Split split) {
  switch (split) {
    case emnist::Split::by_class:
      return {"emnist-byclass-train", "emnist-byclass-test"};
    case emnist::Split::by_merge:
      return {"emnist-bymerge-train", "emnist-bymerge-test"};
    case emnist::Split::balanced:
      return {"emnist-balanced-train", "emnist-balanced-test"};
    case emnist::Split::letters:
      return {"emnist-letters-train", "emnist-letters-test"};
    case emnist::Split::digits:
      return {"emnist-digits-train", "emnist-digits-test"};
    default:
      return {"emnist-mnist-train", "emnist-mnist-test"};
  }
}

}  // namespace cortexpr::detail

namespace cortexpr::emnist {

/// Reads the four files emnist-<split>-train-images-idx3-ubyte and so on, compressed or not, from `directory`, or from
/// its folders gzip, raw or EMNIST/raw. The files hold transposed images; those of the data set are upright, as in
/// MNIST. Labels begin at 0, also those of letters, which begin at 1 in the files.
/// Errors: DataError: as mnist::load
[[gnu::cold]] inline Data load(const std::string& directory, Split split, const Options& options = {}) {
  static constexpr std::string_view folders[] = {"emnist"};
  const detail::EmnistFiles names = detail::emnist_files(split);
  return detail::load_mnist(directory,
                            {.names = {.train = {&names.train, 1}, .test = {&names.test, 1}, .folders = folders},
                             .class_count = class_characters(split).size(),
                             .first_label = split == Split::letters ? 1u : 0u,
                             .transposed = true},
                            options);
}

}  // namespace cortexpr::emnist
