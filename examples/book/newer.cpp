#include "train.hpp"

namespace cx = cortexpr;

namespace {

using Shallow = cx::Network<cx::Input<784>, cx::Dense<89, cx::Relu>, cx::Dense<10>>;
using Deep = cx::Network<cx::Input<784>, cx::Dense<178, cx::Relu>, cx::Dense<46, cx::Relu>, cx::Dense<10>>;

/// Trains the network five times, with one-cycle schedules of 1, 2, 3, 5 and 10 epochs.
template <class Net>
Outcome one_cycle(const cx::mnist::Data& data, cx::Seed seed, float peak) {
  const cx::AdamW<cx::OneCycle> optimizer{.learning_rate = {.peak = peak}, .weight_decay = 0.01f};
  Outcome all;
  for (const std::size_t epochs : {1u, 2u, 3u, 5u, 10u}) {
    const Outcome one = train<Net>(data, cx::SoftmaxCrossEntropy{}, optimizer, cx::batch_size<128>,
                                   {.epochs = epochs, .evaluate_every = epochs, .seed = seed});
    if (!one.failure.empty()) return one;
    all.points.push_back(one.points.back());
    all.seconds += one.seconds;
  }
  return all;
}

Outcome shallow(const cx::mnist::Data& data, cx::Seed seed) { return one_cycle<Shallow>(data, seed, 5e-3f); }
Outcome deep(const cx::mnist::Data& data, cx::Seed seed) { return one_cycle<Deep>(data, seed, 4e-3f); }

}  // namespace

std::vector<Experiment> newer_experiments() {
  return {
      {11,
       "784-89 relu-10, He, AdamW, one-cycle to 5e-3, batch 128",
       "",
       {96.4, 97.5, 97.7, 98.05, 98.3},
       {},
       25,
       shallow},
      {12, "784-178 relu-46 relu-10, the same to 4e-3", "", {96.8, 97.6, 97.9, 98.2, 98.3}, {}, 60, deep},
  };
}
