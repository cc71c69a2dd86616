"""All suites, in display order."""

from paragon_tui.suites import inference, layers, mlp, parallel, training, vector
from paragon_tui.suites.case import Suite

SUITES: tuple[Suite, ...] = (
    inference.SUITE,
    vector.SUITE,
    layers.SUITE,
    mlp.SUITE,
    training.SUITE,
    parallel.SUITE,
)
ALL = "all"
"""The name that stands for every suite where suites are named."""

DEFAULT = inference.SUITE.name
"""The suite to run when none is named."""
