#pragma once

#include <cmath>
#include <cortexpr/config.hpp>

namespace oracle {

/// a b + c as this build adds products, from the standard library.
struct Fma {
  template <class T>
  T operator()(T a, T b, T c) const {
#if CORTEXPR_HAS_FMA
    return std::fma(a, b, c);
#else
    const T product = a * b;
    return product + c;
#endif
  }
};

}  // namespace oracle
