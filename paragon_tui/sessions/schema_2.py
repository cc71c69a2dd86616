"""Schema 2 of session documents, which had no version of the arithmetic, brought to schema 3."""

from __future__ import annotations

from typing import Any

SCHEMA = 2

_RENAMED = {"throughput": "launch_cost", "compared": "sampled_indices"}


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return a decoded document of schema 2 as one of schema 3. What is damaged stays as it is."""
    results = document["results"]
    if isinstance(results, list):
        results = [_result(result) if isinstance(result, dict) else result for result in results]
    return document | {"schema": 3, "results": results}


def _result(old: dict[str, Any]) -> dict[str, Any]:
    """Return a result; all of schema 2 have version 1 of the arithmetic.

    The first of them had no ``operation``, ``size``, ``driver``, ``shape`` and ``batch``.
    """
    first = {"driver": "", "shape": "", "batch": 1}
    names = {"operation": old.get("operation") or old.get("suite"), "size": old.get("size") or old.get("case")}
    renamed = {_RENAMED.get(name, name): value for name, value in old.items()}
    return first | renamed | names | {"arithmetic": 1, "training": _training(old.get("training"))} | _softmax(old)


def _training(training: Any) -> Any:
    return training | {"checkpoints": training.get("looks")} if isinstance(training, dict) else training


def _softmax(old: dict[str, Any]) -> dict[str, Any]:
    """Return the comparison of a network's softmax with the reference's.

    Schema 2 says only how large the difference is, so that any difference counts as one ULP, the least there is.
    """
    largest = old.get("output_max")
    if not isinstance(largest, int | float):
        return {}
    return {"output_bit_identical": not largest, "output_ulp_max": int(bool(largest))}
