// expect-error: batch_size: the parts must be equal; take a divisor of the batch
#include <cortexpr/train/trainer.hpp>
constexpr auto parts = cortexpr::batch_size<100, 30>;
