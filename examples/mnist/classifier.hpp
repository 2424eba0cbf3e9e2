#pragma once

#include <cortexpr/data/mnist.hpp>
#include <cortexpr/train/history.hpp>
#include <functional>
#include <string>
#include <vector>

#include "options.hpp"

// The interface to the networks, which compile separately from the rest of the program, since they take longest.

struct Recipe {
  Model model = Model::small;
  std::size_t epochs = 4;
  std::size_t evaluations_per_epoch = 4;
  std::uint64_t seed = 1;
};

/// A test image that the network classifies as another digit.
struct Mistake {
  std::size_t sample;
  std::size_t actual;
  std::size_t predicted;
  float probability;  ///< of the predicted class, according to the network
};

struct Outcome {
  cortexpr::History history;
  std::vector<Mistake> mistakes;
};

/// The summary of the network.
std::string describe(const Recipe& recipe);

/// Trains on data.train and evaluates on data.test. Calls `report` after each evaluation and each epoch.
Outcome train(const Recipe& recipe, const cortexpr::mnist::Data& data,
              const std::function<void(const cortexpr::EpochReport&)>& report);
