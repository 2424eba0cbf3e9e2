// expect-error: Weighted: the weights are not copied; give them a name
#include <cortexpr/data/dataset.hpp>
#include <vector>
namespace cx = cortexpr;
std::vector<float> weights();
cx::Weighted<cx::ClassificationSet> weigh(const cx::ClassificationSet& data) { return {data, weights()}; }
