#pragma once

#include <cstddef>

namespace cortexpr::kernels {

/// What an inner loop keeps in registers: sums of `rows` x `packs`.
struct Tile {
  std::size_t rows;
  std::size_t packs;
};

constexpr Tile half(Tile tile) { return {tile.rows / 2, tile.packs}; }

/// The tile of a product whose rows are `packs` wide. Measured on AVX-512 and AVX2, GCC and Clang, as parts of the FMA
/// peak: 32 registers 6x3 and 10x2 99 %, 12x1 95 %; 16 registers 4x3 98 %, 6x2 98 %. 4x6 spills once k is unrolled, 14x2
/// and 12x1 (16 registers) always. Wider rows are cut into panels.
constexpr Tile product_tile(std::size_t registers, std::size_t packs) {
  const bool many = registers >= 32;
  if (registers < 16) return {1, 1};
  if (packs == 1) return {many ? std::size_t{12} : std::size_t{8}, 1};
  if (packs == 2 || packs == 4) return {many ? std::size_t{10} : std::size_t{6}, 2};
  return {many ? std::size_t{6} : std::size_t{4}, 3};
}

/// The tile of a weight gradient, whose sums all go through the optimizer's rule: 32 registers 4x6 91 % with momentum
/// (8x2 91, 6x3 90, 8x3 88, 14x2 89 %), 16 registers 4x3 94 %.
constexpr Tile gradient_tile(std::size_t registers, std::size_t packs) {
  if (registers >= 32 && packs >= 5 && (packs % 6 == 0 || packs % 6 == 5)) return {4, packs == 5 ? packs : 6};
  return product_tile(registers, packs);
}

}  // namespace cortexpr::kernels
