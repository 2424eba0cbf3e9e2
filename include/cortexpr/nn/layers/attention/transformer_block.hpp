#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers.hpp>

#include <cstddef>

namespace cortexpr {

/// A block of a transformer, out of layers that are there: attention, then a network of one hidden layer for each step,
/// each after a normalisation and around it what came in. Causal, as option, goes to the attention.
///
///     cx::Network<cx::Input<16>, cx::Embedding<32, 24>, cx::TransformerBlock<24, 4, 96>, cx::GlobalAvgPool, cx::Dense<2>>
///
/// Shapes:  x [B, T, Features] -> y [B, T, Features]
/// Source:  Vaswani et al., 2017; with the normalisation first: Xiong et al., "On layer normalization in the transformer
///          architecture", 2020.
template <std::size_t Features, std::size_t Heads, std::size_t Hidden, class... Options>
using TransformerBlock = Sequential<Residual<LayerNorm<>, MultiHeadAttention<Heads, Options...>>,
                                    Residual<LayerNorm<>, TimeDistributed<Dense<Hidden, Gelu>, Dense<Features>>>>;

}  // namespace cortexpr
