#pragma once

#include <string>
#include <vector>

#include "classifier.hpp"

// The output of the program.

/// The time at which an accuracy was first reached, in seconds since the program began.
struct Milestone {
  double accuracy;
  double target_seconds;  ///< 0 if there is no target
  double seconds = -1;    ///< -1 if not reached
};
using Milestones = std::vector<Milestone>;

/// The milestones of a model. There are targets only for the default options.
Milestones milestones_of(Model model, bool augmented);
void see(Milestones& milestones, const cortexpr::EpochReport& report, double seconds);

void print(const std::string& text);
void print_error(const std::string& sentence);
void print_data(const cortexpr::mnist::Data& data, double seconds);
void print_evaluation(const cortexpr::EpochReport& report, double seconds);
void print_confusion(const cortexpr::ConfusionMatrix& confusion);
/// Draws the first `count` mistakes, three side by side.
void print_mistakes(const std::vector<Mistake>& mistakes, const cortexpr::ImageSet& images, std::size_t count);
void print_totals(const cortexpr::History& history, const cortexpr::mnist::Data& data, const Milestones& milestones,
                  double total_seconds);
void print_hash(std::uint64_t hash);
