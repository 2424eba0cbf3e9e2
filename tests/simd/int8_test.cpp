#include <doctest/doctest.h>

#include <cortexpr/simd/int8.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "int8_products.hpp"

using namespace cortexpr;

namespace {

/// Memory of exactly this size, so that a sanitizer detects reads beyond it; not aligned to a word.
std::int8_t* codes_alone(std::size_t columns) {
  static std::vector<std::int8_t> room;
  room = std::vector<std::int8_t>(columns + 1);
  return room.data() + 1;
}

/// The shapes {rows, columns} whose sums differ from the naive loop.
template <template <std::size_t, std::size_t> class Int8>
std::vector<std::pair<std::size_t, std::size_t>> wrong_shapes() {
  std::vector<std::pair<std::size_t, std::size_t>> wrong;
  int8_products::check<Int8>(codes_alone,
                             [&](std::size_t rows, std::size_t columns) { wrong.emplace_back(rows, columns); });
  return wrong;
}

/// A wrong product, which omits the last column of the largest matrix.
template <std::size_t Rows, std::size_t K>
struct Forgetful : simd::ScalarInt8<Rows, K> {
  static void multiply(const std::int8_t* packed, const auto* x, const auto& consumer) {
    simd::ScalarInt8<Rows, K>::multiply(
        packed, x, [&]<std::size_t Block>(std::size_t row, const std::int32_t(&sums)[Block]) {
          std::int32_t less[Block];
          for (std::size_t i = 0; i < Block; ++i)
            less[i] = sums[i] -
                      (Rows * K == 40 * 784 ? Forgetful::get(packed, row + i, K - 1) : 0) * simd::int8_value(x[K - 1]);
          consumer(row, less);
        });
  }
};

/// The compiler reads weights in any target's order.
template <template <std::size_t, std::size_t> class Int8>
constexpr std::int32_t sum_in_the_compiler() {
  using Target = Int8<3, 5>;
  std::int8_t packed[Target::bytes]{};
  const std::int8_t x[5] = {1, -2, 3, -128, 127};
  for (std::size_t k = 5; k-- > 0;)
    for (std::size_t row = 0; row < 3; ++row)
      Target::set(packed, row, k, (row % 2 == 0 ? 100 : -127) + static_cast<int>(k));
  std::int32_t sum = 0;
  simd::multiply_constant<Target, 3, 5>(packed, x, [&](std::size_t row, const std::int32_t(&sums)[1]) {
    sum += static_cast<std::int32_t>(row + 1) * sums[0];
  });
  return sum;
}

}  // namespace

TEST_CASE("products of 8-bit integers, on this machine") { CHECK(wrong_shapes<simd::Int8>().empty()); }
TEST_CASE("products of 8-bit integers, on any machine") {
  CHECK(wrong_shapes<simd::ScalarInt8>().empty());
  CHECK(wrong_shapes<simd::PairInt8>().empty());
}
TEST_CASE("the check of products detects a wrong product") {
  const auto wrong = wrong_shapes<Forgetful>();
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0] == std::pair<std::size_t, std::size_t>{40, 784});
}

static_assert(sum_in_the_compiler<simd::Int8>() == sum_in_the_compiler<simd::ScalarInt8>());
static_assert(sum_in_the_compiler<simd::ScalarInt8>() == 914);
static_assert(sum_in_the_compiler<simd::PairInt8>() == 914);
static_assert(sum_in_the_compiler<simd::HalfwordOrder>() == 914);
static_assert(sum_in_the_compiler<simd::RegisterOrder>() == 914);
