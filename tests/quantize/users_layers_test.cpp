#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cortexpr/io/dot.hpp>
#include <cortexpr/kernels/product/gemm.hpp>
#include <cortexpr/kernels/product/weight_gradient.hpp>
#include <cortexpr/nn/report/summary.hpp>
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
#include <cortexpr/quantize/qat/calibration_aware.hpp>
#include <cortexpr/train/trainer.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "fixtures.hpp"

// Layers and activations that are defined here: folding, 8 bits, quantization-aware training, tables and drawings know them
// by what they are.

using namespace cortexpr;

namespace {

/// y = min(max(x, -1), 1)
struct HardTanh {
  static constexpr auto derivative_from = DerivativeFrom::output;
  static constexpr Clamp clamp{-1, 1};
  template <class Pack>
  static constexpr Pack value(Pack x) {
    return min(Pack::broadcast(1), max(Pack::broadcast(-1), x));
  }
  template <class Pack>
  static constexpr Pack derivative(Pack y) {
    return select((y > Pack::broadcast(-1)) & (y < Pack::broadcast(1)), Pack::broadcast(1), Pack::zero());
  }
};

/// A convolution that derives nothing from Conv2D, but is bound as one.
template <std::size_t Filters, class ActivationType = Linear>
struct UsersConvolution : LayerDescription {
  static constexpr const char* name = "UsersConvolution";
  using activation = ActivationType;
  template <class Other>
  using with_activation = UsersConvolution<Filters, Other>;
  template <class T, class In>
  using Bound = typename Conv2D<Filters, 3, ActivationType>::template Bound<T, In>;
};

/// y = activation(x W + b)
template <std::size_t Units, class ActivationType = Linear>
struct UsersDense : LayerDescription {
  static constexpr const char* name = "UsersDense";
  using activation = ActivationType;
  template <class Other>
  using with_activation = UsersDense<Units, Other>;

  template <class T, class In>
  struct Bound : BoundLayer<T, In, Shape<Units>> {
    static constexpr Parameter<"weight", Shape<In::size, Units>, GlorotNormal, Fan{In::size, Units}> weight{};
    static constexpr Parameter<"bias", Shape<Units>, Zeros> bias{};
    static constexpr Saved<"z", detail::needs_saved_input<activation>() ? Units : 0> z{};
    static constexpr Arrays arrays{weight, bias, z};
    static constexpr std::size_t macs = In::size * Units;
    static constexpr detail::LinearMap linear_map{.outputs_are_columns = true};

    template <class Simd>
    static constexpr void forward(Simd simd, const auto& pass) {
      detail::activate_after<activation>(
          simd, pass, z, [&](auto to) { kernels::multiply<Simd>(pass.x, pass[weight], pass[bias], to); });
    }
    static constexpr void backward_output(auto simd, const auto& pass) {
      detail::activate_output_backward<activation>(simd, pass, z);
    }
    static constexpr void backward_input(auto, const auto& pass) {
      for (std::size_t row = 0; row < pass.x.count; ++row) {
        for (std::size_t k = 0; k < In::size; ++k) {
          T sum = 0;
          for (std::size_t unit = 0; unit < Units; ++unit) sum += pass.dy[row][unit] * pass[weight][k][unit];
          pass.dx[row][k] = sum;
        }
        kernels::clear_padding(pass.dx, row);
      }
    }
    template <class Simd>
    static constexpr void backward_parameters(Simd, const auto& pass) {
      kernels::weight_gradient<Simd>(pass.x, pass.dy, pass.gradient(weight));
      kernels::bias_gradient<Simd>(pass.dy, pass.gradient(bias));
    }
  };
};
static_assert(Layer<UsersDense<2>::Bound<float, Shape<3>>>);

/// A composite layer with a name of its own.
template <class... Inside>
struct UsersBlock : Composite<merge::Sum, Sequential<Inside...>, Identity> {
  static constexpr const char* name = "UsersBlock";
  template <class Changed, class Around>
  struct With;
  template <class... Changed, class Around>
  struct With<Sequential<Changed...>, Around> {
    using type = UsersBlock<Changed...>;
  };
  template <class Changed, class Around>
  using with_branches = typename With<Changed, Around>::type;
};

using Users =
    Network<Input<2, 6, 5>, UsersConvolution<4>, BatchNorm<>, Activation<HardTanh>, Flatten, UsersDense<8, Gelu>,
            UsersBlock<UsersDense<6>, BatchNorm<>, Activation<Relu>, UsersDense<8, HardTanh>>, UsersDense<3>>;
/// The same of the library's layers.
using Library = Network<Input<2, 6, 5>, Conv2D<4, 3>, BatchNorm<>, Activation<HardTanh>, Flatten, Dense<8, Gelu>,
                        Residual<Dense<6>, BatchNorm<>, Activation<Relu>, Dense<8, HardTanh>>, Dense<3>>;

static_assert(
    std::is_same_v<FoldedBatchNorm<Users>,
                   Network<Input<2, 6, 5>, UsersConvolution<4>, Activation<HardTanh>, Flatten, UsersDense<8, Gelu>,
                           UsersBlock<UsersDense<6>, Activation<Relu>, UsersDense<8, HardTanh>>, UsersDense<3>>>);
static_assert(
    std::is_same_v<detail::Deployed<Users>,
                   Network<Input<2, 6, 5>, UsersConvolution<4, HardTanh>, Flatten, UsersDense<8>, Activation<Gelu>,
                           UsersBlock<UsersDense<6, Relu>, UsersDense<8, HardTanh>>, UsersDense<3>>>);

const quantized::Samples samples{60, Users::input_shape::size};

template <class Net>
std::vector<int> integers_of(const Net& network) {
  std::vector<int> result;
  for_each_serialized(network, [&](int integer) { result.push_back(integer); });
  return result;
}

}  // namespace

TEST_CASE("users' layers: BatchNorm and pixel scale are folded") {
  const auto network = std::make_unique<Users>(quantized::initialized<Users>());
  const std::array<PixelScale, 2> scales{PixelScale{.factor = 0.01f, .offset = -1},
                                         PixelScale{.factor = 0.02f, .offset = 0.5f}};
  const auto folded = fold_batch_norm(*network);
  const auto scaled = fold_pixel_scale(*network, scales);
  Users::InputTensor pixels{}, numbers{};
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<float>(i * 37 % 256);
    const PixelScale& scale = scales[i / 30];
    numbers[i] = pixels[i] * scale.factor + scale.offset;
  }
  const auto expected = (*network)(numbers), without_batch_norm = folded(numbers), of_pixels = scaled(pixels);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(without_batch_norm[i] == doctest::Approx(expected[i]).epsilon(1e-4));
    CHECK(of_pixels[i] == doctest::Approx(expected[i]).epsilon(1e-4));
  }
}

TEST_CASE("users' layers: the same integers as those of the library's layers") {
  const auto users = std::make_unique<Users>(quantized::initialized<Users>());
  const auto library = std::make_unique<Library>(quantized::initialized<Library>());
  CHECK(laws::same_bits(users->block(), library->block()));
  const auto of_users = std::make_unique<Quantized<Users>>(quantize(*users, samples));
  CHECK(integers_of(*of_users) == integers_of(quantize(*library, samples)));
  const auto aware = std::make_unique<QuantizationAware<Users>>(quantization_aware(*users, samples));
  CHECK(quantize(*aware) == *of_users);
}

TEST_CASE("users' activations: sums are clamped to the bounds") {
  using Net = Network<Input<12>, Dense<9, HardTanh>>;
  const auto network = std::make_unique<Net>(quantized::initialized<Net>());
  const quantized::Samples data{60, 12};
  const auto small = std::make_unique<Quantized<Net>>(quantize(*network, data));
  static_assert(std::is_same_v<Quantized<Net>::deployed, Net>);
  const float step = small->output_quantization().scale;
  std::size_t clamped = 0;
  for (std::size_t sample = 0; sample < data.size(); ++sample) {
    Net::InputTensor input{};
    data.gather(sample, 0, input.data());
    const auto expected = (*network)(input), found = (*small)(input);
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(std::abs(found[i] - expected[i]) <= 8 * step);
      CHECK(std::abs(found[i]) <= 1 + step / 2);
      clamped += std::abs(expected[i]) == 1;
    }
  }
  CHECK(clamped > 100);
}

TEST_CASE("users' layers: quantization-aware training moves them") {
  using Aware = QuantizationAware<Users>;
  const auto users = std::make_unique<Users>(quantized::initialized<Users>());
  const auto aware = std::make_unique<Aware>(quantization_aware(*users, samples));
  const auto trainer = std::make_unique<Trainer<Aware, MeanSquaredError, Momentum<>, 5>>(
      *aware, MeanSquaredError{}, Momentum<>{.learning_rate = 0.01f});
  using Five = std::remove_reference_t<decltype(*trainer)>;
  Five::Inputs<5> inputs{};
  Five::Targets<5> targets{};
  laws::fill_normal(inputs, 1);
  laws::fill_normal(targets, 2);
  const float first = trainer->step(inputs, targets);
  for (int step = 0; step < 20; ++step) trainer->step(inputs, targets);
  CHECK(trainer->step(inputs, targets) < first / 2);
}

TEST_CASE("users' layers: tables and drawings show what is inside a composite") {
  const std::string table = summary<Users>().c_str();
  std::ostringstream drawing;
  write_dot<Users>(drawing);
  for (const char* const name : {"UsersConvolution", "UsersDense", "UsersBlock", "BatchNorm"}) {
    CHECK(table.find(name) != std::string::npos);
    CHECK(drawing.str().find(name) != std::string::npos);
  }
}
