#pragma once

#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/serialize.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cortexpr/train/trainer.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fixtures.hpp"

// Hashes of results, compared with the record in tests/laws/data/bits.txt, which lists for each name the hash with and
// the hash without fused multiply-add. To renew the record, run the test in a build of each of the two classes with the
// environment variable CORTEXPR_WRITE_BITS set to 1; each run writes its own column.

namespace bits {

using namespace cortexpr;

/// FNV-1a, 64 bits, over the little-endian bytes of numbers.
/// Source: Fowler, Noll, Vo; RFC 9923.
class Hash {
 public:
  template <class T>
  void operator()(T number) {
    finite_ = finite_ && number >= std::numeric_limits<T>::lowest() && number <= std::numeric_limits<T>::max();
    std::uint64_t word = 0;
    std::memcpy(&word, &number, sizeof number);
    for (std::size_t byte = 0; byte < sizeof number; ++byte)
      value_ = (value_ ^ (word >> (8 * byte) & 0xFF)) * 0x100000001B3u;
  }
  template <class Range>
  void add_all(const Range& range) {
    for (const auto number : range) (*this)(number);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }
  /// Whether all numbers so far were finite. Others would hide differences.
  [[nodiscard]] bool finite() const { return finite_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;
  bool finite_ = true;
};

/// Checks a hash against the record, or writes it there.
void check(const std::string& name, const Hash& hash);

/// Checks all parameters and statistics of a network, or all integers of a quantized one.
template <class Net>
void check_stored(const std::string& name, const Net& network) {
  Hash hash;
  for_each_serialized(network, [&](auto number) { hash(number); });
  check(name, hash);
}

/// Checks the outputs of one sample.
template <class Net>
void check_single(const std::string& name, const Net& network) {
  typename Net::InputTensor input{};
  laws::fill_normal(input, 30);
  Hash hash;
  hash.add_all(network(input));
  check(name + ".single", hash);
}
/// Checks the outputs of seven samples.
template <class Net>
void check_batch(const std::string& name, const Net& network) {
  constexpr std::size_t samples = 7;
  using T = typename Net::value_type;
  std::vector<T> inputs(samples * Net::input_shape::size), outputs(samples * Net::output_shape::size);
  laws::fill_normal(inputs, 31);
  network(inputs, outputs);
  Hash hash;
  hash.add_all(outputs);
  check(name + ".batch", hash);
}

/// Trains for three steps, and adds the loss of each to the hash.
template <class Trainer>
void train(Trainer& trainer, Hash& hash) {
  using Targets = typename Trainer::template Targets<Trainer::batch>;
  const auto inputs = std::make_unique<typename Trainer::template Inputs<Trainer::batch>>();
  const auto targets = std::make_unique<Targets>();
  trainer.plan(1, 3, Seed{4});
  for (std::uint64_t step = 0; step < 3; ++step) {
    laws::fill_normal(*inputs, 10 + step);
    laws::fill_probabilities(*targets, 20 + step);
    hash(trainer.step(*inputs, *targets));
  }
}

/// A network after three steps of training. Its losses, parameters and statistics are checked.
template <class Net, std::size_t Batch = 4, std::size_t Part = Batch, class Optimizer = Momentum<>,
          class Loss = MeanSquaredError>
std::unique_ptr<Net> trained(const std::string& name, Optimizer optimizer = {.learning_rate = 0.05f}, Loss loss = {}) {
  auto network = std::make_unique<Net>();
  network->initialize(Seed{3});
  const auto trainer = std::make_unique<Trainer<Net, Loss, Optimizer, Batch, Part>>(*network, loss, optimizer);
  Hash hash;
  train(*trainer, hash);
  for_each_serialized(*network, [&](auto number) { hash(number); });
  check(name, hash);
  return network;
}

/// The same of a network of these elements.
template <class... Elements>
void check_training(const std::string& name) {
  trained<Network<Elements...>>(name);
}
template <class... Elements>
void check_training_in_double(const std::string& name) {
  trained<BasicNetwork<double, Elements...>>(name);
}
/// Training, then inference. A batch of N gives the bits of N single samples, as other tests check.
template <class... Elements>
void check_layer(const std::string& name) {
  check_single(name, *trained<Network<Elements...>>(name));
}

}  // namespace bits
