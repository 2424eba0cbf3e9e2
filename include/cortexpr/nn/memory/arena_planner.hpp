#pragma once

#include <cortexpr/config.hpp>

#include <array>
#include <cstddef>

// Offsets for buffers in one arena, computed by the compiler. Two buffers may overlap if they are never alive at the
// same time. GCC stores the result of each call that it evaluates, so the inner loops index arrays and call nothing; and
// compilers limit the steps of a constant, so what most networks need takes linear time.

namespace cortexpr::detail {

/// The size of a buffer, and the first and the last point in time at which it is alive.
struct Lifetime {
  std::size_t elements = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

/// The offset of each buffer, and the size of the arena.
template <std::size_t Count>
struct ArenaPlan {
  std::array<std::size_t, Count> offset{};
  std::size_t elements = 0;
};

/// The buffers that begin and the buffers that end at each point in time, as linked lists in ascending order. Empty
/// buffers are in no list. Points in time are less than Count + 2.
template <std::size_t Count>
struct Timeline {
  static constexpr std::size_t points = Count + 2;
  static constexpr std::size_t none = Count;  ///< ends a list
  std::size_t first_beginning[points]{}, next_beginning[Count + 1]{};
  std::size_t first_ending[points]{}, next_ending[Count + 1]{};

  explicit constexpr Timeline(const Lifetime* buffers) {
    for (std::size_t point = 0; point < points; ++point) first_beginning[point] = first_ending[point] = none;
    for (std::size_t i = Count; i-- > 0;) {
      if (buffers[i].elements == 0) continue;
      next_beginning[i] = first_beginning[buffers[i].first];
      first_beginning[buffers[i].first] = i;
      next_ending[i] = first_ending[buffers[i].last];
      first_ending[buffers[i].last] = i;
    }
  }
};

/// The largest number of elements that are alive at one point in time. No plan needs less.
template <std::size_t Count>
constexpr std::size_t most_alive(const Lifetime* buffers, const Timeline<Count>& time) {
  std::size_t most = 0, alive = 0;
  for (std::size_t point = 0; point < time.points; ++point) {
    for (std::size_t i = time.first_beginning[point]; i != time.none; i = time.next_beginning[i])
      alive += buffers[i].elements;
    most = alive > most ? alive : most;
    for (std::size_t i = time.first_ending[point]; i != time.none; i = time.next_ending[i])
      alive -= buffers[i].elements;
  }
  return most;
}

/// The plan of a chain, in which at most two buffers are alive at a time, not counting those that are alive at one point
/// only: the two lie at the ends of an arena of `elements`, the others between them. The plan is empty if the buffers form
/// no chain.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_of_chain(const Lifetime* buffers, const Timeline<Count>& time, std::size_t elements) {
  ArenaPlan<Count> plan;
  std::size_t low = time.none, high = time.none;  // the buffers at the two ends
  for (std::size_t point = 0; point < time.points; ++point) {
    for (std::size_t i = time.first_beginning[point]; i != time.none; i = time.next_beginning[i]) {
      if (buffers[i].last == point) continue;
      if (low != time.none && high != time.none) return {};
      const bool is_low = low == time.none;
      plan.offset[i] = is_low ? 0 : elements - buffers[i].elements;
      (is_low ? low : high) = i;
    }
    std::size_t between = low == time.none ? 0 : buffers[low].elements;
    for (std::size_t i = time.first_beginning[point]; i != time.none; i = time.next_beginning[i]) {
      if (buffers[i].last != point) continue;
      plan.offset[i] = between;
      between += buffers[i].elements;
    }
    if (low != time.none && buffers[low].last == point) low = time.none;
    if (high != time.none && buffers[high].last == point) high = time.none;
  }
  plan.elements = elements;
  return plan;
}

/// Puts each buffer, when it begins, into the lowest gap that holds it. Takes linear time if there are few gaps.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_by_time(const Lifetime* buffers, const Timeline<Count>& time) {
  struct Gap {
    std::size_t begin, end;
  };
  ArenaPlan<Count> plan;
  Gap gaps[Count + 1]{};  // sorted; no two of them touch, and none touches `top`
  std::size_t gap_count = 0, top = 0;
  for (std::size_t point = 0; point < time.points; ++point) {
    for (std::size_t i = time.first_beginning[point]; i != time.none; i = time.next_beginning[i]) {
      const std::size_t elements = buffers[i].elements;
      std::size_t gap = 0;
      while (gap < gap_count && gaps[gap].end - gaps[gap].begin < elements) ++gap;
      if (gap == gap_count) {
        plan.offset[i] = top;
        top += elements;
        plan.elements = top > plan.elements ? top : plan.elements;
        continue;
      }
      plan.offset[i] = gaps[gap].begin;
      gaps[gap].begin += elements;
      if (gaps[gap].begin < gaps[gap].end) continue;
      for (--gap_count; gap < gap_count; ++gap) gaps[gap] = gaps[gap + 1];
    }
    for (std::size_t i = time.first_ending[point]; i != time.none; i = time.next_ending[i]) {
      const std::size_t begin = plan.offset[i], end = begin + buffers[i].elements;
      std::size_t gap = gap_count;  // the first gap after the buffer
      while (gap > 0 && gaps[gap - 1].begin > begin) --gap;
      const bool joins_before = gap > 0 && gaps[gap - 1].end == begin;
      const bool joins_after = gap < gap_count && gaps[gap].begin == end;
      if (joins_before && joins_after) {
        gaps[gap - 1].end = gaps[gap].end;
        for (--gap_count; gap < gap_count; ++gap) gaps[gap] = gaps[gap + 1];
      } else if (joins_before) {
        gaps[gap - 1].end = end;
      } else if (joins_after) {
        gaps[gap].begin = begin;
      } else {
        for (std::size_t moved = gap_count++; moved > gap; --moved) gaps[moved] = gaps[moved - 1];
        gaps[gap] = {begin, end};
      }
      if (gap_count > 0 && gaps[gap_count - 1].end == top) top = gaps[--gap_count].begin;
    }
  }
  return plan;
}

/// A sequence of the buffers that are not empty; most buffers are.
template <std::size_t Count>
struct Order {
  std::size_t buffer[Count + 1]{};
  std::size_t size = 0;
};

/// The buffers that are not empty, sorted by before(a, b). The sort is stable.
template <std::size_t Count, class Before>
constexpr Order<Count> in_order(const Lifetime* buffers, Before before) {
  Order<Count> order;
  for (std::size_t i = 0; i < Count; ++i) {
    if (buffers[i].elements == 0) continue;
    std::size_t position = order.size++;
    for (; position > 0 && before(buffers[i], buffers[order.buffer[position - 1]]); --position)
      order.buffer[position] = order.buffer[position - 1];
    order.buffer[position] = i;
  }
  return order;
}

/// Puts each buffer at the lowest offset where it fits, in the order given.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_in_order(const Lifetime* buffers, const Order<Count>& order) {
  struct Assigned {
    std::size_t begin, end, first, last;
  };
  ArenaPlan<Count> plan;
  Assigned assigned[Count + 1]{};  // sorted by their begin
  for (std::size_t count = 0; count < order.size; ++count) {
    const std::size_t buffer = order.buffer[count];
    const Lifetime life = buffers[buffer];
    std::size_t begin = 0;
    for (std::size_t i = 0; i < count && assigned[i].begin < begin + life.elements; ++i)
      if (begin < assigned[i].end && life.first <= assigned[i].last && assigned[i].first <= life.last)
        begin = assigned[i].end;
    std::size_t position = count;
    for (; position > 0 && assigned[position - 1].begin > begin; --position)
      assigned[position] = assigned[position - 1];
    assigned[position] = {begin, begin + life.elements, life.first, life.last};
    plan.offset[buffer] = begin;
    plan.elements = begin + life.elements > plan.elements ? begin + life.elements : plan.elements;
  }
  return plan;
}

/// The first of these plans that needs no more than what is alive at a time, or the smallest: the plan of a chain, by time,
/// the longest lifetimes first, and the largest buffers first. The last two take quadratic time.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_arena(const std::array<Lifetime, Count>& lifetimes) {
  const Lifetime* const buffers = lifetimes.data();
  const Timeline<Count> time{buffers};
  const std::size_t least = most_alive(buffers, time);
  ArenaPlan<Count> best = plan_of_chain(buffers, time, least);
  if (best.elements == least) return best;
  best = plan_by_time(buffers, time);
  if (best.elements == least) return best;
  const ArenaPlan<Count> by_length = plan_in_order(
      buffers, in_order<Count>(
                   buffers, [](const Lifetime& a, const Lifetime& b) { return a.last - a.first > b.last - b.first; }));
  best = by_length.elements < best.elements ? by_length : best;
  if (best.elements == least) return best;
  const ArenaPlan<Count> by_size = plan_in_order(
      buffers, in_order<Count>(buffers, [](const Lifetime& a, const Lifetime& b) { return a.elements > b.elements; }));
  return by_size.elements < best.elements ? by_size : best;
}

}  // namespace cortexpr::detail
