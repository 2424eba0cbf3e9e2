#pragma once

#include <cstddef>

// Counts every way to the heap of the whole program: operator new in every build; malloc only with glibc, which has it
// under a second name, and not under sanitizers, which replace it themselves.

namespace heap_counter {

/// How often the heap has been asked so far. A function of another file: compilers take it for granted that malloc
/// and operator new change no variable.
std::size_t allocations();
extern const bool counts_malloc;

/// How often the heap was asked for memory while `action` ran.
template <class Action>
std::size_t allocations_in(Action action) {
  const std::size_t before = allocations();
  action();
  return allocations() - before;
}

}  // namespace heap_counter
