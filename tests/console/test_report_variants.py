"""The lines of a report about variants and throughput."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paragon_tui.cli import main
from tests.support.documents import Document, numpy, rated, write_session

pytestmark = pytest.mark.usefixtures("folder")

MLP: Document = {"suite": "mlp", "operation": "mlp-forward", "size": "small"}
HALF = {
    "value": 0.5,
    "interval": {"low": 0.45, "high": 0.55},
    "judgement": "slower",
    "baseline_ms": 2.0,
    "busy": False,
}
RATE = {"value": 51_234.4, "interval": None, "unit": "samples/s", "count": 256.0}
NAME = "mlp-small-forward"


def mlp(variant: str, **changes: Any) -> Document:
    return rated(2.0, NAME, variant=variant, **(MLP | {"rate": RATE} | changes))


def reported(capsys: pytest.CaptureFixture[str], *results: Document, format: str = "md") -> str:
    assert main(["report", write_session("a.json", *results), "--format", format]) == 0
    return capsys.readouterr().out


def test_variants_and_rates_have_tables(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = mlp("for-loop", variant_speedup=HALF, bit_identical=False)
    text = reported(capsys, mlp("tiled"), mlp("vector", variant_speedup=HALF), wrong)
    _, _, variants = text.partition("## Kernel variants\n\n")
    assert variants.startswith(
        "| case | dtype | adapter | variant | vs the default variant |\n"
        "| --- | --- | --- | --- | --- |\n"
        f"| {NAME} | f32 | opencl:0 | vector | 0.50× [0.45, 0.55] slower |\n\n"  # wrong bits are not fast
        "## Throughput, end to end\n\n"
        "| result | throughput |\n"
        "| --- | --- |\n"
        f"| {NAME} on opencl:0 | 51,234 samples/s |\n"
        f"| {NAME}:vector on opencl:0 | 51,234 samples/s |\n\n"
        "## Red flags"
    )


def test_the_usual_variant_stands_under_the_adapters_name(capsys: pytest.CaptureFixture[str]) -> None:
    text = reported(capsys, numpy(NAME, **MLP), mlp("tiled"), mlp("vector"))
    assert "| size | numpy ms | opencl:0 ms | vs numpy | opencl:0 vector ms | vs numpy | fastest |" in text


def test_without_either_there_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    text = reported(capsys, rated(2.0, "S1"))
    assert "## Variants" not in text and "## Rates" not in text


def test_the_document_has_both(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(reported(capsys, mlp("tiled"), mlp("vector", variant_speedup=HALF), format="json"))
    usual, vector = document["operations"][0]["sizes"][0]["results"]
    assert (usual["variant_speedup"], vector["variant_speedup"]) == (None, HALF)
    assert (usual["rate"], vector["rate"]) == (RATE, RATE)
