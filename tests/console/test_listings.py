"""Listings of cases and adapters, filtered as for a run, without loading any operation."""

from __future__ import annotations

import json

import pytest

from paragon_tui.cli import main
from paragon_tui.engine.runner.selection import all_cases


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]):
    """Run a command, and give the words of its lines."""

    def words(*argv: str, status: int = 0) -> list[list[str]]:
        assert main(list(argv)) == status
        return [line.split() for line in capsys.readouterr().out.splitlines()]

    return words


def test_cases_are_narrowed_by_suite_operation_and_size(printed) -> None:
    assert printed("cases", "--suite", "layers", "--op", "mat", "--size", "small") == [
        ["operation", "suite", "batch", "sizes"],
        ["matmul", "layers", "–", "256"],
        ["matmul-rectangular", "layers", "–", "small"],
        ["matmul-transposed", "layers", "–", "small"],
        ["matmul-batched", "layers", "–", "small"],
        ["matvec", "layers", "–", "small"],
    ]


def test_an_operation_of_two_suites_has_a_line_in_each(printed) -> None:
    assert printed("cases", "--op", "softmax", "--size", "small")[1:] == [
        ["softmax", "vector", "–", "1024x1024"],
        ["log_softmax", "vector", "–", "1024x1024"],
        ["softmax", "layers", "–", "small"],
        ["softmax-batched", "layers", "–", "small"],
    ]


def test_json_has_the_narrowed_cases_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases", "--json", "--op", "fma", "--size", "1k"]) == 0
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    named = {"suite": "vector", "id": "fma-1k", "operation": "fma", "shape": [1000], "sizes": ["1k", "1000"]}
    assert case == named | {"batch": 1, "variants": {"f32": ["default"], "f16": ["default"]}}


def test_operations_are_listed_a_line_each(printed) -> None:
    everything = printed("run", "--list-ops")
    assert everything[1:3] == [
        ["network", "inference", "10", "1", "default", "plain", "barriers"],
        ["add", "vector", "8", "–", "default"],
    ]
    assert len(everything) == 1 + len({(case.operation, case.suite) for case in all_cases()})
    layers = printed("run", "--list-ops", "--suite", "layers")
    assert [line[0] for line in layers[1:4]] == ["matmul", "matmul-rectangular", "matmul-transposed"]
    assert {line[1] for line in layers[1:]} == {"layers"}


def test_sizes_are_listed_with_their_other_names(printed) -> None:
    assert printed("run", "--list-sizes", "--suite", "vector")[1:] == [
        ["100", "vector", "45"],
        ["1k", "vector", "1000", "45"],
        ["10k", "vector", "10000", "45"],
        ["100k", "vector", "100000", "45"],
        ["1M", "vector", "1000000", "45"],
        ["1024x1024", "vector", "small", "65"],
        ["2048x2048", "vector", "medium", "65"],
        ["4096x4096", "vector", "large", "65"],
    ]


@pytest.mark.parametrize("argv", [["cases"], ["run", "--list-ops"], ["run", "--list-sizes"]], ids=" ".join)
def test_all_suites_can_be_named(argv: list[str], printed) -> None:
    assert printed(*argv, "--suite", "all") == printed(*argv)


@pytest.mark.parametrize("argv", [["cases"], ["run", "--list-ops"], ["run", "--list-sizes"]], ids=" ".join)
def test_what_is_not_there_is_said(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*argv, "--suite", "vectors"]) == 3
    assert "there is no suite 'vectors'; did you mean vector" in capsys.readouterr().err
