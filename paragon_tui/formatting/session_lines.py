"""Lines about a whole session: what it will measure, what is doubtful, what to make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.formatting.quantities import counted, duration, milliseconds, shortlist
from paragon_tui.formatting.timings import doubtful_flags, variant_ratios
from paragon_tui.suites.case import DTYPES, USUAL
from paragon_tui.suites.catalogue import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paragon_tui.engine.analysis.crossover import Advice
    from paragon_tui.engine.messages.job import Sampling
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

_FEW = 4  # results named one by one; more are counted


def variant_lines(session: Session) -> list[str]:
    """``mlp-small-forward f32 on opencl:0: tiled 1, vector 0.42× …``: a line a case, dtype and adapter."""
    lines: dict[tuple[str, str, str], str] = {}
    for result in session.listed:
        id_ = result.id
        place = (id_.case, id_.dtype, id_.adapter)
        if place not in lines and (words := variant_ratios(session, result)):
            lines[place] = f"{id_.case} {id_.dtype} on {id_.adapter}: {words}"
    return list(lines.values())


def flag_lines(results: Sequence[Result]) -> list[str]:
    """``noisy: S1 on gl:0, M2 on vulkan:0``: a line a flag; many are counted."""
    by_name: dict[str, list[Result]] = {}
    for result in results:
        for flag in doubtful_flags(result):
            by_name.setdefault(flag.name, []).append(result)
    return [
        f"{name}: {result_names(some, results)}"
        + (" (their blocks and --json say how much)" if len(some) > _FEW else "")
        for name, some in by_name.items()
    ]


def result_names(some: Sequence[Result], results: Sequence[Result]) -> str:
    """Few results by name, many as ``35 of 50 results``."""
    if len(some) > _FEW:
        return f"{len(some)} of {counted(len(results), 'result')}"
    return ", ".join(str(result.id) for result in some)


def advice_lines(found: Sequence[Advice]) -> list[str]:
    """``opencl:0: faster than NumPy at every size measured, S1 to XL2``, the dtype beside it where not the usual.

    Of a suite of many operations those of which the same can be said share a line: ``opencl:0: add, sub: …``; one that
    several suites have, each at sizes of its own, is told with the suite.
    """
    operations: dict[tuple[str, str], list[str]] = {}
    for one in found:
        beside = [word for word, usual in ((one.dtype, DTYPES[:1]), (one.variant, USUAL)) if word not in usual]
        names = operations.setdefault((" ".join([one.adapter, *beside]), one.words), [])
        if one.suite != DEFAULT:
            several = len({other.suite for other in found if other.operation == one.operation}) > 1
            names.append(f"{one.suite} {one.operation}" if several else one.operation)
    return [
        f"{adapter}: {', '.join(names)}: {words}" if names else f"{adapter}: {words}"
        for (adapter, words), names in operations.items()
    ]


def announcement(session: Session) -> str:
    """How many results, in which order, how long."""
    listed = session.listed
    labels = list(dict.fromkeys(result.id.label for result in listed))
    adapters = list(dict.fromkeys(result.id.adapter for result in listed))
    beside = (
        f", and NumPy beside {'it' if len(adapters) == 1 else 'them'}" if len(session.results) > len(listed) else ""
    )
    sampling = session.sampling
    processes = f", in {sampling.repeat} processes each" if sampling and sampling.repeat > 1 else ""
    seconds = sum(result.expected_s for result in session.results.values())
    return (
        f"{counted(len(listed), 'result')}: {counted(len(labels), 'case')} ({shortlist(labels)}), "
        f"the adapters of each in turns ({', '.join(adapters)}{beside}){processes}; about {duration(seconds)}"
    )


def discovery_line(session: Session) -> str | None:
    """What looking for adapters took, by API, all at a time."""
    taken = ", ".join(f"{api} {milliseconds(ms)}" for api, ms in session.discovery_ms.items())
    return f"adapters found in: {taken}" if taken else None


def left_out(sampling: Sampling) -> str | None:
    """What a fast run does not measure."""
    names = (("cold caches", sampling.cold), ("chained runs", sampling.chained), ("ceilings", sampling.examine))
    missing = [name for name, wanted in names if not wanted]
    if not missing:
        return None
    return f"{sampling.min_time_s:g} s of samples a result, so wide intervals; left out: {', '.join(missing)}"
