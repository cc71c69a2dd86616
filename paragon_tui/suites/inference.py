"""The inference suite: Paragon's ten presets, one sample through a dense network (NUMERICS.md section 4)."""

from paragon_tui.suites.case import Case, Suite

_WIDTHS = {
    "S1": (784, 64, 10),
    "S2": (784, 128, 10),
    "S3": (784, 256, 10),
    "M1": (784, 256, 256, 10),
    "M2": (784, 384, 384, 10),
    "M3": (784, 512, 512, 10),
    "L1": (784, 768, 768, 768, 10),
    "L2": (784, 1024, 1024, 1024, 10),
    "XL1": (784, 1536, 1536, 1536, 1536, 10),
    "XL2": (784, 2048, 2048, 2048, 2048, 10),
}
_CATEGORIES = {"S": "small", "M": "medium", "L": "large", "XL": "xlarge"}


def network_case(case_id: str, widths: tuple[int, ...]) -> Case:
    """Return a dense network of these widths as a case of this suite."""
    category = _CATEGORIES.get(case_id.rstrip("123"))
    return Case("inference", case_id, "network", widths, (case_id, category) if category else (case_id,))


SUITE = Suite(
    "inference",
    tuple(network_case(case_id, widths) for case_id, widths in _WIDTHS.items()),
)
