"""A step of a training (NUMERICS.md section 18): a batch, a network of two layers, a loss, its gradients, an update.

The network's parameters are one vector, and so are their gradients. All is f32 but labels and the step's number, u32.
SGD with momentum is that of Sutskever, Martens, Dahl and Hinton (On the importance of initialization and momentum in
deep learning, 2013) in the form that PyTorch uses: v = μ·v + g, w = w - η·v.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from paragon_tui.arithmetic.constants import BLOCK, LANES, f32_bits
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.contractions import CONTRACTIONS, LARGEST_INDEX, Contraction, Operand, Variant, contraction
from paragon_tui.operators.dense import EPILOGUES, Activation
from paragon_tui.operators.lowering import ANY_WAY, Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import VECTOR_ITEMS, works_in_vectors
from paragon_tui.operators.tensor import DType, Tensor, WrongOperands

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

STEP = Tensor((1,), "u32")
"""The number of the step, counted from 0."""
MOST_SAMPLES = BLOCK * LANES
"""The most samples in a batch on a device: a sum over the batch may have no more blocks than a tree has lanes."""

_GROUP, _ROUNDS = 256, 4  # work-items per work-group, and elements per work-item
_SIMD_GROUP, _SIMD_ROUNDS = 64, 16  # the same on llvmpipe, where a work-item is a SIMD lane
_GROUPS_PER_UNIT = 8  # on PoCL, where a work-item loops over an equal share of all elements
_LEAST_TILED = 2**16  # products of the first layer: below it, packing the tiles takes longer than the products


@dataclass(frozen=True, slots=True)
class Widths:
    """The extents of a network of two layers, and where its parameters are in their vector.

    A layer is a matrix (outputs, inputs + 1), each row a row of weights followed by its bias; both layers are stored
    one after the other, row by row.
    """

    inputs: int
    hidden: int
    outputs: int

    @property
    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The shapes of the two layers, including biases."""
        return (self.hidden, self.inputs + 1), (self.outputs, self.hidden + 1)

    @property
    def offsets(self) -> tuple[int, int]:
        """The indices at which the layers begin."""
        rows, columns = self.shapes[0]
        return 0, rows * columns

    @property
    def count(self) -> int:
        """The number of all parameters."""
        return sum(rows * columns for rows, columns in self.shapes)

    @property
    def parameters(self) -> Tensor:
        """The vector of all parameters."""
        return Tensor((self.count,))

    def layers(self, flat: Values) -> tuple[Values, Values]:
        """Return both layers as views of an array ``flat`` (count,)."""
        first, second = self.shapes
        start = self.offsets[1]
        return flat[:start].reshape(first), flat[start:].reshape(second)


@dataclass(frozen=True, slots=True)
class Gather(Operator):
    """x = the batch of the current step: entry ``step`` mod count of samples (count, …). Batches are used in turn."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``samples`` and ``step``."""
        return ("samples", "step")

    @property
    def results(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return one entry, of f32, f16, i32 or u32."""
        samples, step = operands
        if len(samples.shape) < 2 or samples.dtype == "i8" or step != STEP:
            raise WrongOperands(f"a batch is an entry of f32, f16, i32 or u32 at a step {STEP}, not {samples}, {step}")
        return (Tensor(samples.shape[1:], samples.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count nothing: values are moved."""
        return 0

    def tier(self, *operands: Tensor) -> Tier:
        """Return integer: words are moved, whatever they represent."""
        return "integer"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: a copy of the entry, one value per word."""
        samples, step = site.tensors
        (x,) = self.infer(samples, step)
        _check(samples)
        rounds, groups, group = _work_split(x.count, site.adapter)
        gather = Step(
            parts=("gather",),
            entry="gather",
            buffers=("samples", "step", "x"),
            writes=1,
            parameters=(("n", x.count), ("count", samples.shape[0]), ("rounds", rounds)),
            constants=(),
            groups=groups,
            group_items=group,
        )
        wide = layout.widened if samples.dtype == "f16" else layout.words
        layouts = {"samples": wide(samples), "step": layout.words(step), "x": wide(x)}
        return (Lowering(ANY_WAY, layouts, (gather,)),)


@dataclass(frozen=True, slots=True)
class PackedLinear(Operator):
    """y = act(x·wᵀ + b) of samples x (batch, inputs): layer ``layer`` of ``parameters``."""

    widths: Widths
    layer: int
    activation: Activation = Activation.NONE

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a layer that does not exist."""
        if self.layer not in (0, 1):
            raise ValueError(f"the layers of a network of two are 0 and 1, not {self.layer}")

    @property
    def operands(self) -> tuple[str, ...]:
        """``x`` and ``parameters``."""
        return ("x", "parameters")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (batch, outputs)."""
        x, parameters = operands
        outputs, columns = self.widths.shapes[self.layer]
        if len(x.shape) != 2 or x.shape[1] != columns - 1 or x.dtype != "f32" or parameters != self.widths.parameters:
            raise WrongOperands(
                f"layer {self.layer} of {self.widths} takes f32 of {columns - 1} columns and {self.widths.parameters}, "
                f"not {x} and {parameters}"
            )
        return (Tensor((x.shape[0], outputs)),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each weight of each sample, and the sum of its bias."""
        outputs, columns = self.widths.shapes[self.layer]
        return operands[0].shape[0] * outputs * (2 * (columns - 1) + 1)

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: products must not be fused into sums."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the ways of a contraction over the inputs, as ``_variants`` has them."""
        x, parameters = site.tensors
        (y,) = self.infer(x, parameters)
        batch, inputs = x.shape
        outputs, offset = y.shape[1], self.widths.offsets[self.layer]
        c = Contraction(
            rows=batch,
            depth=inputs,
            columns=outputs,
            a=Operand("x", inputs, 1),
            b=Operand("parameters", inputs + 1, 1, offset),
            y=Operand("y", outputs, 1),
            epilogue=EPILOGUES[self.activation],
            extra=Operand("parameters", inputs + 1, 0, offset + inputs),
        )
        layouts = {"x": layout.words(x), "parameters": layout.words(parameters), "y": layout.words(y)}
        name = ("first layer", "second layer")[self.layer]

        def lowering(variant: Variant) -> Lowering:
            scratch, steps = contraction(name, c, "f32", variant, site.adapter)
            return Lowering(variant, layouts, steps, scratch, frozenset(buffer.name for buffer in scratch))

        return tuple(map(lowering, _variants(self.widths, batch, site)))


class Loss(Operator):
    """A loss of a batch of outputs ``y`` (batch, outputs), and ``dy``, its gradient by them.

    ``targets`` (count, batch) are those of all batches, of which step s takes batch s mod count. The loss becomes
    element ``step`` of ``losses`` (steps,); later steps leave them as they are.
    """

    __slots__ = ()

    target: ClassVar[DType]
    """The dtype of targets."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``y``, ``targets``, ``step`` and ``losses``."""
        return ("y", "targets", "step", "losses")

    @property
    def results(self) -> tuple[str, ...]:
        """``dy``, and ``losses`` with one more."""
        return ("dy", "losses")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return dy and losses, of the types of y and of losses."""
        y, targets, step, losses = operands
        if y.dtype != "f32" or len(y.shape) != 2 or not self.takes(y.shape[1]):
            raise WrongOperands(f"{type(self).__name__} takes no outputs {y}")
        if len(targets.shape) != 2 or targets != Tensor((targets.shape[0], y.shape[0]), self.target):
            raise WrongOperands(f"{type(self).__name__} of outputs {y} takes no targets {targets}")
        if step != STEP or len(losses.shape) != 1 or losses.dtype != "f32":
            raise WrongOperands(f"a loss is kept in a vector of f32 at a step {STEP}, not in {losses} at {step}")
        return (y, losses)

    @abstractmethod
    def takes(self, outputs: int) -> bool:
        """Return whether it is a loss of this number of outputs."""

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: products must not be fused into sums."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way. Raises ``Unsupported`` for too many samples."""
        y, targets, step, losses = site.tensors
        self.infer(y, targets, step, losses)
        batch, outputs = y.shape
        if batch > MOST_SAMPLES:
            raise Unsupported(f"a loss takes batches of up to {MOST_SAMPLES:,} samples here, not of {batch:,}")
        if outputs > MOST_SAMPLES:
            raise Unsupported(f"a loss takes up to {MOST_SAMPLES:,} outputs here, not {outputs:,}")
        _check(y)
        _check(targets)
        layouts = {name: layout.words(tensor) for name, tensor in site.operands.items()} | {"dy": layout.words(y)}
        scratch, steps = self.steps(batch, outputs, targets.shape[0], losses.count, site.adapter)
        return (Lowering(ANY_WAY, layouts, steps, scratch, frozenset(buffer.name for buffer in scratch)),)

    @abstractmethod
    def steps(
        self, batch: int, outputs: int, count: int, steps: int, adapter: Adapter
    ) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
        """Return scratch that is written before it is read, and the steps, for ``count`` batches of targets."""


@dataclass(frozen=True, slots=True)
class SquaredError(Loss):
    """The mean of (y - target)² of a batch of one output, with targets of f32."""

    target = "f32"

    def takes(self, outputs: int) -> bool:
        """Return True for one."""
        return outputs == 1

    def operations(self, *operands: Tensor) -> int:
        """Count a difference, its square, a sum and the gradient of each sample, and the product of the mean."""
        return 4 * operands[0].count + 1

    def steps(
        self, batch: int, outputs: int, count: int, steps: int, adapter: Adapter
    ) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
        """Return the step of one work-group."""
        step = Step(
            parts=("rounding", "elementary", "terms", "errors", "lanes", "without_small", "squared_error"),
            entry="squared_error",
            buffers=("y", "targets", "step", "dy", "losses"),
            writes=2,
            parameters=(
                ("n", batch),
                ("count", count),
                ("steps", steps),
                ("mean", f32_bits(1 / batch)),
                ("slope", f32_bits(2 / batch)),
            ),
            constants=(("BLOCK", BLOCK),),
            groups=1,
            group_items=LANES,
        )
        return (), (step,)


@dataclass(frozen=True, slots=True)
class CrossEntropy(Loss):
    """The mean cross-entropy of softmax of a batch's outputs with their labels, which are u32 below outputs."""

    target = "u32"

    def takes(self, outputs: int) -> bool:
        """Return True for any number."""
        return outputs > 0

    def operations(self, *operands: Tensor) -> int:
        """Count for each output the maximum, a difference, an exponential, a sum, a quotient, and its gradient.

        A sample's loss is a logarithm, a difference and two sums.
        """
        y, *_ = operands
        return 7 * y.count + 4 * y.shape[0] + 1

    def steps(
        self, batch: int, outputs: int, count: int, steps: int, adapter: Adapter
    ) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
        """Return a step for the samples, and one for the mean of their losses."""
        mean = f32_bits(1 / batch)
        form = _loss_form(outputs, adapter)
        samples = Step(
            parts=("rounding", "elementary", *form.parts),
            entry="cross_entropy",
            buffers=("y", "targets", "step", "dy", "terms"),
            writes=2,
            parameters=(("rows", batch), ("n", outputs), ("count", count), ("mean", mean)),
            constants=(("BLOCK", BLOCK), *form.constants),
            groups=-(-batch // form.samples),
            group_items=form.items,
        )
        mean_loss = Step(
            parts=("rounding", "elementary", "terms", "logit", "words", "elements", "lanes", "mean_loss"),
            entry="mean_loss",
            buffers=("terms", "step", "losses"),
            writes=1,
            parameters=(("n", batch), ("steps", steps), ("mean", mean)),
            constants=(("BLOCK", BLOCK), ("INTEGER", 0)),
            groups=1,
            group_items=LANES,
        )
        return (Buffer("terms", (batch,), "f32", "scratch"),), (samples, mean_loss)


@dataclass(frozen=True, slots=True)
class _LossForm:
    """A form of the kernel `cross_entropy`: its work-groups have ``items`` work-items and compute ``samples``."""

    parts: tuple[str, ...]
    constants: tuple[tuple[str, int], ...]
    items: int
    samples: int


def _loss_form(outputs: int, adapter: Adapter) -> _LossForm:
    if works_in_vectors(adapter):
        vectors = ("terms", "eight", "vectors", "softmax_terms", "without_small", "cross_entropy_vectors")
        return _LossForm(vectors, (("WIDTH", VECTOR_ITEMS), ("PACKED", 0), ("PRODUCTS", 0)), 1, 1)
    if adapter.has_simd_items and adapter.language == "wgsl" and outputs <= BLOCK:
        return _LossForm(("depth_first", "without_small", "cross_entropy_rows"), (), _SIMD_GROUP, _SIMD_GROUP)
    lanes = ("terms", "logit", "words", "elements", "lanes", "softmax_terms", "without_small", "cross_entropy")
    return _LossForm(lanes, (("INTEGER", 0),), LANES, 1)


@dataclass(frozen=True, slots=True)
class PackedGradients(Operator):
    """The gradients by all ``parameters`` (count,), in their order, of a network whose hidden layer is leaky relu.

    ``dy`` (batch, outputs) is the gradient of its outputs, ``h`` (batch, hidden) and ``x`` (batch, inputs) are the
    layers' inputs. What is below 2^-100 in magnitude becomes +0, also ahead of the first layer's gradients.
    """

    widths: Widths

    @property
    def operands(self) -> tuple[str, ...]:
        """``dy``, ``h``, ``x`` and ``parameters``."""
        return ("dy", "h", "x", "parameters")

    @property
    def results(self) -> tuple[str, ...]:
        """``gradients``."""
        return ("gradients",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients (count,)."""
        widths = self.widths
        batch = operands[0].shape[:1]
        expected = (
            *(Tensor((*batch, columns)) for columns in (widths.outputs, widths.hidden, widths.inputs)),
            widths.parameters,
        )
        if operands != expected or not batch:
            raise WrongOperands(
                f"gradients of {widths} take {', '.join(map(str, expected))}, not {', '.join(map(str, operands))}"
            )
        return (widths.parameters,)

    def operations(self, *operands: Tensor) -> int:
        """Count products and sums of weights, the second layer's twice; sums of biases; products by slopes."""
        w = self.widths
        batch = operands[0].shape[0]
        return batch * (4 * w.outputs * w.hidden + w.outputs + 2 * w.hidden * w.inputs + 2 * w.hidden)

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: products must not be fused into sums."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the ways of three contractions, as ``_variants`` has them."""
        (gradients,) = self.infer(*site.tensors)
        batch = site.tensors[0].shape[0]
        layouts = {name: layout.words(tensor) for name, tensor in site.operands.items()}
        layouts |= {"gradients": layout.words(gradients)}

        def lowering(variant: Variant) -> Lowering:
            own = [Buffer("dz", (batch, self.widths.hidden), "f32", "scratch")]
            steps: list[Step] = []
            for name, product in _gradient_products(self.widths, batch).items():
                scratch, launches = contraction(name, product, "f32", variant, site.adapter)
                own += scratch
                steps += launches
            return Lowering(variant, layouts, tuple(steps), tuple(own), frozenset(buffer.name for buffer in own))

        return tuple(map(lowering, _variants(self.widths, batch, site)))


def _gradient_products(widths: Widths, batch: int) -> dict[str, Contraction]:
    """Return dW2 = dyᵀ h, dz = dy W2 times leaky's slope, dW1 = dzᵀ x; biases get theirs from the column of ones."""
    inputs, hidden, outputs = widths.inputs, widths.hidden, widths.outputs
    first, second = widths.offsets
    return {
        "second gradient": Contraction(
            rows=outputs,
            depth=batch,
            columns=hidden,
            a=Operand("dy", 1, outputs),
            b=Operand("h", 1, hidden),
            y=Operand("gradients", hidden + 1, 1, second),
            ones=True,
            flush=True,
        ),
        "hidden gradient": Contraction(
            rows=batch,
            depth=outputs,
            columns=hidden,
            a=Operand("dy", outputs, 1),
            b=Operand("parameters", 1, hidden + 1, second),
            y=Operand("dz", hidden, 1),
            epilogue="slope",
            extra=Operand("h", hidden, 1),
            flush=True,
        ),
        "first gradient": Contraction(
            rows=hidden,
            depth=batch,
            columns=inputs,
            a=Operand("dz", 1, hidden),
            b=Operand("x", 1, inputs),
            y=Operand("gradients", inputs + 1, 1, first),
            ones=True,
            flush=True,
        ),
    }


@dataclass(frozen=True, slots=True)
class Momentum(Operator):
    """The update of a step of SGD with momentum: velocities v = μ·v + gradients, parameters w = w - η·v.

    The step's number becomes the next one's. ``rate`` is η, ``momentum`` is μ, both rounded to f32. Values below 2^-100
    in magnitude become +0.
    """

    rate: float
    momentum: float

    @property
    def operands(self) -> tuple[str, ...]:
        """``gradients``, ``parameters``, ``velocities`` and ``step``."""
        return ("gradients", "parameters", "velocities", "step")

    @property
    def results(self) -> tuple[str, ...]:
        """``parameters``, ``velocities`` and ``step``, replaced."""
        return ("parameters", "velocities", "step")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return the types of what is replaced."""
        gradients, parameters, velocities, step = operands
        if gradients.dtype != "f32" or parameters != gradients or velocities != gradients or step != STEP:
            raise WrongOperands(
                f"an update takes three f32 of one shape and {STEP}, not {', '.join(map(str, operands))}"
            )
        return (parameters, velocities, step)

    def operations(self, *operands: Tensor) -> int:
        """Count two products, a sum and a difference for each parameter."""
        return 4 * operands[0].count

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: products must not be fused into sums."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: on PoCL a work-item processes consecutive vectors."""
        self.infer(*site.tensors)
        gradients = site.tensors[0]
        _check(gradients)
        width = VECTOR_ITEMS if works_in_vectors(site.adapter) else 1
        rounds, groups, group = _work_split(-(-gradients.count // width), site.adapter)
        update = Step(
            parts=("without_small", "update"),
            entry="update",
            buffers=("gradients", "parameters", "velocities", "step"),
            writes=3,
            parameters=(
                ("n", gradients.count),
                ("rounds", rounds),
                ("momentum", f32_bits(self.momentum)),
                ("rate", f32_bits(self.rate)),
            ),
            constants=(("WIDTH", width),),
            groups=groups,
            group_items=group,
        )
        layouts = {name: layout.words(tensor) for name, tensor in site.operands.items()}
        return (Lowering(ANY_WAY, layouts, (update,)),)


def _variants(widths: Widths, batch: int, site: Site) -> tuple[Variant, ...]:
    """Return the variant of the site; without one, tiles, or for a network too small for tiles the two others."""
    variant = CONTRACTIONS.get(site.variant)
    if variant is not None:
        return (variant,)
    return ("tiled",) if batch * widths.inputs * widths.hidden >= _LEAST_TILED else ("vector", "for-loop")


def _check(tensor: Tensor) -> None:
    """Raise ``Unsupported`` for a tensor that kernels cannot index."""
    if tensor.count > LARGEST_INDEX:
        raise Unsupported(f"{tensor} has more than the 2^32 elements that a kernel can address")


def _work_split(count: int, adapter: Adapter) -> tuple[int, int, int]:
    """Return rounds per work-item, work-groups, and work-items per work-group for ``count`` elements or vectors."""
    if works_in_vectors(adapter):
        rounds = max(LANES, -(-count // (_GROUPS_PER_UNIT * (adapter.compute_units or 1))))
        return rounds, -(-count // rounds), 1
    group, rounds = (_SIMD_GROUP, _SIMD_ROUNDS) if adapter.type == "cpu" else (_GROUP, _ROUNDS)
    group = min(group, adapter.max_group_items or group)
    return rounds, -(-count // (group * rounds)), group
