#include <doctest/doctest.h>

#include <cortexpr/core/error.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/nn/transform/split_and_join.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace cortexpr;

namespace {

using Net = Network<Input<4, 3>, SimpleRnn<5>, Dense<6, Tanh>, Dense<2>>;

}  // namespace

TEST_CASE("inference in a workspace of one's own gives the same bits") {
  const auto network = make_static<Net>();
  network.initialize(Seed{3});
  Net::InputTensor input{};
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i % 5) - 1.5f;
  static Net::Workspace workspace;
  const Net::OutputTensor expected = network(input);
  CHECK((*network)(input, workspace) == expected);
  CHECK(network(input, workspace) == expected);
  CHECK(network.classify(input, workspace) == network.classify(input));
}

TEST_CASE("a handle has what its network has") {
  const auto network = make_static<Net>();
  network.initialize(Seed{3});
  Net::State by_handle{}, by_network{};
  const Net::InputTensor input{};
  CHECK(network(input, by_handle) == (*network)(input, by_network));
  CHECK(by_handle == by_network);
  CHECK(network.block().data() == network->block().data());
  static_assert(decltype(network)::parameter_count == Net::parameter_count);
}

TEST_CASE("functions that take a network take its handle") {
  const auto network = make_static<Net>();
  network.initialize(Seed{3});
  CHECK(head<1>(network) == head<1>(*network));
  CHECK(body<1>(network) == body<1>(*network));
  const auto front = make_static<Body<Net, 1>>();
  *front = body<1>(network);
  CHECK(join(front, head<1>(network)) == *network);
  const auto back = make_static<Head<Net, 1>>();
  *back = head<1>(network);
  CHECK(join(*front, back) == *network);
  CHECK(join(front, back) == *network);
  std::size_t count = 0;
  for_each_serialized(network, [&](float) { ++count; });
  CHECK(count == Net::parameter_count);
}

TEST_CASE("each call of make_static has a network of its own") {
  const auto first = make_static<Net>(), second = make_static<Net>();
  CHECK(&*first != &*second);
}

TEST_CASE("make_static: a call is made again when its handle is gone, and not before") {
  const auto make = [] { return make_static<Net>(); };
  const Net* place = nullptr;
  {
    Handle<Net> first = make();
    place = &*first;
    first.block()[0] = 1;
    CHECK_THROWS_WITH_AS(static_cast<void>(make()), doctest::Contains("use make_network"), DataError);
    CHECK(first.block()[0] == 1);
    const Handle<Net> moved = std::move(first);
    CHECK(&*moved == place);
    CHECK_THROWS_AS(static_cast<void>(make()), DataError);
  }
  const Handle<Net> again = make();
  CHECK(&*again == place);
  CHECK(again.block()[0] == 1);
}

TEST_CASE("a handle that gets another network gives its own back") {
  const auto make = [] { return make_static<Net>(); };
  Handle<Net> handle = make();
  handle = make_static<Net>();
  const Handle<Net> again = make();
  CHECK(&*again != &*handle);
  static_assert(!std::is_copy_constructible_v<Handle<Net>> && !std::is_copy_assignable_v<Handle<Net>>);
}

TEST_CASE("make_network: an ensemble in a loop") {
  std::vector<Handle<Net>> ensemble;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    ensemble.push_back(make_network<Net>());
    CHECK(*ensemble.back() == Net{});
    ensemble.back().initialize(Seed{seed});
  }
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Net expected;
    expected.initialize(Seed{seed});
    CHECK(*ensemble[seed - 1] == expected);
  }
}
