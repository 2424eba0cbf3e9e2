#pragma once

#include <cortexpr/core/random.hpp>
#include <cortexpr/data/mnist.hpp>
#include <cstddef>
#include <string>
#include <vector>

/// One evaluation on the test images.
struct Point {
  std::size_t epoch;
  double loss;
  double accuracy;  ///< in percent
};

/// One training of a network, or, of the newer recipe, several, of which only the ends are kept.
struct Outcome {
  std::vector<Point> points;
  double seconds = 0;
  std::string failure;  ///< one sentence, or empty
};

/// Where the mean over seeds must lie, and whether it is one of accuracies (at the stop) or of losses.
struct Band {
  double low = 0;
  double high = 0;
  bool of_loss = false;
};

struct Experiment {
  int number;
  const char* recipe;
  const char* book_losses;         ///< at 10, 20, ... epochs, as printed
  std::vector<double> references;  ///< accuracies in percent: the book's, or for the newer recipe one a point
  Band band;
  double cost;  ///< how long it takes, roughly, in units of an epoch of the smaller network
  Outcome (*run)(const cortexpr::mnist::Data& data, cortexpr::Seed seed);
};

std::vector<Experiment> standard_experiments();  ///< 1 to 5: parameters from N(0, 1)
std::vector<Experiment> glorot_experiments();    ///< 6 to 8
std::vector<Experiment> deep_experiments();      ///< 9 and 10
std::vector<Experiment> newer_experiments();     ///< 11 and 12: the same networks, trained as we would today
