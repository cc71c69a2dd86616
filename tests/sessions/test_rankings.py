"""Rankings of a review: shares within 20 %, the fastest of each size, the slowest ten."""

from __future__ import annotations

import pytest

from paragon_tui.sessions.grades import Grade
from paragon_tui.sessions.rankings import Best, Share, best, best_by_size, shares, slowest
from tests.support.documents import Document, failed, numpy, rated, result, reviewed, times


def only_share(*results: Document) -> Share:
    (share,) = shares(reviewed(*results))
    return share


# Within 20 %


def test_faster_counts_as_within() -> None:
    share = only_share(*(rated(ratio, str(ratio)) for ratio in (50.0, 2.0, 0.9, 0.84, 0.8)))
    assert (share.within, share.counted, share.percent) == (4, 5, 80)
    assert share.success == Grade("success", True)
    assert share.bands == {"excellent": 5}


def test_an_interval_over_the_border_is_counted_at_both_ends() -> None:
    share = only_share(rated(2.0, "a"), rated(0.9, "b", width=0.2), rated(0.8, "c", width=0.2), rated(0.5, "d"))
    assert (share.surely, share.within, share.possibly, share.counted) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("ratios", "width", "success"),
    [
        ((0.9,) * 4 + (0.1,), 0.01, Grade("success", True)),
        ((0.9,) * 4 + (0.1,), 0.2, Grade("success", False)),
        ((0.9,) * 4 + (0.1,), None, Grade("success", False)),
        ((0.9,) * 3 + (0.1,) * 2, 0.01, Grade("no success", True)),
        ((0.9,) * 3 + (0.8, 0.1), 0.1, Grade("no success", False)),
    ],
)
def test_success_is_sure_where_both_ends_agree(ratios, width, success) -> None:
    share = only_share(*(rated(ratio, str(case), width=width) for case, ratio in enumerate(ratios)))
    assert share.success == success


def test_what_failed_or_is_wrong_is_not_within_and_what_cannot_be_told_is_not_counted() -> None:
    share = only_share(
        rated(2.0, "a"),
        failed("b"),
        failed("c") | {"status": "timeout"},
        rated(9.0, "d", bit_identical=False),
        failed("e") | {"status": "unsupported"},
        rated(2.0, "f", status="stopped"),
        result("g", cpu_ms=None),
    )
    assert (share.within, share.counted, share.left_out, share.percent) == (1, 4, 3, 25)


def test_nothing_to_count_is_no_percentage() -> None:
    share = only_share(failed() | {"status": "unsupported"})
    assert (share.percent, share.success, share.left_out) == (None, None, 1)


def test_a_share_an_adapter_and_dtype_without_the_reference() -> None:
    all_shares = shares(
        reviewed(
            rated(1.0, adapter="gl:0"),
            rated(1.0, adapter="opencl:0", dtype="f16"),
            rated(1.0, adapter="reference"),
            rated(1.0, adapter="opencl:0", variant="plain"),
            rated(1.0, adapter="opencl:0"),
        )
    )
    assert [(share.column, share.dtype) for share in all_shares] == [
        ("opencl:0", "f32"),
        ("opencl:0", "f16"),
        ("opencl:0 plain", "f32"),
        ("gl:0", "f32"),
    ]


# The fastest


def fastest(*results: Document, baseline: str = "numpy") -> Best | None:
    beside = reviewed(*results, baseline=baseline)
    return best(beside.tables[0].rows[0], beside.baseline)


def test_the_least_median_is_the_fastest_and_clear_where_intervals_tell_it_from_all() -> None:
    three = [rated(2.0), rated(1.5, adapter="gl:0"), rated(0.5, adapter="vulkan:0")]
    assert fastest(*three) == Best("opencl:0", 0.5, True)
    assert fastest(*three[:-1], rated(1.99, adapter="vulkan:0", width=0.05)) == Best("opencl:0", 0.5, False)
    best = fastest(rated(1.05, width=0.1))
    assert best is not None and (best.column, best.clear) == ("opencl:0", False)
    assert best.ms == pytest.approx(1 / 1.05)


def test_the_baseline_may_be_the_fastest() -> None:
    assert fastest(rated(0.5)) == Best("numpy", 1.0, True)
    assert fastest(numpy(), rated(0.95, width=0.1)) == Best("numpy", 1.0, False)
    torch = result(adapter="torch", latency=times(0.1))
    assert fastest(torch, rated(2.0), baseline="torch") == Best("torch", 0.1, True)


def test_what_is_wrong_stopped_or_the_reference_is_not_the_fastest() -> None:
    others = (rated(9.0, bit_identical=False), rated(9.0, adapter="gl:0", status="stopped"))
    assert fastest(*others, rated(9.0, adapter="reference"), rated(2.0, adapter="vulkan:0")) == Best(
        "vulkan:0", 0.5, True
    )
    assert fastest(failed(), baseline="torch") is None


def test_a_tie_goes_to_what_is_shown_first_and_is_not_clear() -> None:
    assert fastest(rated(2.0, adapter="gl:0"), rated(2.0, adapter="opencl:0")) == Best("opencl:0", 0.5, False)


def test_adapters_are_counted_by_size() -> None:
    add: Document = {"operation": "add", "size": "1k"}
    dot: Document = {"operation": "dot", "size": "1k"}
    beside = reviewed(
        rated(2.0, "add-1k", **add),
        rated(3.0, "add-1k", "gl:0", **add),
        rated(2.0, "dot-1k", **dot),
        rated(0.2, "dot-1M", **dot | {"size": "1M"}),
        rated(0.2, "dot-1M", dtype="f16", **dot | {"size": "1M"}),
    )
    assert best_by_size(beside) == {
        ("inference", "1k", "f32"): {"gl:0": 1, "opencl:0": 1},
        ("inference", "1M", "f32"): {"numpy": 1},
        ("inference", "1M", "f16"): {"numpy": 1},
    }


# The slowest


def test_the_slowest_are_the_lowest_ratios_of_what_has_one() -> None:
    ratios = [0.9, 0.1, 5.0, 0.1, 0.4, 0.7, 0.3, 0.8, 0.2, 0.6, 0.5, 1.0]
    results = [rated(ratio, f"c{index}") for index, ratio in enumerate(ratios)]
    results += [rated(0.01, "c0", "reference"), failed("c1", "gl:0"), rated(0.01, "c2", "gl:0", bit_identical=False)]
    order = [cell.result.id.case for cell in slowest(reviewed(*results))]
    assert order == ["c1", "c3", "c8", "c6", "c4", "c10", "c9", "c5", "c7", "c0"]
    assert len(slowest(reviewed(*results), 3)) == 3
