#pragma once

#include "schedule.hpp"

/// Prints what came out beside what the book says. Returns whether every run succeeded, no mean
/// over three seeds or more lies below its band, and what is ordered in the book is so here.
bool print_table(const std::vector<Experiment>& experiments, const Outcomes& outcomes, std::size_t threads,
                 double seconds);

/// One line on stderr when a run has ended.
void print_progress(const Experiment& experiment, std::size_t seed, const Outcome& outcome);

/// A sentence on stderr; returns the status with which the program should end.
int print_error(const char* sentence);
