#include <cortexpr/nn/network.hpp>
#include <type_traits>

using namespace cortexpr;

namespace {

/// The offset of a parameter in the block; `none` if there is no parameter of this name.
constexpr std::size_t none = 1'000'000;
template <class Net, detail::FixedString Name>
constexpr std::size_t offset_of = [] {
  Net network{};
  if constexpr (std::is_void_v<decltype(detail::find_parameter<typename Net::chain, Name, 0>(network.data()))>)
    return none;
  else
    return static_cast<std::size_t>(detail::find_parameter<typename Net::chain, Name, 0>(network.data()).data -
                                    network.block().data());
}();

using Net = Network<Input<4>, Dense<3>, Flatten, Dense<2>>;
template <detail::FixedString Name>
constexpr bool found = offset_of<Net, Name> != none;

constexpr std::size_t elements(std::size_t rows, std::size_t columns) { return simd::block_size<float>(rows, columns); }

}  // namespace

// Names are "<layer>.<parameter>" and nothing else.
static_assert(found<"0.weight"> && found<"0.bias"> && found<"2.weight"> && found<"2.bias">);
static_assert(!found<"1.weight"> && !found<"3.weight"> && !found<"0.weights"> && !found<"0.weigh"> && !found<"weight">);
static_assert(!found<""> && !found<"0"> && !found<"0."> && !found<".weight"> && !found<" 0.weight"> &&
              !found<"20.weight"> && !found<"0.0.weight"> && !found<"0.weight."> && !found<"00weight">);

// They lie in the order in which layers declare them.
static_assert(offset_of<Net, "0.weight"> == 0 && offset_of<Net, "0.bias"> == elements(4, 3));
static_assert(offset_of<Net, "2.weight"> == elements(4, 3) + elements(1, 3));
static_assert(offset_of<Net, "2.bias"> == elements(4, 3) + elements(1, 3) + elements(3, 2));

// Twelve layers: indices of two digits.
using Deep = Network<Input<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>, Dense<1>,
                     Dense<1>, Dense<1>, Dense<1>>;
static_assert(offset_of<Deep, "11.bias"> == 23 * elements(1, 1) && offset_of<Deep, "1.bias"> == 3 * elements(1, 1));
static_assert(offset_of<Deep, "12.bias"> == none);

// Layers inside layers: a branch has a number where there are several.
using Nested = Network<Input<2>, Residual<Dense<3>, Dense<2>>, Sequential<Dense<1>, Concat<Identity, Dense<1>>>>;
static_assert(offset_of<Nested, "0.0.1.bias"> == elements(2, 3) + elements(1, 3) + elements(3, 2));
static_assert(offset_of<Nested, "0.1.0.bias"> == none && offset_of<Nested, "0.0.bias"> == none);
static_assert(offset_of<Nested, "1.0.weight"> == elements(2, 3) + elements(1, 3) + elements(3, 2) + elements(1, 2));
static_assert(offset_of<Nested, "1.1.1.0.bias"> == offset_of<Nested, "1.1.1.0.weight"> + elements(1, 1));
static_assert(offset_of<Nested, "1.1.0.0.bias"> == none && offset_of<Nested, "1.0.0.weight"> == none);

// Statistics come after all parameters.
using Normalized = Network<Input<3>, BatchNorm<>, Dense<2>>;
static_assert(offset_of<Normalized, "0.running_mean"> == Normalized::trainable_elements);
static_assert(offset_of<Normalized, "0.running_variance"> == Normalized::trainable_elements + elements(1, 3));
static_assert(Normalized::block_elements == Normalized::trainable_elements + 2 * elements(1, 3));
