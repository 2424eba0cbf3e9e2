#include <cortexpr/kernels/elementwise/map.hpp>
#include <cortexpr/nn/layers/dropout.hpp>

#include "../laws/fixtures.hpp"
#include "golden.hpp"

using namespace cortexpr;
using laws::PaddedRows;

namespace {

using Bound = Dropout<0.2f>::Bound<float, Shape<4>>;
using Link = detail::Link<Bound, simd::row_stride<float>(4)>;

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
      detail::ForwardContext<Link, detail::Mode::training> forward{};
      forward.x = x.rows(), forward.y = y.rows();
      forward.saved = mask.values;
      forward.noise = {Seed{seed}, 0, 0, 0};
      Bound::forward(simd::Native{}, forward);
      if ((mask.rows()[i / 4][i % 4] != 0) != kept) continue;
      detail::BackwardContext<Link, true, 1> backward{};
      backward.x = x.rows(), backward.y = y.rows();
      backward.dy = upstream.rows(), backward.dx = gradient.rows();
      backward.saved = mask.values;
      Bound::backward_input(simd::Native{}, backward);
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
