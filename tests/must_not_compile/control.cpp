// expect-success
#include <cortexpr/core/shape.hpp>

static_assert(cortexpr::Shape<2, 3>::size == 6);
