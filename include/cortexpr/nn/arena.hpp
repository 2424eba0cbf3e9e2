#pragma once

#include <array>
#include <cstddef>

// Offsets for buffers that share one arena, found by the compiler: those that never hold something at the same time may
// lie in the same place.

namespace cortexpr::detail {

/// A buffer: its elements, and the first and the last moment at which it holds something.
struct Lifetime {
  std::size_t elements = 0;
  std::size_t first = 0;
  std::size_t last = 0;

  constexpr bool meets(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

template <std::size_t Count>
struct ArenaPlan {
  std::array<std::size_t, Count> offset{};
  std::size_t elements = 0;
};

/// No plan needs less: the most that is alive at one moment.
template <std::size_t Count>
constexpr std::size_t most_alive(const std::array<Lifetime, Count>& buffers) {
  std::size_t most = 0;
  for (const Lifetime& newest : buffers) {
    if (newest.elements == 0) continue;
    std::size_t alive = 0;
    for (const Lifetime& other : buffers)
      if (other.first <= newest.first && newest.first <= other.last) alive += other.elements;
    most = alive > most ? alive : most;
  }
  return most;
}

/// Puts one buffer after the other where it fits.
template <std::size_t Count>
class ArenaPlanner {
 public:
  explicit constexpr ArenaPlanner(const std::array<Lifetime, Count>& buffers) : buffers_{buffers} {}

  /// At this offset. Returns whether nothing that is alive at the same time lies there.
  constexpr bool put(std::size_t buffer, std::size_t offset) {
    const std::size_t end = offset + buffers_[buffer].elements;
    std::size_t place = 0;
    for (std::size_t i = 0; i < placed_; ++i) {
      const std::size_t other = by_offset_[i];
      if (plan_.offset[other] <= offset) place = i + 1;
      if (buffers_[buffer].meets(buffers_[other]) && plan_.offset[other] < end && offset < end_of(other)) return false;
    }
    for (std::size_t i = placed_++; i > place; --i) by_offset_[i] = by_offset_[i - 1];
    by_offset_[place] = buffer;
    plan_.offset[buffer] = offset;
    plan_.elements = end > plan_.elements ? end : plan_.elements;
    return true;
  }

  /// At the lowest offset where it fits.
  constexpr void put_low(std::size_t buffer) {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < placed_; ++i) {
      const std::size_t other = by_offset_[i];
      if (!buffers_[buffer].meets(buffers_[other])) continue;
      if (offset + buffers_[buffer].elements <= plan_.offset[other]) break;
      offset = end_of(other) > offset ? end_of(other) : offset;
    }
    put(buffer, offset);
  }

  constexpr const ArenaPlan<Count>& plan() const { return plan_; }

 private:
  constexpr std::size_t end_of(std::size_t buffer) const { return plan_.offset[buffer] + buffers_[buffer].elements; }

  const std::array<Lifetime, Count>& buffers_;
  ArenaPlan<Count> plan_{};
  std::array<std::size_t, Count> by_offset_{};
  std::size_t placed_ = 0;
};

/// Lowest place first, in an order: `before(a, b)`.
template <std::size_t Count, class Before>
constexpr ArenaPlan<Count> plan_in_order(const std::array<Lifetime, Count>& buffers, Before before) {
  std::array<std::size_t, Count> order{};
  std::size_t count = 0;
  for (std::size_t buffer = 0; buffer < Count; ++buffer) {
    if (buffers[buffer].elements == 0) continue;
    std::size_t place = count++;
    for (; place > 0 && before(buffers[buffer], buffers[order[place - 1]]); --place) order[place] = order[place - 1];
    order[place] = buffer;
  }
  ArenaPlanner<Count> planner{buffers};
  for (std::size_t i = 0; i < count; ++i) planner.put_low(order[i]);
  return planner.plan();
}

/// For chains, where each buffer meets the one before it: they take the two ends of the arena in turn, and what lives
/// for one moment lies between. That needs no more than `elements` if no moment does. Empty if it is no chain.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_of_chain(const std::array<Lifetime, Count>& buffers, std::size_t elements) {
  ArenaPlanner<Count> planner{buffers};
  bool high = false;
  for (std::size_t i = 0; i < Count; ++i) {
    if (buffers[i].elements == 0 || buffers[i].first == buffers[i].last) continue;
    if (!planner.put(i, high ? elements - buffers[i].elements : 0)) return {};
    high = !high;
  }
  for (std::size_t i = 0; i < Count; ++i)
    if (buffers[i].elements > 0 && buffers[i].first == buffers[i].last) planner.put_low(i);
  return planner.plan();
}

/// The best of three plans: that of a chain, the longest lives first, and the largest first.
template <std::size_t Count>
constexpr ArenaPlan<Count> plan_arena(const std::array<Lifetime, Count>& buffers) {
  const std::size_t least = most_alive(buffers);
  const ArenaPlan<Count> chain = plan_of_chain(buffers, least);
  if (chain.elements == least) return chain;
  const ArenaPlan<Count> by_length =
      plan_in_order(buffers, [](const Lifetime& a, const Lifetime& b) { return a.last - a.first > b.last - b.first; });
  if (by_length.elements == least) return by_length;
  const ArenaPlan<Count> by_size =
      plan_in_order(buffers, [](const Lifetime& a, const Lifetime& b) { return a.elements > b.elements; });
  return by_size.elements < by_length.elements ? by_size : by_length;
}

}  // namespace cortexpr::detail
