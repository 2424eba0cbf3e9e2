#include "../mask_dropout.hpp"
#include "train.hpp"

namespace cx = cortexpr;

namespace {

using Plain = cx::Network<cx::Input<784>, cx::Dense<89, cx::Tanh, cx::GlorotNormal>, cx::Dense<10>>;
using Dropping =
    cx::Network<cx::Input<784>, cx::Dense<89, cx::Tanh, cx::GlorotNormal>, MaskDropout<0.8f>, cx::Dense<10>>;

Outcome linear_decay(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Plain>(
      data, PrintedLoss{}, cx::Momentum{.learning_rate = cx::LinearDecay{0.15f, 0.05f}, .momentum = 0.9f}, 50, seed);
}
template <class Net>
Outcome exponential_decay(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Net>(data, PrintedLoss{},
                                   cx::Momentum{.learning_rate = cx::ExponentialDecay{0.2f, 0.05f}, .momentum = 0.9f},
                                   50, seed);
}

}  // namespace

std::vector<Experiment> glorot_experiments() {
  return {
      {6, "4 with Glorot initialisation", ".305 .264 .245", {96.71}, {96.4, 97.3}, 40, linear_decay},
      {7, "5 with Glorot initialisation", ".352 .280 .244", {96.71}, {96.0, 97.0}, 40, exponential_decay<Plain>},
      {8, "7 with dropout, keep 0.8", ".285 .232 .199 .196", {96.95}, {96.5, 97.3}, 60, exponential_decay<Dropping>},
  };
}
