#include <doctest/doctest.h>

#include <bit>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/trainer.hpp>
#include <cstdint>
#include <span>

#include "fixtures.hpp"

// The same seed gives the same run on every target of a class: those that fuse multiply and add, and those that do not.
// What is compared with here was computed with AVX-512, AVX2, SSE and one lane, by GCC and Clang. A change of the order
// of arithmetic, of a polynomial or of an initializer changes it, and nothing else may.

using namespace cortexpr;

namespace {

constexpr AdamW optimizer{.learning_rate = OneCycle{.peak = 0.02f}, .clip_norm = 1.0f, .decays = Decays::all};

template <class T>
std::uint64_t bits_after_training() {
  using Net = with_scalar<T, Network<Input<35>, Dense<40, Tanh>, Dropout<0.1f>, Dense<23, Gelu>, Dense<10>>>;
  static Net network;
  network.initialize(Seed{20190119});
  static Trainer trainer{network, SoftmaxCrossEntropy{.label_smoothing = 0.05f}, optimizer, batch_size<24, 8>};
  trainer.plan(1, 30, Seed{5});
  for (std::uint64_t step = 0; step < 30; ++step) {
    static typename decltype(trainer)::template Inputs<24> inputs;
    static Tensor<std::uint8_t, Shape<24>> labels;
    laws::fill_normal(inputs, 2 * step);
    laws::fill_labels(labels, 2 * step + 1, 10);
    trainer.step(inputs, labels);
  }
  std::uint64_t folded = 0;
  detail::for_each_parameter<typename Net::chain>(network.data(), [&](auto, auto rows) {
    for (std::size_t row = 0; row < rows.count; ++row)
      for (std::size_t column = 0; column < rows.columns; ++column) {
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        folded = folded * 0x9E3779B97F4A7C15u + std::bit_cast<Bits>(rows[row][column]);
      }
  });
  return folded;
}

}  // namespace

TEST_CASE("training gives the bits of its class of targets") {
  CHECK(bits_after_training<float>() == (CORTEXPR_HAS_FMA ? 12660713204458891739u : 2142145520290907651u));
  CHECK(bits_after_training<double>() == (CORTEXPR_HAS_FMA ? 9934701084846357820u : 7413421609181230997u));
}
