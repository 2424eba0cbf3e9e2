// expect-error: Dataset: inputs and targets are not copied; give them names
#include <cortexpr/data/dataset.hpp>
#include <vector>
namespace cx = cortexpr;
std::vector<float> read();
std::vector<int> labels();
const cx::Dataset data{read(), labels()};
