"""``--batch-size``, ``--learning-rate``, ``--variant`` and ``--sweep`` as they are typed, and what is said of them."""

from __future__ import annotations

import json

import pytest

from paragon_tui.backends.cores import usable_cores
from paragon_tui.cli import main
from tests.console.conftest import QUICK, recorded

HOSTS = ["--adapter", "numpy", "--adapter", "reference"]

pytestmark = pytest.mark.usefixtures("fakes")


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Return the message on stderr; the status is 2, whether argparse or the command refuses."""
    status: str | int | None
    try:
        status = main([*argv])
    except SystemExit as ended:
        status = ended.code
    captured = capsys.readouterr()
    assert (status, captured.out, "Traceback" in captured.err) == (2, "", False)
    return captured.err


@pytest.mark.parametrize("batch", ["0", "-3", "2.5", "many", "16777217"])
def test_what_is_no_batch_is_refused(batch: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "run", "S1", f"--batch-size={batch}")
    assert f"argument --batch-size: '{batch}' is not a batch: a whole number of samples from 1 to 16,777,216" in error


@pytest.mark.parametrize(
    ("batches", "words"),
    [("1,,8", "'' is not a batch"), ("0,8", "'0' is not a batch"), ("8,8", "'8,8' names the batch 8 twice")],
)
def test_what_is_no_list_of_batches_is_refused(batches: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"argument --batch-size: {words}" in refused(capsys, "run", "S1", "--batch-size", batches)


@pytest.mark.parametrize(
    ("threads", "words"),
    [
        ("1,,2", "argument --threads: '' is not a whole number from 1 to"),
        ("0", "argument --threads: '0' is not a whole number from 1 to"),
        ("2,2", "argument --threads: '2,2' names 2 threads twice"),
        ("1,100000", "--threads 1,100000: this program may use "),
    ],
)
def test_what_is_no_list_of_threads_is_refused(threads: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in refused(capsys, "run", "S1", "--threads", threads)


@pytest.mark.skipif(usable_cores() < 2, reason="one core has no two numbers of threads")
def test_each_of_several_numbers_of_threads_is_measured_and_a_table_says_what_they_gain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    argv = ["run", "S1", "--threads", "1,2", "--adapter", "numpy", "--adapter", "gl:0", *QUICK]
    assert main([*argv, "--json", "-"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["threads"], document["listed"]) == (None, ["numpy@1", "numpy@2", "gl:0"])
    one, two, device = document["results"]
    assert [each["adapter"] for each in (one, two, device)] == ["numpy@1", "numpy@2", "gl:0"]
    assert [each["threads"] for each in (one, two)] == [1, 2]
    assert device["cpu_threads"] is not None and (one["speedup"], two["speedup"]) == (None, None)
    lines = captured.err.splitlines()
    (begin,) = [number for number, line in enumerate(lines) if line.startswith("Scaling with threads: speed-up is")]
    rows = [line.split() for line in lines[begin + 2 : begin + 4]]
    assert [row[:3] for row in rows] == [["S1", "numpy", "1"], ["S1", "numpy", "2"]]
    ratio = one["latency_ms"]["median"] / two["latency_ms"]["median"]
    assert float(rows[1][5].rstrip("×")) == pytest.approx(ratio, abs=0.01)
    assert main(["compare", "last", "last"]) == 0
    assert "numpy@2" in capsys.readouterr().out


@pytest.mark.parametrize("rate", ["0", "-0.1", "nan", "inf", "fast", "3000", "0.0000001"])
def test_what_is_no_learning_rate_is_refused(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"argument --learning-rate: '{rate}' " in refused(capsys, "run", "S1", f"--learning-rate={rate}")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["run", "add-1k", "--batch-size", "64"], "--batch-size: none of these cases takes a batch; networks and"),
        (["run", "S1", "--learning-rate", "0.1"], "--learning-rate: none of these cases has a learning rate;"),
        (["run", "S1", "--sweep", "--variant", "plain"], "--sweep measures every variant, so it cannot be combined"),
        (["verify", "--batch-size", "64"], "verify checks the shipped digests, which are those of its own batches;"),
        (
            ["run", "S1", "--variant", "vector", "--variant", "for-loop"],
            "there is no vector or for-loop kernel in f32 on numpy, reference, vulkan:0, gl:0; "
            "these cases have default, plain, barriers",
        ),
        (["run", "add-1k", "--dtype", "i8", "--sweep"], "none of these cases runs in i8 on numpy, reference,"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_refused_before_anything_runs(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"paragon-tui: {words}" in refused(capsys, *argv)


def test_a_batch_is_for_what_takes_one_and_the_others_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "S1", "add-1k", "--batch-size", "4", *HOSTS, *QUICK, "--verbose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "--batch-size has no effect on add" in lines
    assert [line for line in lines if line.startswith("===")] == [
        *(f"=== S1@4 (784 → 64 → 10, batch 4) · {host} ===" for host in ("numpy", "reference")),
        *(f"=== add-1k (1,000) · {host} ===" for host in ("numpy", "reference")),
    ]
    work = [line for line in lines if line.startswith("Throughput: ")]
    assert len(work) == 2 and all(line.endswith("; 4 samples per run") for line in work)
    for host, line in zip(("numpy", "reference"), work, strict=True):
        found = recorded(host).timings.latency_ms
        assert found is not None and (" samples/s [" in line) == (found.interval is not None)


def test_each_of_several_batches_is_measured_and_a_table_says_what_they_gain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    argv = ["run", "S1", "add-1k", "train-xor", "--batch-size", "8,1", *HOSTS, *QUICK]
    assert main([*argv, "--json", "-"]) == 0
    captured = capsys.readouterr()
    found = {(result["case"], result["adapter"]): result for result in json.loads(captured.out)["results"]}
    cases = ["S1@8", "S1", "add-1k", "train-xor@8", "train-xor@1"]
    assert list(found) == [(case, host) for case in cases for host in ("numpy", "reference")]
    assert [found[case, "numpy"]["batch"] for case in cases] == [8, 1, 1, 8, 1]
    lines = captured.err.splitlines()
    (begin,) = [number for number, line in enumerate(lines) if line.startswith("Scaling with the batch: gain is")]
    end = lines.index("", begin)
    rows = {(words[0], words[1]): words for words in map(str.split, lines[begin:end]) if len(words) == 9}
    assert list(rows) == [
        (case, host)
        for pair in (("S1", "S1@8"), ("train-xor@1", "train-xor@8"))
        for host in HOSTS[1::2]
        for case in pair
    ]
    one, eight = (found[case, "numpy"]["latency_ms"]["median"] for case in ("S1", "S1@8"))
    assert rows["S1", "numpy"][-1] == "1.00×"
    assert float(rows["S1@8", "numpy"][-1].rstrip("×")) == pytest.approx(8 * one / eight, rel=0.01)


def test_a_shape_of_ones_own_runs_in_a_batch(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["run", "--shape", "20,8,3", "--batch-size", "5", *HOSTS, *QUICK, "--json", "-"]
    assert main(argv) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [(result["case"], result["batch"], result["rate"]["unit"]) for result in results] == [
        ("20-8-3@5", 5, "samples/s")
    ] * 2
    assert all(len(result["logits"]) == 15 for result in results)


def test_a_sweep_measures_every_variant_and_sets_them_beside_the_usual_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "S1", "--sweep", "--adapter", "gl:0", *QUICK, "--json", "-"]) == 0
    captured = capsys.readouterr()
    usual, plain, barriers = json.loads(captured.out)["results"]
    assert [result["variant"] for result in (usual, plain, barriers)] == ["default", "plain", "barriers"]
    assert usual["variant_speedup"] is None
    for other in (plain, barriers):
        beside = other["variant_speedup"]
        assert beside["value"] == pytest.approx(usual["latency_ms"]["median"] / other["latency_ms"]["median"], rel=0.05)
        assert beside["interval"]["low"] <= beside["value"] <= beside["interval"]["high"]
        assert beside["judgement"] in ("same", "unclear", "faster", "slower")
    (line,) = (line for line in captured.err.splitlines() if line.startswith("Variants: S1 "))
    assert line.startswith("Variants: S1 f32 on gl:0: default 1, plain ")
    assert "not there" not in captured.err  # a sweep asks for no more than there is


def test_a_named_variant_that_some_have_is_measured_of_those(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "S1", "add-1k", "--variant", "plain", "--adapter", "gl:0", *QUICK, "--verbose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "not available in f32 plain: add" in lines
    assert [line for line in lines if line.startswith("===")] == ["=== S1:plain (784 → 64 → 10) · gl:0 ==="]
