// Prints the largest error, in ulp, of every function of core/math.hpp, and what a pack costs.
// float: every float of the range where the result is a normal number, against the C library in double.
// double: random numbers of the range, against the C library in long double (64 bits of precision on x86-64).
//   math_sweep [step]     every step-th float; 1 takes minutes

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

/// Nanoseconds for a pack: when each waits for the one before, and when they do not.
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
    Pack chain = opaque(Pack::broadcast(T(0.7)));
    const auto start = Clock::now();
    for (int i = 0; i < rounds; ++i) chain = opaque(function(chain));
    latency = std::min(latency, nanoseconds(start) / rounds);
    Pack independent[8];
    for (Pack& x : independent) x = opaque(Pack::broadcast(T(0.7)));
    const auto second = Clock::now();
    for (int i = 0; i < rounds / 8; ++i)
      for (Pack& x : independent) x = opaque(function(x));
    throughput = std::min(throughput, nanoseconds(second) / rounds);
    for (const Pack& x : independent) chain = chain + x;
    alignas(64) T results[Pack::lanes];
    chain.store(results);
    sink = static_cast<double>(results[0]);
  }
  return {latency, throughput};
}

std::uint64_t float_step = 1;

template <class Function, class Reference>
void report(const char* name, Function function, Reference reference, float low, float high, double low_double,
            double high_double) {
  // A single point has no smaller neighbours of its sign: 0 is tried by the tests.
  const float smallest = std::numeric_limits<float>::min();
  Worst<float> worst = sweep_floats(function, reference, std::max(low, smallest), high, float_step);
  if (low < 0) {
    const Worst<float> negative = sweep_floats(function, reference, -smallest, low, float_step);
    if (negative.ulp > worst.ulp) worst = negative;
  }
  const Worst<double> worst_double =
      sample_doubles(function, reference, low_double, high_double, 20'000'000 / float_step);
  const Cost wide = measure<cx::simd::NativePack<float>>(function);
  const Cost one = measure<cx::simd::ScalarPack<float>>(function);
  const Cost wide_double = measure<cx::simd::NativePack<double>>(function);
  std::printf("%-9s %7.3f at %-16a %7.3f at %-24a %6.1f %6.1f %6.1f %6.1f %6.1f %6.1f\n", name, worst.ulp,
              static_cast<double>(worst.at), worst_double.ulp, worst_double.at, wide.latency, wide.throughput,
              one.latency, one.throughput, wide_double.latency, wide_double.throughput);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) float_step = std::max<std::uint64_t>(1, std::strtoull(arguments[1], nullptr, 10));
  std::printf(
      "largest error in ulp (every %llu. float; random doubles) and nanoseconds (latency, throughput) a pack:\n",
      static_cast<unsigned long long>(float_step));
  std::printf(
      "function   float                       double                             %2zu floats     1 float    %2zu "
      "doubles\n",
      cx::simd::native_lanes<float>, cx::simd::native_lanes<double>);
  const float largest = std::numeric_limits<float>::max();
  report(
      "exp", [](auto x) { return cx::math::exp(x); }, [](auto x) { return std::exp(x); }, -87.33654f, 88.72283f,
      -708.39, 709.78);
  report(
      "expm1", [](auto x) { return cx::math::expm1(x); }, [](auto x) { return std::expm1(x); }, -100, 88.72283f, -100,
      709.78);
  report(
      "log", [](auto x) { return cx::math::log(x); }, [](auto x) { return std::log(x); }, 0, largest, 1e-300, 10);
  report(
      "tanh", [](auto x) { return cx::math::tanh(x); }, [](auto x) { return std::tanh(x); }, -largest, largest, -25,
      25);
  report(
      "sigmoid", [](auto x) { return cx::math::sigmoid(x); }, [](auto x) { return 1 / (1 + std::exp(-x)); }, -87.33654f,
      largest, -708.39, 40);
  report(
      "erf", [](auto x) { return cx::math::erf(x); }, [](auto x) { return std::erf(x); }, -largest, largest, -7, 7);
  report(
      "softplus", [](auto x) { return cx::math::softplus(x); },
      [](auto x) { return std::fmax(x, decltype(x){0}) + std::log1p(std::exp(-std::fabs(x))); }, -87.33654f, largest,
      -708.39, 1000);
}
