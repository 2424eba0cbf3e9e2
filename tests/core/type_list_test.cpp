#include <doctest/doctest.h>

#include <cortexpr/core/type_list.hpp>
#include <type_traits>
#include <vector>

using namespace cortexpr;

using List = detail::TypeList<char, int, double>;

static_assert(List::size == 3 && detail::TypeList<>::size == 0);
static_assert(std::is_same_v<detail::At<List, 0>, char> && std::is_same_v<detail::At<List, 2>, double>);
static_assert(std::is_same_v<List::append<float>, detail::TypeList<char, int, double, float>>);
static_assert(std::is_same_v<detail::TypeList<>::append<const int&>, detail::TypeList<const int&>>);

// Types come back as they went in.
static_assert(std::is_same_v<detail::At<detail::TypeList<const int&, int[3], void>, 0>, const int&>);
static_assert(std::is_same_v<detail::At<detail::TypeList<const int&, int[3], void>, 1>, int[3]>);
static_assert(std::is_same_v<detail::At<detail::TypeList<const int&, int[3], void>, 2>, void>);

static_assert(detail::FixedString{"weight"} == detail::FixedString{"weight"} &&
              detail::FixedString{"weight"}.length == 6);
static_assert(!(detail::FixedString{"weight"} == detail::FixedString{"weigh"}) &&
              !(detail::FixedString{"bias"} == detail::FixedString{"bits"}));

TEST_CASE("for_each_index: visits every index once, in order or from the end") {
  std::vector<std::size_t> seen;
  detail::for_each_index<4>([&](auto index) { seen.push_back(index); });
  CHECK(seen == std::vector<std::size_t>{0, 1, 2, 3});
  seen.clear();
  detail::for_each_index_reversed<4>([&](auto index) { seen.push_back(index); });
  CHECK(seen == std::vector<std::size_t>{3, 2, 1, 0});
  detail::for_each_index<0>([&](auto index) { seen.push_back(index); });
  CHECK(seen.size() == 4);
}

TEST_CASE("for_each_index: the index is a constant of the compiler") {
  std::size_t bytes = 0;
  detail::for_each_index<List::size>([&](auto index) { bytes += sizeof(detail::At<List, index>); });
  CHECK(bytes == sizeof(char) + sizeof(int) + sizeof(double));
}
