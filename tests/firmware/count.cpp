#include <cortexpr/embedded.hpp>
#include <cortexpr/nn/serialize.hpp>

#include "semihosting.h"

// How many instructions float 784-32-10 takes: an inference, which may take no more than LIMIT, a training step of the
// last layer, and one of the whole network. With -icount shift=6 each is 64 ns of QEMU's time, which SysTick counts in
// cycles of CLOCK_MHZ.

namespace cx = cortexpr;

namespace {

using Net = cx::Network<cx::Input<784>, cx::Dense<32, cx::Relu>, cx::Dense<10>>;

constexpr Net in_flash = [] {
  Net network;
  int i = 0;
  cx::for_each_serialized(network, [&](float& number) { number = static_cast<float>(++i * 37 % 101 - 50) / 256; });
  return network;
}();

struct SysTick {
  volatile unsigned int control, reload, value;
};

/// The instructions between its construction and stop().
class Counter {
 public:
  Counter() {
    timer().reload = 0xFFFFFF;
    timer().value = 0;
    timer().control = 5;
    asm volatile("" ::: "memory");
    begin_ = timer().value;
  }
  unsigned int stop() const {
    asm volatile("" ::: "memory");
    const unsigned int ticks = (begin_ - timer().value) & 0xFFFFFF;
    return ticks * 125 / (8 * CLOCK_MHZ);
  }

 private:
  static SysTick& timer() { return *reinterpret_cast<SysTick*>(0xE000E010); }
  unsigned int begin_;
};

void print(const char* name, unsigned int number) {
  char text[12], *at = text + sizeof text;
  *--at = 0;
  do *--at = static_cast<char>('0' + number % 10);
  while (number /= 10);
  semihosting_write(name);
  semihosting_write(" ");
  semihosting_write(at);
}

constinit auto head = cx::head<1>(in_flash);
constinit cx::Trainer head_trainer{head, cx::SoftmaxCrossEntropy{}, cx::Sgd{.learning_rate = 0.01f}, cx::batch_size<1>};
constinit cx::Tensor<float, cx::Shape<1, 32>> features{};
constinit Net whole = in_flash;
constinit cx::Trainer whole_trainer{whole, cx::SoftmaxCrossEntropy{}, cx::Sgd{.learning_rate = 0.01f},
                                    cx::batch_size<1>};
constinit cx::Tensor<float, cx::Shape<1, 784>> image{};

template <class Trainer, class Inputs>
void count_step(const char* name, Trainer& trainer, Inputs& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i % 13) / 13;
  const cx::Tensor<int, cx::Shape<1>> label{{3}};
  const Counter counter;
  trainer.step(inputs, label);
  print(name, counter.stop());
}

}  // namespace

int main() {
  static Net::InputTensor pixels;
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 13) / 13;
  const Counter counter;
  const auto scores = in_flash(pixels);
  const unsigned int instructions = counter.stop();
  print("inference", instructions);
  asm volatile("" ::"r"(&scores) : "memory");
  count_step(", step of the last layer", head_trainer, features);
  count_step(", step of the whole network", whole_trainer, image);
  semihosting_write("\n");
  return instructions > LIMIT;
}
