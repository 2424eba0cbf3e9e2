#include <doctest/doctest.h>

#include <cortexpr/core/placed.hpp>
#include <utility>

using namespace cortexpr;
using detail::Place;
using detail::Placed;

namespace {

struct Counted {
  int value = 7;
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(const Counted& other) : value{other.value} { ++alive; }
  ~Counted() { --alive; }
};

/// The values of an object, of its copy and of the object that it was moved to, after the copy was changed.
template <Place place>
constexpr bool is_a_value() {
  Placed<int, place> first{};
  *first = 3;
  Placed<int, place> copy = first;
  *copy = 4;
  Placed<int, place> moved = std::move(first);
  first = copy;
  copy = std::move(moved);
  const Placed<int, place>& self = copy;
  copy = self;
  return *first == 4 && *copy == 3;
}

template <std::size_t Count>
struct Bytes {
  unsigned char values[Count];
};

}  // namespace

static_assert(is_a_value<Place::inside>() && is_a_value<Place::heap>());
static_assert(detail::place_of<stack_limit - 1> == Place::inside && detail::place_of<stack_limit> == Place::heap);

TEST_CASE("placed: an object on the heap is made at its first use, once, and destroyed") {
  {
    Placed<Counted, Place::heap> placed;
    const Placed<Counted, Place::heap> copy = placed;
    CHECK(Counted::alive == 0);
    CHECK(placed->value == 7);
    placed->value = 8;
    CHECK((*placed).value == 8);
    CHECK(Counted::alive == 1);
    CHECK(copy->value == 7);
    placed = copy;
    CHECK(placed->value == 7);
    Placed<Counted, Place::heap> moved = std::move(placed);
    CHECK(Counted::alive == 2);
    CHECK(placed->value == 7);  // a new one
    CHECK(Counted::alive == 3);
  }
  CHECK(Counted::alive == 0);
}

TEST_CASE("placed: a large temporary object is on the heap and destroyed after the action") {
  CHECK(detail::with_object<Counted, Place::heap>([](Counted& counted) { return counted.value + Counted::alive; }) ==
        8);
  CHECK(Counted::alive == 0);
  CHECK(detail::with_object<Bytes<stack_limit>>([](auto& bytes) { return bytes.values[0] = 5, sizeof(bytes); }) ==
        stack_limit);
}
