#include <algorithm>
#include <array>
#include <cortexpr/quantize/qat/quantization_aware.hpp>
#include <type_traits>

#include "layer_laws.hpp"

// Layers that calculate as their 8-bit layers do.

using namespace cortexpr;
using laws::at_run_time;
using laws::same_bits;

namespace {

using OfVectors = Network<Input<19>, Dense<17, Relu>, Dense<5, Tanh>, Dense<3>>;
using Convolutional = Network<Input<2, 6, 5>, Conv2D<3, 3, Same>, BatchNorm<>, Activation<Relu>, MaxPool2D<2>,
                              DepthwiseConv2D<2, Relu6>, Dropout<0.25f>, Flatten, Dense<4>>;
using Branched = Network<Input<2, 4, 4>, Conv2D<3, 1, Relu>, Residual<Conv2D<3, 3, Same, Relu>, Conv2D<3, 1>>,
                         Concat<Identity, Sequential<Conv2D<2, 1>, Activation<Sigmoid>>>,
                         Residual<Projection<Conv2D<4, 1>>, Conv2D<4, 1, Relu>>, Sequential<AvgPool2D<2>>,
                         Parallel<GlobalAvgPool, Sequential<MaxPool2D<2>, Flatten>>, Dense<2>>;

/// With ranges that clamp some of the outputs.
template <class Aware>
constexpr Aware with_ranges(Seed seed) {
  Aware network;
  network.initialize(seed);
  network.template parameter<"0.quantization">()[0][0] = typename Aware::value_type(0.021);
  network.template parameter<"0.quantization">()[0][1] = -3;
  std::size_t first = 0;
  detail::for_each_range<typename Aware::chain>(network.data(), first, [](auto* range, std::size_t tensor) {
    range[0] = -1;
    range[1] = typename Aware::value_type(1.5) + static_cast<typename Aware::value_type>(tensor) / 8;
  });
  return network;
}

/// A calibrated network after two steps of training, and an inference.
template <class Aware>
struct Step {
  Aware network = with_ranges<Aware>(Seed{3});
  typename Aware::OutputTensor output{};

  constexpr Step() {
    constexpr std::size_t batch = 4;
    Trainer trainer{network, MeanSquaredError{}, Adam<>{.learning_rate = 0.05f}, batch_size<batch>};
    typename decltype(trainer)::template Inputs<batch> inputs{};
    typename decltype(trainer)::template Targets<batch> targets{};
    for (std::uint64_t step = 0; step < 2; ++step) {
      laws::fill_normal(inputs, 10 + step);
      laws::fill_normal(targets, 20 + step);
      trainer.step(inputs, targets);
    }
    typename Aware::InputTensor input{};
    laws::fill_normal(input, 30);
    output = network(input);
  }
};

template <class Net>
void check_network() {
  using Aware = QuantizationAware<Net>;
  laws::batch_is_singles<Aware>();
  constexpr Step<Aware> in_compiler;
  const auto with_packs = std::make_unique<Step<Aware>>();
  CHECK(same_bits(with_packs->network.block(), in_compiler.network.block()));
  CHECK(same_bits(with_packs->output, in_compiler.output));
}

}  // namespace

TEST_CASE("QuantizationAware: a batch is N singles; SIMD = scalar = constant expression") {
  check_network<OfVectors>();
  check_network<Convolutional>();
  check_network<Branched>();
  laws::same_bits_in_the_compiler<QuantizationAware<OfVectors>>();  // without ranges
}

TEST_CASE("QuantizationAware: calibrated, a batch of N is N singles") {
  using Aware = QuantizationAware<Branched>;
  const auto network = std::make_unique<Aware>(at_run_time(with_ranges<Aware>, Seed{5}));
  constexpr std::size_t samples = 7, in = Aware::input_shape::size, out = Aware::output_shape::size;
  std::vector<float> inputs(samples * in), outputs(samples * out);
  laws::fill_normal(inputs, 1);
  (*network)(inputs, outputs);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    Aware::InputTensor input{};
    std::copy_n(inputs.data() + sample * in, in, input.data());
    CHECK(same_bits((*network)(input), std::span<const float>{outputs}.subspan(sample * out, out)));
  }
}

namespace {

/// Memory that a layer is given, with guards behind each part; then its passes, which must leave the guards alone and must
/// not depend on what lay there before.
template <class T, class LayerType, class In, std::size_t samples, bool wants_input>
struct Guarded {
  using Bound = typename LayerType::template Bound<T, In>;
  using Link = detail::Link<Bound, simd::row_stride<T>(In::size)>;
  using Memory = detail::LayerMemory<Bound>;
  static constexpr std::size_t guard = 16;

  template <std::size_t Elements>
  struct Part {
    static constexpr std::size_t padded = simd::padded(Elements, simd::native_lanes<T>);
    alignas(64) T values[padded + guard];
    explicit Part(T before) { std::fill(std::begin(values), std::end(values), before); }
    bool guarded(T before) const {
      return std::all_of(values + padded, std::end(values), [&](T value) { return same_bits(value, before); });
    }
  };

  Part<Memory::parameters> parameters{0}, gradient;
  Part<Memory::statistics> statistics{0};
  Part<Memory::saved(samples)> saved;
  Part<Memory::saved_of_batch> saved_of_batch;
  Part<Memory::scratch(samples)> scratch;
  Part<Memory::backward_scratch(samples, wants_input)> backward_scratch;
  laws::PaddedRows<T, samples, In::size> x, dx;
  laws::PaddedRows<T, samples, Bound::output_shape::size> y, dy;

  explicit Guarded(T before)
      : gradient{before}, saved{before}, saved_of_batch{before}, scratch{before}, backward_scratch{before} {
    x.fill(1);
    dy.fill(2);
    std::uint64_t stream = 0;
    const detail::ChainData<T> data{parameters.values, statistics.values};
    detail::for_each_parameter_of<Bound>(data, [&]<class Array>(Array, auto rows) {
      for (std::size_t i = 0; i < rows.count * rows.columns; ++i)
        rows[i / rows.columns][i % rows.columns] = T(0.5) * Random{Seed{8}, stream}.normal<T>(i);
      if (!Array::trainable) rows[0][0] = -1, rows[0][1] = T(1.25);
      ++stream;
    });
    Bound::forward(simd::Native{}, detail::ForwardContext<Link, detail::Mode::training, samples>{
                                       .x = x.rows(),
                                       .y = y.rows(),
                                       .parameters = parameters.values,
                                       .statistics = statistics.values,
                                       .scratch = scratch.values,
                                       .saved = saved.values,
                                       .saved_of_batch = saved_of_batch.values});
    detail::BackwardContext<Link, wants_input, samples> pass{};
    pass.x = x.rows();
    pass.y = y.rows();
    pass.dy = dy.rows();
    pass.dx = dx.rows();
    pass.parameters = parameters.values;
    pass.statistics = statistics.values;
    pass.saved = saved.values;
    pass.saved_of_batch = saved_of_batch.values;
    pass.scratch = backward_scratch.values;
    detail::backward_layer<Bound>(simd::Native{}, pass, kernels::StoreGradient<T>{gradient.values});
    Bound::update_statistics(simd::Native{},
                             detail::StatisticsContext<Bound>{statistics.values, saved_of_batch.values, samples});
    CHECK(parameters.guarded(0));
    CHECK(statistics.guarded(0));
    CHECK(gradient.guarded(before));
    CHECK(saved.guarded(before));
    CHECK(saved_of_batch.guarded(before));
    CHECK(scratch.guarded(before));
    CHECK(backward_scratch.guarded(before));
  }
};

template <class LayerType, class In>
void check_memory() {
  const auto zeros = std::make_unique<Guarded<float, LayerType, In, 3, true>>(0.0f);
  const auto ones = std::make_unique<Guarded<float, LayerType, In, 3, true>>(1.0f);
  CHECK(same_bits(zeros->y, ones->y));
  CHECK(same_bits(zeros->dx, ones->dx));
  using Memory = typename decltype(ones)::element_type::Memory;
  if constexpr (Memory::parameters > 0) {
    const auto first = std::make_unique<Guarded<float, LayerType, In, 3, false>>(1.0f);
    const std::span<const float> gradient{ones->gradient.values};
    CHECK(same_bits(gradient.first(Memory::parameters),
                    std::span<const float>{first->gradient.values}.first(Memory::parameters)));
  }
}

}  // namespace

TEST_CASE("FakeQuantized: layers keep to the memory that is planned, whatever lay there before") {
  check_memory<FakeQuantized<Dense<5, Relu>>, Shape<19>>();
  check_memory<FakeQuantized<Dense<37>>, Shape<3>>();
  check_memory<FakeQuantized<Activation<Gelu>>, Shape<19>>();
  check_memory<FakeQuantized<Conv2D<3, 3, Same, Relu>>, Shape<2, 5, 4>>();
  check_memory<FakeQuantized<DepthwiseConv2D<3>>, Shape<2, 5, 4>>();
  check_memory<FakeQuantized<Conv1D<3, 2>>, Shape<2, 9>>();
  check_memory<FakeQuantized<AvgPool2D<2>>, Shape<2, 4, 4>>();
  check_memory<FakeQuantized<Residual<Dense<19, Relu>, Dense<7>>>, Shape<7>>();
  check_memory<FakeQuantized<Concat<Conv2D<3, 1>, Identity>>, Shape<2, 3, 3>>();
}

TEST_CASE("FakeQuantized: without ranges the gradient is the one at rounded weights") {
  using Net = Network<Input<19>, Dense<17, Relu>, Activation<Tanh>, Residual<Dense<17, Relu>, Dense<17>>, Dense<3>>;
  const auto aware = std::make_unique<QuantizationAware<Net>>();
  const auto plain = std::make_unique<Net>();
  aware->initialize(Seed{4});
  std::copy_n(aware->block().begin(), Net::block_elements, plain->block().begin());
  detail::for_each_parameter<Net::chain>(plain->data(), []<class Array>(Array, auto rows) {
    alignas(64) float scales[rows.stride + 64];
    if (Array::rows > 1) kernels::fake_quantize_columns<simd::Native>(rows, rows, scales);
  });
  const auto gradient_of = [](auto& network) {
    auto gradient = std::make_unique<std::remove_reference_t<decltype(network)>>();
    const auto trainer =
        std::make_unique<Trainer<std::remove_reference_t<decltype(network)>, MeanSquaredError, Sgd<>, 5>>(
            network, MeanSquaredError{}, Sgd<>{});
    typename std::remove_reference_t<decltype(*trainer)>::template Inputs<5> inputs{};
    typename std::remove_reference_t<decltype(*trainer)>::template Targets<5> targets{};
    laws::fill_normal(inputs, 1);
    laws::fill_normal(targets, 2);
    trainer->forward(inputs);
    trainer->backward(targets, *gradient);
    return gradient;
  };
  const auto expected = gradient_of(*plain);
  const auto found = gradient_of(*aware);
  CHECK(same_bits(expected->block(), found->block().template first<Net::block_elements>()));
}

TEST_CASE("FakeQuantized: gradients pass straight through, but for outputs beyond the range") {
  using Aware = QuantizationAware<Network<Input<3>, Dense<2>>>;
  const auto aware = std::make_unique<Aware>(at_run_time(with_ranges<Aware>, Seed{6}));
  const auto gradient = std::make_unique<Aware>();
  aware->parameter<"1.range">()[0][0] = -0.5f;
  aware->parameter<"1.range">()[0][1] = 0.5f;
  constexpr std::size_t batch = 20;
  Trainer trainer{*aware, MeanSquaredError{}, Sgd<>{}, batch_size<batch>};
  decltype(trainer)::Inputs<batch> inputs{};
  decltype(trainer)::Targets<batch> targets{};
  laws::fill_normal(inputs, 1);
  laws::fill_normal(targets, 2);
  const auto outputs = trainer.forward(inputs);
  const Quantization of_inputs{.scale = 0.021f, .zero_point = -3}, of_outputs = quantization_of({-0.5f, 0.5f});
  double expected[3][2]{};
  int clamped = 0;
  for (std::size_t sample = 0; sample < batch; ++sample)
    for (std::size_t unit = 0; unit < 2; ++unit) {
      const float output = outputs[sample][unit];
      const std::int8_t value = of_outputs.int8_value(output);
      CHECK(output == of_outputs.real_value(value));
      if (value == -128 || value == 127) {
        ++clamped;
        continue;  // none of these lies less than half a step before the end
      }
      for (std::size_t k = 0; k < 3; ++k)
        expected[k][unit] += double(of_inputs.real_value(of_inputs.int8_value(inputs(sample, k)))) *
                             (double(output) - double(targets(sample, unit))) / batch;
    }
  trainer.backward(targets, *gradient);
  CHECK(clamped > 5);
  CHECK(clamped < 35);
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t unit = 0; unit < 2; ++unit)
      CHECK(double(gradient->parameter<"1.weight">()[k][unit]) == doctest::Approx(expected[k][unit]).epsilon(1e-4));
}

TEST_CASE("FakeQuantized: ranges follow what training sees, and inference leaves them") {
  using Aware = QuantizationAware<Network<Input<3>, Dense<2>, Activation<Tanh>>>;
  Aware network;
  network.initialize(Seed{6});
  Trainer trainer{network, MeanSquaredError{}, Sgd<>{.learning_rate = 0.0f}, batch_size<4>};
  decltype(trainer)::Inputs<4> inputs{};
  decltype(trainer)::Targets<4> targets{};
  laws::fill_normal(inputs, 1);
  trainer.step(inputs, targets);
  const float* const range = network.parameter<"1.range">()[0];
  const Range first{range[0], range[1]};
  CHECK(first.lowest < first.highest);
  const Aware before = network;
  (void)network({1, 2, 3});
  CHECK(network == before);
  for (float& input : inputs) input *= 3;
  trainer.step(inputs, targets);
  CHECK(range[0] <= first.lowest);
  CHECK(range[1] >= first.highest);
  CHECK(range[1] - range[0] < 1.03f * (first.highest - first.lowest));
  inputs[0] = std::numeric_limits<float>::quiet_NaN();
  const Aware kept = network;
  const float loss = trainer.step(inputs, targets);
  CHECK(loss != loss);
  CHECK(network == kept);
}

TEST_CASE("FakeQuantized: ranges stay finite where outputs do not") {
  using Aware = QuantizationAware<Network<Input<2>, Dense<2>>>;
  auto network = std::make_unique<Aware>(at_run_time(with_ranges<Aware>, Seed{6}));
  network->parameter<"1.weight">()[0][1] = 3e38f;
  Trainer trainer{*network, MeanSquaredError{}, Sgd<>{}, batch_size<1>};
  const Aware before = *network;
  const float loss = trainer.step({{2, 1}}, decltype(trainer)::Targets<1>{});
  CHECK(loss - loss == 0);
  CHECK(network->parameter<"1.range">()[0][0] == before.parameter<"1.range">()[0][0]);
  CHECK(network->parameter<"1.range">()[0][1] == before.parameter<"1.range">()[0][1]);
  CHECK(network->parameter<"1.weight">()[0][1] == 3e38f);
}
