#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/data/dataset.hpp>
#include <cortexpr/data/image_set.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "fixtures.hpp"

using namespace cortexpr;
using fixtures::error_of;

static_assert(LabelledDataSet<ImageSet> && !TargetDataSet<ImageSet>);
static_assert(LabelledDataSet<ClassificationSet> && !TargetDataSet<ClassificationSet>);
static_assert(TargetDataSet<RegressionSet> && !LabelledDataSet<RegressionSet>);
static_assert(LabelledDataSet<Subset<ImageSet>> && !TargetDataSet<Subset<ImageSet>>);
static_assert(TargetDataSet<Subset<RegressionSet>> && !LabelledDataSet<Subset<RegressionSet>>);
static_assert(LabelledDataSet<Subset<Subset<ClassificationSet>>>);
static_assert(!DataSet<std::vector<float>>);

TEST_CASE("data set: classification in memory") {
  const ClassificationSet data{{1, 2, 3, 4, 5, 6}, 2, {0, 4, 1}};
  CHECK(data.size() == 3);
  CHECK(data.sample_size() == 2);
  CHECK(data.class_count() == 5);
  CHECK(data.label(1) == 4);
  float sample[2];
  data.gather(2, 0, sample);
  CHECK((sample[0] == 5 && sample[1] == 6));
}

TEST_CASE("data set: regression in memory") {
  const RegressionSet data{{1, 2, 3, 4}, 1, {10, 11, 20, 21, 30, 31, 40, 41}, 2};
  CHECK(data.size() == 4);
  CHECK(data.sample_size() == 1);
  CHECK(data.target_size() == 2);
  float target[2];
  data.target(3, target);
  CHECK((target[0] == 40 && target[1] == 41));
}

TEST_CASE("data set: Dataset is a view of spans, arrays, vectors and tensors") {
  std::vector<float> inputs{1, 2, 3, 4, 5, 6};
  const std::int64_t labels[] = {2, 0, -100};
  const Dataset classes{inputs, labels};
  static_assert(PositionLabelledDataSet<decltype(classes)> && !TargetDataSet<decltype(classes)>);
  CHECK(classes.size() == 3);
  CHECK(classes.sample_size() == 2);
  CHECK(classes.label_count() == 1);
  CHECK(classes.label(0) == 2);
  CHECK(classes.label(2) == static_cast<std::uint32_t>(-100));
  float sample[3];
  classes.gather(1, 0, sample);
  CHECK((sample[0] == 3 && sample[1] == 4));
  inputs[2] = 7;
  classes.gather(1, 0, sample);
  CHECK(sample[0] == 7);

  const Tensor<float, Shape<3, 1>> numbers{{10, 20, 30}};
  const Dataset regression{std::span<const float>{inputs}.first(3), numbers};
  static_assert(TargetDataSet<decltype(regression)> && !PositionLabelledDataSet<decltype(regression)>);
  CHECK(regression.size() == 3);
  CHECK(regression.sample_size() == 1);
  CHECK(regression.target_size() == 1);
  float target[2];
  regression.target(2, target);
  CHECK(target[0] == 30);

  const Dataset two_targets{inputs, inputs, 2};
  CHECK(two_targets.size() == 2);
  CHECK(two_targets.sample_size() == 3);
  CHECK(two_targets.target_size() == 3);
  const std::array<std::uint8_t, 6> pixels{0, 1, 2, 3, 4, 5};
  const Dataset segmentation{inputs, pixels, 2};
  CHECK(segmentation.label_count() == 3);
  std::uint32_t found[3];
  segmentation.labels(1, found);
  CHECK((found[0] == 3 && found[2] == 5));
  const auto [first, second] = split(segmentation, 1);
  second.labels(0, found);
  CHECK(found[0] == 3);
  CHECK(second.label(0) == 3);
  CHECK(Dataset{std::span<const float>{}, std::span<const int>{}}.size() == 0);
}

TEST_CASE("data set: Dataset and Weighted refuse sizes that do not fit") {
  const std::vector<float> five(5), two(2);
  const std::vector<int> labels(2);
  CHECK(error_of([&] { Dataset{five, labels}; }) ==
        "Dataset: inputs: expected a multiple of the 2 samples, found 5 values; check the sizes");
  CHECK(error_of([&] { Dataset{two, five, 2}; }) ==
        "Dataset: targets: expected a multiple of the 2 samples, found 5 values; check the sizes");
  CHECK(error_of([&] { Dataset{two, labels, 0}; }) ==
        "Dataset: inputs: expected a multiple of the 0 samples, found 2 values; check the sizes");
  CHECK(error_of([&] { Dataset{five, labels, 5}; }) ==
        "Dataset: labels: expected a multiple of the 5 samples, found 2 values; check the sizes");
  CHECK(error_of([&] { Dataset{std::span<const float>{}, labels}; }) ==
        "Dataset: inputs: expected a multiple of the 2 samples, found 0 values; check the sizes");
  const Dataset data{two, labels};
  CHECK(error_of([&] { Weighted{data, five}; }) ==
        "Weighted: weights: expected one for each of the 2 samples, found 5; give as many as there are samples");
}

TEST_CASE("data set: Weighted adds a weight for each sample, which subsets keep") {
  const ClassificationSet data{{1, 2, 3}, 1, {0, 2, 1}};
  const std::vector<float> weights{0.5f, 0, 3};
  const Weighted weighted{data, weights};
  static_assert(WeightedDataSet<decltype(weighted)> && LabelledDataSet<decltype(weighted)>);
  static_assert(!WeightedDataSet<ClassificationSet> && !WeightedDataSet<Subset<ClassificationSet>>);
  CHECK(weighted.size() == 3);
  CHECK(weighted.label(1) == 2);
  CHECK(weighted.weight(2) == 3);
  const auto [first, second] = split(weighted, 1);
  CHECK(second.weight(0) == 0);
  CHECK(second.weight(1) == 3);
  float sample = 0;
  second.gather(1, 0, &sample);
  CHECK(sample == 3);
}

TEST_CASE("data set: sizes that do not fit are refused with one sentence") {
  CHECK(error_of([] { ClassificationSet{{1, 2, 3}, 2, {0}}; }) ==
        "ClassificationSet: inputs: expected a multiple of 2 values (one row a sample), found 3; check the row's size");
  CHECK(error_of([] { ClassificationSet{{1, 2}, 0, {0}}; }) ==
        "ClassificationSet: inputs: expected a multiple of 0 values (one row a sample), found 2; check the row's size");
  CHECK(error_of([] { ClassificationSet{{1, 2}, 1, {0}}; }) ==
        "ClassificationSet: labels: expected one for each of "
        "the 2 samples, found 1; give as many as there are "
        "inputs");
  CHECK(error_of([] { RegressionSet{{1, 2}, 1, {1, 2, 3, 4, 5}, 2}; }) ==
        "RegressionSet: targets: expected a multiple of 2 values (one row a sample), found 5; check the row's size");
  CHECK(error_of([] { RegressionSet{{1, 2}, 1, {1, 2, 3}, 1}; }) ==
        "RegressionSet: targets: expected one for each "
        "of the 2 samples, found 3; give as many as "
        "there are inputs");
  CHECK(ClassificationSet{{}, 3, {}}.size() == 0);
}

TEST_CASE("data set: take and split are views of consecutive samples") {
  const ClassificationSet data{{1, 2, 3, 4, 5}, 1, {0, 1, 2, 1, 0}};
  const auto first = take(data, 2);
  CHECK(first.size() == 2);
  CHECK(first.label(1) == 1);
  const auto [train, validation] = split(data, 3);
  CHECK(train.size() == 3);
  CHECK(validation.size() == 2);
  CHECK(validation.sample_size() == 1);
  CHECK(validation.class_count() == 3);
  float sample = 0;
  validation.gather(1, 0, &sample);
  CHECK(sample == 5);
  CHECK(validation.label(0) == 1);
  CHECK(take(data, 0).size() == 0);
  CHECK(split(data, 5).second.size() == 0);

  const RegressionSet regression{{1, 2}, 1, {10, 20}, 1};
  const Subset<RegressionSet> last{regression, 1, 1};
  last.target(0, &sample);
  CHECK((sample == 20 && last.target_size() == 1));
}

TEST_CASE("data set: a random split has each sample once, and depends on the seed") {
  std::vector<float> inputs;
  for (int i = 0; i < 100; ++i) inputs.push_back(static_cast<float>(i));
  const ClassificationSet data{inputs, 1, std::vector<std::uint32_t>(100)};
  const auto values_of = [](const auto& part) {
    std::vector<float> values(part.size());
    for (std::size_t i = 0; i < values.size(); ++i) part.gather(i, 0, &values[i]);
    return values;
  };
  const auto [train, test] = split(data, 80, Seed{1});
  std::vector<float> all = values_of(train);
  REQUIRE(all.size() == 80);
  CHECK(all == values_of(split(data, 80, Seed{1}).first));
  CHECK(all != values_of(split(data, 80, Seed{2}).first));
  for (const float value : values_of(test)) all.push_back(value);
  CHECK(all != inputs);
  std::sort(all.begin(), all.end());
  CHECK(all == inputs);
  CHECK(error_of([&] { (void)split(data, 101, Seed{1}); }) ==
        "Subset: expected a data set of at least 0 + 101 samples, found 100; ask for fewer");
}

TEST_CASE("data set: a view larger than its data is refused with one sentence") {
  const ClassificationSet data{{1, 2, 3}, 1, {0, 1, 2}};
  CHECK(error_of([&] { (void)take(data, 4); }) ==
        "Subset: expected a data set of at least 0 + 4 samples, found 3; ask for fewer");
  CHECK(error_of([&] { (void)split(data, 4); }) != "");
  CHECK(error_of([&] { (void)Subset<ClassificationSet>{data, 2, static_cast<std::size_t>(-1)}; }) != "");
}
