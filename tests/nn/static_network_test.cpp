#include <doctest/doctest.h>

#include <cortexpr/nn/static_network.hpp>

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

TEST_CASE("each call of make_static has a network of its own") {
  const auto first = make_static<Net>(), second = make_static<Net>();
  CHECK(&*first != &*second);
}
