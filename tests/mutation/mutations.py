"""Small changes of meaning in the headers, and the tests that should see each; scripts/mutate makes them.

    change("a name", "a header below include/cortexpr", "text that stands in it once", "what it becomes",
           "folder/name of a test, without _test.cpp", ...)

The tests are tried in their order until one fails, also in a static_assert, so the quickest comes first. `refused=True`:
the headers themselves do not compile with the change. `because="..."`: no test can see it, and why.
"""

ENTRIES = []


def change(name, header, before, after, *tests, **options):
    ENTRIES.append(((name, header, before, after, tests), options))


# ---- what a review found that no test saw -------------------------------------------------------------------------

change("Momentum without weight decay", "train/optimizers.hpp",
       "Pack::broadcast(rate) * detail::with_decay(parameter, gradient, weight_decay);", "Pack::broadcast(rate) * gradient;",
       "golden/optimizers")
change("AdaGrad without weight decay", "train/optimizers.hpp",
       "gradient = detail::with_decay(parameter, gradient, weight_decay);\n      sum[0]", "sum[0]", "golden/optimizers")
change("RmsProp without weight decay", "train/optimizers.hpp",
       "gradient = detail::with_decay(parameter, gradient, weight_decay);\n      mean_square[0]", "mean_square[0]",
       "golden/optimizers")
change("AdamW's default decay", "train/optimizers.hpp", "float weight_decay = 0.01f;", "float weight_decay = 0;",
       "golden/optimizers")
change("a border of zeros around a maximum", "kernels/pooling/pool.hpp",
       "border = -std::numeric_limits<T>::infinity();", "border = 0;", "golden/pooling")
change("a border of zeros in the gradient of a maximum", "nn/layers/pooling/bound_pooling.hpp",
       "kernels::pack_image<Simd, window>(pass.x[row] + c * pixels, 1, image, border);",
       "kernels::pack_image<Simd, window>(pass.x[row] + c * pixels, 1, image, T(0));", "golden/pooling")
change("Lstm: the input gate has the bias of 1", "nn/layers/recurrent/lstm.hpp", "index / Units == 1", "index / Units == 0",
       "nn/initializers")
change("GroupNorm: epsilon times 10", "nn/layers/normalization/group_norm.hpp", "static_cast<T>(epsilon)",
       "static_cast<T>(10 * epsilon)", "golden/group_norm")
change("GroupNorm: default epsilon", "nn/layers/normalization/group_norm.hpp", "double epsilon = 1e-5", "double epsilon = 1e-4",
       "golden/group_norm")
change("LayerNorm and RmsNorm: epsilon times 10", "nn/layers/normalization/row_normalization.hpp", "static_cast<T>(epsilon)",
       "static_cast<T>(10 * epsilon)", "golden/group_norm")
change("RmsNorm: default epsilon", "nn/layers/normalization/rms_norm.hpp", "double epsilon = 1e-5", "double epsilon = 1e-4",
       "golden/group_norm")
change("LeakyRelu: default slope", "nn/activations.hpp", "float slope = 0.01f", "float slope = 0.1f", "golden/activations")
change("fit: of equal evaluations the last is the best", "train/fit_loop.hpp",
       "history_.empty() || entry.loss < history_", "history_.empty() || entry.loss <= history_", "train/fit")
change("all dropouts of a network have one mask", "nn/execution/contexts.hpp", "Random{seed, stream + layer}",
       "Random{seed, stream}", "nn/layers/dropout")

change("Gru with ResetBefore: the gradient by the reset gate", "nn/layers/recurrent/gru.hpp",
       "gradients[0] = d_reset_h * before[0]", "gradients[0] = d_reset_h * n", "laws/gradient")
change("Gru with ResetBefore: the state of the weight's gradient", "nn/layers/recurrent/recurrence_backward.hpp",
       "add_recurrent(reset_state);", "add_recurrent(before);", "laws/gradient")

# ---- the padding of rows ------------------------------------------------------------------------------------------


def unpadded(layer, header, statement, *tests, **options):
    """One layer does not clear its padding."""
    change(f"padding of {layer}", header, statement, statement.replace("kernels::", "void(0); // "), *tests, **options)


IMAGES, SEQUENCES, ROWS = "laws/padding_images", "laws/padding_sequences", "laws/padding"
change("clear_padding does nothing", "kernels/elementwise/map.hpp", "RowsType::stride - RowsType::columns, typename",
       "0 * RowsType::stride, typename", IMAGES)
unpadded("a convolution's output", "nn/layers/convolution/bound_convolution.hpp", "kernels::clear_padding(to, row);", IMAGES)
unpadded("a convolution's input gradient", "nn/layers/convolution/bound_convolution.hpp",
         "kernels::clear_padding(pass.dx, 0);", IMAGES)
unpadded("pooling's output", "nn/layers/pooling/bound_pooling.hpp", "kernels::clear_padding(pass.y, row);", IMAGES)
unpadded("a dropout mask", "nn/layers/dropout.hpp", "kernels::clear_padding(to, row);", IMAGES)
unpadded("Upsample2D's output", "nn/layers/shape/upsample2d.hpp", "kernels::clear_padding(pass.y, row);", IMAGES)
unpadded("a recurrent layer's output", "nn/layers/recurrent/recurrence.hpp", "kernels::clear_padding(pass.y, row + s);",
         SEQUENCES)
unpadded("a composite's output", "nn/layers/composite/bound_composite.hpp", "kernels::clear_padding(pass.y, row);", SEQUENCES)
unpadded("attention's input gradient", "nn/layers/attention/multi_head_attention.hpp",
         "kernels::clear_padding(pass.dx, b);", SEQUENCES)
unpadded("LayerNorm's output", "nn/layers/normalization/row_normalization.hpp", "kernels::clear_padding(pass.y, sample);", ROWS)
change("padding of a copy of rows", "kernels/elementwise/map.hpp", "    clear_padding(to, row);\n", "",
       "kernels/elementwise/map")

# ---- core ---------------------------------------------------------------------------------------------------------

change("Philox: nine rounds", "core/random.hpp", "round < 10", "round < 9", "core/random")
change("Philox: key and counter exchanged", "core/random.hpp", "^ counter[3] ^ key[1]", "^ counter[3] ^ key[0]", "core/random")
change("bits: the wrong word of a block", "core/random.hpp", "block(index / 4)[index % 4]", "block(index / 4)[3 - index % 4]",
       "core/random")
change("uniform: 32 bits, so that 1 can occur", "core/random.hpp", "static_cast<float>(word >> 8) * 0x1p-24f",
       "static_cast<float>(word) * 0x1p-32f", "core/random")
change("normal: the sign of the upper half", "core/random.hpp", "upper ? magnitude : -magnitude", "upper ? -magnitude : magnitude",
       "core/random")
change("permutation: one bit less than it needs", "core/random.hpp", "(size - (size > 0)) | 63", "(size - (size > 0)) | 7",
       "core/random")
change("exp: no overflow to infinity", "core/math/exponential.hpp",
       "select(x > highest, Pack::broadcast(std::numeric_limits<T>::infinity()),\n                select(x >= lowest",
       "select(x > highest, Pack::broadcast(std::numeric_limits<T>::max()),\n                select(x >= lowest", "core/math")
change("expm1: a clamp that cuts", "core/math/exponential.hpp", "detail::splat<Pack>(-40), x", "detail::splat<Pack>(-10), x",
       "core/math")
change("softplus: without the absolute value", "core/math/logarithm.hpp", "const Pack e = exp(-abs(x));",
       "const Pack e = exp(-x);", "core/math", "nn/activations")
change("log: a digit of a coefficient", "core/math/logarithm.hpp", "0x1.31e1f4p-2", "0x1.31e1f4p-1", "core/math")
change("log(2): the low part's sign", "core/math/common.hpp", "single ? -0x1.7f7d1cp-20", "single ? 0x1.7f7d1cp-20", "core/math")
change("tanh: a limit that is too low", "core/math/saturating.hpp", "detail::tanh_table, 0x1.8p-5f, 9.02f",
       "detail::tanh_table, 0x1.8p-5f, 4.51f", "core/math")
change("numbers: a separator before the first group", "core/text.hpp", "digits % 3 == 1 && digits > 1", "digits % 3 == 1",
       "nn/report/summary")
change("pixels: the scale 1 / 256", "core/pixel_scale.hpp", "1.0f / 255", "1.0f / 256", "data/image_set")

# ---- simd ---------------------------------------------------------------------------------------------------------

change("scalar max: the first where one is NaN", "simd/arch/scalar/pack.hpp", "return {a.value > b.value ? a.value : b.value};",
       "return {a.value < b.value ? b.value : a.value};", "simd/pack")
change("scalar: rounds toward zero", "simd/arch/scalar/pack.hpp",
       "return {(a.value + Layout::integer_offset) - Layout::integer_offset};",
       "return {static_cast<T>(static_cast<long long>(a.value))};", "simd/pack")
change("scalar <= is <", "simd/arch/scalar/pack.hpp", "return {a.value <= b.value};", "return {a.value < b.value};", "simd/pack")
change("scalar integers: the offset of a byte", "simd/arch/scalar/int8.hpp", "return byte - 128;", "return byte - 127;",
       "simd/int8")
change("constant sqrt: one digit less", "core/math/constant.hpp", "std::numeric_limits<T>::digits + 1; ++digit",
       "std::numeric_limits<T>::digits; ++digit", "simd/pack")
change("constant fma: ties not to even", "core/math/constant.hpp", "(rest == half && (mantissa & 1) != 0)", "(rest == half)",
       "simd/pack")

# ---- kernels ------------------------------------------------------------------------------------------------------

change("products: blocks of another length", "kernels/order/accumulation.hpp", "Length >= 32 ? 4 : 1", "Length >= 33 ? 4 : 1",
       "kernels/product/gemm")
change("sums: the tree begins with neighbours", "kernels/order/reduce.hpp",
       "combine(combine(One{values[0]}, One{values[2]}), combine(One{values[1]}, One{values[3]}))",
       "combine(combine(One{values[0]}, One{values[1]}), combine(One{values[2]}, One{values[3]}))", "kernels/order/reduce")
change("sums: padding counts", "kernels/order/reduce.hpp", "values = select(inside_row<Pack>(column, Columns), values, "
       "Pack::broadcast(neutral));", ";", "kernels/order/reduce")
change("map: the last element is left out", "kernels/elementwise/map.hpp",
       "for (std::size_t i = whole; i < count; ++i) action.template operator()<One>(i);",
       "for (std::size_t i = whole; i + 1 < count; ++i) action.template operator()<One>(i);", "kernels/elementwise/map")
change("softmax: the largest logit is not subtracted", "kernels/normalization/softmax.hpp",
       "math::exp(Pack::load_unaligned(x + j) - Pack::broadcast(largest))", "math::exp(Pack::load_unaligned(x + j))",
       "kernels/normalization/softmax")
change("softmax: the logarithm without the largest", "kernels/normalization/softmax.hpp", ".value + largest;", ".value;",
       "kernels/normalization/softmax")
change("softmax gradient: the sign of the projection", "kernels/normalization/softmax.hpp",
       "(Pack::load_unaligned(dy + j) - Pack::broadcast(total))", "(Pack::load_unaligned(dy + j) + Pack::broadcast(total))",
       "laws/gradient")
change("normalisation: the divisor count - 1", "kernels/normalization/normalize.hpp",
       "sum_of_squared_deviations<Pack, Columns>(x, mean) / count", "sum_of_squared_deviations<Pack, Columns>(x, mean) / (count - 1)",
       "golden/layer_norm")
change("normalisation: epsilon outside of the root", "kernels/normalization/normalize.hpp",
       "Pack::broadcast(1) / sqrt(variance + Pack::broadcast(epsilon))",
       "Pack::broadcast(1) / (sqrt(variance) + Pack::broadcast(epsilon))", "golden/layer_norm")
change("normalisation gradient: without the mean", "kernels/normalization/normalize.hpp",
       "g - fma(values, P::broadcast(projection), P::broadcast(mean))", "g - values * P::broadcast(projection)",
       "golden/layer_norm")
change("running statistics: momentum of the wrong one", "kernels/normalization/normalize_batch.hpp",
       "fma(P::broadcast(momentum), now * P::broadcast(factor), P::broadcast(rest) * before)",
       "fma(P::broadcast(rest), now * P::broadcast(factor), P::broadcast(momentum) * before)", "golden/batch_norm")
change("max pooling: NaN is passed over", "kernels/pooling/pool.hpp", "select(largest == largest, max(largest, value), largest)",
       "max(largest, value)", "laws/edges")
change("max pooling: the gradient goes to each of equal maxima", "kernels/pooling/pool.hpp",
       "left = select(hit, Pack::zero(), left);", "", "golden/pooling")
change("average pooling: divided by the width alone", "nn/layers/pooling/bound_pooling.hpp",
       "static_cast<T>(window.kernel_size())", "static_cast<T>(window.horizontal.kernel)", "golden/pooling")
change("requantization: halves downwards", "kernels/int8/requantize.hpp", "(std::int32_t{1} << (shift - 1))",
       "(std::int32_t{1} << (shift - 1)) - 1", "kernels/int8/requantize")
change("fixed point: truncated", "kernels/int8/requantize.hpp", "(std::uint32_t{1} << shift) + 0.5;",
       "(std::uint32_t{1} << shift);", "kernels/int8/requantize")
change("fake quantization: 255 values", "kernels/int8/fake_quantize.hpp", "max(Pack::broadcast(-128), unbounded(x))",
       "max(Pack::broadcast(-127), unbounded(x))", "kernels/int8/fake_quantize")
change("rounded weights: halves towards zero", "kernels/int8/round_weights.hpp", "rest + rest >= scale", "rest + rest > scale",
       "kernels/int8/round_weights")
change("rounded weights: the estimate is the result", "kernels/int8/round_weights.hpp",
       "select(rest + rest >= scale, Pack::broadcast(1), Pack::zero())", "Pack::zero()", "kernels/int8/round_weights")
change("rounded weights: no scale needs the division", "kernels/int8/round_weights.hpp",
       "is_fast[i] = is_zero || has_fast_scale(exact);", "is_fast[i] = true;", "kernels/int8/round_weights",
       "quantize/qat/rounded_weight")
change("rounded weights: sums without every second row", "quantize/qat/rounded_weight.hpp", "values[0][i] + values[1][i]",
       "values[0][i]", "quantize/qat/rounded_weight")
change("fake quantization: a convolution's sums without the zero point", "quantize/qat/integer_convolution.hpp",
       "(sums[first + i]) + of_zero", "(sums[first + i])", "quantize/qat/integers")
change("fake quantization: a convolution's sums beyond 2^24", "quantize/qat/integer_convolution.hpp",
       "if (!(sum < largest_sum)) return false;", "", "quantize/qat/integers")
change("fake quantization: a stream without its past", "quantize/qat/fake_quantized.hpp",
       "return Inner::history.columns > 0 && pass.state != nullptr;", "return false;", "quantize/qat/stream")
change("fake quantization: gradients beyond the range", "kernels/int8/fake_quantize.hpp", "values >= P::broadcast(lowest)",
       "values <= P::broadcast(highest)", "kernels/int8/fake_quantize")
change("clipping: each parameter's norm, not all", "train/clip_norm.hpp", "squares += kernels", "squares = kernels", "train/trainer")

# ---- layers and networks ------------------------------------------------------------------------------------------

change("Relu: its derivative at 0", "nn/activations.hpp",
       "return select(y > Pack::zero(), detail::constant<Pack>(1), Pack::zero());\n  }\n  static constexpr const char* onnx_recurrent = \"Relu\";",
       "return select(y >= Pack::zero(), detail::constant<Pack>(1), Pack::zero());\n  }\n  static constexpr const char* onnx_recurrent = \"Relu\";",
       "golden/activations")
change("Relu6: clamps at 5", "nn/activations.hpp", "min(detail::constant<Pack>(6), max(Pack::zero(), x))",
       "min(detail::constant<Pack>(5), max(Pack::zero(), x))", "golden/activations")
change("Gelu: the tanh approximation's factor", "nn/activations.hpp", "detail::constant<Pack>(0.70710678118654752440)",
       "detail::constant<Pack>(0.7978845608)", "golden/activations")
change("Selu: alpha", "nn/activations.hpp", "alpha = 1.67326", "alpha = 1.67336", "nn/activations")
change("Mish: a derivative", "nn/activations.hpp", "fma(-gate, gate, detail::constant<Pack>(1)), math::sigmoid(x), gate)",
       "fma(-gate, gate, detail::constant<Pack>(1)), math::sigmoid(x), x)", "laws/gradient")
change("GlorotNormal: the fan-in alone", "nn/initializers.hpp", "struct GlorotNormal : detail::ScaledNormal<1, detail::FanMean>",
       "struct GlorotNormal : detail::ScaledNormal<1, detail::FanIn>", "nn/initializers")
change("uniform initializers: the limit of the deviation", "nn/initializers.hpp", "root(T(3 * gain)", "root(T(gain)",
       "nn/initializers")
change("Lstm: the cell's tanh", "nn/layers/recurrent/lstm.hpp", "h = o * tanh_c;", "h = o * c;", "golden/recurrent")
change("Lstm: the gradient by the forget gate", "nn/layers/recurrent/lstm.hpp", "df = dc_after * before[1]",
       "df = dc_after * before[0]", "golden/recurrent")
change("Gru: update and candidate exchanged", "nn/layers/recurrent/gru.hpp", "recurrent_n = h_n;\n    after[0] = fma(z, before[0] - n, n)",
       "recurrent_n = h_n;\n    after[0] = fma(z, n - before[0], before[0])", "golden/recurrent")
change("Gru: the gradient by the recurrent sum", "nn/layers/recurrent/gru.hpp", "d_recurrent_n = dn * r;", "d_recurrent_n = dn;",
       "golden/recurrent")
change("Same: an odd padding begins with one more", "nn/options/window.hpp", "axis.before = missing / 2;\n  axis.after = missing - missing / 2;",
       "axis.after = missing / 2;\n  axis.before = missing - missing / 2;", "nn/layers/convolution/conv2d", "laws/window_layers")
change("Padding<a, b, c, d>: top and left exchanged", "nn/options/window.hpp", "window.horizontal.before = all[count / 2];",
       "window.horizontal.before = all[0];", "golden/pooling")
change("Dropout: no scale", "nn/layers/dropout.hpp", "scale = T(1) / (T(1) - T(dropped))", "scale = T(1)", "nn/layers/dropout")
change("Dropout: keeps what it should drop", "nn/layers/dropout.hpp", "words[i] < threshold ? T(0) : scale",
       "words[i] < threshold ? scale : T(0)", "nn/layers/dropout")
change("Dropout: parts of a batch begin with the first mask", "nn/layers/dropout.hpp", "(noise.first_sample + row)", "row",
       "nn/layers/dropout")
change("attention: the scale of the scores", "nn/layers/attention/attention.hpp", "T(1) / constant_sqrt(static_cast<T>(width))",
       "T(1) / static_cast<T>(width)", "laws/attention")
change("fold BatchNorm: the bias keeps its mean", "nn/transform/fold_batch_norm.hpp", "(bias[output] - map.subtract) * map.factor",
       "bias[output] * map.factor", "nn/transform/fold_batch_norm")
change("fold BatchNorm: through an activation", "nn/transform/fold_batch_norm.hpp",
       "return std::is_same_v<typename LayerAt<ChainType, Index>::activation, Linear>;", "return true;",
       "nn/transform/fold_batch_norm")
change("join: the parameters of the front twice", "nn/transform/split_and_join.hpp",
       "copy_layers<0, Front::layer_count, Back::layer_count>(back, result)",
       "copy_layers<0, Front::layer_count, Back::layer_count - 1>(back, result)", "nn/transform/split_and_join")
change("arena: lifetimes that touch share bytes", "nn/memory/arena_planner.hpp",
       "life.first <= assigned[i].last && assigned[i].first <= life.last", "life.first < assigned[i].last && assigned[i].first < life.last",
       "nn/memory/arena_planner")
change("cost: bytes of parameters without statistics", "nn/report/cost.hpp", "(Memory::parameters + Memory::statistics) * bytes",
       "Memory::parameters * bytes", "nn/report/summary")

# ---- training -----------------------------------------------------------------------------------------------------

change("Momentum: the default", "train/optimizers.hpp", "float momentum = 0.9f;", "float momentum = 0.8f;", "golden/optimizers")
change("Momentum: the rate outside of the velocity", "train/optimizers.hpp",
       "velocity[0] = fma(Pack::broadcast(momentum), velocity[0], step);",
       "velocity[0] = fma(Pack::broadcast(momentum), velocity[0], gradient);", "golden/optimizers")
change("AdaGrad: epsilon inside of the root", "train/optimizers.hpp", "(sqrt(sum[0]) + Pack::broadcast(epsilon))",
       "sqrt(sum[0] + Pack::broadcast(epsilon))", "golden/optimizers",
       because="epsilon is 1e-10: the two differ by less than a float resolves, unless all gradients are below 1e-5")
change("RmsProp: the default decay", "train/optimizers.hpp", "float decay = 0.99f;", "float decay = 0.9f;", "golden/optimizers")
change("Adam: no correction of the second moment", "train/optimizers.hpp", "second_correction{1 / (1 - power(b2, step))}",
       "second_correction{1}", "golden/optimizers")
change("Adam: the default beta2", "train/optimizers.hpp",
       "struct Adam {\n  LearningRate learning_rate{0.001f};\n  float beta1 = 0.9f;\n  float beta2 = 0.999f;",
       "struct Adam {\n  LearningRate learning_rate{0.001f};\n  float beta1 = 0.9f;\n  float beta2 = 0.99f;", "golden/optimizers")
change("AdamW: the decay without the rate", "train/optimizers.hpp", "1 - rate * weight_decay", "1 - weight_decay",
       "golden/optimizers")
change("label smoothing: the share of a class", "train/softmax_cross_entropy.hpp", "smoothing / static_cast<T>(Columns)",
       "smoothing / static_cast<T>(Columns - 1)", "train/losses", "train/softmax_cross_entropy")
change("cross entropy: the gradient's sign", "train/softmax_cross_entropy.hpp",
       "(derivative * Pack::broadcast(scale))", "(-derivative * Pack::broadcast(scale))", "golden/softmax", "train/trainer")
change("cross entropy: the sum of the target is taken for 1", "train/softmax_cross_entropy.hpp", " * Pack::broadcast(total) - smoothed",
       " - smoothed", "train/softmax_cross_entropy")
change("sample weights: the mean is divided by the number of samples", "train/targets.hpp",
       "static_cast<T>(weight_of_sample(i)) * Targets::", "Targets::", "train/fit_sample_weights")
change("sample weights: the gradient has no weight", "train/targets.hpp", "gradient, weight * scale)", "gradient, scale)",
       "train/fit_sample_weights")
change("cross entropy: a negative label of a data set is not ignored", "train/softmax_cross_entropy.hpp",
       "(label == ignored || (ignored < 0 && label == static_cast<std::uint32_t>(ignored)))",
       "label == ignored", "train/fit_sample_weights")
change("MeanSquaredError: half of the gradient", "train/losses.hpp", "derivative = error + error;", "derivative = error;",
       "laws/gradient")
change("MeanAbsoluteError: the gradient at 0", "train/losses.hpp", "select(error == Pack::zero(), Pack::zero(), sign)", "sign",
       "train/losses")
change("Huber: the linear part", "train/losses.hpp", "limit * (size - half * limit)", "limit * (size - limit)", "train/losses")
change("Huber: the default delta", "train/losses.hpp", "float delta = 1;", "float delta = 2;", "train/losses")
change("BinaryCrossEntropy: log of a clamp that is 0 in float", "train/losses.hpp",
       "min(detail::constant<Pack>(1 - 1e-7), max(detail::constant<Pack>(1e-7), output))",
       "max(detail::constant<Pack>(1e-7), output)", "train/losses")
change("BinaryCrossEntropy: of logits by default", "train/losses.hpp", "bool from_logits = false;", "bool from_logits = true;",
       "train/losses")
change("LinearDecay: one epoch too late", "train/schedule.hpp", "static_cast<float>(epochs - 1)", "static_cast<float>(epochs)",
       "train/schedules", "golden/schedules")
change("OneCycle: ends at the start's rate", "train/schedules.hpp", "const float end = start / end_divisor;",
       "const float end = start;", "train/schedules")
change("OneCycle: the default peak", "train/schedules.hpp", "float peak = 0.01f;", "float peak = 0.1f;", "train/schedules")
change("CosineDecay: the default end", "train/schedules.hpp", "struct CosineDecay {\n  float from = 0.1f;\n  float to = 0.0f;",
       "struct CosineDecay {\n  float from = 0.1f;\n  float to = 0.01f;", "train/schedules")
change("ReduceOnPlateau: a tie is a gain", "train/schedules.hpp", "validation_loss < best", "validation_loss <= best",
       "train/schedules")
change("ReduceOnPlateau: one evaluation earlier", "train/schedules.hpp", "++evaluations_without_gain > patience",
       "++evaluations_without_gain >= patience", "train/schedules")
change("Warmup: begins with 0", "train/schedules.hpp", "static_cast<float>(progress.step + 1) / static_cast<float>(steps)",
       "static_cast<float>(progress.step) / static_cast<float>(steps)", "train/schedules")
change("accuracy: of equal outputs the last", "train/judge.hpp", "output[element(c)] > output[element(predicted)]",
       "output[element(c)] >= output[element(predicted)]", "train/metrics", "train/scores")
change("confusion matrix: transposed", "train/scores.hpp", "++counts_[actual * classes_ + predicted]",
       "++counts_[predicted * classes_ + actual]", "train/metrics", "train/scores")
change("fit: the rest of an epoch is dropped", "train/fit_options.hpp", "(samples + batch - 1) / batch", "samples / batch",
       "train/fit", "train/fit_continues")
change("fit: patience is one more", "train/fit_loop.hpp", "++state_.without_gain >= options_.patience", "++state_.without_gain > options_.patience",
       "train/fit")
change("step: the loss is a sum", "train/trainer.hpp", "return loss * scale;", "return loss;", "train/trainer")

# ---- 8 bits -------------------------------------------------------------------------------------------------------

change("quantization: 256 steps", "quantize/scheme/quantization.hpp", "(range.highest - range.lowest) / 255",
       "(range.highest - range.lowest) / 256", "quantize/scheme/quantization")
change("quantization: 0 need not be represented", "quantize/scheme/quantization.hpp", "  range.include(0);\n", "",
       "quantize/scheme/quantization")
change("quantization: truncates", "quantize/scheme/quantization.hpp", "value + 128.5f", "value + 128.0f",
       "quantize/scheme/quantization")
change("percentile: the default fraction", "quantize/calibrate/methods.hpp", "double fraction = 0.9999;",
       "double fraction = 0.99;", "quantize/calibrate/methods")
change("percentile: one bin too few", "quantize/calibrate/methods.hpp", "after + counts[end - 1] <= beyond",
       "after + counts[end - 1] <= beyond + 1", "quantize/calibrate/methods")
change("KL divergence: the numbers beyond are lost", "quantize/calibrate/methods.hpp", "counts[i] + (all - inside)", "counts[i]",
       "quantize/calibrate/methods")
change("calibration: only the first samples", "quantize/calibrate/calibration.hpp", "data.gather(i * data.size() / seen, 0, input)",
       "data.gather(i, 0, input)", "quantize/calibrate/calibration")
change("XNNPACK: halves are rounded upwards", "quantize/scheme/tflite_rounding.hpp", "below % 2 != 0", "below == below",
       "quantize/scheme/tflite_rounding")
change("reference kernels: the second rounding is missing", "quantize/scheme/quantized_multiplier.hpp",
       "(high & mask) > (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0", "(high & mask) > mask ? 1 : 0",
       "quantize/scheme/tflite_rounding")
change("8-bit maximum: begins with 0", "quantize/int8/layers/pool.hpp", "std::int32_t largest = -128;", "std::int32_t largest = 0;",
       "quantize/int8/quantized_network", "quantize/accuracy")

# ---- data ---------------------------------------------------------------------------------------------------------

change("CSV: blanks after a field stay", "data/csv_parser.hpp", "while (end != begin && is_blank(end[-1])) --end;", "", "data/csv")
change("CSV: a line of text in quotes is not counted", "data/csv_parser.hpp", "line_ += *at_ == '\\n';", "", "data/csv")
change("CSV: no byte order mark", "data/csv_parser.hpp", "at_ += 3;", "at_ += 0;", "data/csv")
change("CSV: the first column is the target", "data/csv.hpp", "targets.push_back(table.columns() - 1)", "targets.push_back(0)",
       "data/csv")
change("gzip: the checksum is not compared", "data/gzip.hpp", "if (checksum != stated_checksum)", "if (false)", "data/gzip")
change("gzip: the name in a header", "data/gzip.hpp", "while (bytes[size - 1] != 0);", "while (false);", "data/gzip")
change("gzip: only the first member", "data/gzip.hpp", "while (position_ < compressed_.size() && !rest_is_padding());", "while (false);",
       "data/gzip")
change("images: the statistics of a channel", "data/image_set.hpp", "subspan(channel * plane, plane)", "subspan(0, plane)",
       "data/cifar10", "data/image_set")
change("images: the divisor of the variance", "data/image_set.hpp", "/ count / (255 * 255) - mean * mean", "/ count / (255 * 255)",
       "data/image_set")
change("images: standardize adds the mean", "data/image_set.hpp", ".offset = -mean / standard_deviation",
       ".offset = mean / standard_deviation", "data/image_set")
change("labels: one class too many", "data/image_set.hpp", "*labels[i] >= class_count", "*labels[i] > class_count",
       "data/mnist", "data/cifar10")
change("augment: rotates the other way for columns", "data/distort.hpp", "xy = (cosine * shear - sine) * step_y",
       "xy = (cosine * shear + sine) * step_y", "data/augment")
change("augment: flips one column too far", "data/distort.hpp", "static_cast<std::int32_t>(shape.width) - 1, 0);",
       "static_cast<std::int32_t>(shape.width), 0);", "data/augment")
change("augment: an image of 65 pixels", "data/augment.hpp", "shape.height > augment_max_side || shape.width",
       "shape.height > augment_max_side + 1 || shape.width", "data/augment")
change("data set: counts one class too few", "data/dataset.hpp", "class_count_ = std::size_t{label} + 1;",
       "class_count_ = std::size_t{label};", "data/dataset")

# ---- drawings and headers -----------------------------------------------------------------------------------------

change("SVG: an ampersand is not escaped", "io/svg.hpp", 'return "&amp;";', 'return "&";', "io/svg")
change("SVG: a width without its margin", "io/svg.hpp", "reach.right + 2 * margin", "reach.right + margin", "io/svg")
change("Graphviz: edges inside of clusters", "io/dot.hpp", "if (!edges_) return;\n    writer_->put(\"  \");\n    name(outlet.from);",
       "if (edges_) return;\n    writer_->put(\"  \");\n    name(outlet.from);", "io/dot")
change("header: a name may begin with a digit", "io/namespace_name.hpp", "name.empty() || is_digit(name.front())",
       "name.empty()", "io/write_header")

# ---- handles, and the order of 8-bit weights ----------------------------------------------------------------------

change("make_static: two handles of one call", "nn/handle.hpp", "if (__atomic_exchange_n(&is_used, true, __ATOMIC_ACQUIRE))",
       "if (__atomic_exchange_n(&is_used, false, __ATOMIC_ACQUIRE))", "nn/handle")
change("Handle: what was moved from gives its network back", "nn/handle.hpp", "release_{other.release_} { other.forget(); }",
       "release_{other.release_} {}", "nn/handle")
change("Handle: a network is kept after the handle's end", "nn/handle.hpp", "if (release_ != nullptr) release_(network_);",
       "if (release_ == nullptr) release_(network_);", "nn/handle")
change("subnormal numbers: flushed ones are not seen", "core/subnormals.hpp", "return !(half > 0);", "return half < 0;",
       "core/subnormals")
change("fit: no warning of flushed numbers", "train/fit_loop.hpp", "if (flushes_subnormals())", "if (false)", "train/fit")
change("8-bit products: every part of a group reads the first weights", "simd/arch/x86/int8.hpp", "weights += 2 * first;", "",
       "simd/int8")

# ---- where large objects lie --------------------------------------------------------------------------------------

change("objects of the limit stay on the stack", "core/placed.hpp", "Bytes >= stack_limit", "Bytes > stack_limit",
       "core/placed")
change("a copy shares the object on the heap", "core/placed.hpp",
       "other.object_ == nullptr ? nullptr : new Object{*other.object_}", "other.object_", "core/placed")
change("an object that was moved from keeps it", "core/placed.hpp", "{ other.object_ = nullptr; }", "{}", "core/placed")
change("a large temporary object is not destroyed", "core/placed.hpp", "constexpr ~Owner() { delete object; }",
       "constexpr ~Owner() {}", "core/placed")
change("the samples of a batch are allocated one by one", "nn/network.hpp",
       "    with_memory<Activations<chunk>>([&](auto& memory) {\n      for (std::size_t done = 0; done < samples; done += chunk)",
       "    for (std::size_t done = 0; done < samples; done += chunk)\n      with_memory<Activations<chunk>>([&](auto& memory) {",
       "laws/one_allocation")
change("make_trainer: the state in place", "train/trainer_state.hpp", "place = Place::heap;", "place = Place::inside;",
       "nn/memory/report")

# ---- models of ONNX -----------------------------------------------------------------------------------------------

change("onnx: lengths of more than a byte", "io/onnx/wire.hpp", "(value & 0x7F) | 0x80", "value & 0x7F", "io/onnx")
change("onnx: transposed weights row by row", "io/onnx/model.hpp", "is_transposed ? add(j, i) : add(i, j);", "add(i, j);",
       "io/onnx")
change("onnx: external tensors directly after each other", "io/onnx/write.hpp",
       "(end + page_bytes - 1) / page_bytes * page_bytes", "end", "io/onnx")
change("onnx: names that are taken", "io/onnx/write.hpp", "differ = differ && names.insert(tensor.name).second;",
       "names.insert(tensor.name);", "io/onnx")
change("onnx: a network without a node has no output", "io/onnx.hpp", "if (!output.is_of_node())", "if (false)", "io/onnx")
