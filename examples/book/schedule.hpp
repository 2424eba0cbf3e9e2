#pragma once

#include <cstddef>
#include <vector>

#include "experiment.hpp"

/// outcomes[experiment][seed]
using Outcomes = std::vector<std::vector<Outcome>>;

/// Runs each experiment with each seed on `threads` threads, the longest first. The result of a run depends only on its
/// seed.
Outcomes run_all(const std::vector<Experiment>& experiments, const cortexpr::mnist::Data& data, std::size_t seeds,
                 std::size_t threads);
