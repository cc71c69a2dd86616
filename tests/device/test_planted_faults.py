"""Faults planted in copies of the kernels: ``verify`` tells each of them, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.probes import probe
from paragon_tui.engine.messages.events import Check, Checked
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.verify import verify
from paragon_tui.suites.case import VARIANTS, Case
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.checks import CHECKS
from tests.support.kernels import as_gpu, edited, language_of, opened

pytestmark = pytest.mark.device

CASES = {case.id: case for case in (*(case for suite in SUITES for case in suite.cases), *CHECKS)}


@dataclass(frozen=True)
class Fault:
    """An edit of kernels by language, and a case that shows it.

    ``plan`` is the only one that has it, and ``first`` what the first wrong check is of, if given. ``gpu``: the edit is
    of the plans for GPUs.
    """

    case: str
    cl: tuple[str, str] | None = None
    wgsl: tuple[str, str] | None = None
    dtype: str = "f32"
    variant: str = VARIANTS[0]
    plan: str = ""
    first: str = ""
    gpu: bool = False


_LAYER = "else ((__global total *)y)[row] = sum;"
_COUNT = "if (start == 0u) { step[0] += 1u; }"
_MAPPED = "keep(results_at(x, i, 8, zero), y, i, 8, PACKED, zero);"
_MAPPED_WORD = "y[word] = word_with("

FAULTS = {
    "tree reordered": Fault(
        "S1",
        ("settled8(a0 + a4)", "settled8(a0 + a5)"),
        ("sum(sum(a, e), sum(c, g))", "sum(sum(a, f), sum(c, g))"),
    ),
    "lanes swapped": Fault(
        "S1",
        ("tree(a[0], a[1],", "tree(a[0], a[2],"),
        ("shared_pair(item + 14u)", "shared_pair(item + 12u)"),
        gpu=True,
    ),
    "ragged rest skipped": Fault(
        "relu-1003",
        ("if (i < end) keep(", "if (0) keep("),
        ("word * EACH < parameters.n;", "word * EACH < parameters.n / 8u * 8u;"),
    ),
    "one row's unit in the plan of one launch": Fault(
        "S2",
        ("else logits[row] = sum;", "else logits[row] = as_float(as_uint(sum) ^ (row == 7));"),
        plan="forward",
    ),
    "one row's unit in the plan of a launch a layer": Fault(
        "S2",
        (_LAYER, "else ((__global uint *)y)[row] = as_uint(sum) ^ (row == 7);"),
        plan="rows",
    ),
    "one integer row's unit": Fault(
        "S2",
        (_LAYER, "else ((__global total *)y)[row] = sum + (row == 7);"),
        ("y[first + i] = bitcast<u32>(v);", "y[first + i] = bitcast<u32>(v) + select(0u, 1u, first + i == 7u);"),
        dtype="i8",
        plan="rows",
    ),
    "one half's unit": Fault(
        "relu-1003",
        ("= convert_ushort8(bits);", "= convert_ushort8(bits ^ (uint8)(i == 800, 0, 0, 0, 0, 0, 0, 0));"),
        (_MAPPED_WORD, _MAPPED_WORD.replace("=", "= select(0u, 65536u, word == 400u) ^")),
        dtype="f16",
    ),
    "the language's own exp": Fault(
        "exp-1003",
        ("const real y = add(add(mul(p, mul(r, r)), r), 1.0f);", "return as_word(native_exp(x)); const real y = p;"),
        ("let scaled = bitcast<u32>(y)", "if (value < 9.0) { return exp(value); } let scaled = bitcast<u32>(y)"),
    ),
    "a velocity wrong at step 57": Fault(
        "training-2x5x1x60x100000@4",
        ("step[0] += 1;", "{ if (step[0] == 56) *(__global uint *)velocities ^= 1; step[0] += 1; }"),
        (_COUNT, f"if (start == 0u && step[0] == 56u) {{ velocities[0] = -velocities[0]; }} {_COUNT}"),
        first="states at step 57",
    ),
    "one element of a million": Fault(
        "relu-1M",
        (_MAPPED, f"{{ {_MAPPED} if (i == 777776) y[i] ^= 1u; }}"),
        (_MAPPED_WORD, _MAPPED_WORD.replace("=", "= select(0u, 1u, word == 777776u) ^")),
    ),
}


def checks(fault: Fault, case: Case, adapter: Adapter, cache: Path) -> list[Check]:
    """Return what ``verify`` finds: the device is opened and probed as in a worker."""
    with opened(adapter) as device:
        planned = as_gpu(adapter) if fault.gpu else adapter
        job = Job(case, planned, fault.dtype, fault.variant)
        *_, last = verify(job, DeviceSession(device, probe(device)), cache)
    assert isinstance(last, Checked)
    return list(last.checks)


@pytest.mark.parametrize("name", FAULTS)
def test_verify_tells_it(name: str, device_adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = FAULTS[name]
    edit = fault.cl if language_of(device_adapter) == "cl" else fault.wgsl
    if edit is None:
        pytest.skip("that plan is none of this language's")
    case = CASES[fault.case]
    with edited(monkeypatch, *edit):
        found = checks(fault, case, device_adapter, tmp_path)
    wrong = [check for check in found if not check.holds]
    assert wrong and all(fault.plan in check.name for check in wrong)
    assert wrong[0].name.startswith(fault.first)
    assert fault.first or all(check.first_difference is not None for check in wrong)
    assert all(check.holds for check in checks(fault, case, device_adapter, tmp_path))
