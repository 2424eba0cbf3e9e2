#include <doctest/doctest.h>

#include "bits.hpp"

using namespace bits;

// Dense layers, normalisation, composites, activations, losses, optimizers and schedules. Each layer has a layer before
// it, so that its input gradient counts, and one after it. Shapes repeat, and several layers share a network, because the
// time to compile grows with the number of different networks.

namespace {

template <class... Layers>
using OfVectors = Network<Input<5>, Dense<7>, Layers..., Dense<3>>;

template <class... Layers>
void check_dense(const std::string& name) {
  check_single(name, *trained<OfVectors<Layers...>>(name));
}
template <class... Layers>
void check_in_parts(const std::string& name) {
  trained<OfVectors<Layers...>, 4, 2>(name);
}

}  // namespace

TEST_CASE("bits: dense and shape layers") {
  using Large =
      Network<Input<70>, Dense<40, Relu, GlorotNormal>, Dense<33, Tanh, HeUniform>, Dense<10, Linear, LecunNormal>>;
  const auto network = trained<Large>("dense");
  check_single("dense", *network);
  check_batch("dense", *network);
  trained<Large, 26, 13>("dense_parts");
  check_dense<Dense<12>, Reshape<2, 2, 3>, Permute<2, 0, 1>, GroupNorm<3>, Flatten>(
      "reshape_permute_group_norm_flatten");
}

TEST_CASE("bits: dropout and normalisation") {
  check_dense<Dropout<0.25f>, BatchNorm<>>("dropout_batch_norm");
  check_in_parts<Dropout<0.25f>, BatchNorm<>>("dropout_batch_norm_parts");
  check_dense<LayerNorm<>, Dense<7>, RmsNorm<>>("layer_norm_rms_norm");
}

TEST_CASE("bits: composites") {
  check_dense<Residual<Dense<7, Tanh>, Dense<7>>, Residual<Projection<Dense<4>>, Dense<7, Tanh>, Dense<4>>>("residual");
  check_dense<Parallel<Dense<4>, Sequential<Dense<7, Tanh>, Dense<4>>>, Sequential<Dense<7>, Sequential<BatchNorm<>>>>(
      "parallel_sequential");
  check_dense<Concat<Dense<4, Tanh>, Identity, Sequential<Dense<7>, LayerNorm<>>>>("concat");
  check_in_parts<Residual<Projection<Dense<4>, BatchNorm<>>, Dense<7>, Dense<4>>, Concat<Dense<4>, Dropout<0.5f>>>(
      "composites_parts");
}

TEST_CASE("bits: in double") {
  check_training_in_double<Input<5>, Dense<7, Tanh>, BatchNorm<>, Residual<Dense<7, Gelu>>, Concat<Dense<4>, Identity>,
                           LayerNorm<>, Dense<3>>("dense_double");
}

TEST_CASE("bits: activations") {
  const auto check = []<class A, class B, class C>(const std::string& name, A, B, C) {
    check_training<Input<5>, Dense<7>, Activation<A>, Dense<7, B>, Activation<C>, Dense<3>>(name);
  };
  check("sigmoid_tanh_relu", Sigmoid{}, Tanh{}, Relu{});
  check("leaky_relu_relu6_elu", LeakyRelu<>{}, Relu6{}, Elu{});
  check("selu_gelu_silu", Selu{}, Gelu{}, Silu{});
  check("hard_sigmoid_hard_swish_softplus", HardSigmoid{}, HardSwish{}, Softplus{});
  check("mish_softmax_linear", Mish{}, Softmax{}, Linear{});
}

namespace {

using Plain = Network<Input<5>, Dense<3>>;

template <class Last, class Loss>
void check_loss(const std::string& name, Loss loss) {
  trained<Network<Input<5>, Dense<3, Last>>, 4, 4, Momentum<>>(name, {.learning_rate = 0.05f}, loss);
}

template <class Optimizer>
void check_optimizer(const std::string& name, Optimizer optimizer) {
  trained<Plain>("optimizer_" + name, optimizer);
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
  for_each_serialized(*network, [&](auto number) { hash(number); });
  check("class_indices", hash);
}

TEST_CASE("bits: optimizers") {
  check_optimizer("sgd", Sgd<>{.weight_decay = 0.01f});
  check_optimizer("momentum", Momentum<>{.learning_rate = 0.05f, .weight_decay = 0.01f});
  check_optimizer("nesterov", Momentum<>{.learning_rate = 0.05f, .nesterov = true});
  check_optimizer("adagrad", AdaGrad<>{.weight_decay = 0.01f});
  check_optimizer("rmsprop", RmsProp<>{.weight_decay = 0.01f});
  check_optimizer("adam", Adam<>{.weight_decay = 0.01f});
  check_optimizer("adamw_one_cycle", AdamW<OneCycle>{.decays = Decays::all});
  using TwoLayers = OfVectors<>;
  trained<TwoLayers>("optimizer_clip_norm", Momentum<float, float>{.learning_rate = 0.05f, .clip_norm = 0.01f});
  trained<TwoLayers, 4, 2>("optimizer_clip_norm_parts", Adam<float, float>{.clip_norm = 0.01f});
}

TEST_CASE("bits: schedules") {
  check_schedule("constant", Constant{0.3f});
  check_schedule("linear_decay", LinearDecay{});
  check_schedule("exponential_decay", ExponentialDecay{});
  check_schedule("cosine_decay", CosineDecay{});
  check_schedule("one_cycle", OneCycle{});
  check_schedule("reduce_on_plateau", ReduceOnPlateau{.patience = 0});
  check_schedule("warmup", Warmup{4, CosineDecay{}});
}
