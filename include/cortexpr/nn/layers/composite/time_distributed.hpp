#pragma once

#include <cortexpr/nn/layers/composite/composite.hpp>

#include <cstddef>

namespace cortexpr {

template <class... Layers>
struct TimeDistributed;

namespace detail {

template <class BranchType>
struct TimeDistributedOf;
template <class... Layers>
struct TimeDistributedOf<Sequential<Layers...>> {
  using type = TimeDistributed<Layers...>;
};

/// The bound TimeDistributed: a branch whose samples are the steps of the sequences.
template <class T, class In, class BranchType>
struct BoundTimeDistributed {
  // A wrong input counts as one step of one feature, a placeholder, so that only the sentence of Check appears.
  static constexpr bool is_sequence = In::rank == 2;
  static constexpr std::size_t steps = is_sequence ? extent<In, 0> : 1, features = is_sequence ? In::size / steps : 1;
  using bound_branches = BoundBranches<T, Shape<features>, merge::None, BranchType>;
  using chain = At<typename bound_branches::chains, 0>;
  using output_shape = Shape<steps, chain::output_shape::size>;

  struct [[CORTEXPR_ABI]] Bound : BoundLayer<T, In, output_shape> {
    using bound_branches = BoundTimeDistributed::bound_branches;
    using branches = typename bound_branches::chains;
    using merge = cortexpr::merge::None;
    static constexpr std::size_t repeats = steps;
    static constexpr std::size_t macs = steps * bound_branches::macs;

    /// The steps of the input, as padded rows, lie before the memory of the layers: in `saved` in training, in
    /// `scratch` in inference. Those of the input gradient lie in `backward_scratch`.
    struct memory : bound_branches::Memory {
      using Layers = typename bound_branches::Memory;
      static constexpr std::size_t state = 0;
      static constexpr std::size_t step_rows(std::size_t rows) { return rows * buffer<T>(steps * chain::input_stride); }
      static constexpr std::size_t saved(std::size_t rows) { return step_rows(rows) + Layers::saved(rows * steps); }
      static constexpr std::size_t scratch(std::size_t rows) { return step_rows(rows) + Layers::scratch(rows * steps); }
      static constexpr std::size_t backward_scratch(std::size_t rows, bool wants_input) {
        return step_rows(rows) + Layers::backward_scratch(rows * steps, wants_input);
      }
    };

    template <class Simd, class Pass>
    static constexpr void forward(Simd simd, const Pass& pass) {
      constexpr Mode mode = Pass::training ? Mode::training : Mode::batch;
      constexpr std::size_t own = memory::step_rows(Pass::max_rows);
      const StepRows<T> x{Pass::training ? pass.saved : pass.scratch, pass.x.count * steps};
      for (std::size_t sample = 0; sample < pass.x.count; ++sample)
        kernels::copy(steps_in<const T, features>(pass.x[sample]), steps_of(x, sample));
      Noise noise = pass.noise.inside();
      noise.first_sample *= steps;
      const auto y = Inner::template forward<mode, Pass::max_rows * steps>(
          simd, ChainData<const T>{pass.parameters, pass.statistics}, x.data, x.count, noise,
          {.saved = Pass::training ? pass.saved + own : nullptr,
           .saved_of_batch = pass.saved_of_batch,
           .scratch = Pass::training ? pass.scratch : pass.scratch + own,
           .state = nullptr});
      for (std::size_t sample = 0; sample < pass.y.count; ++sample) {
        kernels::copy(steps_of(y, sample), steps_in<T, y.columns>(pass.y[sample]));
        kernels::clear_padding(pass.y, sample);
      }
    }

    template <class Simd, class Pass, class Consumer>
    static constexpr void backward(Simd simd, const Pass& pass, const Consumer& consumer) {
      constexpr bool wants_input = Pass::wants_input_gradient;
      if constexpr (wants_input || Inner::has_parameters) {
        constexpr std::size_t own = memory::step_rows(Pass::max_rows), max_rows = Pass::max_rows * steps;
        const std::size_t rows = pass.x.count * steps;
        const BranchMemory<T, const T> inner{.saved = pass.saved + own,
                                             .saved_of_batch = pass.saved_of_batch,
                                             .scratch = pass.scratch + own,
                                             .state = nullptr};
        const auto dy = Inner::template output_gradient<max_rows, wants_input>(rows, inner);
        for (std::size_t sample = 0; sample < pass.dy.count; ++sample)
          kernels::copy(steps_in<T, dy.columns>(pass.dy[sample]), steps_of(dy, sample));
        const StepRows<T> dx{pass.scratch, rows};
        Inner::template backward<max_rows, wants_input>(simd, ChainData<const T>{pass.parameters, pass.statistics},
                                                        pass.saved, dx.data, rows, inner, consumer);
        if constexpr (wants_input)
          for (std::size_t sample = 0; sample < pass.dx.count; ++sample) {
            kernels::copy(steps_of(dx, sample), steps_in<T, features>(pass.dx[sample]));
            kernels::clear_padding(pass.dx, sample);
          }
      }
    }

    template <class Simd>
    static constexpr void update_statistics(Simd simd, const auto& pass) {
      Inner::update_statistics(simd, pass.statistics, pass.saved_of_batch, pass.samples * steps);
    }

    /// The steps become the batch.
    static auto to_onnx(auto& graph, auto x) {
      const auto y = graph.branches(graph.reshape(x, {-1, features}));
      return graph.reshape(y, {-1, steps, chain::output_shape::size});
    }

   private:
    using Inner = Branch<chain>;
    template <class Element>
    using StepRows = Rows<Element, features, chain::input_stride>;

    /// A view of the steps of a sample, which have no padding between them.
    template <class Element, std::size_t Columns>
    static constexpr Rows<Element, Columns> steps_in(Element* sample) {
      return {sample, steps};
    }
    template <class All>
    static constexpr All steps_of(All all, std::size_t sample) {
      return {all[sample * steps], steps};
    }
  };
};

}  // namespace detail

/// Applies its layers to each step of a sequence alone:
///
///     cx::TimeDistributed<cx::Dense<64, cx::Gelu>, cx::Dense<16>>
///
/// Shapes:  x [B, Steps, F] -> y [B, Steps, Out], where the layers map [F] to [Out]; parameters
///          "<inner layer>.<parameter>"
/// Cost:    that of its layers for each step, and a copy of input and output
/// Errors:  compile time: the input is no sequence; the errors of its layers, with MismatchWithin<...>
template <class... Layers>
struct TimeDistributed : LayerDescription {
  static_assert(sizeof...(Layers) > 0, "TimeDistributed: there must be at least one layer");
  static constexpr const char* name = "TimeDistributed";
  using expects = Sequence;
  using branches = detail::TypeList<Sequential<Layers...>>;
  template <class Other>
  using with_branches = typename detail::TimeDistributedOf<Other>::type;

  template <class In, class Mismatch>
  struct Check {
    using Unbound = detail::BoundTimeDistributed<float, In, Sequential<Layers...>>;
    static_assert(Unbound::is_sequence,
                  "TimeDistributed: the input must be a sequence [Steps, F]; put Reshape before it");
    static_assert(detail::checked_inside<Mismatch, 0, 0, typename Unbound::chain>,
                  "TimeDistributed: each layer checks its input");
    static_assert(detail::Branch<typename Unbound::chain>::writer < sizeof...(Layers),
                  "TimeDistributed: some layer must do more than see its input with another shape");
  };

  template <class T, class In>
  using Bound = typename detail::BoundTimeDistributed<T, In, Sequential<Layers...>>::Bound;
};
CORTEXPR_CHECK_LAYER(TimeDistributed<Sequential<>>::Bound<float, Shape<3, 4>>);

}  // namespace cortexpr
