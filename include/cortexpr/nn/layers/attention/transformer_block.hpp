#pragma once

#include <cortexpr/nn/activations.hpp>
#include <cortexpr/nn/layers.hpp>

#include <cstddef>

namespace cortexpr {

/// A transformer block: attention, then a network with one hidden layer for each step, both with a normalisation before
/// them and a residual connection around them. The options, such as Causal, are those of MultiHeadAttention.
///
///     cx::Network<cx::Input<16>, cx::Embedding<32, 24>, cx::TransformerBlock<24, 4, 96>, cx::GlobalAvgPool,
///     cx::Dense<2>>
///
/// Shapes:  x [B, Steps, Features] -> y [B, Steps, Features]
/// Source:  Vaswani et al., "Attention is all you need", 2017; with the normalisation first: Xiong et al., "On layer
///          normalization in the transformer architecture", 2020.
template <std::size_t Features, std::size_t Heads, std::size_t Hidden, class... Options>
using TransformerBlock = Sequential<Residual<LayerNorm<>, MultiHeadAttention<Heads, Options...>>,
                                    Residual<LayerNorm<>, TimeDistributed<Dense<Hidden, Gelu>, Dense<Features>>>>;

}  // namespace cortexpr
