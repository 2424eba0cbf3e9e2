#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layers/dropout.hpp>

#include "../laws/fixtures.hpp"
#include "golden.hpp"

using namespace cortexpr;
using laws::PaddedRows;

namespace {

using In = Shape<4>;
using DropoutPlace = Place<float, 0, Dropout<0.2f>, In, simd::row_stride<float>(4), 0>;
struct NoSink {};

PaddedRows<float, 6, 4> read(const golden::File& file, const std::string& array) {
  PaddedRows<float, 6, 4> rows;
  for (std::size_t i = 0; i < 24; ++i) rows.rows()[i / 4][i % 4] = static_cast<float>(file[array][i]);
  return rows;
}

}  // namespace

// The oracle gives the mask, the layer draws its own; so the layer's is turned into the oracle's by asking, for each
// element, for the seed with which it is kept or dropped as there.
TEST_CASE("dropout has the golden outputs and gradients where its mask is the golden one") {
  const golden::File file{"dropout"};
  PaddedRows<float, 6, 4> x = read(file, "X"), upstream = read(file, "U");
  std::size_t found = 0;
  for (std::size_t i = 0; i < 24; ++i) {
    const bool kept = file["mask"][i] == 1;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      PaddedRows<float, 6, 4> y, mask, gradient;
      using Forward = ForwardPass<DropoutPlace, Run::training>;
      using Backward = BackwardPass<DropoutPlace, true, NoSink>;
      Dropout<0.2f>::forward<simd::Native>(Forward{x.rows(), y.rows(), nullptr, nullptr, mask.values, {Seed{seed}, 0, 0}});
      if ((mask.rows()[i / 4][i % 4] != 0) != kept) continue;
      Dropout<0.2f>::backward<simd::Native>(
          Backward{x.rows(), y.rows(), upstream.rows(), gradient.rows(), nullptr, mask.values, nullptr, {}});
      const auto near = [&](const char* array, PaddedRows<float, 6, 4>& rows) {
        return golden::distance(
                   {file[array][i]}, [&](auto) { return rows.rows()[i / 4][i % 4]; }, golden::in_float) <= 1;
      };
      CHECK(near("inv_train", y));
      CHECK(near("inv_dX", gradient));
      ++found;
      break;
    }
  }
  CHECK(found == 24);
}
