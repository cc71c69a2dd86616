"""The dense layer: y = activation(x·wᵀ + b), of one sample or of a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from paragon_tui.arithmetic.constants import BLOCK
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.contractions import (
    CONTRACTIONS,
    MOST_OPERATIONS,
    Contraction,
    Epilogue,
    Operand,
    Tiling,
    check,
    contraction_lowerings,
    tiled,
    tilings,
)
from paragon_tui.operators.dense_kernel import Launch, launches, layer_step, row_words, vector_layout, weights_layout
from paragon_tui.operators.layout import Layout, Panels
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.tensor import DType, Tensor, WrongOperands, samples


class Activation(Enum):
    """The function after a layer's sums."""

    NONE = "none"
    RELU = "relu"
    LEAKY_RELU = "leaky relu"


LARGEST_ACTIVATION = 127
"""The largest activation at i8: larger ones are clamped to it."""

_SUMS: dict[DType, DType] = {"f32": "f32", "f16": "f32", "i8": "i32"}
_TIERS: dict[DType, Tier] = {"f32": "guarded", "f16": "exact", "i8": "integer"}
EPILOGUES: dict[Activation, Epilogue] = {
    Activation.NONE: "bias",
    Activation.RELU: "relu",
    Activation.LEAKY_RELU: "leaky",
}
"""The epilogues of contractions that add a bias and apply an activation."""
_DOTS = {
    "f32": ("canonical", "dot_f32"),
    "f16": ("rounding", "canonical", "dot_f16"),
    "i8": ("dot_i8",),
}
"""The kernel parts that sum a row."""
_COMPARED = {"plain": Launch("plain", "plain", 64, 64), "barriers": Launch("barriers", "barriers", 32, 1)}
"""The kernels that exist for comparison, for one sample of f32."""
_MOST_WORDS = 2**32  # per buffer: kernels count words in 32 bits
_TILE = 4  # rows and samples per work-item of the i8 kernel for batches
_GROUP = 64
_PLACEHOLDER = Buffer("nothing", (1,), "f32", "scratch")


@dataclass(frozen=True, slots=True)
class Dense(Operator):
    """A layer of samples ``x`` (…, inputs), weights ``w`` (outputs, inputs) and a bias ``b`` (outputs,).

    Operands and sums: f32; or f16 with an f32 bias and f32 sums; or i8 with an i32 bias and i32 sums, of samples from
    0 to ``LARGEST_ACTIVATION``. The result has the dtype of x: rounded to f16, or at i8 shifted right by ``shift``
    bits, rounded half up and clamped to ``LARGEST_ACTIVATION``. ``widens``: it has that of the sums instead.
    """

    activation: Activation = Activation.NONE
    widens: bool = False
    shift: int = 0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a shift that leaves nothing of 32 bits."""
        if not 0 <= self.shift <= 31:
            raise ValueError(f"sums are shifted by up to 31 bits, not by {self.shift}")

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``, ``w`` and ``b``."""
        return ("x", "w", "b")

    @property
    def _integer_form(self) -> tuple[Activation, bool]:
        """The activation, and whether there is a shift, that an i8 layer has."""
        return (Activation.NONE, False) if self.widens else (Activation.RELU, True)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (…, outputs)."""
        x, w, b = operands
        if x.dtype not in _SUMS or not x.shape or len(w.shape) != 2 or w.dtype != x.dtype:
            raise WrongOperands(f"a dense layer takes samples and a matrix of f32, f16 or i8, not {x} and {w}")
        if x.shape[-1] != w.shape[1]:
            raise WrongOperands(f"a dense layer of weights {w} takes {w.shape[1]} inputs, not {x}")
        bias = Tensor(w.shape[:1], _SUMS[x.dtype])
        if b != bias:
            raise WrongOperands(f"a dense layer of weights {w} takes a bias {bias}, not {b}")
        if x.dtype == "i8" and (self.activation, self.shift > 0) != self._integer_form:
            raise WrongOperands("at i8 a layer has relu and a shift, or neither and widens")
        return (Tensor((*x.shape[:-1], w.shape[0]), _SUMS[x.dtype] if self.widens else x.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count per sample a product and a sum for each weight, and a sum for each bias; activations are free."""
        x, w, b = operands
        return samples(x) * (2 * w.count + b.count)

    def tier(self, *operands: Tensor) -> Tier:
        """Return the tier of its sums: of guarded products, exact ones, or integers; leaky relu has a product more."""
        return "guarded" if self.activation is Activation.LEAKY_RELU else _TIERS[operands[0].dtype]

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return launches of the kernel `dense` for one sample, tiles for a batch; or the kernels of the variant."""
        x, w, b = site.tensors
        if site.variant in CONTRACTIONS:
            return self._contracted(site)
        if len(x.shape) > 1:
            if site.variant != "default":
                raise Unsupported(f"the {site.variant} kernels run one sample at a time")
            return self._batched(site)
        if site.variant in _COMPARED and (x.dtype != "f32" or self.activation is Activation.LEAKY_RELU):
            raise Unsupported(f"the {site.variant} kernels compute f32 layers without an activation or with relu")
        if site.variant == "barriers" and w.shape[1] > BLOCK:
            raise Unsupported(f"the barriers kernel sums rows of at most {BLOCK} elements")
        forms = self._row_forms(site)
        if not forms:
            return self._contracted(site)
        compared = _COMPARED.get(site.variant)
        operands = {"x": vector_layout(x), "w": weights_layout(w), "b": layout.words(b)}
        return tuple(
            Lowering(
                launch.name, {**operands, "y": form.result}, (layer_step(launch, form.parts, _NAMES, w, form.kind),)
            )
            for launch in ([compared] if compared else launches(site.adapter))
            for form in forms
        )

    def _row_forms(self, site: Site) -> list[_RowForm]:
        """Return the forms of the kernel for one sample; none where the layer needs something that it has not.

        A result lies without padding, or as the next layer takes it.
        """
        x, w, b = site.tensors
        (y,) = self.infer(x, w, b)
        relu, dot = self.activation is Activation.RELU, _DOTS[x.dtype]
        if self.activation is Activation.LEAKY_RELU:
            return []
        if x.dtype == "i8":
            return [_RowForm((*dot, "dense"), self.shift, layout.words(y) if self.widens else vector_layout(y))]
        if x.dtype == "f32":
            parts = (site.variant,) if site.variant in _COMPARED else (*dot, "dense")
            return [_RowForm(parts, int(relu), result) for result in (layout.words(y), vector_layout(y))]
        if "w" not in site.constant or (relu and self.widens):
            return []
        parts = (*dot, "relu_f16" if relu else "rounded_f16", "dense")
        if self.widens:
            return [_RowForm(parts, 0, layout.words(y))]
        return [_RowForm(parts, 1, result) for result in (layout.widened(y), vector_layout(y))]

    def _contraction(self, site: Site) -> Contraction:
        x, w, _ = site.tensors
        outputs, inputs = w.shape
        return Contraction(
            rows=samples(x),
            depth=inputs,
            columns=outputs,
            a=Operand("x", inputs, 1),
            b=Operand("w", inputs, 1),
            y=Operand("y", outputs, 1),
            epilogue=EPILOGUES[self.activation],
            extra=Operand("b", 1, 0),
            half=x.dtype == "f16" and not self.widens,
        )

    def _contracted(self, site: Site) -> tuple[Lowering, ...]:
        """Return the variant of contractions, of floats one per word; by default all its tilings."""
        x, w, b = site.tensors
        (y,) = self.infer(x, w, b)
        if x.dtype == "i8":
            raise Unsupported(f"the {site.variant} kernels do not compute i8")
        others = {"b": layout.words(b), "y": layout.widened(y)}
        return contraction_lowerings("the layer", self._contraction(site), {"x": x, "w": w}, others, site)

    def _batched(self, site: Site) -> tuple[Lowering, ...]:
        """Return tiles of a batch: of i8, or of floats with weights that lie on the device in panels already."""
        x, w, b = site.tensors
        (y,) = self.infer(x, w, b)
        widest = max(x.count, y.count)
        if widest >= _MOST_WORDS:
            raise Unsupported(
                f"a batch of {samples(x):,} needs buffers of {widest:,} numbers, kernels can address only 4,294,967,295"
            )
        if x.dtype == "i8":
            return (self._integer_tiles(x, w, b, y),)
        if "w" not in site.constant:
            return self._contracted(site)
        return tuple(self._panels(site, y, tiling) for tiling in tilings(site.adapter, samples(x)))

    def _panels(self, site: Site, y: Tensor, tiling: Tiling) -> Lowering:
        x, w, b = site.tensors
        product = self._contraction(site)
        check("the layer", product, site.adapter, "tiled")
        (samples, panels), (pack, *tiles) = tiled("layer", product, x.dtype, tiling)
        padded_depth = dict(pack.parameters)["places"]
        order = Panels(tiling.side * tiling.columns, padded_depth)
        layouts = {
            "x": layout.widened(x),
            "w": Layout("panels", w.count, w.shape[1], padded_depth, panels.shape, "f32", panels=order),
            "b": layout.words(b),
            "y": layout.widened(y),
        }
        # The weights stay on the device, already in panels, so a run packs only the samples.
        pack = replace(
            pack,
            buffers=("x", "b", samples.name, _PLACEHOLDER.name),
            parameters=tuple((name, 0 if name == "columns" else value) for name, value in pack.parameters),
            groups=-(-samples.items // (padded_depth * tiling.side * tiling.rows)) * -(-padded_depth // BLOCK),
        )
        launches = (replace(step, buffers=(samples.name, "w", *step.buffers[2:])) for step in tiles)
        own = (samples, _PLACEHOLDER)
        return Lowering(tiling.name, layouts, (pack, *launches), own, frozenset({samples.name}))

    def _integer_tiles(self, x: Tensor, w: Tensor, b: Tensor, y: Tensor) -> Lowering:
        (rows, inputs), batch = w.shape, samples(x)
        stride = row_words(inputs, "i8")
        result = layout.words(y) if self.widens else _bytes(y)
        layouts = {"x": _bytes(x), "w": weights_layout(w), "b": layout.words(b), "y": result}
        # Each launch has at most MOST_OPERATIONS, unless four samples have more.
        samples_per_launch = max(1, MOST_OPERATIONS // (2 * rows * stride * layout.PER_WORD["bytes"] * _TILE)) * _TILE
        row_tiles = -(-rows // _TILE)
        steps = tuple(
            Step(
                parts=(*_DOTS["i8"], "batch_i8"),
                entry="tiles",
                buffers=("w", "b", "x", "y"),
                writes=1,
                parameters=(
                    *(("rows", rows), ("stride", stride), ("activation", self.shift), ("width", result.row_words)),
                    *(("first", first), ("end", min(first + samples_per_launch, batch))),
                ),
                constants=(("BLOCK", BLOCK), ("PER_WORD", layout.PER_WORD["bytes"])),
                groups=-(-row_tiles * -(-(min(first + samples_per_launch, batch) - first) // _TILE) // _GROUP),
                group_items=_GROUP,
            )
            for first in range(0, batch, samples_per_launch)
        )
        return Lowering("tiles", layouts, steps)


@dataclass(frozen=True, slots=True)
class _RowForm:
    """A form of the kernel for one sample: its parts, how they call the activation, and how the result lies."""

    parts: tuple[str, ...]
    kind: int
    result: Layout


_NAMES = {name: name for name in ("w", "b", "x", "y")}


def _bytes(batch: Tensor) -> Layout:
    """Return the layout of samples of i8: rows as the weights' rows."""
    words = row_words(batch.shape[-1], "i8")
    return Layout("bytes", batch.count, batch.shape[-1], words, (samples(batch), words), "u32")
