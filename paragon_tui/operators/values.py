"""The values of buffers, made when a device asks for them: plans are described without a numeric library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.plan import Fill
from paragon_tui.operators.layout import Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Packed:
    """The values of a tensor that ``fill`` returns, in ``layout``."""

    layout: Layout
    fill: Fill

    def __call__(self) -> NDArray[Any]:
        """Return the words."""
        from paragon_tui.operators.numerics.layouts import pack

        return pack(self.layout, self.fill())


@dataclass(frozen=True, slots=True)
class Concatenated:
    """The values of several tensors, one after another."""

    fills: tuple[Packed, ...]

    def __call__(self) -> NDArray[Any]:
        """Return the words."""
        from paragon_tui.operators.numerics.layouts import concatenated

        return concatenated([fill() for fill in self.fills])


@dataclass(frozen=True, slots=True)
class Words:
    """The values of a small weight of a lowering's own, u32."""

    values: tuple[int, ...]

    def __call__(self) -> NDArray[Any]:
        """Return the words."""
        from paragon_tui.operators.numerics.layouts import of_words

        return of_words(self.values)
