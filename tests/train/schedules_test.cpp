#include <doctest/doctest.h>

#include <cortexpr/train/schedules.hpp>
#include <initializer_list>

using namespace cortexpr;

namespace {

constexpr Progress in_epoch(std::size_t epoch, std::size_t epochs) { return {epoch, epochs, epoch * 10, epochs * 10}; }
constexpr Progress at_step(std::size_t step, std::size_t steps) { return {0, 1, step, steps}; }

template <class Schedule>
void check_from_to(const Schedule& schedule, float from, float to) {
  CHECK(schedule(in_epoch(0, 7)) == doctest::Approx(from));
  CHECK(schedule(in_epoch(6, 7)) == doctest::Approx(to));
  CHECK(schedule(in_epoch(9, 7)) == doctest::Approx(to));
  CHECK(schedule(in_epoch(0, 1)) == doctest::Approx(from));
  for (std::size_t epoch = 1; epoch < 7; ++epoch)
    CHECK(schedule(in_epoch(epoch, 7)) < schedule(in_epoch(epoch - 1, 7)));
}

template <class Schedule>
concept Observes = requires(Schedule schedule) { schedule.observe(1.0f); };

}  // namespace

TEST_CASE("schedules: fall from `from` to `to` and stay there; a single epoch has the rate `from`") {
  check_from_to(LinearDecay{0.3f, 0.1f}, 0.3f, 0.1f);
  check_from_to(ExponentialDecay{0.3f, 0.1f}, 0.3f, 0.1f);
  check_from_to(CosineDecay{0.3f, 0.1f}, 0.3f, 0.1f);
}

TEST_CASE("schedules: halfway values") {
  CHECK(LinearDecay{0.3f, 0.1f}(in_epoch(3, 7)) == doctest::Approx(0.2));
  CHECK(ExponentialDecay{0.4f, 0.1f}(in_epoch(3, 7)) == doctest::Approx(0.2));
  CHECK(CosineDecay{0.3f, 0.1f}(in_epoch(3, 7)) == doctest::Approx(0.2));
  CHECK(CosineDecay{1.0f, 0.0f}(in_epoch(2, 7)) == doctest::Approx(0.75));
  CHECK(Constant{0.25f}(in_epoch(3, 7)) == 0.25f);
}

TEST_CASE("schedules: ExponentialDecay to 0 stays positive and ends near 0") {
  const ExponentialDecay schedule{0.1f, 0.0f};
  CHECK(schedule(in_epoch(6, 7)) > 0);
  CHECK(schedule(in_epoch(6, 7)) < 1e-7f);
}

TEST_CASE("schedules: OneCycle rises to its peak, falls below its start, and stays positive after the end") {
  const OneCycle cycle{.peak = 1.0f, .rising = 0.3f, .start_divisor = 20.0f, .end_divisor = 100.0f};
  CHECK(cycle(at_step(0, 100)) == doctest::Approx(0.05));
  CHECK(cycle(at_step(29, 100)) == doctest::Approx(1));
  CHECK(cycle(at_step(99, 100)) == doctest::Approx(0.0005));
  CHECK(cycle(at_step(150, 100)) == doctest::Approx(0.0005));
  for (std::size_t step = 1; step < 100; ++step)
    CHECK((cycle(at_step(step, 100)) > cycle(at_step(step - 1, 100))) == (step <= 29));
  CHECK(cycle(at_step(0, 1)) > 0);  // one step is a cycle too
}

TEST_CASE("schedules: Warmup rises linearly to the rate of its schedule") {
  const Warmup schedule{4, LinearDecay{0.4f, 0.1f}};
  for (std::size_t step = 0; step < 4; ++step)
    CHECK(schedule({0, 10, step, 100}) == doctest::Approx(0.4 * static_cast<double>(step + 1) / 4));
  CHECK(schedule({0, 10, 9, 100}) == doctest::Approx(0.4));
  CHECK(schedule({9, 10, 99, 100}) == doctest::Approx(0.1));
  CHECK(Warmup{0, Constant{0.5f}}(at_step(0, 10)) == 0.5f);
}

TEST_CASE("schedules: ReduceOnPlateau lowers the rate after more than `patience` evaluations, down to `lowest`") {
  ReduceOnPlateau schedule{.rate = 1.0f, .factor = 0.25f, .patience = 2, .lowest = 0.1f};
  const auto after = [&](std::initializer_list<float> losses) {
    for (const float loss : losses) schedule.observe(loss);
    return schedule(Progress{});
  };
  CHECK(after({5, 4, 4, 4.5f}) == 1.0f);
  CHECK(after({4}) == 0.25f);     // the third evaluation in a row without gain
  CHECK(after({4, 4}) == 0.25f);  // the count begins anew
  CHECK(after({3.9f, 4, 4}) == 0.25f);
  CHECK(after({4}) == 0.1f);
  CHECK(after({4, 4, 4, 4, 4, 4}) == 0.1f);
}

TEST_CASE("schedules: Warmup passes losses to its schedule, if that has `observe`") {
  Warmup around{2, ReduceOnPlateau{.rate = 1.0f, .factor = 0.5f, .patience = 0}};
  around.observe(1);
  around.observe(1);
  CHECK(around(at_step(5, 10)) == 0.5f);
  CHECK_FALSE(Observes<Warmup<Constant>>);
  CHECK(Observes<Warmup<ReduceOnPlateau>>);
}

// Those of OneCycle and ReduceOnPlateau are PyTorch's, where it has some.
TEST_CASE("schedules: defaults") {
  CHECK(Constant{}.rate == 0.1f);
  CHECK(LinearDecay{}.from == 0.1f);
  CHECK(LinearDecay{}.to == 0.01f);
  CHECK(ExponentialDecay{}.from == 0.1f);
  CHECK(ExponentialDecay{}.to == 0.01f);
  CHECK(CosineDecay{}.from == 0.1f);
  CHECK(CosineDecay{}.to == 0);
  CHECK(OneCycle{}.peak == 0.01f);
  CHECK(OneCycle{}.rising == 0.3f);
  CHECK(OneCycle{}.start_divisor == 25);
  CHECK(OneCycle{}.end_divisor == 1e4f);
  CHECK(ReduceOnPlateau{}.rate == 0.1f);
  CHECK(ReduceOnPlateau{}.factor == 0.1f);
  CHECK(ReduceOnPlateau{}.patience == 10);
  CHECK(ReduceOnPlateau{}.lowest == 0);
}

TEST_CASE("learning_rate_of: a number, a schedule, any callable") {
  CHECK(detail::learning_rate_of(0.5f, Progress{}) == 0.5f);
  CHECK(detail::learning_rate_of(0.5, Progress{}) == 0.5f);
  CHECK(detail::learning_rate_of(Constant{0.25f}, Progress{}) == 0.25f);
  CHECK(detail::learning_rate_of([](const Progress& at) { return static_cast<float>(at.step); }, at_step(7, 9)) == 7);
}

static_assert(CosineDecay{1.0f, 0.0f}(in_epoch(3, 7)) > 0.49f && ExponentialDecay{0.4f, 0.1f}(in_epoch(3, 7)) < 0.21f);
