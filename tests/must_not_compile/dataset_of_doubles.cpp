// expect-error: Dataset: the inputs must be floats in contiguous memory
#include <cortexpr/data/dataset.hpp>
#include <vector>
namespace cx = cortexpr;
cx::Dataset<int> view(const std::vector<double>& inputs, const std::vector<int>& labels) { return {inputs, labels}; }
