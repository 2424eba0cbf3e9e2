#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "convolutional_model.hpp"
#include "dense_model.hpp"
#include "expected_bits.hpp"
#include "integers_model.hpp"
#include "networks.hpp"
#include "recurrent_model.hpp"
#if !defined(SMALL_FLASH)
#include "wide_integers_model.hpp"
#include "wide_model.hpp"
#endif

// A freestanding program, whose backend and row padding differ from those of the program that wrote its headers. The
// parameters, the outputs and a network that it trains must have the same bits as there.

using namespace models;

static_assert(std::is_same_v<dense::Model, headers::Dense>);
static_assert(std::is_same_v<convolutional::Model, headers::Convolutional>);
static_assert(std::is_same_v<recurrent::Model, headers::Recurrent>);
static_assert(std::is_same_v<integers::Model, headers::Integers>);
#if !defined(SMALL_FLASH)
static_assert(std::is_same_v<wide::Model, headers::Wide>);
static_assert(std::is_same_v<wide_integers::Model, headers::WideIntegers>);
#endif

// A trainer in static memory must not need a runtime that destroys it.
static_assert(CORTEXPR_HOSTED ||
              std::is_trivially_destructible_v<
                  cortexpr::Trainer<headers::Learner, cortexpr::SoftmaxCrossEntropy, cortexpr::Adam<>, 2>>);

template <class Net, std::size_t Count>
bool has_bits(const Net& network, const unsigned long long (&bits)[Count], bool with_parameters = true) {
  std::size_t position = 0, right = 0;
  const auto compare = [&](auto number) {
    using Bits = std::conditional_t<sizeof number == 4, std::uint32_t, std::uint64_t>;
    right += position < Count && __builtin_bit_cast(Bits, number) == bits[position];
    ++position;
  };
  if (with_parameters)
    headers::for_each_number(network, compare);
  else
    headers::for_each_output(network, compare);
  return right == Count && position == Count;
}

/// The number of the first network with other bits; 0 if there is none.
extern "C" int first_wrong_network() {
  if (!has_bits(dense::model, dense_bits)) return 1;
  if (!has_bits(convolutional::model, convolutional_bits)) return 2;
  if (!has_bits(recurrent::model, recurrent_bits)) return 3;
  if (!has_bits(integers::model, integers_bits)) return 4;
  if (!has_bits(headers::learned(), learned_bits)) return 5;
#if !defined(SMALL_FLASH)
  if (!has_bits(wide::model, wide_bits, false)) return 6;
  if (!has_bits(wide_integers::model, wide_integers_bits, false)) return 7;
#endif
  return 0;
}
