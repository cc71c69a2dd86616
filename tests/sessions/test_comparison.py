"""Two sessions compared: ratios, bits, what is on one side alone, and what counts as a regression."""

from __future__ import annotations

from typing import Any

import pytest

from paragon_tui.engine.messages.events import JobStarted
from paragon_tui.sessions.comparison import (
    SessionComparison,
    biggest_changes_first,
    compare_adapters,
    compare_sessions,
    regressions,
)
from paragon_tui.sessions.saved_session import UnreadableSession, saved_session
from paragon_tui.sessions.session_lookup import open_session
from tests.support.documents import HOST, Document, failed, numpy, result, session, times
from tests.support.sessions import FAST, record, run


def compare(a: Document, b: Document) -> SessionComparison:
    return compare_sessions(saved_session(a, "A"), saved_session(b, "B"))


def of(a: Document, b: Document) -> SessionComparison:
    """One result on either side."""
    return compare(session(a), session(b))


# Ratios


def test_a_ratio_is_above_one_where_b_is_faster():
    (row,) = of(result(latency=times(3.0)), result(latency=times(2.0))).rows
    assert row.latency is not None and row.latency.interval is not None
    assert row.latency.value == pytest.approx(1.5)
    assert row.latency.judgement == "faster"
    assert 1.49 < row.latency.interval.low < 1.5 < row.latency.interval.high < 1.51


@pytest.mark.parametrize(
    ("b_ms", "width", "judgement"),
    [
        (0.9, 0.001, "faster"),
        (1.0, 0.001, "same"),
        (1.1, 0.001, "slower"),
        (1.0, 0.2, "unclear"),
        (1.1, 0.2, "unclear"),
    ],
)
def test_what_is_said_goes_no_further_than_the_interval(b_ms, width, judgement):
    (row,) = of(result(latency=times(1.0, width)), result(latency=times(b_ms, width))).rows
    assert row.latency is not None and row.latency.judgement == judgement


def test_without_an_interval_on_one_side_nothing_is_clear():
    (row,) = of(result(latency=times(1.0, None)), result(latency=times(9.0))).rows
    assert row.latency is not None
    assert (row.latency.interval, row.latency.judgement) == (None, "unclear")


@pytest.mark.parametrize(("processes", "judgement"), [((3, 3), "slower"), ((5, 3), "slower"), ((1, 3), "unclear")])
def test_fewer_than_three_processes_on_a_side_are_not_told_apart(processes, judgement):
    """The figures of one process each are within a tenth of a percent, and tell nothing of the next process."""
    for ours, theirs in (processes, processes[::-1]):
        a = result(device_ms=times(0.5), processes=ours)
        compared = of(a, result(latency=times(1.5), device_ms=times(0.8), processes=theirs))
        (row,) = compared.rows
        assert row.latency is not None and row.device is not None
        assert (row.latency.judgement, row.device.judgement) == (judgement, judgement)
        assert row.latency.value == pytest.approx(1 / 1.5)
        assert row.repeated is (row.latency.interval is not None) is (judgement == "slower")
        assert kinds(compared) == (["slower"] if judgement == "slower" else [])


def test_in_one_process_each_bits_and_losses_are_regressions_all_the_same():
    a = session(result("S1", processes=1), result("S2", processes=1))
    b = session(result("S1", processes=1, digest="00"), failed("S2"))
    assert kinds(compare(a, b)) == ["other bits", "lost"]


def test_device_times_are_compared_where_both_sides_have_one():
    (row,) = of(result(device_ms=times(0.4)), result(device_ms=times(0.2))).rows
    assert row.device is not None and row.device.value == pytest.approx(2)
    (row,) = of(result(device_ms=times(0.4)), result()).rows
    assert row.device is None and row.latency is not None


def test_a_clock_that_did_not_move_gives_no_ratio():
    still = times(0.0)
    (row,) = of(result(latency=still), result()).rows
    assert row.latency is None
    assert of(result(), result(latency=still)).rows[0].latency is None


def test_dtype_variant_and_adapter_tell_results_apart():
    names = [{"dtype": "f16"}, {"variant": "plain"}, {"adapter": "gl:0"}, {"suite": "reductions"}, {}]
    ones = [result() | name for name in names]
    twos = [result(latency=times(2.0 + index)) | name for index, name in enumerate(names)]
    rows = compare(session(*ones), session(*reversed(twos))).rows
    assert [row.b.timings.latency_ms.median for row in rows if row.b.timings.latency_ms] == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert all(row.id == row.a.id == row.b.id for row in rows)


# Bits


@pytest.mark.parametrize(
    ("changes", "bits"),
    [
        ({}, "same bits"),
        ({"digest": "00"}, "other bits"),
        ({"output_digest": "00"}, "other bits"),
        ({"digest": None}, "not compared"),
        ({"output_digest": None}, "not compared"),
        ({"digest": "00", "output_digest": None}, "other bits"),
    ],
)
def test_both_digests_make_the_bits(changes, bits):
    assert of(result(), result(**changes)).rows[0].bits == bits
    assert of(result(**changes), result()).rows[0].bits == bits


@pytest.mark.parametrize(("digest", "bits"), [("ab" * 32, "same bits"), ("00", "other bits"), (None, "not compared")])
def test_what_has_no_softmax_is_compared_by_the_digest_it_has(digest, bits):
    a, b = result(output_digest=None), result(output_digest=None, digest=digest)
    assert of(a, b).rows[0].bits == bits
    assert of(b, a).rows[0].bits == bits


# One side alone


def test_what_is_on_one_side_alone_is_told_apart():
    compared = compare(session(result("S1"), result("S2")), session(result("S2"), result("S3")))
    assert [row.id.case for row in compared.rows] == ["S2"]
    assert [result.id.case for result in compared.only_a] == ["S1"]
    assert [result.id.case for result in compared.only_b] == ["S3"]


def test_numpy_that_one_side_did_not_list_has_not_vanished():
    compared = compare(session(numpy(), result()), session(result()))
    assert compared.only_a == () and regressions(compared, 5) == ()
    assert compare(session(result()), session(numpy(), result())).only_b == ()


def test_numpy_that_misses_one_case_has():
    compared = compare(session(numpy("S1"), numpy("S2")), session(numpy("S1")))
    assert [result.id.case for result in compared.only_a] == ["S2"]


def test_counts():
    a = session(*(result(case) for case in ("S1", "S2", "S3", "M1")))
    b = session(result("S1"), result("S2", latency=times(2.0), digest="00"), result("S3"), failed("M1"))
    compared = compare(a, b)
    assert compared.counts == {"same": 2, "slower": 1, "not compared": 1}
    assert compared.bits == {"same bits": 2, "other bits": 1, "not compared": 1}


# Regressions


def kinds(compared: SessionComparison, percent: float = 5.0) -> list[str]:
    return [regression.kind for regression in regressions(compared, percent)]


def slowed(factor: float, width: float | None = 0.002) -> SessionComparison:
    return of(result(latency=times(1.0, width)), result(latency=times(factor, width)))


def test_slower_beyond_the_limit_is_a_regression_and_within_it_none():
    assert kinds(slowed(1.06)) == ["slower"]
    assert kinds(slowed(1.04)) == []
    assert kinds(slowed(1.04), percent=3) == ["slower"]
    assert kinds(slowed(1.02), percent=0) == ["slower"]
    assert kinds(slowed(1 / 1.5)) == []


def test_a_slowdown_that_the_interval_does_not_carry_is_none():
    assert kinds(slowed(1.3, width=0.4)) == []
    assert kinds(slowed(1.3, width=None)) == []


def test_the_words_of_a_regression_say_how_much_and_what_was_flagged():
    noisy = {"name": "noisy", "words": "the samples spread by 9 %"}
    load = {"name": "other load", "words": "others kept 1.2 cores busy"}
    compared = of(result(flags=[noisy]), result(latency=times(1.25), flags=[noisy, load]))
    (regression,) = regressions(compared, 5)
    assert str(regression.id) == "S1 on opencl:0"
    assert regression.words == "25 % slower than in A (A: noisy; B: noisy, other load)"


def test_a_slower_device_time_alone_is_no_regression():
    assert kinds(of(result(device_ms=times(0.2)), result(device_ms=times(0.4)))) == []


@pytest.mark.parametrize("digest", ["digest", "output_digest"])
def test_changed_bits_need_no_limit(digest):
    changed = result() | {digest: "00"}
    assert kinds(of(result(), changed | {"bit_identical": False}), percent=900) == ["other bits"]
    assert kinds(of(result(), changed), percent=900) == ["other bits"]


def test_bits_that_nobody_claimed_may_change():
    assert kinds(of(numpy(), numpy(digest="00"))) == []
    assert kinds(of(result(standing="not here"), result(digest="00"))) == []


def test_a_softmax_that_nobody_claimed_may_change_and_the_values_beside_it_may_not():
    unclaimed = result(standing="guaranteed", output_standing="not here")
    assert kinds(of(unclaimed, unclaimed | {"output_digest": "00"})) == []
    assert kinds(of(unclaimed, unclaimed | {"digest": "00"})) == ["other bits"]
    claimed = result(standing="guaranteed", output_standing="observed")
    assert kinds(of(claimed, claimed | {"output_digest": "00"})) == ["other bits"]


def test_a_claim_that_only_b_breaks_is_a_regression_whatever_its_bits():
    (regression,) = regressions(of(result(), result(deterministic=False)), 900)
    assert (regression.kind, regression.words) == (
        "claim broken",
        "it claims the reference's bits and does not have them, unlike in A",
    )
    assert kinds(of(result(unlike=["gl:0"]), result(deterministic=False))) == []
    assert kinds(of(result(), result(deterministic=False, standing="not here"))) == []


def test_bits_of_other_arithmetic_are_not_compared_and_that_is_said():
    for digest, output_digest in (("ab" * 32, "cd" * 32), ("00", "cd" * 32), ("00", "00")):
        changes: dict[str, Any] = {"digest": digest, "output_digest": output_digest}
        newer = session(*(result(case, arithmetic=2, **changes) for case in ("S1", "S2")))
        compared = compare(session(result("S1"), result("S2")), newer)
        assert compared.bits == {"not compared": 2}
        assert compared.settings == ("arithmetic: version 1 in A, 2 in B, so bits are not compared",)
        assert kinds(compared) == []
    assert kinds(of(result(), result(arithmetic=2, deterministic=False))) == ["claim broken"]
    assert compare(session(result("S1")), session(result("S2", arithmetic=2))).settings == ()


def test_a_claim_that_is_given_up_in_b_with_other_bits_is_a_regression():
    assert kinds(of(result(), result(standing="not here", digest="00"))) == ["other bits"]


def test_bits_that_became_right_are_no_regression():
    assert kinds(of(result(digest="00", bit_identical=False), result())) == []


def test_slower_with_other_bits_is_both():
    assert kinds(of(result(), result(latency=times(2.0), digest="00"))) == ["slower", "other bits"]


def test_what_was_measured_and_then_failed_is_lost_in_the_words_of_its_error():
    (regression,) = regressions(of(result(), failed(error="no memory")), 5)
    assert (regression.kind, regression.words) == ("lost", "measured in A, failed in B: no memory")


@pytest.mark.parametrize("status", ["failed", "timeout", "stopped"])
def test_what_did_not_end_well_is_lost_whatever_figures_it_still_has(status):
    compared = of(result(), result(latency=times(0.5), status=status, error=None))
    (regression,) = regressions(compared, 5)
    assert (regression.kind, regression.words) == ("lost", f"measured in A, {status} in B")
    assert compared.rows[0].latency is None and compared.counts == {"not compared": 1}


def test_what_did_not_end_well_in_a_has_nothing_to_lose():
    partial = result(status="stopped")
    assert kinds(of(partial, failed())) == kinds(compare(session(partial), session(result("S2")))) == []
    assert of(partial, result()).rows[0].latency is None


@pytest.mark.parametrize(
    "left_out", [{"case": "S2"}, {"dtype": "f16"}, {"variant": "plain"}, {"adapter": "gl:0"}], ids=str
)
def test_what_b_did_not_ask_for_is_not_lost(left_out):
    compared = compare(session(result("S1"), result("S1") | left_out), session(result("S1")))
    assert kinds(compared) == [] and len(compared.only_a) == 1


def test_what_b_asked_for_and_did_not_reach_is_lost():
    (regression,) = regressions(compare(session(result("S1")), session(failed("S1") | {"status": "stopped"})), 5)
    assert (regression.kind, regression.words) == ("lost", "measured in A, stopped in B: the driver said no")


def test_what_a_killed_session_did_not_reach_is_lost(tmp_path):
    """The store has all results of a session from its start."""
    events = run("killed")
    record(tmp_path / "sessions.sqlite3", *run("whole"))
    record(tmp_path / "sessions.sqlite3", *events[: events.index(JobStarted(FAST.id))])
    whole, killed = (open_session(name, tmp_path / "sessions.sqlite3") for name in ("whole", "killed"))
    assert [(str(worse.id), worse.kind) for worse in regressions(compare_sessions(whole, killed), 5)] == [
        ("S1 on vulkan:0", "lost")
    ]


def test_numpy_that_was_measured_and_not_asked_for_is_not_judged():
    slow = session(numpy(latency=times(9.0)), result(), listed=["opencl:0"])
    assert [str(row.id) for row in compare(session(numpy(), result()), slow).rows] == ["S1 on opencl:0"]
    assert [str(row.id) for row in compare(slow, session(numpy(), result())).rows] == ["S1 on opencl:0"]
    asked = slow | {"listed": ["numpy", "opencl:0"]}
    assert kinds(compare(session(numpy(), result()), asked)) == ["slower"]


def test_what_had_failed_already_is_not_lost():
    assert kinds(of(failed(), failed())) == []
    assert kinds(of(failed(), result())) == []
    assert kinds(compare(session(result("S1"), failed("S2")), session(result("S1")))) == []


# Machines


def test_the_same_machine_needs_no_word_whatever_the_program():
    newer = session(result(), host=HOST | {"program": "paragon-tui 0.2.0", "python": "3.13.1"})
    assert compare(session(result()), newer).machines == ()


def test_machines_and_drivers_that_differ_are_named():
    """A library on another processor is compared; an adapter that is another device is not, and no driver's version."""
    a = session(numpy(adapter_name="NumPy on Example CPU"), result(driver="mesa 24"), result("S1", "gl:0"))
    other = result("S1", "gl:0", adapter_name="Other GPU")
    numpy_b = numpy(adapter_name="NumPy on Other CPU")
    b = session(numpy_b, result(driver="mesa 25"), other, host=HOST | {"cpu": "Other CPU"})
    compared = compare(a, b)
    assert compared.machines == (
        "cpu: Example CPU in A, Other CPU in B",
        "numpy: NumPy on Example CPU in A, NumPy on Other CPU in B",
        "driver of opencl:0: mesa 24 in A, mesa 25 in B",
    )
    assert [str(row.id) for row in compared.rows] == ["S1 on numpy", "S1 on opencl:0"]


# Devices


def gpu(adapter: str, name: str = "NVIDIA H200", **changes: Any) -> Document:
    return result("S1", adapter, adapter_name=name, device_name=name, driver_family="NVIDIA CUDA", **changes)


def test_the_results_of_different_devices_under_one_id_are_not_compared():
    a = session(result(adapter_name="pthread-Intel(R) Xeon(R) Processor", digest="00"))
    b = session(result(adapter_name="NVIDIA H200", latency=times(9.0)))
    compared = compare(a, b)
    assert (compared.rows, compared.adapters, kinds(compared, percent=0)) == ((), (), [])
    assert [str(side.id) for side in (*compared.only_a, *compared.only_b)] == ["S1 on opencl:0"] * 2


def test_a_device_is_followed_to_its_new_number():
    a = session(gpu("opencl:0"), gpu("opencl:1", "Other GPU", latency=times(2.0)))
    b = session(gpu("opencl:0", "Third GPU"), gpu("opencl:1", latency=times(1.5)), gpu("opencl:2", "Other GPU"))
    compared = compare(a, b)
    assert [(row.id.adapter, row.b.id.adapter) for row in compared.rows] == [
        ("opencl:0", "opencl:1"),
        ("opencl:1", "opencl:2"),
    ]
    assert [row.latency.judgement for row in compared.rows if row.latency] == ["slower", "faster"]
    assert [regression.words for regression in regressions(compared, 5)] == ["50 % slower than in A"]
    assert compared.only_a == () and [side.id.adapter for side in compared.only_b] == ["opencl:0"]


def test_a_device_with_results_on_one_side_alone_leaves_the_others_where_they_are():
    a = session(gpu("opencl:0"), gpu("opencl:0") | {"case": "S2"})
    b = session(gpu("opencl:1"), gpu("opencl:1") | {"case": "S3"})
    compared = compare(a, b)
    assert [str(row.id) for row in compared.rows] == ["S1 on opencl:0"]
    assert [str(side.id) for side in compared.only_a] == ["S2 on opencl:0"]
    assert [str(side.id) for side in compared.only_b] == ["S3 on opencl:1"]


# Ways to measure


def test_the_same_way_to_measure_needs_no_word():
    document = session(numpy(library="OpenBLAS", threads=2), sampling={"repeat": 3}, threads=2)
    assert compare(document, document).settings == ()


def test_libraries_threads_and_sampling_that_differ_are_named():
    a = session(
        numpy("S1", library="OpenBLAS 0.3.31", threads=2),
        numpy("S2") | {"status": "failed"},
        result("S1", "torch", library="MKL", threads=1),
        result(),
        sampling={"repeat": 3, "iterations": None, "examine": True, "warmup": 3},
    )
    b = session(
        numpy("S1", library="OpenBLAS 0.3.32", threads=1),
        result("S1", "torch", library="MKL", threads=2),
        result(library="pocl", threads=9),
        sampling={"repeat": 1, "iterations": 40, "examine": False, "warmup": 3},
        threads=1,
    )
    assert compare(a, b).settings == (
        "numpy: OpenBLAS 0.3.31 in A, OpenBLAS 0.3.32 in B",
        "numpy: 2 threads in A, 1 in B",
        "torch: 1 thread in A, 2 in B",
        "threads requested: none in A, 1 in B",
        "sampling repeat: 3 in A, 1 in B",
        "sampling iterations: unset in A, 40 in B",
        "sampling examine: yes in A, no in B",
    )


def test_a_library_that_says_something_else_at_another_dtype_is_the_same_library():
    f32 = numpy(library="OpenBLAS", threads=2)
    f16 = numpy(library="OpenBLAS on widened f32", threads=2) | {"dtype": "f16"}
    assert compare(session(f32), session(f32, f16)).settings == ()
    other = session(f32 | {"threads": 1}, f16 | {"threads": 1})
    assert compare(session(f32, f16), other).settings == ("numpy: 2 threads in A, 1 in B",)


def test_what_an_older_document_does_not_tell_is_no_difference():
    complete = session(numpy(library="OpenBLAS", threads=2), sampling={"repeat": 3})
    assert compare(complete, session(numpy())).settings == compare(session(numpy()), complete).settings == ()


# What is no session


@pytest.mark.parametrize(
    "document",
    [[], None, 3, {}, {"schema": 2, "results": []}, {"schema": 1, "verification": "one", "results": []}],
    ids=str,
)
def test_what_is_no_session_is_told_what_would_be_one(document: Any):
    with pytest.raises(
        UnreadableSession, match=r"^it is not a paragon-tui session; `paragon-tui run --json FILE` writes one$"
    ):
        saved_session(document, "it")


def test_older_and_newer_schemas_are_told_apart():
    with pytest.raises(
        UnreadableSession, match=r"older paragon-tui \(schema 1\) and has no intervals; measure it again"
    ):
        saved_session(session(schema=1), "it")
    with pytest.raises(UnreadableSession, match=r"newer paragon-tui \(schema 4\); update this one"):
        saved_session(session(schema=4), "it")


def test_damage_is_told_by_its_place():
    broken = result()
    del broken["latency_ms"]["interval"]
    with pytest.raises(UnreadableSession, match=r"it is damaged: .*`interval` - at `\$\.results\[1\]\.latency_ms`"):
        saved_session(session(result(), broken), "it")
    with pytest.raises(UnreadableSession, match=r"it is damaged: .*\$\.results\[0\]\.status"):
        saved_session(session(result(status="splendid")), "it")


# Two adapters of one session


def of_one(a: str, b: str, *results: Document) -> SessionComparison:
    return compare_adapters(saved_session(session(*results), "it"), a, b)


def test_two_adapters_are_compared_by_their_own_intervals_in_one_process():
    slow = result("S1", "vulkan:0", times(2.0), processes=1, device_ms=times(1.0))
    fast = result("S1", "opencl:0", times(1.0), processes=1, device_ms=times(0.25))
    compared = of_one("vulkan:0", "opencl:0", slow, fast, numpy("S1"))
    (row,) = compared.rows
    assert row.latency is not None and row.device is not None
    assert (row.latency.value, row.device.value) == pytest.approx((2.0, 4.0))
    assert (row.latency.judgement, row.device.judgement) == ("faster", "faster")
    assert (row.bits, compared.only_a, compared.only_b) == ("same bits", (), ())
    (row,) = of_one("opencl:0", "vulkan:0", slow, fast).rows
    assert row.latency is not None and row.latency.judgement == "slower"


def test_over_numpy_the_ratio_is_that_of_the_rounds_that_both_share():
    interval = {"low": 2.9, "high": 3.1}
    device = result("S1", latency=times(1.0), speedup=3.0, speedup_interval=interval, judgement="faster")
    baseline = numpy("S1", latency=times(2.0))
    (row,) = of_one("numpy", "opencl:0", baseline, device).rows
    assert row.latency is not None and (row.latency.value, row.latency.judgement) == (3.0, "faster")
    (row,) = of_one("opencl:0", "numpy", baseline, device).rows
    assert row.latency is not None
    assert row.latency.value == pytest.approx(1 / 3) and row.latency.judgement == "slower"


def test_a_library_is_compared_with_each_variant_of_a_device():
    device = (result("S1"), result("S1", variant="plain"), result("S2"))
    compared = of_one("numpy", "opencl:0", numpy("S1"), numpy("S3"), *device)
    assert [(row.id.case, row.id.variant) for row in compared.rows] == [("S1", "default"), ("S1", "plain")]
    assert [kept.id.case for kept in compared.only_a] == ["S3"]
    assert [kept.id.case for kept in compared.only_b] == ["S2"]
    other = of_one("opencl:0", "vulkan:0", result("S1", variant="plain"), result("S1", "vulkan:0"))
    assert other.rows == () and len(other.only_a) == len(other.only_b) == 1


def test_what_failed_has_no_ratio():
    (row,) = of_one("vulkan:0", "opencl:0", failed("S1"), result("S1", "vulkan:0")).rows
    assert (row.latency, row.device, row.bits) == (None, None, "not compared")


# The order in which people look


def test_what_is_worse_leads_and_then_come_the_biggest_clear_changes():
    cases = ("S1", "S2", "S3", "M1", "M2", "M3", "L1")
    before = session(*(result(case) for case in cases[:-1]), failed("L1"))
    after = session(
        result("S1", latency=times(1.2)),
        result("S2", latency=times(3.0, 0.9)),  # as far off as any, and not clear
        result("S3"),
        failed("M1"),
        result("M2", latency=times(0.4)),
        result("M3", digest="ee" * 32),
        result("L1"),
    )
    ordered = biggest_changes_first(compare(before, after).rows)
    assert [row.id.case for row in ordered] == ["M1", "M3", "M2", "S1", "S2", "S3", "L1"]
