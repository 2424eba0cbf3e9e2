#include "padding.hpp"

using namespace cortexpr;
template <class LayerType, class In>
using Case = laws::PaddingCase<LayerType, In>;

TEST_CASE_TEMPLATE("dense layers, composites and layers of sequences write zeros into the padding", One,
                   Case<Dense<5, Tanh>, Shape<7>>, Case<Dense<5, Softmax>, Shape<19>>,
                   Case<Residual<Dense<7, Tanh>>, Shape<7>>, Case<Concat<Dense<3>, Identity, Dense<5>>, Shape<7>>,
                   Case<Parallel<Dense<5>, Sequential<Dense<3>, Dense<5>>>, Shape<7>>,
                   Case<TimeDistributed<Dense<5, Tanh>, Dropout<0.5f>>, Shape<3, 7>>,
                   Case<MultiHeadAttention<2>, Shape<3, 6>>, Case<SimpleRnn<5>, Shape<3, 7>>,
                   Case<Gru<5, ReturnSequences>, Shape<3, 7>>, Case<Gru<5, ResetBefore>, Shape<3, 7>>,
                   Case<Lstm<5>, Shape<3, 7>>, Case<Conv1D<3, 3, Causal>, Shape<3, 7>>,
                   Case<MaxPool1D<2>, Shape<3, 6>>) {
  One::template check<float>();
}
