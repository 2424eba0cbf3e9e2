#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "convolutional_model.hpp"
#include "dense_model.hpp"
#include "expected_bits.hpp"
#include "integers_model.hpp"
#include "networks.hpp"
#include "recurrent_model.hpp"

// A freestanding program: it has another backend, and so other paddings, than the program that wrote its headers, and
// must have the same parameters and outputs, bit for bit; and so must a network that it trains.

static_assert(std::is_same_v<dense::Model, headers::Dense>);
static_assert(std::is_same_v<convolutional::Model, headers::Convolutional>);
static_assert(std::is_same_v<recurrent::Model, headers::Recurrent>);
static_assert(std::is_same_v<integers::Model, headers::Integers>);

// Else a trainer in static memory would have to be destroyed in the end, which takes a runtime.
static_assert(CORTEXPR_HOSTED ||
              std::is_trivially_destructible_v<
                  cortexpr::Trainer<headers::Learner, cortexpr::SoftmaxCrossEntropy, cortexpr::Adam<>, 2>>);

template <class Net, std::size_t Count>
bool has_bits(const Net& network, const unsigned long long (&bits)[Count]) {
  std::size_t position = 0, right = 0;
  headers::for_each_number(network, [&](auto number) {
    using Bits = std::conditional_t<sizeof number == 4, std::uint32_t, std::uint64_t>;
    right += position < Count && __builtin_bit_cast(Bits, number) == bits[position];
    ++position;
  });
  return right == Count && position == Count;
}

/// The number of the first network that has other bits; 0 if none has.
extern "C" int first_wrong_network() {
  if (!has_bits(dense::model, dense_bits)) return 1;
  if (!has_bits(convolutional::model, convolutional_bits)) return 2;
  if (!has_bits(recurrent::model, recurrent_bits)) return 3;
  if (!has_bits(integers::model, integers_bits)) return 4;
  if (!has_bits(headers::learned(), learned_bits)) return 5;
  return 0;
}
