#include <cortexpr/cortexpr.hpp>

#include <cstdio>

using Xor = cortexpr::Network<cortexpr::Input<2>, cortexpr::Dense<4, cortexpr::Tanh>, cortexpr::Dense<1>>;

int main() {
  Xor network;
  network.initialize(cortexpr::Seed{7});
  std::printf("%zu parameters, output %f\n", Xor::parameter_count, double(network({0, 1})[0]));
}
