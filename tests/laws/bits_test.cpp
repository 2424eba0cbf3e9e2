#include <doctest/doctest.h>

#include "bits.hpp"

using namespace bits;

// Dense layers, normalisation, composites, activations, losses, optimizers and schedules. Each layer has a layer before
// it, so that its input gradient counts, and one after it. Shapes repeat, because the compiler then reuses the kernels.

TEST_CASE("bits: dense and shape layers") {
  check_layer<Input<5>, Dense<7, Tanh>, Dense<19>, Dense<3>>("dense");
  check_layer<Input<70>, Dense<40, Relu, GlorotNormal>, Dense<33, Tanh, HeUniform>, Dense<10, Linear, LecunNormal>>("dense_large");
  trained<Network<Input<70>, Dense<40, Relu>, Dense<10>>, 26>("dense_batch_26");
  trained<Network<Input<70>, Dense<40, Relu>, Dense<10>>, 26, 13>("dense_batch_26_parts_13");
  check_training_in_double<Input<5>, Dense<7, Tanh>, Dense<19>, Dense<3>>("dense_double");
  check_layer<Input<5>, Dense<7>, Dropout<0.25f>, Dense<3>>("dropout");
  trained<Network<Input<5>, Dense<7>, Dropout<0.25f>, Dense<3>>, 4, 2>("dropout_parts");
  check_layer<Input<5>, Dense<12>, Reshape<2, 2, 3>, Permute<2, 0, 1>, Flatten, Dense<3>>("reshape_permute_flatten");
}

TEST_CASE("bits: normalisation") {
  check_layer<Input<5>, Dense<7>, BatchNorm<>, Dense<3>>("batch_norm");
  trained<Network<Input<5>, Dense<7>, BatchNorm<>, Dense<3>>, 4, 2>("batch_norm_parts");
  check_layer<Input<5>, Dense<7>, LayerNorm<>, Dense<3>>("layer_norm");
  check_layer<Input<5>, Dense<7>, RmsNorm<>, Dense<3>>("rms_norm");
  check_layer<Input<5>, Dense<12>, Reshape<4, 3>, GroupNorm<2>, Flatten, Dense<3>>("group_norm");
  check_training_in_double<Input<5>, Dense<7>, BatchNorm<>, LayerNorm<>, Dense<3>>("normalisation_double");
}

TEST_CASE("bits: composites") {
  check_layer<Input<5>, Dense<7>, Residual<Dense<7, Tanh>, Dense<7>>, Dense<3>>("residual");
  check_layer<Input<5>, Dense<7>, Residual<Projection<Dense<4>>, Dense<7, Tanh>, Dense<4>>, Dense<3>>("residual_projection");
  check_layer<Input<5>, Dense<7>, Parallel<Dense<4>, Sequential<Dense<7, Tanh>, Dense<4>>>, Dense<3>>("parallel");
  check_layer<Input<5>, Dense<7>, Concat<Dense<4, Tanh>, Identity, Sequential<Dense<7>, LayerNorm<>>>, Dense<3>>("concat");
  check_layer<Input<5>, Dense<7>, Sequential<Dense<7, Tanh>, Sequential<BatchNorm<>, Dense<4>>>, Dense<3>>("sequential");
  trained<Network<Input<5>, Dense<7>, Residual<Projection<Dense<4>, BatchNorm<>>, Dense<7>, BatchNorm<>, Dense<4>>,
                  Concat<Dense<4>, Dropout<0.5f>>, Dense<3>>,
          4, 2>("composites_parts");
  check_training_in_double<Input<5>, Dense<7>, Residual<Dense<7, Tanh>>, Concat<Dense<4>, Identity>, Dense<3>>("composites_double");
}

namespace {

template <class... Layers>
void check_dense(const std::string& name) {
  check_training<Input<5>, Dense<7>, Layers..., Dense<3>>(name);
}

}  // namespace

TEST_CASE("bits: activations") {
  check_dense<Dense<7, Sigmoid>, Activation<Sigmoid>>("sigmoid");
  check_dense<Dense<7, Tanh>, Activation<Tanh>>("tanh");
  check_dense<Dense<7, Relu>, Activation<Relu>>("relu");
  check_dense<Dense<7, LeakyRelu<>>, Activation<LeakyRelu<0.2f>>>("leaky_relu");
  check_dense<Dense<7, Relu6>, Activation<Relu6>>("relu6");
  check_dense<Dense<7, Elu>, Activation<Elu>>("elu");
  check_dense<Dense<7, Selu>, Activation<Selu>>("selu");
  check_dense<Dense<7, Gelu>, Activation<Gelu>>("gelu");
  check_dense<Dense<7, Silu>, Activation<Silu>>("silu");
  check_dense<Dense<7, HardSigmoid>, Activation<HardSigmoid>>("hard_sigmoid");
  check_dense<Dense<7, HardSwish>, Activation<HardSwish>>("hard_swish");
  check_dense<Dense<7, Softplus>, Activation<Softplus>>("softplus");
  check_dense<Dense<7, Mish>, Activation<Mish>>("mish");
  check_dense<Dense<7, Softmax>, Activation<Softmax>>("softmax");
}

namespace {

using Plain = Network<Input<5>, Dense<7, Tanh>, Dense<3>>;

template <class Last, class Loss>
void check_loss(const std::string& name, Loss loss) {
  trained<Network<Input<5>, Dense<7, Tanh>, Dense<3, Last>>, 4, 4, Momentum<>>(name, {.learning_rate = 0.05f}, loss);
}

template <class Optimizer>
void check_optimizer(const std::string& name, Optimizer optimizer) {
  trained<Plain, 4, 4>("optimizer_" + name, optimizer);
}

template <class Schedule>
void check_schedule(const std::string& name, Schedule schedule) {
  Hash hash;
  for (std::size_t epoch = 0; epoch < 5; ++epoch) {
    for (std::size_t step = 3 * epoch; step < 3 * epoch + 3; ++step) hash(schedule(Progress{epoch, 5, step, 15}));
    if constexpr (requires { schedule.observe(1.0f); }) schedule.observe(1.0f);
  }
  check("schedule_" + name, hash);
}

}  // namespace

TEST_CASE("bits: losses") {
  check_loss<Linear>("softmax_cross_entropy", SoftmaxCrossEntropy{});
  check_loss<Linear>("mean_squared_error", MeanSquaredError{.sum_over_outputs = true});
  check_loss<Linear>("mean_absolute_error", MeanAbsoluteError{});
  check_loss<Linear>("huber", Huber{.delta = 0.5f});
  check_loss<Sigmoid>("binary_cross_entropy", BinaryCrossEntropy{});
  check_loss<Softmax>("kullback_leibler", KullbackLeibler{});
}

TEST_CASE("bits: class indices, of a whole and of a smaller batch") {
  const auto network = std::make_unique<Plain>();
  network->initialize(Seed{3});
  Trainer trainer{*network, SoftmaxCrossEntropy{}, Momentum<>{.learning_rate = 0.05f}, batch_size<4>};
  decltype(trainer)::Inputs<4> inputs{};
  laws::fill_normal(inputs, 10);
  Hash hash;
  hash(trainer.step(inputs, std::vector<int>{2, 0, 1, 2}));
  hash(trainer.step(inputs, std::vector<int>{1, 2, 0}));
  for_each_stored(*network, [&](auto number) { hash(number); });
  check("class_indices", hash);
}

TEST_CASE("bits: optimizers") {
  check_optimizer("sgd", Sgd<>{.weight_decay = 0.01f});
  check_optimizer("momentum", Momentum<>{.learning_rate = 0.05f, .weight_decay = 0.01f});
  check_optimizer("nesterov", Momentum<>{.learning_rate = 0.05f, .nesterov = true});
  check_optimizer("adagrad", AdaGrad<>{.weight_decay = 0.01f});
  check_optimizer("rmsprop", RmsProp<>{.weight_decay = 0.01f});
  check_optimizer("adam", Adam<>{.weight_decay = 0.01f});
  check_optimizer("adamw", AdamW<>{});
  check_optimizer("clip_norm", Momentum<float, float>{.learning_rate = 0.05f, .clip_norm = 0.01f});
  trained<Plain, 4, 2>("optimizer_clip_norm_parts", Adam<float, float>{.clip_norm = 0.01f});
  trained<with_scalar<double, Plain>>("optimizer_adam_double", Adam<>{});
}

TEST_CASE("bits: schedules") {
  check_schedule("constant", Constant{0.3f});
  check_schedule("linear_decay", LinearDecay{});
  check_schedule("exponential_decay", ExponentialDecay{});
  check_schedule("cosine_decay", CosineDecay{});
  check_schedule("one_cycle", OneCycle{});
  check_schedule("reduce_on_plateau", ReduceOnPlateau{.patience = 0});
  check_schedule("warmup", Warmup{4, CosineDecay{}});
  check_optimizer("one_cycle", Momentum<OneCycle>{.learning_rate = {.peak = 0.1f}});
}
