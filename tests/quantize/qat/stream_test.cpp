#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <cstddef>
#include <memory>

#include "../fixtures.hpp"

using namespace cortexpr;

TEST_CASE("a quantization-aware stream remembers what came before") {
  using Net = Network<Input<2, 12>, Conv1D<8, 5, Causal, Relu>, Conv1D<3, 3, Causal>>;
  constexpr std::size_t part = 4, channels = 2, outputs = 3;
  const auto network = quantized::initialized<Net>();
  const quantized::Samples data{50, Net::input_shape::size};
  const auto whole = std::make_unique<QuantizationAware<Net>>(quantization_aware(network, data));
  using Stream = with_input<QuantizationAware<Net>, Input<channels, part>>;
  const auto stream = std::make_unique<Stream>();
  std::copy(whole->block().begin(), whole->block().end(), stream->block().begin());

  typename Net::InputTensor x{};
  data.gather(3, 0, x.data());
  const auto expected = (*whole)(x);
  const auto step = quantize(*whole).output_quantization().scale;
  typename Stream::State state;
  for (std::size_t begin = 0; begin < 12; begin += part) {
    typename Stream::InputTensor now{};
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < part; ++i) now[c * part + i] = x[c * 12 + begin + i];
    const auto found = (*stream)(now, state);
    // The products of a part are not those of the integers: a number may be rounded the other way.
    for (std::size_t c = 0; c < outputs; ++c)
      for (std::size_t i = 0; i < part; ++i)
        CHECK(std::abs(found[c * part + i] - expected[c * 12 + begin + i]) < 2.5f * step);
  }
}
