"""Makes chains of layers, with Residual and Concat where tensors are added and joined, of steps between tensors."""

import dataclasses

from .layers import Layer, permute, reshape


@dataclasses.dataclass
class Step:
    """How a tensor is made: by layers from one other tensor, or as the sum or the concatenation of several.

    The layers take the shape `wants` and give `gives`; None means any shape, and that of the input.
    """
    sources: list
    layers: list = dataclasses.field(default_factory=list)
    wants: tuple = None
    gives: tuple = None
    merge: str = ""
    axis: int = 0
    node: object = None


class Structure:
    def __init__(self, graph, steps, sample_shape):
        self.graph, self.steps, self.sample_shape = graph, steps, sample_shape
        self.order = {name: i for i, name in enumerate([graph.input, *steps])}
        self.dominators = {graph.input: None}
        for name, step in steps.items():
            self.dominators[name] = self.common(step.sources) if len(step.sources) > 1 else step.sources[0]
        self.used = set()

    def common(self, names):
        """The last tensor through which every path to each of `names` leads."""
        names = list(names)
        while len(set(names)) > 1:
            last = max(names, key=self.order.get)
            names = [self.dominators[last] if name == last else name for name in names]
        return names[0]

    def network(self):
        """The layers of the network, and the shape of its output."""
        layers, shape = self.chain(self.graph.input, self.graph.output, self.sample_shape(self.graph.input))
        return self.shaped(layers, shape, self.sample_shape(self.graph.output))

    def shaped(self, layers, shape, wanted):
        if shape != wanted:
            layers = [*layers, reshape(wanted)]
        return layers, wanted

    def chain(self, begin, end, shape):
        """The layers from one tensor to another, given the shape of the first, and the shape of the last."""
        path = []
        while end != begin:
            path.append(end)
            end = self.dominators[end]
        layers = []
        for name in reversed(path):
            step = self.steps[name]
            if step.merge:
                fork = self.dominators[name]
                layers, shape = self.shaped(layers, shape, self.sample_shape(fork))
                merged, shape = self.merge(name, step, fork)
                layers += merged
                continue
            if name in self.used and step.layers:
                self.graph.refuse(step.node, "its result is used by branches that cross; the library has networks of "
                                  "branches that fork and join again (Residual, Parallel, Concat)")
            self.used.add(name)
            if step.wants is not None:
                layers, shape = self.shaped(layers, shape, step.wants)
            layers = [*layers, *step.layers]
            shape = shape if step.gives is None else step.gives
        return layers, shape

    def merge(self, name, step, fork):
        wanted = self.sample_shape(name)
        branches = []
        for source in step.sources:
            branch, shape = self.chain(fork, source, self.sample_shape(fork))
            branches.append(self.shaped(branch, shape, self.sample_shape(source))[0])
        if step.merge == "sum":
            return [self.sum_of(branches)], wanted
        if step.axis == 0:
            return [Layer("Concat", branches=branches)], wanted
        axes = [step.axis] + [axis for axis in range(len(wanted)) if axis != step.axis]
        branches = [[*branch, permute(axes)] for branch in branches]
        back = [axes.index(axis) for axis in range(len(wanted))]
        return [Layer("Concat", branches=branches), permute(back)], wanted

    @staticmethod
    def sum_of(branches):
        if len(branches) == 2:
            inside, around = branches if len(branches[0]) >= len(branches[1]) else branches[::-1]
            if inside:
                return Layer("Residual", branches=[inside, around])
        return Layer("Parallel", branches=branches)
