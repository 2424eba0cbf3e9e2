#include <doctest/doctest.h>

#include <cortexpr/core/type_list.hpp>
#include <type_traits>
#include <vector>

using namespace cortexpr;

using List = TypeList<char, int, double>;

static_assert(List::size == 3 && TypeList<>::size == 0);
static_assert(std::is_same_v<At<List, 0>, char> && std::is_same_v<At<List, 2>, double>);
static_assert(std::is_same_v<List::append<float>, TypeList<char, int, double, float>>);
static_assert(std::is_same_v<TypeList<>::append<const int&>, TypeList<const int&>>);

// Types come back as they went in.
static_assert(std::is_same_v<At<TypeList<const int&, int[3], void>, 0>, const int&>);
static_assert(std::is_same_v<At<TypeList<const int&, int[3], void>, 1>, int[3]>);
static_assert(std::is_same_v<At<TypeList<const int&, int[3], void>, 2>, void>);

static_assert(FixedString{"weight"} == FixedString{"weight"} && FixedString{"weight"}.length == 6);
static_assert(!(FixedString{"weight"} == FixedString{"weigh"}) && !(FixedString{"bias"} == FixedString{"bits"}));

TEST_CASE("for_each_index: visits every index once, in order or from the end") {
  std::vector<std::size_t> seen;
  for_each_index<4>([&](auto index) { seen.push_back(index); });
  CHECK(seen == std::vector<std::size_t>{0, 1, 2, 3});
  seen.clear();
  for_each_index_reversed<4>([&](auto index) { seen.push_back(index); });
  CHECK(seen == std::vector<std::size_t>{3, 2, 1, 0});
  for_each_index<0>([&](auto index) { seen.push_back(index); });
  CHECK(seen.size() == 4);
}

TEST_CASE("for_each_index: the index is a constant of the compiler") {
  std::size_t bytes = 0;
  for_each_index<List::size>([&](auto index) { bytes += sizeof(At<List, index>); });
  CHECK(bytes == sizeof(char) + sizeof(int) + sizeof(double));
}
