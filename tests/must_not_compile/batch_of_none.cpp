// expect-error: batch_size: a batch must hold at least one sample
#include <cortexpr/train/trainer.hpp>
constexpr auto none = cortexpr::batch_size<0>;
