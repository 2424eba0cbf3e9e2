#pragma once

#include <cortexpr/data/mnist.hpp>
#include <cortexpr/train/history.hpp>
#include <functional>
#include <string>
#include <vector>

#include "options.hpp"

// What the program asks of the networks. They are compiled on their own, so that changing what is printed is quick.

struct Recipe {
  Model model = Model::small;
  std::size_t epochs = 4;
  std::size_t evaluations_per_epoch = 4;
  std::uint64_t seed = 1;
};

/// A test image that the network takes for another digit.
struct Mistake {
  std::size_t sample;
  std::size_t actual;
  std::size_t predicted;
  float probability;  ///< that the network gives to what it predicted
};

struct Outcome {
  cortexpr::History history;
  std::vector<Mistake> mistakes;
};

/// The table of the network's layers.
std::string describe(const Recipe& recipe);

/// Trains on data.train, evaluates on data.test, and tells `report` after each evaluation.
Outcome train(const Recipe& recipe, const cortexpr::mnist::Data& data,
              const std::function<void(const cortexpr::EpochReport&)>& report);
