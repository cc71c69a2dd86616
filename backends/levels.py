"""CPU instruction levels: NumPy is limited to them by run-time switches of its own and of OpenBLAS.

Sources: NumPy's manual, "CPU/SIMD optimizations" (``NPY_DISABLE_CPU_FEATURES``; features of a build's baseline cannot
be switched off, and names that the build does not know or the processor does not have are ignored); OpenBLAS's README
(``OPENBLAS_CORETYPE``, for builds with ``DYNAMIC_ARCH``). Both are read once, when NumPy is imported. Neither limits
the kernels of the C library, such as memcpy.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Any

from paragon_tui.backends.blas import loaded_blas
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.registry import NUMPY_LEVELS


@dataclass(frozen=True, slots=True)
class Level:
    """An instruction level; ``id`` is that of its adapter, ``label`` its name for people.

    ``features``: NumPy's names of the level, the group's since 2.4 and the feature's before; empty for the level that
    every build has. ``above``: prefixes of the names of all features beyond the level. ``core``: the processor whose
    kernels OpenBLAS should use.
    """

    id: str
    label: str
    features: frozenset[str]
    above: tuple[str, ...]
    core: str


_BASELINE, _AVX2, _AVX512 = NUMPY_LEVELS
LEVELS: tuple[Level, ...] = (
    Level(_BASELINE, "baseline", frozenset(), ("",), "Nehalem"),  # every name starts with ""
    Level(_AVX2, "AVX2", frozenset({"X86_V3", "AVX2"}), ("X86_V4", "AVX512"), "Haswell"),
    Level(_AVX512, "AVX-512", frozenset({"X86_V4", "AVX512_SKX"}), (), "SkylakeX"),
)


def level_of(identity: str) -> Level | None:
    """Return the level of a host adapter; ``None`` if it is not limited."""
    return next((level for level in LEVELS if level.id == identity), None)


def available_levels(openblas: str) -> list[Level]:
    """Return the levels that this processor has and that NumPy, BLAS included, can be limited to; ascending.

    ``openblas``: the description of NumPy's OpenBLAS in its configuration. No level is available except on x86-64 with
    an OpenBLAS that holds kernels for several processors: otherwise products would not be limited, and the adapter's
    name would be wrong.
    """
    if platform.machine().lower() not in ("x86_64", "amd64") or "DYNAMIC_ARCH" not in openblas:
        return []
    baseline, used, _ = _features()
    return [
        level
        for level in LEVELS
        if not level.features
        or (level.features & {*baseline, *used} and not any(name.startswith(level.above) for name in baseline))
    ]


def environment(level: Level) -> tuple[tuple[str, str], ...]:
    """Return the environment variables that limit NumPy and OpenBLAS in a new process."""
    _, used, unused = _features()
    beyond = (name for name in (*used, *unused) if name.startswith(level.above))
    return (
        ("NPY_DISABLE_CPU_FEATURES", " ".join(beyond)),
        ("NPY_ENABLE_CPU_FEATURES", ""),  # NumPy accepts only one of the two
        ("OPENBLAS_CORETYPE", level.core),
    )


def check_limited(level: Level) -> None:
    """Raise ``BackendError`` if NumPy and its BLAS, as loaded in this process, are not at ``level``."""
    baseline, used, _ = _features()
    beyond = [name for name in used if name.startswith(level.above)]
    if beyond:
        raise BackendError(f"NumPy was not limited to {level.label}: it still uses {', '.join(beyond)}")
    if level.features and not level.features & {*baseline, *used}:
        raise BackendError(f"NumPy does not use {level.label} in this environment, only up to {highest_feature()}")
    core = (loaded_blas() or {}).get("architecture")
    if core != level.core:
        raise BackendError(
            f"NumPy's BLAS was not limited to {level.label}: it runs the kernels of {core or 'an unknown processor'}, "
            f"not those of {level.core}"
        )


def highest_feature() -> str:
    """Return NumPy's name of the highest feature that it uses in this process: ``X86_V3`` (``AVX2`` before 2.4)."""
    baseline, used, _ = _features()
    return [*baseline, *used][-1]


def _features() -> tuple[list[str], list[str], list[str]]:
    """Return NumPy's CPU features, ascending: those that its build requires, those used beyond that, those not used."""
    import numpy as np

    names: dict[str, Any] = dict(np.show_config(mode="dicts").get("SIMD Extensions", {}))
    return names.get("baseline", []), names.get("found", []), names.get("not found", [])
