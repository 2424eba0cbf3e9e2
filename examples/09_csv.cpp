// Learns to classify the rows of a table: beans (invented data) with three measures and a kind.
// usage: 09_csv [FILE]   FILE is examples/beans.csv by default

#include <cortexpr/cortexpr.hpp>
#include <cortexpr/data/csv.hpp>
#include <cstdio>

namespace cx = cortexpr;

// BatchNorm scales the columns, which differ in magnitude.
using Net = cx::Network<cx::Input<3>, cx::BatchNorm<>, cx::Dense<12, cx::Tanh>, cx::Dense<3>>;

int main(int count, char** arguments) try {
  const auto [beans, columns, kinds] =
      cx::csv::load_classification(count > 1 ? arguments[1] : "examples/beans.csv", {.targets = {"kind"}});
  const auto [train, test] = cx::split(beans, 100, cx::Seed{1});
  std::printf("%zu beans of %zu kinds; the first column is %s\n", beans.size(), kinds.size(), columns[0].c_str());

  Net network;
  network.initialize(cx::Seed{1});
  cx::Trainer trainer{network, cx::SoftmaxCrossEntropy{}, cx::Adam{.learning_rate = 0.01f}, cx::batch_size<16>};
  const cx::History history = trainer.fit(train, test, {.epochs = 60});
  if (!history.ok()) return std::fprintf(stderr, "%s\n", history.message.c_str()), 1;
  std::printf("%.0f %% of %zu beans it has not seen are told right\n", 100 * history.back().accuracy, test.size());

  const std::size_t kind = network.classify({18.5f, 12.0f, 0.9f});
  std::printf("18.5 mm long, 12 mm wide, 0.9 g: %s\n", kinds[kind].c_str());
  return 0;
} catch (const cx::DataError& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
