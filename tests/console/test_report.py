"""The text that ``paragon-tui run`` prints for people."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.cli import main
from paragon_tui.engine.messages.events import Finished
from paragon_tui.engine.messages.figures import Ratio, Summary
from paragon_tui.engine.messages.job import FAST, Job
from paragon_tui.engine.runner.selection import CaseFilter, select_cases
from paragon_tui.formatting.quantities import duration
from paragon_tui.sessions import paths
from tests.console.conftest import QUICK, recorded
from tests.support.examples import NUMPY, figures, planned, started
from tests.support.sessions import record

CASES = ["S1", "S2", "S3"]
FIGURE = r"\d[\d.]*"
INTERVAL = rf" \[{FIGURE}, {FIGURE}\]"

pytestmark = pytest.mark.usefixtures("fakes")


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]):
    """Run, and give the lines that were printed."""

    def lines(*argv: str, status: int = 0) -> list[str]:
        assert main(["run", *argv]) == status
        return capsys.readouterr().out.splitlines()

    return lines


def match(pattern: str, line: str) -> bool:
    return re.fullmatch(pattern, line) is not None


def interval_of(figure: Summary | Ratio) -> str:
    """The pattern of the interval that stands behind a figure if it has one."""
    return INTERVAL if figure.interval else ""


# A result


def test_the_block_that_paragon_pys_users_know(printed) -> None:
    lines = printed("S1", *QUICK, "--adapter", "gl:0", "--verbose")
    assert match(r"adapter discovery: (\w+ [\d.]+ ms(, )?)+", lines[2])
    assert lines[4:7] == [
        "🚀 GPU Selected: Fake device under gl (Nobody) - Type: cpu  [gl:0]",
        "=== S1 (784 → 64 → 10) · gl:0 ===",
        "GPU init: [ok]  in 1.25 ms  enabled=yes",
    ]
    cpu, ratio = recorded("numpy").timings.latency_ms, recorded("gl:0").timings.speedup
    assert cpu is not None and ratio is not None
    assert match(rf"CPU  ⏱ {FIGURE} ms{interval_of(cpu)}(  \(.+\))?", lines[7])
    assert match(rf"GPU  ⏱ 2\.0\d+ ms{INTERVAL}  \(device 1\.5\d+ ms{INTERVAL}\)", lines[8])
    verdict = {"slower": "slower than NumPy", "unclear": "unclear"}[ratio.judgement]
    assert match(rf"Speedup: {FIGURE}×{interval_of(ratio)}, {verdict}", lines[9])
    assert "Δ(CPU vs GPU)  mae=0.00E+00  max=0.00E+00  (n=10)" in lines
    assert "Kernels: rows  guarded, identity observed" in lines
    assert any(line.startswith("Bits: ✓ identical to the reference") for line in lines)
    assert f"{0:3d} | {-0.08137713372707367:>22.14g} | {-0.08137713372707367:>22.14g} | {0.0:>16.6e}" in lines
    assert lines[-1] == "1 of 1 results measured; 1 of 1 that claim the reference's bits have them."
    assert not any("Overhead of a sample" in line for line in lines)  # that is for --explain


def test_the_baseline_says_what_it_computes_with(printed) -> None:
    lines = printed("S1", *QUICK, "--adapter", "numpy", "--threads", "1", "--verbose")
    (cpu,) = [line for line in lines if line.startswith("CPU")]
    if "OpenBLAS" not in cpu:
        pytest.skip("this NumPy multiplies with another BLAS")
    found = recorded("numpy").timings.latency_ms
    assert found is not None
    assert match(rf"CPU  ⏱ {FIGURE} ms{interval_of(found)}  \(OpenBLAS [^,]+, 1 thread\)", cpu)


def test_what_the_samples_say_stands_under_the_medians(printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TIMES", "constant")
    lines = printed("S1", "--adapter", "gl:0", "--min-time", "0.05", "--verbose")
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    assert match(rf"(\w+ {FIGURE} · )+mean {FIGURE} ± {FIGURE} · n \d+ · total {FIGURE} ms", fields["Samples"])
    assert match(r"\d+ visits, 1 process", fields["Measured in"])
    assert match(rf"device 1\.250 ms · compile 10\.000 ms · upload 3\.500 ms · first run {FIGURE} ms", fields["Setup"])
    assert match(rf"{FIGURE} GFLOP/s · {FIGURE} GB/s · {FIGURE} % of peak .+", fields["Roofline"])
    assert fields["Chained"].endswith("up to 8 runs per submission: computing dominates (at least 75 %)")
    assert "empty round trip 500.0 µs" in fields["Overhead"]
    assert match(r".+ MiB peak on the host, 1 MiB on the device", fields["Memory"])
    assert match(r"same bits every time \(checked \d+ times\)", fields["Determinism"])
    assert not any("left out" in line for line in lines)


def test_a_failure_says_what_and_goes_on(printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "raise")
    out = "\n".join(printed("S1", *QUICK, "--verbose", status=1))
    assert "failed: the fake device was lost; plug it in again" in out
    broken = out.split("· vulkan:0")[1].split("===")[1]
    assert "GPU  ⏱ not measured" in broken and "Speedup: not measured" in broken
    assert not re.search(r"\b(0\.00|inf|nan)\b", broken)  # what did not run has no numbers


# Ahead of a run


def test_the_order_the_number_and_the_time_are_announced_without_colour(printed) -> None:
    lines = printed("S1", "S2", *QUICK)
    begun = "8 results: 2 cases (S1, S2), adapters in turns (numpy, reference, vulkan:0, gl:0); about "
    session, _, plan = lines[0].partition(": ")
    assert match(r"session \d{8}-\d{6}-[0-9a-f]{4}", session)
    assert plan.startswith(begun) and match(r"\d+ s", plan.removeprefix(begun))
    assert lines[1] == (
        "0.05 s of samples per result, so intervals are wide; left out: cold caches, chained runs, peak rates"
    )
    assert not any("\x1b" in line for line in lines)
    assert not any(line.startswith("→") for line in lines)  # two sizes carry no advice


def test_a_run_of_everything_says_how_long_it_takes_and_goes_on(printed) -> None:
    """All suites, narrowed to one case, which took an hour before."""
    (case,) = select_cases(CaseFilter(("mean-100",)))
    result = replace(planned("S1", NUMPY), id=Job(case, NUMPY, "f32").id, case=case)
    before = started(result, sampling=replace(FAST, iterations=10))
    record(paths.database(), before, figures(result.id, 1.0), Finished(result.id, "ok", 3600.0))
    lines = printed("--suite", "all", "--op", "mean", "--size", "100", "--adapter", "numpy", *QUICK)
    assert lines[0].endswith(": 1 result: 1 case (mean-100), adapters in turns (numpy); about 1 h 00 min")
    assert lines[1] == "ctrl+c stops it and keeps the results so far"
    assert lines[-1].startswith("1 of 1 results measured")


def test_a_run_is_expected_to_take_what_it_took_before(printed, tmp_path: Path) -> None:
    argv = ("S1", "S2", *QUICK, "--adapter", "gl:0", "--adapter", "numpy")
    printed(*argv, "--json", str(tmp_path / "first.json"))
    results = json.loads((tmp_path / "first.json").read_text(encoding="utf-8"))["results"]
    took = sum(result["elapsed_s"] for result in results)
    assert printed(*argv)[0].endswith(f"; about {duration(took)}")


# The summary


def rows(lines: list[str], heading: str) -> list[list[str]]:
    """The cells of the table under ``heading``'s first column, a row each, until one is no row of it."""
    start = next(index for index, line in enumerate(lines) if line.startswith(heading))
    return [re.split(r"\s{2,}", line.strip()) for line in lines[start:]]


def test_the_table_has_times_widths_ratios_and_bits_and_is_all_that_quiet_prints(printed) -> None:
    lines = printed("S1", *QUICK, "--quiet")
    assert not any(words in line for line in lines for words in ("===", "in turns", "left out"))
    table = rows(lines, "case")
    assert table[0] == ["case", "adapter", "median", "95 %", "device", "vs numpy", "bits"]
    numpy, reference, vulkan, gl = table[1:5]
    assert [row[1] for row in (numpy, reference, vulkan, gl)] == ["numpy", "reference", "vulkan:0", "gl:0"]
    assert match(r"2\.0\d ms!?", gl[2]) and match(r"±\d+\.\d %", gl[3]) and match(r"1\.5\d ms", gl[4])
    assert match(rf"{FIGURE}×[↓?]", gl[5]) and gl[6] == "✓"  # four samples may leave it open
    assert numpy[4] == "–"
    assert numpy[-1].startswith("≠")


def test_a_doubt_marks_its_median_and_is_said_below(printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TIMES", "drifting")
    lines = printed("S1", "--fast", "--iterations", "200", "--adapter", "gl:0", "--verbose")
    assert any(line.startswith("! drifting: rises by ") for line in lines)
    row = rows(lines, "case")[1]
    assert row[2].endswith("!")
    assert "! drifting: S1 on gl:0" in lines


def test_advice_says_when_to_use_which(printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TIMES", "quiet")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # two threads wait for each other beside other tests
    lines = printed(*CASES, "--fast", "--adapter", "gl:0", "--quiet")
    # NumPy's times are this machine's: beside other tests some of them say nothing, and then there is no advice.
    verdicts = [cells[5] for cells in rows(lines, "case")[1 : 1 + len(CASES)]]
    advised = "→ gl:0: slower than NumPy at every size measured, S1 to S3" in lines
    assert advised == all(verdict.endswith("↓") for verdict in verdicts)


def test_spread_shows_extremes_and_totals(printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TIMES", "constant")
    lines = printed("S1", "--adapter", "gl:0", "--iterations", "20", "--spread")
    (begin,) = [number for number, line in enumerate(lines) if line.startswith("Spread of the samples, ms")]
    text = " ".join(lines[begin + 1 : begin + 3])
    assert all(word in text for word in ("samples", "median", "deviation", "minimum", "maximum", "total"))
    (row,) = [line for line in lines[begin:] if line.startswith("S1 on gl:0")]
    assert row.split()[3:] == ["20", "2.000", "2.000", "±", "0", "2.000", "2.000", "40.000"]
    assert "Spread" not in "\n".join(printed("S1", "--adapter", "gl:0", "--iterations", "20"))


def test_explain_shows_what_the_harness_adds(printed) -> None:
    lines = printed("S1", *QUICK, "--explain")
    assert lines[1] == "0.05 s of samples per result, so intervals are wide; left out: cold caches, chained runs"
    assert any(line.startswith("Overhead per sample, µs") for line in lines)
    table = rows(lines, "case  adapter")
    assert table[0] == [
        "case",
        "adapter",
        "loop",
        "harness code",
        "latency - device",
        "empty round trip",
        "ratio",
    ]
    by_adapter = {row[1]: row[2:] for row in table[1:5]}
    assert match(FIGURE, by_adapter["gl:0"][0])
    assert by_adapter["gl:0"][1] == "5.0" and by_adapter["gl:0"][3] == "500.0"
    assert 0.9 < float(by_adapter["gl:0"][4]) < 1.1
    assert by_adapter["numpy"][1:] == ["–", "–", "–", "–"]


# Fresh processes


def test_fresh_processes_are_announced_and_counted(printed) -> None:
    lines = printed("S1", *QUICK, "--adapter", "gl:0", "--repeat", "3", "--verbose")
    assert "in turns (gl:0, plus NumPy as the baseline), in 3 processes each; about" in lines[0]
    assert any(line.startswith("Measured in: ") and line.endswith(" visits, 3 processes") for line in lines)
