// Trains a classifier on MNIST, and reports its accuracy, its times and its mistakes.

#include <cortexpr/core/stopwatch.hpp>
#include <csignal>
#include <cstdlib>
#include <string>

#include "classifier.hpp"
#include "options.hpp"
#include "report.hpp"

namespace cx = cortexpr;

namespace {

constexpr int interrupted = 130;  // 128 + SIGINT, as a shell says it
cx::StopToken stop;

/// A second signal ends the program at once.
void request_stop(int signal) {
  stop.request_stop();
  std::signal(signal, SIG_DFL);
}

/// Shifts of up to two pixels and small affine distortions, or none.
cx::Augment distortions(const Options& options) {
  if (!options.augment) return {};
  return {.shift_pixels = 2, .rotation_degrees = 10, .scale = 0.1f, .shear = 0.1f, .seed = cx::Seed{options.seed}};
}

}  // namespace

int main(int count, char** arguments) {
  const cx::Stopwatch since_start;
  Options options;
  if (const int status = parse(count, arguments, options); status >= 0) return status;
  const Recipe recipe{options.model, options.epochs, options.evaluations_per_epoch,
                      options.seed,  options.save,   options.resume};
  std::signal(SIGINT, request_stop);
  try {
    print(describe(recipe));
    const cx::mnist::Data data = cx::mnist::load(options.data, {.augment = distortions(options)});
    print_data(data, since_start.seconds());

    Milestones milestones = milestones_of(options.model, options.augment);
    const Outcome outcome = train(recipe, data, stop, print, [&](const cx::EpochReport& report) {
      see(milestones, report, since_start.seconds());
      print_evaluation(report, since_start.seconds());
    });
    if (!outcome.history.ok()) {
      print_error(outcome.history.message);
      return EXIT_FAILURE;
    }
    if (outcome.history.stop == cx::Stop::requested) {
      print(options.save.empty() ? "interrupted" : "interrupted; saved to " + options.save);
      return interrupted;
    }
    print_confusion(outcome.history.back().confusion);
    print_mistakes(outcome.mistakes, data.test, options.drawings);
    print_totals(outcome.history, data, milestones, since_start.seconds());
    print_hash(outcome.hash);
  } catch (const cx::DataError& error) {
    print_error(error.what());
    return EXIT_FAILURE;
  }
}
