"""``paragon-tui verify``, and what ``adapters`` tells of rounding, on the real reference and a fake device."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paragon_tui.backends import registry
from paragon_tui.cli import main
from paragon_tui.suites.digests import shipped
from tests.support.examples import CASES

RESULT = [
    *("suite", "case", "dtype", "variant", "adapter", "tier"),
    *("standing", "output_tier", "output_standing", "status", "holds", "error", "plans", "checks"),
]


LAST = ["holds", "failures", "adapters", "results"]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch, fake_path: None) -> None:
    """The host as it is, and a fake device under one API."""
    monkeypatch.setattr(registry, "BACKENDS", {"host": "paragon_tui.backends.host", "gl": "fake_backend"})


def verify(*argv: str) -> int:
    return main(["verify", *argv])


def verify_json(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, Any]]:
    status = verify(*argv, "--json")
    return status, json.loads(capsys.readouterr().out)


# The reference, as it is


def test_the_reference_verifies_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("S1", "--dtype", "f32", "--adapter", "reference") == 0
    out = capsys.readouterr().out
    assert "1 of 1 results have the shipped bits." in out
    (row,) = [line.split() for line in out.splitlines() if line.startswith("inference")]
    assert row == ["inference", "network", "f32", "✓", "1"]
    assert "integer guaranteed, exact guaranteed, guarded guaranteed" in out
    assert "≠" not in out and "\x1b" not in out


def test_every_dtype_is_verified_where_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, document = verify_json(capsys, "S[12]", "--adapter", "reference")
    assert status == 0
    assert [(r["case"], r["dtype"], r["tier"]) for r in document["results"]] == [
        (case, dtype, tier)
        for case in ("S1", "S2")
        for dtype, tier in (("f32", "guarded"), ("f16", "exact"), ("i8", "integer"))
    ]


def test_cases_may_stand_behind_options_and_dtypes_come_in_their_own_order(capsys: pytest.CaptureFixture[str]) -> None:
    status, document = verify_json(capsys, "--dtype", "i8", "S1", "--adapter", "reference", "--dtype", "f16", "S2")
    assert status == 0
    assert [(r["case"], r["dtype"]) for r in document["results"]] == [
        *(("S1", "f16"), ("S1", "i8")),
        *(("S2", "f16"), ("S2", "i8")),
    ]


def test_the_document_is_what_somebody_sends(capsys: pytest.CaptureFixture[str]) -> None:
    _, document = verify_json(capsys, "S1", "--dtype", "i8", "--adapter", "reference")
    assert list(document) == ["schema", "verification", "started", "host", "interrupted", *LAST]
    assert (document["schema"], document["holds"]) == (1, True)
    assert document["host"]["program"].startswith("paragon-tui")
    (adapter,) = document["adapters"]
    assert adapter["id"] == "reference" and adapter["fingerprint"]["tiers"]["integer"] == "guaranteed"
    (result,) = document["results"]
    assert list(result) == RESULT
    assert (result["standing"], result["status"], result["holds"], result["error"]) == ("guaranteed", "ok", True, None)
    wanted = shipped(CASES["S1"], "i8")
    assert wanted is not None
    assert [(c["name"], c["digest"], c["expected"], c["first_difference"], c["holds"]) for c in result["checks"]] == [
        ("parameters", wanted.parameters, wanted.parameters, None, True),
        ("logits", wanted.values, wanted.values, None, True),
        ("output", wanted.output, wanted.output, None, True),
    ]


# Exit statuses


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["XL9", "--adapter", "reference"], "did you mean"),
        (["S1", "--adapter", "reverence"], "reference"),
        (["784,300,10", "--adapter", "reference"], "there is no case"),
    ],
)
def test_three_for_what_is_unknown(argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(*argv) == 3
    captured = capsys.readouterr()
    assert words in captured.err and captured.out == ""


def test_two_where_nothing_named_claims_any_bits(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("S1", "--adapter", "numpy") == 2
    captured = capsys.readouterr()
    assert "cannot be verified" in captured.err and captured.out == ""


def test_two_where_no_case_runs_in_the_dtype(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify("add-100", "--dtype", "i8", "--adapter", "reference") == 2
    captured = capsys.readouterr()
    assert "none of these cases runs in i8 on reference" in captured.err and captured.out == ""


@pytest.mark.parametrize("argv", [["--dtype", "f64"], ["--timeout", "0"], ["--variant", "plain"]])
def test_two_for_usage(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verify(*argv)
    assert ended.value.code == 2


# A device


@pytest.mark.usefixtures("fakes")
class TestDevice:
    def test_zero_where_every_bit_is_as_shipped(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, document = verify_json(capsys, "S1", "--dtype", "f32")
        assert (status, document["holds"]) == (0, True)
        assert [r["adapter"] for r in document["results"]] == ["reference", "gl:0", "gl:0"]
        assert [r["variant"] for r in document["results"]] == ["default", "default", "barriers"]
        assert [r["standing"] for r in document["results"]] == ["guaranteed", "observed", "observed"]
        seen = document["adapters"][1]["fingerprint"]
        assert (seen["guard"], len(seen["probes"])) == (5, 23)
        assert list(seen["probes"][0]) == ["name", "value", "expected", "control", "required", "only_in"]

    def test_one_where_a_bit_differs_and_where(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "wrong")
        assert verify("S1", "--dtype", "f32") == 1
        out = capsys.readouterr().out
        (row,) = [line.split() for line in out.splitlines() if line.startswith("inference ")]
        assert row[:9] == ["inference", "network", "f32", "✓", "1", "≠", "2", "of", "2"]
        wanted = shipped(CASES["S1"], "f32")
        assert wanted is not None
        (difference,) = [line for line in out.splitlines() if line.startswith("≠ S1 on gl:0: logits")]
        assert "first at index 3" in difference and f"instead of {wanted.values[:16]}…" in difference
        assert "1 of 3 results have the shipped bits" in out

    def test_one_and_no_holding_in_the_document_where_a_device_is_lost(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "segfault")
        monkeypatch.setenv("FAKE_FAULT_CASE", "probes")
        status, document = verify_json(capsys, "S1", "--dtype", "f32")
        assert (status, document["holds"]) == (1, False)
        reference, lost, _ = document["results"]
        assert reference["holds"] is True
        assert (lost["status"], lost["holds"], lost["checks"]) == ("failed", False, [])
        assert "SIGSEGV" in lost["error"]
        assert document["adapters"][1]["fingerprint"] is None

    def test_a_device_that_could_not_be_probed_is_said_to_be(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "raise")
        monkeypatch.setenv("FAKE_FAULT_CASE", "probes")
        assert verify("S1", "--dtype", "f32") == 1
        out = capsys.readouterr().out
        assert "gl:0  Fake device under gl: could not be probed" in out
        assert "failed: the fake device was lost" in out

    def test_zero_where_a_device_cannot_hold_it(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "unsupported")
        assert verify("S1", "--dtype", "f32") == 0
        out = capsys.readouterr().out
        assert "n/a" in out and "1 of 1 results" in out and "2 not supported here: " in out

    def test_a_tier_that_does_not_hold_is_said_not_to(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_ROUNDING", "fused")
        assert verify("S1", "--dtype", "f32") == 0  # its bits are right all the same
        out = capsys.readouterr().out
        assert "exact observed, guarded not here; 17 of 19 probes pass (failing: no contraction, loop-carried" in out
        assert "a bare a*b+c stays unfused: no" in out and "products, sums and divisions guarded" in out

    def test_a_run_says_that_it_claims_nothing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_ROUNDING", "fused")
        monkeypatch.setenv("FAKE_FAULT", "wrong")
        assert main(["run", "S1", "--iterations", "2", "--adapter", "gl:0", "--verbose"]) == 0
        out = capsys.readouterr().out
        assert "guarded, no identity claimed" in out
        assert "the guarded tier does not hold here, no identity claimed" in out
        assert "none claims identity" in out


@pytest.mark.usefixtures("fakes")
class TestAdapters:
    def test_the_document_has_fingerprints(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["adapters", "--json"]) == 0
        seen = {a["id"]: a["fingerprint"] for a in json.loads(capsys.readouterr().out)["adapters"]}
        assert seen["numpy"] is None
        assert seen["reference"]["tiers"] == dict.fromkeys(("integer", "exact", "guarded"), "guaranteed")
        assert seen["gl:0"]["tiers"] == {"integer": "guaranteed", "exact": "observed", "guarded": "observed"}
        assert all(probe["value"] == probe["expected"] and probe["control"] for probe in seen["gl:0"]["probes"])

    def test_people_are_told_with_the_adapter(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["adapters"]) == 0
        lines = capsys.readouterr().out.splitlines()
        at = next(
            index for index, line in enumerate(lines) if line.split() == ["gl:0", *["Fake", "device", "under", "gl"]]
        )
        assert "guarded observed; 19 of 19 probes pass" in lines[at + 3]

    def test_one_that_cannot_be_asked_is_a_failure_and_still_listed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("FAKE_FAULT", "raise")
        monkeypatch.setenv("FAKE_FAULT_CASE", "probes")
        assert main(["adapters", "--json"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert [adapter["id"] for adapter in document["adapters"]][-1] == "gl:0"
        assert document["adapters"][-1]["fingerprint"] is None
        (failure,) = document["failures"]
        assert failure["where"] == "gl:0" and "was lost" in failure["error"]
