#pragma once

#include <string>
#include <vector>

#include "classifier.hpp"

// What the program prints.

/// When an accuracy was first passed, in seconds since the program began.
struct Milestone {
  double accuracy;
  double target_seconds;  ///< 0: none
  double seconds = -1;    ///< not yet
};
using Milestones = std::vector<Milestone>;

/// What is expected of a model without other options; distorted images take their time.
Milestones milestones_of(Model model, bool augmented);
void see(Milestones& milestones, const cortexpr::EpochReport& report, double seconds);

void print(const std::string& text);
void print_error(const std::string& sentence);
void print_data(const cortexpr::mnist::Data& data, double seconds);
void print_evaluation(const cortexpr::EpochReport& report, double seconds);
void print_confusion(const cortexpr::ConfusionMatrix& confusion);
/// Draws the first `count` of them, side by side.
void print_mistakes(const std::vector<Mistake>& mistakes, const cortexpr::ImageSet& images, std::size_t count);
void print_totals(const cortexpr::History& history, const cortexpr::mnist::Data& data, const Milestones& milestones,
                  double total_seconds);
