#pragma once

// The freestanding umbrella: no heap, no exceptions, no RTTI, no iostream.

#include <cortexpr/config.hpp>

#include <cortexpr/core/macros_aside.hpp>

#include <cortexpr/core/random.hpp>
#include <cortexpr/core/shape.hpp>
#include <cortexpr/core/tensor.hpp>
#include <cortexpr/nn/handle.hpp>
#include <cortexpr/nn/layers/attention/transformer_block.hpp>
#include <cortexpr/nn/network.hpp>
#include <cortexpr/nn/transform/fold_batch_norm.hpp>
#include <cortexpr/nn/transform/fold_pixel_scale.hpp>
#include <cortexpr/nn/transform/split_and_join.hpp>
#include <cortexpr/quantize/qat/quantization_aware.hpp>
#include <cortexpr/train/make_trainer.hpp>

#include <cortexpr/core/macros_back.hpp>
