#pragma once

#include <array>
#include <cstddef>

// Offsets for buffers that share one arena, found by the compiler: those that never hold something at the same time may
// lie in the same place. GCC remembers each call that it evaluates, so the inner loops index arrays and call nothing.

namespace cortexpr::detail {

/// A buffer: its elements, and the first and the last moment at which it holds something.
struct Lifetime {
  std::size_t elements = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

template <std::size_t Count>
struct ArenaPlan {
  std::array<std::size_t, Count> offset{};
  std::size_t elements = 0;
};

/// The buffers that hold something, in an order. Most are empty.
template <std::size_t Count>
struct Order {
  std::size_t buffer[Count + 1]{};
  std::size_t size = 0;
};

/// Sorted by before(a, b), stable.
template <std::size_t Count, class Before>
constexpr Order<Count> in_order(const std::array<Lifetime, Count>& all, Before before) {
  const Lifetime* const buffers = all.data();
  Order<Count> order;
  for (std::size_t i = 0; i < Count; ++i) {
    if (buffers[i].elements == 0) continue;
    std::size_t place = order.size++;
    for (; place > 0 && before(buffers[i], buffers[order.buffer[place - 1]]); --place)
      order.buffer[place] = order.buffer[place - 1];
    order.buffer[place] = i;
  }
  return order;
}

/// No plan needs less: the most that is alive at one moment.
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

/// Puts one buffer after the other where it fits.
template <std::size_t Count>
class ArenaPlanner {
 public:
  explicit constexpr ArenaPlanner(const std::array<Lifetime, Count>& buffers) : buffers_{buffers.data()} {}

  /// At this offset. Returns whether nothing that is alive at the same time lies there.
  constexpr bool put(std::size_t buffer, std::size_t offset) {
    const Lifetime life = buffers_[buffer];
    const std::size_t end = offset + life.elements;
    for (std::size_t i = 0; i < placed_ && in_place_[i].offset < end; ++i)
      if (offset < in_place_[i].end && life.first <= in_place_[i].last && in_place_[i].first <= life.last) return false;
    insert(buffer, offset);
    return true;
  }

  /// At the lowest offset where it fits.
  constexpr void put_low(std::size_t buffer) {
    const Lifetime life = buffers_[buffer];
    std::size_t offset = 0;
    for (std::size_t i = 0; i < placed_ && in_place_[i].offset < offset + life.elements; ++i)
      if (offset < in_place_[i].end && life.first <= in_place_[i].last && in_place_[i].first <= life.last)
        offset = in_place_[i].end;
    insert(buffer, offset);
  }

  constexpr const ArenaPlan<Count>& plan() const { return plan_; }

 private:
  struct InPlace {
    std::size_t offset = 0, end = 0, first = 0, last = 0;
  };

  constexpr void insert(std::size_t buffer, std::size_t offset) {
    const std::size_t end = offset + buffers_[buffer].elements;
    std::size_t place = placed_++;
    for (; place > 0 && in_place_[place - 1].offset > offset; --place) in_place_[place] = in_place_[place - 1];
    in_place_[place] = {offset, end, buffers_[buffer].first, buffers_[buffer].last};
    plan_.offset[buffer] = offset;
    plan_.elements = end > plan_.elements ? end : plan_.elements;
  }

  const Lifetime* buffers_;
  ArenaPlan<Count> plan_{};
  InPlace in_place_[Count + 1]{};  // by offset
  std::size_t placed_ = 0;
};

/// Lowest place first.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_in_order(const std::array<Lifetime, Count>& buffers, const Order<Count>& order) {
  ArenaPlanner<Count> planner{buffers};
  for (std::size_t i = 0; i < order.size; ++i) planner.put_low(order.buffer[i]);
  return planner.plan();
}

/// For chains, where each buffer meets the one before it: they take the two ends of the arena in turn, and what lives
/// for one moment lies between. That needs no more than `elements` if no moment does. Empty if it is no chain.
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

/// The best of three plans: that of a chain, the longest lives first, and the largest first.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_arena(const std::array<Lifetime, Count>& buffers) {
  const Order<Count> filled = in_order(buffers, [](const Lifetime&, const Lifetime&) { return false; });
  const std::size_t least = most_alive(buffers, filled);
  const ArenaPlan<Count> chain = plan_of_chain(buffers, filled, least);
  if (chain.elements == least) return chain;
  const ArenaPlan<Count> by_length = plan_in_order(
      buffers,
      in_order(buffers, [](const Lifetime& a, const Lifetime& b) { return a.last - a.first > b.last - b.first; }));
  if (by_length.elements == least) return by_length;
  const ArenaPlan<Count> by_size = plan_in_order(
      buffers, in_order(buffers, [](const Lifetime& a, const Lifetime& b) { return a.elements > b.elements; }));
  return by_size.elements < by_length.elements ? by_size : by_length;
}

}  // namespace cortexpr::detail
