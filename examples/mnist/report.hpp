#pragma once

#include <string>
#include <vector>

#include "classifier.hpp"

// What the program prints.

/// When accuracies were first passed, in seconds since the program began.
struct Milestones {
  static constexpr double book = 0.9715;  ///< the best of the book's ten experiments
  static constexpr double goal = 0.98;
  bool judged = true;  ///< whether they are compared with their targets
  double book_seconds = -1;
  double goal_seconds = -1;

  void see(const cortexpr::EpochReport& report, double seconds);
};

void print(const std::string& text);
void print_error(const std::string& sentence);
void print_data(const cortexpr::mnist::Data& data, double seconds);
void print_evaluation(const cortexpr::EpochReport& report, double seconds);
void print_confusion(const cortexpr::ConfusionMatrix& confusion);
/// Draws the first `count` of them, side by side.
void print_mistakes(const std::vector<Mistake>& mistakes, const cortexpr::ImageSet& images, std::size_t count);
void print_totals(const cortexpr::History& history, const cortexpr::mnist::Data& data, const Milestones& milestones,
                  double total_seconds);
