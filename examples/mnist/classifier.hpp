#pragma once

#include <cortexpr/data/mnist.hpp>
#include <cortexpr/train/history.hpp>
#include <cortexpr/train/stop_token.hpp>
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
  std::string save;     ///< the file of the checkpoint, or empty
  bool resume = false;  ///< whether to go on with that checkpoint, if there is one
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
  std::uint64_t hash = 0;  ///< FNV-1a of the parameters, little-endian and without padding
  std::vector<Mistake> mistakes;
};

/// The summary of the network.
std::string describe(const Recipe& recipe);

/// Trains on data.train and evaluates on data.test. Calls `say` with sentences about the checkpoint, and `report` after
/// each evaluation and each epoch. If `stop` is set, training ends after the step. With recipe.save it writes checkpoints,
/// and the network at the end to recipe.save + ".safetensors".
Outcome train(const Recipe& recipe, const cortexpr::mnist::Data& data, const cortexpr::StopToken& stop,
              const std::function<void(const std::string&)>& say,
              const std::function<void(const cortexpr::EpochReport&)>& report);
