#include "torch.hpp"

#include "../data/fixtures.hpp"

#include <cortexpr/nn/handle.hpp>

using namespace cortexpr;

// state_dicts of PyTorch, loaded into the same network written as a type: the outputs are those of PyTorch. Saved again,
// the tensors of the file are the same.

namespace {

using Mlp = Network<Input<1, 28, 28>, Flatten, Dense<32, Relu>, Dense<10>>;
using MlpWithBatchNorm = Network<Input<20>, Dense<24>, BatchNorm<>, Activation<Tanh>, Dense<24>, BatchNorm<>,
                                 Activation<Elu>, Dense<3, Sigmoid>>;
using Activations =
    Network<Input<12>, Dense<12, Sigmoid>, Dense<12, Tanh>, Dense<12, Relu>, Dense<12, LeakyRelu<>>, Dense<12, Relu6>,
            Dense<12, Elu>, Dense<12, Selu>, Dense<12, Gelu>, Dense<12, Silu>, Dense<12, HardSigmoid>,
            Dense<12, HardSwish>, Dense<12, Softplus>, Dense<12, Mish>, Dense<12, Softmax>>;
using Cnn =
    Network<Input<1, 28, 28>, Conv2D<8, 3, Same>, BatchNorm<>, Activation<Relu>, MaxPool2D<2>, ZeroPad2D<1>,
            Conv2D<16, 3, Stride<2>, Groups<2>>, BatchNorm<>, Activation<HardSwish>, GlobalAvgPool, Dense<10, Softmax>>;
using LeNet = Network<Input<1, 28, 28>, Conv2D<6, 5, Tanh, Same>, AvgPool2D<2>, Conv2D<16, 5, Tanh>, AvgPool2D<2>,
                      Flatten, Dense<120, Tanh>, Dense<84, Tanh>, Dense<10>>;
using ResNet = Network<Input<3, 16, 16>, Conv2D<8, 3, Same>, BatchNorm<>, Activation<Relu>,
                       Residual<Conv2D<8, 3, Same>, BatchNorm<>, Activation<Relu>, Conv2D<8, 3, Same>, BatchNorm<>>,
                       Activation<Relu>,
                       Residual<Projection<Conv2D<16, 1, Stride<2>>>, ZeroPad2D<1>, Conv2D<16, 3, Stride<2>>,
                                BatchNorm<>, Activation<Relu>, Conv2D<16, 3, Same>, BatchNorm<>>,
                       Activation<Relu>, GlobalAvgPool, Dense<10>>;
using Mixed = Network<Input<4, 8, 8>, Residual<Conv2D<4, 3, Same>, BatchNorm<>, Activation<Relu6>>, AvgPool2D<2>,
                      Upsample2D<2>, GroupNorm<2>, AvgPool2D<2>, TransposedConv2D<4, 2, Stride<2>>,
                      Concat<Activation<Gelu>, Activation<Mish>, Activation<Silu>, Activation<LeakyRelu<0.1f>>>>;
using MobileNet =
    Network<Input<3, 32, 32>, ZeroPad2D<1>, Conv2D<8, 3, Stride<2>>, BatchNorm<>, Activation<Relu6>,
            DepthwiseConv2D<3, Same>, BatchNorm<>, Activation<Relu6>, Conv2D<16, 1>, BatchNorm<>, Activation<Relu6>,
            ZeroPad2D<1>, DepthwiseConv2D<3, Stride<2>>, BatchNorm<>, Activation<Relu6>, Conv2D<24, 1>, BatchNorm<>,
            Activation<Relu6>, DepthwiseConv2D<3, Same>, BatchNorm<>, Activation<Relu6>, Conv2D<32, 1>, BatchNorm<>,
            Activation<Relu6>, GlobalAvgPool, Dense<2>>;
using GruNet = Network<Input<5, 4>, Gru<8>, Dense<2>>;
using GruSequence = Network<Input<9, 3>, Gru<16, ReturnSequences>, TimeDistributed<Dense<2>>>;
using LstmNet = Network<Input<5, 4>, Lstm<8, ReturnSequences>, Lstm<8>, Dense<2>>;
using Rnn = Network<Input<6, 4>, SimpleRnn<8>, Dense<2>>;
using Transformer = Network<Input<6>, Embedding<20, 16>, Residual<MultiHeadAttention<2>>, LayerNorm<>,
                            Residual<TimeDistributed<Dense<32, Gelu>, Dense<16>>>, LayerNorm<>, LayerNorm<>,
                            Permute<1, 0>, GlobalAvgPool, Dense<5>>;
using Tcn = Network<Input<1, 32>, Conv1D<8, 3, Causal, Dilation<4>, Tanh>,
                    Residual<Conv1D<8, 3, Causal, Dilation<8>, Tanh>>, Conv1D<1, 1>>;

/// Loads the tensors of `model`, compares outputs with those for each of `exports`, saves and loads again.
template <class Net>
void check(const std::string& model, const LoadOptions& options, const std::vector<std::string>& exports) {
  if (torch::folder().empty()) {
    MESSAGE("left out: there is no folder of models; set CORTEXPR_MODELS");
    return;
  }
  const auto network = make_network<Net>();
  load(*network, torch::folder() / (model + ".safetensors"), options);
  for (const std::string& name : exports) {
    CAPTURE(name);
    CHECK(torch::error_of(*network, model + name) < 1e-5);
  }
  const fixtures::TemporaryDirectory directory;
  const std::string path = directory.path() + "/again.safetensors";
  save(*network, path, {.omit_zero_biases = options.missing_biases_are_zero});
  const auto again = make_network<Net>();
  load(*again, path, {.missing_biases_are_zero = options.missing_biases_are_zero});
  CHECK(*network == *again);
}

const LoadOptions in_order{.match = Match::in_order};
const LoadOptions in_order_without_biases{.match = Match::in_order, .missing_biases_are_zero = true};
const std::vector<std::string> all{"_dynamo", "_ts", "_dynamo_db", "_ts_db"};

}  // namespace

TEST_CASE("state_dicts of PyTorch: dense networks") {
  check<Mlp>("mlp", in_order, all);
  check<MlpWithBatchNorm>("mlp_bn", in_order, {"_dynamo"});
  check<Activations>("activations", in_order, all);
}

TEST_CASE("state_dicts of PyTorch: convolutional networks") {
  check<Cnn>("cnn", in_order_without_biases, all);
  check<LeNet>("lenet", in_order, {"_dynamo"});
  check<MobileNet>("mobilenet", in_order_without_biases, {"_dynamo"});
  check<Mixed>("mixed", in_order, all);
  check<Tcn>("tcn", {.rename = {{"c.", "0."}, {"e.", "1.0.0."}, {"d.", "2."}}}, all);
}

TEST_CASE("state_dicts of PyTorch: a residual network, with a map of prefixes") {
  check<ResNet>("resnet",
                {.rename = {{"stem.", ""},
                            {"a.", "3.0."},
                            {"b.0.", "5.0.1."},
                            {"b.1.", "5.0.2."},
                            {"b.3.", "5.0.4."},
                            {"b.4.", "5.0.5."},
                            {"p.", "5.1.0."},
                            {"head.", "8."}}},
                all);
}

TEST_CASE("state_dicts of PyTorch: recurrent networks") {
  check<GruNet>("gru", {.rename = {{"r.", "0."}, {"d.", "1."}}}, all);
  check<GruSequence>("gru_sequence", {.rename = {{"r.", "0."}, {"d.", "1.0."}}}, all);
  check<Rnn>("rnn", {.rename = {{"r.", "0."}, {"d.", "1."}}}, {"_dynamo"});
  check<LstmNet>("lstm",
                 {.rename = {{"r.", "0."},
                             {"r.weight_ih_l1", "1.weight_ih_l0"},
                             {"r.weight_hh_l1", "1.weight_hh_l0"},
                             {"r.bias_ih_l1", "1.bias_ih_l0"},
                             {"r.bias_hh_l1", "1.bias_hh_l0"},
                             {"d.", "2."}}},
                 all);
}

TEST_CASE("state_dicts of PyTorch: a transformer") {
  check<Transformer>("transformer",
                     {.rename = {{"e.", "0."},
                                 {"t.self_attn.", "1.0.0."},
                                 {"t.norm1.", "2."},
                                 {"t.linear1.", "3.0.0.0."},
                                 {"t.linear2.", "3.0.0.1."},
                                 {"t.norm2.", "4."},
                                 {"n.", "5."},
                                 {"d.", "8."}}},
                     all);
}
