"""The mlp suite: a network of one hidden layer, forward and backward, on a batch of samples (NUMERICS.md 17)."""

from paragon_tui.suites.case import Case, Suite

BATCH = 256
SHAPES = {"small": (64, 64, 16), "medium": (128, 128, 32), "large": (256, 256, 64), "xlarge": (512, 512, 128)}
"""The widths by size: inputs, hidden, outputs."""

SUITE = Suite(
    "mlp",
    tuple(
        Case("mlp", f"mlp-{size}-{direction}", f"mlp-{direction}", shape, (size, "x".join(map(str, shape))), BATCH)
        for size, shape in SHAPES.items()
        for direction in ("forward", "backward")
    ),
    frozenset({"small", "medium"}),
)
