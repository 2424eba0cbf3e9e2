#include <cortexpr/nn/handle.hpp>

#include "../../examples/firmware/trained/int8_conv/digits.hpp"
#include "network.hpp"

// One of the two files of a program; PART is `first` or `second`.

namespace PART {

std::uint32_t training() { return linking::hash_of_training(); }
bool has_fma() { return linking::has_fma; }

/// The network of make_static is that of this file.
const void* static_network() { return &*cortexpr::make_static<linking::Net>(); }

/// What a network in a header answers.
std::uint32_t integers() { return linking::hash_of_answers(digits::model); }

// The other file calls these, in passing.cpp.
void initialize(linking::Net& network) { network.initialize(cortexpr::Seed{3}); }
float output_of(const linking::Net& network) { return network(linking::sample)[0]; }
std::uint32_t answers_of(const digits::Model& model) { return linking::hash_of_answers(model); }

}  // namespace PART
