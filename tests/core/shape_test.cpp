#include <doctest/doctest.h>

#include <cortexpr/core/shape.hpp>
#include <type_traits>

using namespace cortexpr;

static_assert(Shape<>::rank == 0 && Shape<>::size == 1);
static_assert(Shape<7>::rank == 1 && Shape<7>::size == 7);
static_assert(Shape<3, 28, 28>::rank == 3 && Shape<3, 28, 28>::size == 3 * 28 * 28);

static_assert(detail::is_shape<Shape<>> && detail::is_shape<Shape<1, 2>> && !detail::is_shape<int>);

static_assert(extent<Shape<3, 5, 7>, 0> == 3 && extent<Shape<3, 5, 7>, 1> == 5 && extent<Shape<3, 5, 7>, 2> == 7);

static_assert(std::is_same_v<Batched<60, Shape<1, 28, 28>>, Shape<60, 1, 28, 28>>);
static_assert(std::is_same_v<Batched<2, Shape<>>, Shape<2>>);

template <class AnyShape, std::size_t Axis>
concept HasExtent = requires { extent<AnyShape, Axis>; };

TEST_CASE("shape: an axis beyond the rank has no extent") {
  CHECK(HasExtent<Shape<3, 5>, 1>);
  CHECK_FALSE(HasExtent<Shape<3, 5>, 2>);
  CHECK_FALSE(HasExtent<Shape<>, 0>);
}
