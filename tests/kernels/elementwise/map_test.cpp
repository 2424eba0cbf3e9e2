#include <doctest/doctest.h>

#include <cortexpr/kernels/elementwise/map.hpp>
#include <vector>

#include "../../laws/fixtures.hpp"

using namespace cortexpr;
using kernels::Rest;
using laws::PaddedRows;

namespace {

/// y = 2 x by map and z = y - 3 x by zip; whether just the first `count` elements were written.
template <Rest rest>
bool writes_just(std::size_t count) {
  using Pack = simd::NativePack<float>;
  std::vector<float> x(count + 2), y(count + 2, -100.0f), z(count + 2, -100.0f);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  kernels::map<Pack, rest>(x.data() + 1, y.data() + 1, count, [](auto a) { return a + a; });
  kernels::zip<Pack, rest>(x.data() + 1, y.data() + 1, z.data() + 1, count,
                           [](auto a, auto b) { return b - a - a - a; });
  for (std::size_t i = 1; i <= count; ++i)
    if (y[i] != 2 * x[i] || z[i] != -x[i]) return false;
  return y[0] == -100 && y[count + 1] == -100 && z[0] == -100 && z[count + 1] == -100;
}

}  // namespace

TEST_CASE("map and zip: every element, none beyond the count, at any alignment") {
  for (std::size_t count = 0; count < 40; ++count) {
    CAPTURE(count);
    CHECK(writes_just<Rest::some>(count));
  }
  for (std::size_t packs = 0; packs < 4; ++packs) CHECK(writes_just<Rest::none>(packs * simd::native_lanes<float>));
}

TEST_CASE("copy: keeps the elements and clears the padding") {
  PaddedRows<float, 5, 3> from;
  PaddedRows<float, 5, 3> same;
  float unpadded[15];
  from.fill(1);
  for (float& value : same.values) value = 9;
  kernels::copy(from.rows(), Rows<float, 3>{unpadded, 5});
  kernels::copy(Rows<const float, 3>{unpadded, 5}, same.rows());
  CHECK(laws::same_bits(same, from));
}
