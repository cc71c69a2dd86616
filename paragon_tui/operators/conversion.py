"""Conversions: the steps that bring a tensor from one layout to another on a device, without changing its values."""

from __future__ import annotations

from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Step
from paragon_tui.operators.layout import Encoding, Layout
from paragon_tui.operators.lowering import Lowering

_GROUP = 64
_FORMS: dict[Encoding, int] = {"words": 0, "widened": 1, "halves": 2}
"""The encodings that devices convert, in the kernel's numbers. The others hold constants alone."""
_MOST_WORDS = 2**32


def conversion(source: Layout, target: Layout) -> Lowering:
    """Return the step from ``x`` in the layout ``source`` to ``y`` in ``target``, of the same tensor.

    Raises ``Unsupported`` for the layouts of constants, and for more words than a kernel can count.
    """
    forms = (source.encoding, target.encoding)
    if not all(form in _FORMS for form in forms) or ("words" in forms and forms != ("words", "words")):
        raise Unsupported(f"no kernel brings {source.encoding} into the layout {target.encoding}")
    if max(source.words, target.words, source.count) >= _MOST_WORDS:
        raise Unsupported(f"a tensor of {source.count:,} elements is larger than kernels can address")
    step = Step(
        parts=("rounding", "relayout"),
        entry="relayout",
        buffers=("x", "y"),
        writes=1,
        parameters=(
            *(("count", source.count), ("words", target.words)),
            *(("x_columns", source.columns), ("x_stride", source.row_words)),
            *(("y_columns", target.columns), ("y_stride", target.row_words)),
            ("padding", target.padding or 0),
        ),
        constants=(("FROM", _FORMS[source.encoding]), ("TO", _FORMS[target.encoding])),
        groups=-(-target.words // _GROUP),
        group_items=_GROUP,
    )
    return Lowering("conversion", {"x": source, "y": target}, (step,))
