#include <cortexpr/nn/handle.hpp>

#include "network.hpp"

// Both files train on their own.
std::uint32_t first_hash() { return linking::hash_of_training(); }
bool first_has_fma() { return linking::has_fma; }

// The networks of make_static are those of this file.
const void* first_static() { return &*cortexpr::make_static<linking::Net>(); }
