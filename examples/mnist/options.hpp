#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// What the command line says.
struct Options {
  std::string data;
  std::size_t epochs = 4;  // cnn: 3
  std::size_t evaluations_per_epoch = 4;
  std::uint64_t seed = 1;
  std::string model = "small";
  bool augment = false;
  std::size_t drawings = 3;
};

/// Returns the status with which the program should end at once, or -1.
int parse(int count, char** arguments, Options& options);
