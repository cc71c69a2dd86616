"""All suites, in display order."""

from paragon_tui.suites import inference
from paragon_tui.suites.case import Suite

SUITES: tuple[Suite, ...] = (inference.SUITE,)
