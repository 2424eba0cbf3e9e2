#include <doctest/doctest.h>
#include <cortexpr/nn/memory/arena_planner.hpp>
#include <cortexpr/nn/memory/report.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/train/workspace.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include "../../laws/fixtures.hpp"

// Plans for arenas: nothing lies on what is alive, little is wasted, and layers write only where they may.

using namespace cortexpr;
using detail::Lifetime;

namespace {

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

template <std::size_t Count>
void check_apart(const std::array<Lifetime, Count>& buffers, const detail::ArenaPlan<Count>& plan) {
  for (std::size_t a = 0; a < Count; ++a) {
    CHECK(plan.offset[a] + buffers[a].elements <= plan.elements);
    for (std::size_t b = 0; b < a; ++b)
      if (meet(buffers[a], buffers[b]) && buffers[a].elements > 0 && buffers[b].elements > 0)
        CHECK((plan.offset[a] + buffers[a].elements <= plan.offset[b] ||
               plan.offset[b] + buffers[b].elements <= plan.offset[a]));
  }
}

/// Some order of putting each buffer at the lowest place is the best there is, so all are tried.
template <std::size_t Count>
std::size_t least_possible(const std::array<Lifetime, Count>& buffers) {
  std::array<std::size_t, Count> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t least = std::numeric_limits<std::size_t>::max();
  do {
    detail::Order<Count> sequence{.size = Count};
    std::copy(order.begin(), order.end(), sequence.buffer);
    least = std::min(least, detail::plan_in_order(buffers.data(), sequence).elements);
  } while (std::next_permutation(order.begin(), order.end()));
  return least;
}

}  // namespace

TEST_CASE("plans of random buffers: nothing overlaps, and nearly all are the best possible") {
  constexpr std::size_t count = 7, trials = 200;
  const Random random{Seed{5}};
  std::size_t best = 0;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    std::array<Lifetime, count> buffers{};
    for (std::size_t i = 0; i < count; ++i) {
      const auto words = random.block(trial * count + i);
      buffers[i] = {1 + words[0] % 20, words[1] % 6, 0};
      buffers[i].last = buffers[i].first + words[2] % 4;
    }
    const auto plan = detail::plan_arena(buffers);
    check_apart(buffers, plan);
    const std::size_t least = least_possible(buffers);
    CHECK(plan.elements >= least);
    CHECK(plan.elements <= least * 3 / 2);
    best += plan.elements == least;
  }
  CHECK(best >= trials * 3 / 4);
}

TEST_CASE("the plan of a chain needs the two largest neighbours, and their scratch, at most") {
  constexpr std::size_t layers = 9;
  const Random random{Seed{6}};
  for (std::size_t trial = 0; trial < 200; ++trial) {
    std::array<Lifetime, 2 * layers> buffers{};
    std::size_t most = 0;
    for (std::size_t i = 0; i < layers; ++i) {
      const auto words = random.block(trial * layers + i);
      buffers[i] = {1 + words[0] % 100, i, i + 1};
      buffers[layers + i] = {words[1] % 3 == 0 ? words[2] % 50 : 0, i, i};
      most = std::max(most, buffers[i].elements + buffers[layers + i].elements + (i > 0 ? buffers[i - 1].elements : 0));
    }
    const auto plan = detail::plan_arena(buffers);
    check_apart(buffers, plan);
    CHECK(plan.elements == most);
  }
}

// The two largest neighbours, of one sample.
static_assert(detail::InferencePlan<Network<Input<1>, Dense<160>, Dense<96>, Dense<144>, Dense<32>>::chain, 1>::arena
                  .elements == 160 + 96);
static_assert(detail::InferencePlan<
                  Network<Input<1>, Dense<16>, Dense<96>, Flatten, Dropout<0.5f>, Dense<144>, Dense<160>>::chain,
                  1>::arena.elements == 144 + 160);

namespace {

/// Every buffer for itself, full of NaNs, between guards: what training would do if nothing shared memory.
template <class Chain, std::size_t B>
class GuardedBuffers {
  using Sizes = std::array<std::array<std::size_t, Chain::size>, 6>;

 public:
  using T = typename Chain::value_type;
  T* output(std::size_t layer) const { return get(0, layer); }
  T* saved(std::size_t layer) const { return get(1, layer); }
  T* saved_of_batch(std::size_t layer) const { return get(2, layer); }
  T* gradient(std::size_t layer) const { return get(3, layer); }
  T* scratch(std::size_t layer) const { return get(4, layer); }
  T* backward_scratch(std::size_t layer) const { return get(5, layer); }

  bool guards_are_whole() const {
    return std::all_of(all_->begin(), all_->end(), [](const auto& named) {
      const auto& [begin, values, size] = named.second;
      const auto is_guard = [](T value) { return value == guard; };
      return std::all_of(values.begin(), values.begin() + begin, is_guard) &&
             std::all_of(values.begin() + begin + size, values.end(), is_guard);
    });
  }

 private:
  static constexpr T guard = T(12345);
  struct One {
    std::ptrdiff_t begin;
    std::vector<T> values;
    std::ptrdiff_t size;
  };

  static constexpr Sizes sizes = [] {
    Sizes result{};
    detail::for_each_index<Chain::size>([&](auto index) {
      using Link = detail::LinkAt<Chain, index>;
      using Memory = detail::LayerMemory<typename Link::bound>;
      constexpr std::size_t layer = index;
      result[0][layer] = result[3][layer] = B * Link::output_stride;
      result[1][layer] = Memory::saved(B);
      result[2][layer] = Memory::saved_of_batch;
      result[4][layer] = Memory::scratch(B);
      result[5][layer] = Memory::backward_scratch(B, layer > detail::first_backward<Chain, false>);
    });
    return result;
  }();

  T* get(std::size_t kind, std::size_t layer) const {
    const std::size_t size = sizes[kind][layer];
    auto [at, is_new] = all_->try_emplace({kind, layer});
    One& one = at->second;
    if (is_new) {
      one.values.assign(size + 64, guard);
      void* begin = one.values.data() + 16;
      std::size_t space = (size + 48) * sizeof(T);
      one.begin = static_cast<T*>(std::align(simd::block_alignment<T>, 0, begin, space)) - one.values.data();
      one.size = static_cast<std::ptrdiff_t>(size);
      std::fill_n(one.values.begin() + one.begin, size, std::numeric_limits<T>::quiet_NaN());
    }
    return one.values.data() + one.begin;
  }

  using Key = std::pair<std::size_t, std::size_t>;
  std::shared_ptr<std::map<Key, One>> all_ = std::make_shared<std::map<Key, One>>();
};

}  // namespace

TEST_CASE_TEMPLATE(
    "training in a shared arena gives the bits of training where every buffer is for itself", Net,
    Network<Input<7>, Dense<33, Gelu>, Dropout<0.5f>, Dense<5, Tanh>, LayerNorm<>, Dense<3>>,
    Network<Input<2, 7, 6>, Conv2D<5, 3, Same, Gelu>, MaxPool2D<2>, BatchNorm<>, Conv2D<3, 2>, Flatten, Dense<4>>,
    Network<Input<5, 3>, Gru<9, ReturnSequences>, Lstm<4>, Residual<Dense<7, Tanh>, Dense<4>>, Dense<2>>,
    Network<Input<2, 4, 4>, Concat<Identity, Conv2D<3, 3, Same, Silu>>,
            Residual<Projection<Conv2D<4, 1>>, BatchNorm<>, Conv2D<4, 3, Same>>, GlobalAvgPool>,
    Network<Input<2, 4, 4>, Activation<Tanh>, MaxPool2D<3, Stride<1>>, TransposedConv2D<3, 2>, Flatten, Dense<2>>,
    Network<Input<9>, Concat<Sequential<Dropout<0.5f>, Activation<Tanh>, Dense<4>>, Dense<3>, Identity>, Dense<2>>,
    Network<Input<4, 6>, TimeDistributed<Activation<Tanh>, Dense<5>, Dense<6>>, MultiHeadAttention<2>, Flatten,
            Dense<2>>,
    Network<Input<4, 6>, MultiHeadAttention<2>>) {
  using Chain = typename Net::chain;
  using T = typename Net::value_type;
  constexpr std::size_t batch = 3;
  const auto shared = std::make_unique<detail::Workspace<Chain, batch>>();
  const GuardedBuffers<Chain, batch> apart;
  const auto network = std::make_unique<Net>();
  network->initialize(Seed{1});
  const auto gradient = std::make_unique<Net>(), gradient_apart = std::make_unique<Net>(),
             statistics = std::make_unique<Net>(*network), statistics_apart = std::make_unique<Net>(*network);
  std::vector<T> inputs(batch * Net::input_shape::size);

  for (std::size_t rows : {batch, batch - 1}) {  // the second finds what the first left
    laws::fill_normal(inputs, rows);
    constexpr std::size_t last = Net::layer_count - 1;
    const detail::Noise noise{.seed = Seed{2}};
    const detail::ChainData<const T> data = network->data();
    shared->forward(simd::Native{}, data, inputs.data(), rows, noise);
    detail::forward_chain<Chain, batch>(simd::Native{}, apart, data, inputs.data(), rows, noise);
    const auto upstream = shared->output_gradient();
    for (std::size_t row = 0; row < rows; ++row) {
      std::fill_n(upstream[row], upstream.stride, T(0));
      laws::fill_normal(std::span<T, upstream.columns>{upstream[row], upstream.columns}, 10 + row);
    }
    std::copy_n(upstream.data, rows * upstream.stride, apart.gradient(last));
    shared->backward(simd::Native{}, data, kernels::StoreGradient<T>{gradient->block().data()});
    detail::backward_chain<Chain, batch, false>(simd::Native{}, apart, data, inputs.data(), static_cast<T*>(nullptr),
                                                rows, kernels::StoreGradient<T>{gradient_apart->block().data()});
    CHECK(laws::same_bits(gradient->block(), gradient_apart->block()));
    shared->update_statistics(simd::Native{}, statistics->data().statistics);
    detail::update_chain_statistics<Chain>(simd::Native{}, apart, statistics_apart->data().statistics, rows);
    CHECK(laws::same_bits(statistics->block(), statistics_apart->block()));
    CHECK(apart.guards_are_whole());
  }
}
