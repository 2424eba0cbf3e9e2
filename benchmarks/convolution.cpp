// cortexpr's figures for two convolutional networks: training on a batch, and inference of one image.

#include <benchmark/benchmark.h>

#include <cortexpr/nn/network.hpp>

#include "problem.hpp"
#include "workloads.hpp"

namespace {

namespace cx = cortexpr;
using namespace workloads;

using Small =
    cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<8, 3, cx::Relu, cx::Same>, cx::MaxPool2D<2>,
                cx::Conv2D<16, 3, cx::Relu, cx::Same>, cx::MaxPool2D<2>, cx::Flatten, cx::Dense<problem::outputs>>;
using LeNet5 = cx::Network<cx::Input<1, 28, 28>, cx::Conv2D<6, 5, cx::Relu, cx::Same>, cx::MaxPool2D<2>,
                           cx::Conv2D<16, 5, cx::Relu>, cx::MaxPool2D<2>, cx::Flatten, cx::Dense<120, cx::Relu>,
                           cx::Dense<84, cx::Relu>, cx::Dense<problem::outputs>>;

BENCHMARK(train_step<Small>)->Name("cnn_train_step/cortexpr");
BENCHMARK(train_step<LeNet5>)->Name("lenet5_train_step/cortexpr");

BENCHMARK(inference_1<Small>)->Name("cnn_inference_1/cortexpr");
BENCHMARK(inference_1<LeNet5>)->Name("lenet5_inference_1/cortexpr");

}  // namespace
