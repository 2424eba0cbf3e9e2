#pragma once

#include <cstddef>

namespace cortexpr::kernels {

/// What an inner loop keeps in registers: sums of `rows` x `packs`.
struct Tile {
  std::size_t rows;
  std::size_t packs;
};

/// For the rows that whole tiles leave over. Batches are mostly multiples of four.
constexpr Tile lower(Tile tile) { return {tile.rows > 4 ? std::size_t{4} : std::size_t{1}, tile.packs}; }

/// `packs`, cut into as few equal panels of at most `widest` as can be: the width of one.
constexpr std::size_t panel_width(std::size_t packs, std::size_t widest) {
  const std::size_t panels = (packs + widest - 1) / widest;
  return (packs + panels - 1) / panels;
}

/// The tile of a product whose rows are `packs` wide. Measured on AVX-512 and AVX2 with GCC and Clang, as parts of the
/// FMA peak: 32 registers 6x3 99 % (4x6 98 %, and it spills once k is unrolled), 16 registers 4x3 98 %. Narrow rows
/// need more of them, to cover the latency of the multiply-add.
constexpr Tile product_tile(std::size_t registers, std::size_t packs) {
  if (registers < 8) return {1, 1};
  if (registers < 16) return {2, packs < 2 ? packs : 2};
  const bool many = registers >= 32;
  if (packs == 1) return {many ? std::size_t{12} : std::size_t{8}, 1};
  if (packs == 2) return {many ? std::size_t{10} : std::size_t{6}, 2};
  return {many ? std::size_t{6} : std::size_t{4}, panel_width(packs, 3)};
}

/// The tile of a weight gradient, whose sums all go through the optimizer's rule: the wider, the more often a column of
/// x is used while it is at hand. 32 registers 4x6 95 % with momentum, 8x2 91, 6x3 90, 8x3 88 %.
constexpr Tile gradient_tile(std::size_t registers, std::size_t packs) {
  if (registers < 32 || packs < 4) return product_tile(registers, packs);
  return {4, panel_width(packs, 6)};
}

/// The tile of a correlation: outputs x packs of the run. A pack of the run is used for every output.
constexpr Tile correlation_tile(std::size_t registers, std::size_t packs) {
  if (registers < 16) return {1, 1};
  const bool many = registers >= 32;
  if (packs == 1) return {many ? std::size_t{16} : std::size_t{8}, 1};
  if (packs == 2) return {many ? std::size_t{10} : std::size_t{5}, 2};
  return {many ? std::size_t{8} : std::size_t{4}, 3};
}

/// The tile of a correlation with outputs as lanes: places x packs of outputs.
constexpr Tile outputs_tile(std::size_t registers, std::size_t packs) {
  if (registers < 16) return {4, 1};
  const bool many = registers >= 32;
  if (packs % 2 != 0) return {many ? std::size_t{24} : std::size_t{12}, 1};
  return {many ? std::size_t{12} : std::size_t{6}, 2};
}

/// The tile of its weight gradient: taps x packs of outputs. Taps of several planes fill a tile, or taps several tiles.
constexpr Tile outputs_gradient_tile(std::size_t registers, std::size_t packs, std::size_t taps) {
  Tile tile = outputs_tile(registers, packs);
  if (registers >= 32) tile.rows = tile.packs == 1 ? 27 : 13;
  return {taps < tile.rows ? tile.rows / taps * taps : panel_width(taps, tile.rows), tile.packs};
}

/// The tile of the weight gradient with places as lanes: outputs x taps, each a pack of partial sums. The fewer taps are
/// left over, the better.
constexpr Tile correlation_gradient_tile(std::size_t registers, std::size_t taps) {
  if (registers < 16) return {1, 1};
  const std::size_t sums = registers >= 32 ? 24 : 10;
  const std::size_t widest = registers >= 32 ? 7 : 5;
  std::size_t width = taps < widest ? taps : widest;
  while (width > 1 && taps % width != 0) --width;
  if (width == 1) width = panel_width(taps, 4);
  return {sums / width, width};
}

}  // namespace cortexpr::kernels
