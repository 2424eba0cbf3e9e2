#include <doctest/doctest.h>

#include <cortexpr/core/subnormals.hpp>
#include <initializer_list>

TEST_CASE("subnormal numbers: the mode of the processor is seen") {
  CHECK_FALSE(cortexpr::detail::flushes_subnormals());
#if defined(__x86_64__)
  const unsigned mode = __builtin_ia32_stmxcsr();
  for (const unsigned bits : {0x8000u, 0x0040u, 0x8040u}) {  // results, operands, both
    __builtin_ia32_ldmxcsr(mode | bits);
    const bool flushes = cortexpr::detail::flushes_subnormals();
    __builtin_ia32_ldmxcsr(mode);
    CHECK(flushes);
  }
#endif
}
