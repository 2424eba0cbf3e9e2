#pragma once

#include <cortexpr/config.hpp>
#include <cstddef>

/// The vectors of GCC and Clang, and what all instruction sets without an instruction for it do with them.
namespace cortexpr::detail {

/// The types are members of a struct of their own because GCC drops the attribute from a member of a pack.
template <class Element, std::size_t Bytes>
struct VectorOf {
  typedef Element type __attribute__((vector_size(Bytes)));
  typedef Element aligned __attribute__((vector_size(Bytes), may_alias));
  typedef Element unaligned __attribute__((vector_size(Bytes), may_alias, aligned(sizeof(Element))));
};

/// table[index % 16] for each lane of `index`. Instruction sets with table lookups overload it.
template <class Integers>
CORTEXPR_INLINE typename VectorOf<float, sizeof(Integers)>::type table_lookup(const float* table, Integers index) {
  const auto columns = reinterpret_cast<typename VectorOf<int, sizeof(Integers)>::type>(index);
  typename VectorOf<float, sizeof(Integers)>::type found{};
  CORTEXPR_UNROLL_FOR (std::size_t lane = 0; lane < sizeof(Integers) / 4; ++lane)
    found[lane] = table[columns[lane] & 15];
  return found;
}

#if !CORTEXPR_HAS_FMA
/// a * b + c, each rounded.
template <class Register>
CORTEXPR_INLINE Register multiply_add(Register a, Register b, Register c) {
  return a * b + c;
}
#endif

}  // namespace cortexpr::detail
