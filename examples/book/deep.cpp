#include "../mask_dropout.hpp"
#include "train.hpp"

namespace cx = cortexpr;

namespace {

using First = cx::Dense<178, cx::Tanh, cx::GlorotNormal>;
using Second = cx::Dense<46, cx::Tanh, cx::GlorotNormal>;
using Plain = cx::Network<cx::Input<784>, First, Second, cx::Dense<10>>;
using Dropping = cx::Network<cx::Input<784>, First, MaskDropout<0.8f>, Second, MaskDropout<0.8f>, cx::Dense<10>>;

template <class Net, bool early_stopping>
Outcome exponential_decay(const cx::mnist::Data& data, cx::Seed seed) {
  return train_as_in_the_book<Net>(data, PrintedLoss{},
                                   cx::Momentum{.learning_rate = cx::ExponentialDecay{0.2f, 0.05f}, .momentum = 0.9f},
                                   100, seed, early_stopping);
}

}  // namespace

std::vector<Experiment> deep_experiments() {
  return {
      // Whether early stopping ends a run depends on the seed here, so all run to the end.
      {9,
       "784-178 tanh-46 tanh-10, recipe of 8, 100 epochs",
       ".321 ... .182",
       {97.15},
       {96.9, 100},
       300,
       exponential_decay<Dropping, false>},
      {10, "9 without dropout", ".375 .305 .262 .246", {96.52}, {94.5, 96.8}, 150, exponential_decay<Plain, true>},
  };
}
