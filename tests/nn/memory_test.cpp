#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/optimizers.hpp>

using namespace cortexpr;

namespace {

using Net = Network<Input<100>, Dense<64, Tanh>, Dense<256, Tanh>, Flatten, Dropout<0.5f>, Dense<16>>;
constexpr std::size_t parameters = 100 * 64 + 64 + 64 * 256 + 256 + 256 * 16 + 16;

}  // namespace

// All rows are whole packs, so nothing is added.
static_assert(memory<Net>::parameter_bytes == parameters * sizeof(float));
static_assert(memory<with_scalar<double, Net>>::parameter_bytes == parameters * sizeof(double));

// Inference takes two buffers in turn: 64 and then 16 in the one, 256 in the other. Views and dropout take none.
static_assert(memory<Net>::activation_bytes == (64 + 256) * sizeof(float));
static_assert(memory<Net>::inference_bytes == memory<Net>::parameter_bytes + memory<Net>::activation_bytes);
static_assert(memory<Network<Input<100>, Flatten>>::activation_bytes == 0);

// Training keeps outputs, masks and two gradients of the widest layer for each sample, and one transposed weight.
constexpr std::size_t for_a_sample = (64 + 256 + 256 + 16) + 256 + 2 * 256;
static_assert(memory<Net, 60>::training_bytes >= for_a_sample * 60 * sizeof(float));
static_assert(memory<Net, 60>::training_bytes - memory<Net, 59>::training_bytes == for_a_sample * sizeof(float));
static_assert(memory<Net, 60, Adam<>>::training_bytes ==
              memory<Net, 60>::training_bytes + 2 * memory<Net>::parameter_bytes);
static_assert(memory<Net, 60, Sgd<>>::training_bytes == memory<Net, 60>::training_bytes);
static_assert(memory<Net>::training_bytes == 0);
