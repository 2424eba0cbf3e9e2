#pragma once

#include <cortexpr/core/error.hpp>

namespace fuzz {

/// Calls an action that reads a file. It may throw a DataError, because a sentence is what a bad file should give.
template <class Action>
int allow_data_error(const Action& action) {
  try {
    action();
  } catch (const cortexpr::DataError&) {  // NOLINT(bugprone-empty-catch)
  }
  return 0;
}

}  // namespace fuzz
