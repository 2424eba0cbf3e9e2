#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

enum class Model {
  small,     ///< 784-128-10
  deep,      ///< 784-178-46-10, the book's largest
  cnn,       ///< convolutions of 8, 16 and 24 filters with batch normalisation, 7,042 parameters
  wide_cnn,  ///< the same with 16, 32 and 48 filters
};
inline bool convolves(Model model) { return model == Model::cnn || model == Model::wide_cnn; }

/// The options of the command line.
struct Options {
  std::string data;
  std::size_t epochs = 4;
  std::size_t evaluations_per_epoch = 4;
  std::uint64_t seed = 1;
  Model model = Model::small;
  bool augment = false;
  std::size_t drawings = 3;
  std::string save;
  bool resume = false;
};

/// Parses the command line. Returns -1, or the exit status if the program should end (after --help or an error).
int parse(int count, char** arguments, Options& options);
