#include <cortexpr/nn/network.hpp>
#include <type_traits>

using namespace cortexpr;

namespace {

using Places = Network<Input<4>, Dense<3>, Flatten, Dense<2>>::places;
constexpr bool found(const char* name) { return detail::find_parameter<Places>(name).found; }

}  // namespace

// Names are "<layer>.<parameter>" and nothing else.
static_assert(found("0.weight") && found("0.bias") && found("2.weight") && found("2.bias"));
static_assert(detail::find_parameter<Places>("2.bias").layer == 2 &&
              detail::find_parameter<Places>("2.bias").position == 1);
static_assert(!found("1.weight") && !found("3.weight") && !found("0.weights") && !found("0.weigh") && !found("weight"));
static_assert(!found("") && !found("0") && !found("0.") && !found(".weight") && !found(" 0.weight") &&
              !found("20.weight"));

// Twelve layers: indices of two digits.
using Deep = Network<Input<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>,
                     Dense<1>, Dense<1>, Dense<1>>;
static_assert(detail::find_parameter<Deep::places>("11.bias").layer == 11);
static_assert(detail::find_parameter<Deep::places>("1.bias").layer == 1);
static_assert(!detail::find_parameter<Deep::places>("12.bias").found);
