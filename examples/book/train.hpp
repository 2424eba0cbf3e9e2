#pragma once

#include <cortexpr/cortexpr.hpp>
#include <cstddef>
#include <memory>

#include "experiment.hpp"

/// The loss that the book prints: the sum over classes of -t log p - (1 - t) log(1 - p), with p = softmax(output)
/// clamped to [1e-9, 1 - 1e-9]. Its gradient is that of cross entropy, p - t, as in the book.
struct PrintedLoss {
  template <class Simd, std::size_t Columns, class T>
  constexpr T operator()(const T* output, const T* target, T* gradient, T scale) const {
    using Pack = typename Simd::template pack<T, Columns>;
    const Pack one = Pack::broadcast(1), smallest = Pack::broadcast(T(1e-9)), lowest = Pack::broadcast(T(-20.7232658));
    const Pack log_total = Pack::broadcast(cortexpr::kernels::softmax<Pack, Columns>(output, gradient));
    return cortexpr::kernels::reduce_row<Pack, Columns>(
        T(0),
        [&](std::size_t j) {
          const Pack p = Pack::load(gradient + j);
          const Pack t = Pack::load(target + j);
          ((p - t) * Pack::broadcast(scale)).store(gradient + j);
          const Pack log_p = max(Pack::load(output + j) - log_total, lowest);
          const Pack log_not_p = cortexpr::math::log(max(one - p, smallest));
          return -(t * log_p + (one - t) * log_not_p);
        },
        cortexpr::kernels::Plus{});
  }
};

/// Initializes a network, trains it and returns its evaluations.
template <class Net, class Loss, class Optimizer, std::size_t Batch>
Outcome train(const cortexpr::mnist::Data& data, Loss loss, Optimizer optimizer, cortexpr::BatchSize<Batch> batch,
              const cortexpr::FitOptions& options) {
  const auto network = std::make_unique<Net>();
  network->initialize(options.seed);
  const auto trainer =
      std::make_unique<cortexpr::Trainer<Net, Loss, Optimizer, Batch>>(*network, loss, optimizer, batch);
  const cortexpr::History history = trainer->fit(data.train, data.test, options);
  Outcome outcome{{}, history.training_seconds + history.evaluation_seconds, history.message};
  for (const cortexpr::Evaluation& evaluation : history)
    outcome.points.push_back({evaluation.epoch, evaluation.loss, 100 * evaluation.accuracy});
  return outcome;
}

/// Trains as the book does: batches of 60, an evaluation every 10 epochs, and early stopping when the loss has not
/// fallen.
template <class Net, class Loss, class Optimizer>
Outcome train_as_in_the_book(const cortexpr::mnist::Data& data, Loss loss, Optimizer optimizer, std::size_t epochs,
                             cortexpr::Seed seed, bool early_stopping = true) {
  return train<Net>(data, loss, optimizer, cortexpr::batch_size<60>,
                    {.epochs = epochs, .evaluate_every = 10, .early_stopping = early_stopping, .seed = seed});
}
