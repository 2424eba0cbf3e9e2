#include <algorithm>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/losses.hpp>
#include <cortexpr/train/make_trainer.hpp>
#include <cortexpr/train/optimizers.hpp>
#include <cstddef>
#include <utility>

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

// The most of training is alive when the gradient goes back through dropout: all outputs but the last, the mask, and two
// gradients.
constexpr std::size_t for_a_sample = (64 + 256 + 256) + 256 + 2 * 256;
static_assert(memory<Net, 60>::training_bytes == for_a_sample * 60 * sizeof(float));
static_assert(memory<Net, 60, Adam<>>::training_bytes ==
              memory<Net, 60>::training_bytes + 2 * memory<Net>::parameter_bytes);
static_assert(memory<Net, 60, Sgd<>>::training_bytes == memory<Net, 60>::training_bytes);
static_assert(memory<Net>::training_bytes == 0);

// Its parts. No layer takes scratch for inference; on the way back the Dense of 256 units transposes 64 x 256 weights,
// and takes as many zeros as it has inputs.
static_assert(memory<Net>::scratch_bytes == 0);
static_assert(memory<Net, 60>::scratch_bytes == (64 * 256 + 64) * sizeof(float));
static_assert(memory<Net>::workspace_bytes == 0 && memory<Net>::gradient_bytes == 0);
static_assert(memory<Net>::optimizer_bytes == 0 && memory<Net>::training_bytes == 0);
static_assert(memory<Net, 60>::workspace_bytes == for_a_sample * 60 * sizeof(float));
static_assert(memory<Net, 60, Momentum<>>::optimizer_bytes == parameters * sizeof(float));
static_assert(memory<Net, 60, Adam<>>::optimizer_bytes == 2 * parameters * sizeof(float));
static_assert(memory<Net>::peak_bytes == (parameters + 64 + 256) * sizeof(float));
static_assert(memory<Net, 60, Adam<>>::peak_bytes == (3 * parameters + for_a_sample * 60) * sizeof(float));

// Nobody asks the first layer that learns for the gradient by its input, nor the layers before it for anything: there is
// no scratch for a transposed weight there, and all of this net fits a microcontroller with 128 kB, with 25 to spare.
using Digits = Network<Input<784>, Dense<32, Relu>, Dense<10>>;
static_assert(simd::native_lanes<float> > 8 || memory<Digits, 1, Sgd<>>::peak_bytes <= 103 * 1024);
static_assert(memory<Network<Input<784>, Dense<32>>, 1>::workspace_bytes == 2 * 32 * sizeof(float));
static_assert(memory<Network<Input<784>, Dense<32>>, 1>::scratch_bytes == 0);
static_assert(memory<Network<Input<784>, Activation<Tanh>, Dropout<0.5f>, Dense<32>>, 1>::scratch_bytes == 0);
static_assert(memory<Network<Input<784>, Sequential<Dense<32>>>, 1>::scratch_bytes < 128 * sizeof(float));
static_assert(memory<Network<Input<8, 98>, Gru<4>>, 1>::scratch_bytes <
              memory<Network<Input<8, 98>, RmsNorm<>, Gru<4>>, 1>::scratch_bytes);

// The gradient is kept to clip it, and to add up that of parts, which need the workspace of one.
static_assert(memory<Net, 60, Sgd<>>::gradient_bytes == 0);
static_assert(memory<Net, 60, Sgd<float, float>>::gradient_bytes == parameters * sizeof(float));
static_assert(memory<Net, 240, Sgd<>, 60>::gradient_bytes == parameters * sizeof(float));
static_assert(memory<Net, 240, Sgd<>, 60>::workspace_bytes == memory<Net, 60>::workspace_bytes);
static_assert(memory<Net, 240, Sgd<>, 60>::training_bytes == (parameters + for_a_sample * 60) * sizeof(float));

// 32 filters of 3 x 3 on one channel, then scales, shifts, means and variances of 32 channels, of which a step in parts
// keeps a copy.
using Normalized = Network<Input<1, 8, 8>, Conv2D<32, 3>, BatchNorm<>, GlobalAvgPool, Dense<16>>;
constexpr std::size_t trained = (32 * 16 + 32) + 2 * 32 + (32 * 16 + 16);  // rows of 9 weights are padded to 16
static_assert(simd::native_lanes<float> != 16 ||
              memory<Normalized>::parameter_bytes == (trained + 2 * 32) * sizeof(float));
static_assert(memory<Normalized, 8, Sgd<>, 4>::training_bytes == memory<Normalized, 8, Sgd<>, 4>::workspace_bytes +
                                                                     memory<Normalized, 8, Sgd<>, 4>::gradient_bytes +
                                                                     2 * 32 * sizeof(float));

// The state of a trainer is what the plan says, a pointer to the inputs and their number.
template <class Optimizer, std::size_t Batch, std::size_t Part>
constexpr bool trainer_is_as_planned = sizeof(detail::TrainerState<Normalized, Optimizer, Batch, Part>) -
                                           memory<Normalized, Batch, Optimizer, Part>::training_bytes <=
                                       std::max(alignof(Normalized), sizeof(void*) + sizeof(std::size_t));
static_assert(trainer_is_as_planned<Sgd<>, 8, 8>);
static_assert(trainer_is_as_planned<Sgd<>, 8, 4>);
static_assert(trainer_is_as_planned<Adam<>, 8, 8>);
static_assert(trainer_is_as_planned<Adam<float, float>, 8, 8>);

// It lies in the trainer if it is smaller than 64 KiB, else on the heap.
using Narrow = Network<Input<16>, Dense<32, Tanh>, Dense<16>>;
template <std::size_t Batch>
using TrainerOf = Trainer<Narrow, MeanSquaredError, Sgd<>, Batch>;
template <std::size_t Batch>
constexpr std::size_t state_bytes = memory<Narrow, Batch, Sgd<>>::training_bytes;
static_assert(stack_limit == 65'536 && state_bytes<8> < stack_limit && state_bytes<512> > stack_limit);
static_assert(sizeof(TrainerOf<8>) > state_bytes<8> && sizeof(TrainerOf<512>) < 1024);
static_assert(sizeof(make_trainer(std::declval<Narrow&>(), MeanSquaredError{}, Sgd<>{}, batch_size<8>)) < 1024);
