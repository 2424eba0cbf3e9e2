#pragma once

#include "schedule.hpp"

/// Prints the results beside those of the book. Returns whether every run succeeded, no mean over three seeds or more
/// is worse than its band, and the order of the book's results holds here too.
bool print_table(const std::vector<Experiment>& experiments, const Outcomes& outcomes, std::size_t threads,
                 double seconds);

/// Prints a line on stderr at the end of a run.
void print_progress(const Experiment& experiment, std::size_t seed, const Outcome& outcome);

/// Prints a sentence on stderr. Returns the exit status of the program.
int print_error(const char* sentence);
