#include "schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "table.hpp"

Outcomes run_all(const std::vector<Experiment>& experiments, const cortexpr::mnist::Data& data, std::size_t seeds,
                 std::size_t threads) {
  struct Job {
    std::size_t experiment;
    std::size_t seed;
  };
  std::vector<Job> jobs;
  for (std::size_t experiment = 0; experiment < experiments.size(); ++experiment)
    for (std::size_t seed = 0; seed < seeds; ++seed) jobs.push_back({experiment, seed});
  const auto longest_first = [&](const Job& a, const Job& b) {
    return experiments[a.experiment].cost > experiments[b.experiment].cost;
  };
  std::sort(jobs.begin(), jobs.end(), longest_first);

  Outcomes outcomes(experiments.size(), std::vector<Outcome>(seeds));
  std::mutex mutex;  // protects `next` and the terminal
  std::size_t next = 0;
  const auto work = [&] {
    std::unique_lock lock{mutex};
    while (next < jobs.size()) {
      const Job job = jobs[next++];
      const Experiment& experiment = experiments[job.experiment];
      lock.unlock();
      Outcome outcome = experiment.run(data, cortexpr::Seed{20190119 + job.seed});
      lock.lock();
      print_progress(experiment, job.seed + 1, outcome);
      outcomes[job.experiment][job.seed] = std::move(outcome);
    }
  };
  std::vector<std::jthread> others(std::min(threads, jobs.size()) - 1);
  for (std::jthread& thread : others) thread = std::jthread{work};
  work();
  others.clear();
  return outcomes;
}
