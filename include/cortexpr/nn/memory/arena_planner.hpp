#pragma once

#include <array>
#include <cstddef>

// Offsets for buffers in one arena, computed by the compiler. Two buffers may overlap if they are never alive at the
// same time. GCC stores the result of each call that it evaluates, so the inner loops index arrays and call nothing.

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

/// A sequence of the buffers that are not empty; most buffers are.
template <std::size_t Count>
struct Order {
  std::size_t buffer[Count + 1]{};
  std::size_t size = 0;
};

/// The buffers that are not empty, sorted by before(a, b). The sort is stable.
template <std::size_t Count, class Before>
constexpr Order<Count> in_order(const std::array<Lifetime, Count>& all, Before before) {
  const Lifetime* const buffers = all.data();
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

/// The largest number of elements that are alive at one point in time. No plan needs less.
template <std::size_t Count>
constexpr std::size_t most_alive(const std::array<Lifetime, Count>& all, const Order<Count>& filled) {
  const Lifetime* const buffers = all.data();
  std::size_t most = 0;
  for (std::size_t i = 0; i < filled.size; ++i) {
    const std::size_t now = buffers[filled.buffer[i]].first;
    std::size_t alive = 0;
    for (std::size_t j = 0; j < filled.size; ++j) {
      const Lifetime& other = buffers[filled.buffer[j]];
      if (other.first <= now && now <= other.last) alive += other.elements;
    }
    most = alive > most ? alive : most;
  }
  return most;
}

/// Assigns offsets to one buffer after the other.
template <std::size_t Count>
class ArenaPlanner {
 public:
  explicit constexpr ArenaPlanner(const std::array<Lifetime, Count>& buffers) : buffers_{buffers.data()} {}

  /// Puts a buffer at an offset. Returns false, without effect, if it would overlap a buffer that is alive at the same
  /// time.
  constexpr bool put(std::size_t buffer, std::size_t offset) {
    const Lifetime life = buffers_[buffer];
    const std::size_t end = offset + life.elements;
    for (std::size_t i = 0; i < count_ && assigned_[i].offset < end; ++i)
      if (offset < assigned_[i].end && life.first <= assigned_[i].last && assigned_[i].first <= life.last) return false;
    insert(buffer, offset);
    return true;
  }

  /// Puts a buffer at the lowest offset where it fits.
  constexpr void put_low(std::size_t buffer) {
    const Lifetime life = buffers_[buffer];
    std::size_t offset = 0;
    for (std::size_t i = 0; i < count_ && assigned_[i].offset < offset + life.elements; ++i)
      if (offset < assigned_[i].end && life.first <= assigned_[i].last && assigned_[i].first <= life.last)
        offset = assigned_[i].end;
    insert(buffer, offset);
  }

  constexpr const ArenaPlan<Count>& plan() const { return plan_; }

 private:
  struct Assigned {
    std::size_t offset = 0, end = 0, first = 0, last = 0;
  };

  constexpr void insert(std::size_t buffer, std::size_t offset) {
    const std::size_t end = offset + buffers_[buffer].elements;
    std::size_t position = count_++;
    for (; position > 0 && assigned_[position - 1].offset > offset; --position)
      assigned_[position] = assigned_[position - 1];
    assigned_[position] = {offset, end, buffers_[buffer].first, buffers_[buffer].last};
    plan_.offset[buffer] = offset;
    plan_.elements = end > plan_.elements ? end : plan_.elements;
  }

  const Lifetime* buffers_;
  ArenaPlan<Count> plan_{};
  Assigned assigned_[Count + 1]{};  // sorted by offset
  std::size_t count_ = 0;
};

/// Puts each buffer at the lowest offset where it fits, in the order given.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_in_order(const std::array<Lifetime, Count>& buffers, const Order<Count>& order) {
  ArenaPlanner<Count> planner{buffers};
  for (std::size_t i = 0; i < order.size; ++i) planner.put_low(order.buffer[i]);
  return planner.plan();
}

/// A plan for a chain, in which each buffer overlaps in time with the buffer before it only: the buffers lie at the two
/// ends of an arena of `elements`, alternately, and buffers that are alive at one point only lie between them. The plan
/// is empty if the buffers form no chain.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_of_chain(const std::array<Lifetime, Count>& buffers, const Order<Count>& filled,
                                         std::size_t elements) {
  ArenaPlanner<Count> planner{buffers};
  bool high = false;
  for (std::size_t i = 0; i < filled.size; ++i) {
    const Lifetime& life = buffers[filled.buffer[i]];
    if (life.first == life.last) continue;
    if (!planner.put(filled.buffer[i], high ? elements - life.elements : 0)) return {};
    high = !high;
  }
  for (std::size_t i = 0; i < filled.size; ++i) {
    const Lifetime& life = buffers[filled.buffer[i]];
    if (life.first == life.last) planner.put_low(filled.buffer[i]);
  }
  return planner.plan();
}

/// The smallest of three plans: the plan of a chain, the longest lifetimes first, and the largest buffers first.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_arena(const std::array<Lifetime, Count>& buffers) {
  const Order<Count> filled = in_order(buffers, [](const Lifetime&, const Lifetime&) { return false; });
  const std::size_t least = most_alive(buffers, filled);
  const ArenaPlan<Count> chain = plan_of_chain(buffers, filled, least);
  if (chain.elements == least) return chain;
  const ArenaPlan<Count> by_length = plan_in_order(buffers, in_order(buffers, [](const Lifetime& a, const Lifetime& b) {
                                                     return a.last - a.first > b.last - b.first;
                                                   }));
  if (by_length.elements == least) return by_length;
  const ArenaPlan<Count> by_size = plan_in_order(
      buffers, in_order(buffers, [](const Lifetime& a, const Lifetime& b) { return a.elements > b.elements; }));
  return by_size.elements < by_length.elements ? by_size : by_length;
}

}  // namespace cortexpr::detail
