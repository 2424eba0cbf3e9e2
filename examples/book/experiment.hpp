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

/// The evaluations of one training. A newer recipe trains several times; its points are the last evaluations.
struct Outcome {
  std::vector<Point> points;
  double seconds = 0;
  std::string failure;  ///< an error message, or empty
};

/// The range in which the mean over seeds must lie: of the accuracy in percent at the end, or of the loss.
struct Band {
  double low = 0;
  double high = 0;
  bool of_loss = false;
};

struct Experiment {
  int number;
  const char* recipe;
  const char* book_losses;         ///< after 10, 20, ... epochs, as the book prints them
  std::vector<double> references;  ///< accuracies in percent: the book's, or one for each point of a newer recipe
  Band band;
  double cost;  ///< approximate time, in epochs of the smaller network
  Outcome (*run)(const cortexpr::mnist::Data& data, cortexpr::Seed seed);
};

std::vector<Experiment> standard_experiments();  ///< 1 to 5: parameters from N(0, 1)
std::vector<Experiment> glorot_experiments();    ///< 6 to 8
std::vector<Experiment> deep_experiments();      ///< 9 and 10
std::vector<Experiment> newer_experiments();     ///< 11 and 12: the same networks with recipes of today
