#include <cortexpr/train/schedules.hpp>

#include "golden.hpp"

using namespace cortexpr;

namespace {

/// How far a schedule's rates in `epochs` epochs, of one step each, are from the golden ones.
template <class Schedule>
double distance(const std::string& array, const Schedule& schedule) {
  static const golden::File file{"lr_schedules"};
  const std::size_t epochs = file[array].size();
  return golden::distance(file[array], [&](std::size_t t) { return schedule(Progress{t, epochs, t, epochs}); },
                          {1e-8, 1e-5});
}

}  // namespace

TEST_CASE("schedules have the golden learning rates") {
  CHECK(distance("linear", LinearDecay{0.15f, 0.05f}) <= 1);
  CHECK(distance("linear_100", LinearDecay{0.15f, 0.05f}) <= 1);
  CHECK(distance("exponential", ExponentialDecay{0.2f, 0.05f}) <= 1);
  CHECK(distance("exponential_100", ExponentialDecay{0.2f, 0.05f}) <= 1);
  CHECK(distance("cosine", CosineDecay{0.2f, 0.05f}) <= 1);
  CHECK(distance("cosine_100", CosineDecay{0.2f, 0.05f}) <= 1);
  CHECK(distance("onecycle_torch", OneCycle{.peak = 0.1f}) <= 1);
}
