"""The training suite: XOR, and two-layer networks that learn classes, with the same bits at every step everywhere.

``shape`` is inputs, hidden, outputs, steps, and the learning rate in millionths.
"""

from paragon_tui.suites.case import Case, Suite
from paragon_tui.suites.mlp import SHAPES

BATCH = 256
RATE = 100_000

SUITE = Suite(
    "training",
    (
        Case("training", "train-xor", "training", (2, 8, 1, 1000, RATE), ("xor", "2x8x1"), 4),
        *(
            Case(
                "training",
                f"train-{size}",
                "training",
                (*widths, 200, RATE),
                (size, "x".join(map(str, widths))),
                BATCH,
            )
            for size, widths in SHAPES.items()
        ),
    ),
    frozenset({"xor", "small", "medium"}),
)
