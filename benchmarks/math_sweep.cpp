// Prints the largest error, in ulp, of every function of core/math.hpp, and what a pack costs.
// float: every float of the range where the result is a normal number, against the C library in double.
// double: random numbers of the range, against the C library in long double (64 bits of precision on x86-64).
//   math_sweep [step]     every step-th float; 1, which is all of them, takes ten minutes
// Fails if a float result is further off than core/math.hpp says.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cortexpr/core/math.hpp>
#include <cortexpr/core/random.hpp>
#include <cortexpr/simd/pack.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace {

namespace cx = cortexpr;

template <class T>
struct Worst {
  double ulp = 0;
  T at = 0;
};

/// |value - expected| in units of the last place of `expected`.
template <class T, class Wide>
double error_in_ulp(T value, Wide expected) {
  int exponent = 0;
  std::frexp(static_cast<T>(expected), &exponent);
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  const Wide unit = std::ldexp(Wide{1}, exponent - std::numeric_limits<T>::digits);
  const double error = static_cast<double>(std::fabs(static_cast<Wide>(value) - expected) / unit);
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

template <class T, class Wide, class Function, class Reference>
void try_pack(const T* x, Function function, Reference reference, Worst<T>& worst) {
  using Pack = cx::simd::NativePack<T>;
  alignas(64) T y[Pack::lanes];
  function(Pack::load(x)).store(y);
  for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
    const double ulp = error_in_ulp<T, Wide>(y[lane], reference(static_cast<Wide>(x[lane])));
    if (ulp > worst.ulp) worst = {ulp, x[lane]};
  }
}

/// All floats between two of one sign, the one nearer to zero first.
template <class Function, class Reference>
Worst<float> sweep_floats(Function function, Reference reference, float from, float to, std::uint64_t step) {
  using Pack = cx::simd::NativePack<float>;
  Worst<float> worst;
  const std::uint64_t last = std::bit_cast<std::uint32_t>(to);
  for (std::uint64_t bits = std::bit_cast<std::uint32_t>(from); bits <= last;) {
    alignas(64) float x[Pack::lanes];
    for (float& lane : x) {
      lane = std::bit_cast<float>(static_cast<std::uint32_t>(std::min(bits, last)));
      bits += step;
    }
    try_pack<float, double>(x, function, reference, worst);
  }
  return worst;
}

/// Half of the numbers are spread evenly over the range, half over its powers of 2.
template <class Function, class Reference>
Worst<double> sample_doubles(Function function, Reference reference, double from, double to, std::uint64_t count) {
  using Pack = cx::simd::NativePack<double>;
  const cx::Random random{cx::Seed{1}};
  Worst<double> worst;
  for (std::uint64_t i = 0; i < count;) {
    alignas(64) double x[Pack::lanes];
    for (double& lane : x) {
      const double u = (random.bits(2 * i) + random.bits(2 * i + 1) * 0x1p-32) * 0x1p-32;
      const double end = i % 4 < 2 ? from : to;
      lane = i % 2 == 0 ? from + (to - from) * u : end * std::exp2(-30 * u);
      ++i;
    }
    try_pack<double, long double>(x, function, reference, worst);
  }
  return worst;
}

/// Nanoseconds for a pack: when each waits for the one before (and an fma, which is included), and when they do not.
struct Cost {
  double latency;
  double throughput;
};

volatile double sink;  // what is stored here must be computed

template <class Pack, class Function>
Cost measure(Function function) {
  using Clock = std::chrono::steady_clock;
  using T = typename Pack::value_type;
  constexpr int rounds = 200000;
  const auto nanoseconds = [](Clock::time_point from) {
    return std::chrono::duration<double, std::nano>(Clock::now() - from).count();
  };
  double latency = std::numeric_limits<double>::max();
  double throughput = latency;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const Pack argument = opaque(Pack::broadcast(T(0.7)));
    const Pack nothing = opaque(Pack::zero());
    Pack chain = argument;
    const auto start = Clock::now();
    for (int i = 0; i < rounds; ++i) chain = opaque(fma(function(chain), nothing, argument));
    latency = std::min(latency, nanoseconds(start) / rounds);
    Pack independent[8];
    for (Pack& y : independent) y = argument;
    const auto second = Clock::now();
    for (int i = 0; i < rounds / 8; ++i)
      for (Pack& y : independent) y = opaque(fma(function(y), nothing, argument));
    throughput = std::min(throughput, nanoseconds(second) / rounds);
    for (const Pack& x : independent) chain = chain + x;
    alignas(64) T results[Pack::lanes];
    chain.store(results);
    sink = static_cast<double>(results[0]);
  }
  return {latency, throughput};
}

std::uint64_t float_step = 1;

struct Range {
  float low, high;
  double low_double, high_double;
};

bool as_documented = true;

template <class Function, class Reference>
void report(const char* name, Function function, Reference reference, Range range, double documented) {
  const float smallest = std::numeric_limits<float>::min();
  Worst<float> worst = sweep_floats(function, reference, std::max(range.low, smallest), range.high, float_step);
  if (range.low < 0) {
    const Worst<float> negative = sweep_floats(function, reference, -smallest, range.low, float_step);
    if (negative.ulp > worst.ulp) worst = negative;
  }
  const Worst<double> worst_double =
      sample_doubles(function, reference, range.low_double, range.high_double, 20'000'000 / float_step);
  const Cost wide = measure<cx::simd::NativePack<float>>(function);
  const Cost one = measure<cx::simd::ScalarPack<float>>(function);
  const Cost wide_double = measure<cx::simd::NativePack<double>>(function);
  std::printf("%-9s %7.3f at %-16a %7.3f at %-24a %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f\n", name, worst.ulp,
              static_cast<double>(worst.at), worst_double.ulp, worst_double.at, wide.latency, wide.throughput,
              one.latency, one.throughput, wide_double.latency, wide_double.throughput);
  if (worst.ulp > documented) {
    as_documented = false;
    std::printf("%s: core/math.hpp promises an error of %g ulp in float; found %g\n", name, documented, worst.ulp);
  }
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) float_step = std::max<std::uint64_t>(1, std::strtoull(arguments[1], nullptr, 10));
  std::printf("Largest error in ulp (every %llu. float; random doubles); nanoseconds a pack (latency, throughput)\n",
              static_cast<unsigned long long>(float_step));
  std::printf(
      "function  float                       double                          %7zu floats       1 float %5zu doubles\n",
      cx::simd::native_lanes<float>, cx::simd::native_lanes<double>);
  const auto exp = [](auto x) { return cx::math::exp(x); };
  const auto expm1 = [](auto x) { return cx::math::expm1(x); };
  const auto log = [](auto x) { return cx::math::log(x); };
  const auto tanh = [](auto x) { return cx::math::tanh(x); };
  const auto sigmoid = [](auto x) { return cx::math::sigmoid(x); };
  const auto erf = [](auto x) { return cx::math::erf(x); };
  const auto softplus = [](auto x) { return cx::math::softplus(x); };
  // From where the result is no longer subnormal to where it no longer changes.
  const Range exponential{-87.33654f, 88.72283f, -708.39, 709.78};
  report("exp", exp, [](auto x) { return std::exp(x); }, exponential, 1.31);
  report("expm1", expm1, [](auto x) { return std::expm1(x); }, {-20, 88.72283f, -50, 709.78}, 2.7);
  report("log", log, [](auto x) { return std::log(x); }, {0, std::numeric_limits<float>::max(), 1e-300, 10}, 0.85);
  report("tanh", tanh, [](auto x) { return std::tanh(x); }, {-10, 10, -25, 25}, 1.64);
  report("sigmoid", sigmoid, [](auto x) { return 1 / (1 + std::exp(-x)); }, {-87.33654f, 40, -708.39, 60}, 1.84);
  report("erf", erf, [](auto x) { return std::erf(x); }, {-5, 5, -7, 7}, 1.83);
  const auto log_of_sum = [](auto x) { return std::fmax(x, decltype(x){0}) + std::log1p(std::exp(-std::fabs(x))); };
  report("softplus", softplus, log_of_sum, exponential, 3);
  return as_documented ? 0 : 1;
}
