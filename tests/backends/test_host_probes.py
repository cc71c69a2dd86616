"""NumPy is probed in this process: a changed mode of the processor and a wrong kernel are caught, and told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends import host_probes
from paragon_tui.backends.fingerprint import Fingerprint, Tiers
from paragon_tui.backends.host_probes import UnsoundHost, check_host, probe_host
from tests.support.floating_point import DOWN, FLUSH_OPERANDS, FLUSH_RESULTS, TOWARD_ZERO, UP, mode

ROUNDED = {"sum to nearest", "product to nearest", "quotient to nearest", "root to nearest", "binary64 to nearest"}
Operation = Callable[..., Any]


@pytest.fixture
def anew() -> Iterator[None]:
    """Probe anew, with the functions that NumPy has during the test."""
    host_probes._probes.cache_clear()
    host_probes._probed.cache_clear()
    yield
    host_probes._probes.cache_clear()
    host_probes._probed.cache_clear()


def failing(seen: Fingerprint) -> set[str]:
    return {result.name for result in seen.probes if not result.holds}


def test_here_every_probe_holds_and_every_tier_is_guaranteed() -> None:
    seen = probe_host()
    assert not failing(seen), str(seen)
    assert seen.tiers == Tiers("guaranteed", "guaranteed", "guaranteed")
    assert not seen.has_kernels
    check_host()


def test_a_control_has_other_right_results_than_its_probe() -> None:
    for probe in host_probes._probes():
        assert probe.forms[0].right.shape == probe.control.right.shape
        assert (probe.forms[0].right != probe.control.right).any(), probe.name


def test_every_probe_is_required_by_a_tier() -> None:
    assert all(set(probe.required) & {"integer", "exact", "guarded"} for probe in host_probes._probes())


@pytest.mark.parametrize("direction", [DOWN, UP, TOWARD_ZERO], ids=["down", "up", "toward zero"])
def test_another_direction_of_rounding_is_caught(direction: int) -> None:
    with mode(direction):
        seen = probe_host()
        with pytest.raises(UnsoundHost, match="does not compute as IEEE 754 defines"):
            check_host()
    assert failing(seen) >= ROUNDED, str(seen)
    assert seen.tiers == Tiers("not here", "not here", "not here")
    check_host()


@pytest.mark.parametrize(
    ("bits", "lost"),
    [
        (FLUSH_RESULTS, {"subnormal results kept"}),
        (FLUSH_OPERANDS, {"subnormal operands kept"}),
        (FLUSH_RESULTS | FLUSH_OPERANDS, {"subnormal results kept", "subnormal operands kept"}),
    ],
    ids=["results", "operands", "both"],
)
def test_flushed_subnormals_are_caught(bits: int, lost: set[str]) -> None:
    with mode(bits):
        seen = probe_host()
    assert failing(seen) == lost
    assert seen.tiers == Tiers("guaranteed", "not here", "not here")


def test_the_mode_is_that_of_the_thread_that_asks() -> None:
    seen: list[Fingerprint] = []
    thread = Thread(target=lambda: seen.append(probe_host()))
    with mode(TOWARD_ZERO):
        assert failing(probe_host())
    thread.start()
    thread.join()
    assert not failing(seen[0])


def test_an_error_names_what_is_preloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/opt/fast.so")
    with mode(UP), pytest.raises(UnsoundHost, match=r"and \d more\).*-ffast-math.*LD_PRELOAD is /opt/fast\.so"):
        check_host()


def wrong_at(place: int) -> Callable[[Operation], Operation]:
    """Return what makes an operation wrong by a unit at one place of every vector that is long enough."""

    def spoiled(operation: Operation) -> Operation:
        def spoil(*operands: Any, **options: Any) -> Any:
            result = operation(*operands, **options)
            if np.ndim(result) == 1 and result.size > place:
                result[place:].view(f"u{result.dtype.itemsize}")[:1] ^= 1
            return result

        return spoil

    return spoiled


def by_reciprocals(divide: Operation) -> Operation:
    return lambda a, b, **options: np.multiply(a, divide(np.ones_like(b), b), **options)


def of_strided_operands(operation: Operation) -> Operation:
    """Wrong where an operand is strided."""

    def spoil(*operands: Any, **options: Any) -> Any:
        result = operation(*operands, **options)
        if any(np.ndim(x) == 1 and x.strides[0] > x.itemsize for x in operands):
            result[-1:].view(f"u{result.dtype.itemsize}")[:] ^= 1
        return result

    return spoil


@pytest.mark.parametrize(
    ("function", "fault", "lost"),
    [
        ("add", wrong_at(0), {"sum to nearest", "binary64 to nearest", "integers wrap"}),
        ("add", wrong_at(520), {"sum to nearest", "binary64 to nearest", "integers wrap"}),
        ("add", of_strided_operands, {"sum to nearest", "binary64 to nearest", "integers wrap"}),
        ("subtract", wrong_at(30), {"sum to nearest", "integers wrap"}),
        (
            "multiply",
            wrong_at(511),
            {
                *("product to nearest", "subnormal operands kept", "subnormal results kept"),
                *("binary64 to nearest", "integers wrap"),
            },
        ),
        ("divide", by_reciprocals, {"quotient to nearest", "binary64 to nearest"}),
        ("sqrt", wrong_at(1), {"root to nearest", "binary64 to nearest"}),
        ("maximum", wrong_at(3), {"larger and smaller"}),
        ("rint", lambda rint: lambda x: np.floor(x + 0.5), {"whole numbers to nearest"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_kernel_is_caught_by_name(
    function: str, fault: Callable[[Operation], Operation], lost: set[str], anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np, function, fault(getattr(np, function)))
    assert failing(probe_host()) == lost
