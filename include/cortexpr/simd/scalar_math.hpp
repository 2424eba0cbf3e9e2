#pragma once

#include <concepts>
#include <cortexpr/config.hpp>
#include <cortexpr/core/math.hpp>
#include <cortexpr/simd/arch/scalar/pack.hpp>

/// The functions of core/math.hpp for a float or a double, at run time and in constant expressions. <cmath> is not
/// included: it costs a third of a second of compile time.
namespace cortexpr::math {

template <std::floating_point T>
constexpr T exp(T x) {
  return exp(simd::ScalarPack<T>{x}).value;
}
template <std::floating_point T>
constexpr T expm1(T x) {
  return expm1(simd::ScalarPack<T>{x}).value;
}
template <std::floating_point T>
constexpr T log(T x) {
  return log(simd::ScalarPack<T>{x}).value;
}
template <std::floating_point T>
constexpr T tanh(T x) {
  return tanh(simd::ScalarPack<T>{x}).value;
}
template <std::floating_point T>
constexpr T sigmoid(T x) {
  return sigmoid(simd::ScalarPack<T>{x}).value;
}
template <std::floating_point T>
constexpr T erf(T x) {
  return erf(simd::ScalarPack<T>{x}).value;
}
template <std::floating_point T>
constexpr T softplus(T x) {
  return softplus(simd::ScalarPack<T>{x}).value;
}
/// x^y for x > 0
template <std::floating_point T>
constexpr T pow(T x, T y) {
  return pow(simd::ScalarPack<T>{x}, simd::ScalarPack<T>{y}).value;
}
template <std::floating_point T>
constexpr T sqrt(T x) {
  return sqrt(simd::ScalarPack<T>{x}).value;
}
/// x y + z, rounded once where CORTEXPR_HAS_FMA is 1, else twice
template <std::floating_point T>
constexpr T fma(T x, T y, T z) {
  return fma(simd::ScalarPack<T>{x}, simd::ScalarPack<T>{y}, simd::ScalarPack<T>{z}).value;
}

}  // namespace cortexpr::math
