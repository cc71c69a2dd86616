"""Adapters, cases and events shared by several test packages. Plain data: nothing is run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from paragon_tui.arithmetic.comparison import Comparison, Difference
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint, Standing, Tiers
from paragon_tui.engine.messages.events import Figures, Finished, Output, Planned, Prepared, RunStarted, SampleBatch
from paragon_tui.engine.messages.figures import Conditions, Interval, Ratio, Summary, Verdict
from paragon_tui.engine.messages.job import Job, JobId, Sampling
from paragon_tui.suites.case import Case
from paragon_tui.suites.inference import SUITE as INFERENCE
from paragon_tui.suites.workloads.registry import workload

CASES: dict[str, Case] = {case.id: case for case in INFERENCE.cases}
SMALL_CASES = ("S1", "S2", "S3", "M1", "M2", "M3")


def batched(case: Case, batch: int) -> Case:
    return replace(case, batch=batch, id=f"{case.id}@{batch}")


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


def ids(items: Iterable[_Identified]) -> list[str]:
    return [item.id for item in items]


def adapter(adapter_id: str = "vulkan:0", **changes: Any) -> Adapter:
    api = "host" if adapter_id in ("numpy", "reference", "torch") else adapter_id.partition(":")[0]
    facts: dict[str, Any] = {
        "id": adapter_id,
        "identity": adapter_id if api == "host" else f"{adapter_id}#0",
        "api": api,
        "name": f"Example {adapter_id}",
        "vendor": "Example",
        "driver": "example",
        "driver_version": "1.2.3",
        "type": "cpu" if api == "host" else "discrete-gpu",
    }
    return Adapter(**(facts | changes))


NUMPY = adapter("numpy", name="NumPy on Example CPU")
REFERENCE = adapter("reference", name="Canonical reference on Example CPU")
GPU = adapter("vulkan:0", name="Example GPU")
POCL = adapter("opencl:0", type="cpu", compute_units=2, driver="Portable Computing Language")
LLVMPIPE = adapter("vulkan:0", type="cpu")
RUSTICL = adapter("opencl:1", type="cpu", name="llvmpipe (LLVM 15.0.6, 256 bits)", driver="rusticl")

ALL_GUARANTEED = Fingerprint(0, (), Tiers("guaranteed", "guaranteed", "guaranteed"))

SAME = Comparison(bit_identical=True, first_difference=None, ulp_max=0, mae=0.0, max=0.0)
DIFFERENT = Comparison(bit_identical=False, first_difference=3, ulp_max=2, mae=1.5e-8, max=1.25e-7)
ROW = Difference(3, 1.0, 1.0000001192092896, 1.1920928955078125e-7, 1, "3f800000", "3f800001")


CALM = Conditions(other_cores=0.05, spin_ns=20_000, tick_ns=40)


def planned(case_id: str, on: Adapter, dtype: str = "f32", expected_s: float = 2.0) -> Planned:
    case = CASES[case_id]
    network = workload(case.operation)
    claim = network.tier(case, dtype, "default") if on.is_canonical else None
    megabytes, cost = network.megabytes(case, dtype), network.cost(case, dtype)
    output_claim = network.output_tier(case, dtype, "default") if on.is_canonical else None
    name = Job(case, on, dtype).id
    return Planned(name, case, on, network.describe(case), megabytes, claim, cost, expected_s, output_claim)


def started(
    *results: Planned,
    listed: tuple[str, ...] = ("vulkan:0",),
    session: str = "one",
    sampling: Sampling | None = Sampling(),  # noqa: B008  (it is frozen)
    threads: int | None = None,
) -> RunStarted:
    host, discovery_ms = {"cpu": "Example CPU", "os": "Linux"}, {"host": 1.5, "vulkan": 250.25}
    return RunStarted(session, "2026-01-02T03:04:05Z", host, results, listed, discovery_ms, sampling, threads)


def job_id(case_id: str, on: Adapter, dtype: str = "f32") -> JobId:
    return Job(CASES[case_id], on, dtype).id


def prepared(name: JobId, standing: Standing | None = "observed", output: Standing | None = None) -> Prepared:
    """Return the event of a network; its softmax has the standing of the logits unless ``output`` is another."""
    return Prepared(name, 1.5, 20.0, 4.0, "rows", standing, output_standing=output or standing)


def batch(name: JobId, latency_ns: tuple[int, ...], device_ns: tuple[int, ...] = (), visit: int = 0) -> SampleBatch:
    return SampleBatch(name, 0, visit, latency_ns, device_ns, CALM)


def summary(median: float) -> Summary:
    return Summary(
        median=median,
        interval=Interval(median * 0.75, median * 1.25),
        min=median / 2,
        q1=median * 0.75,
        q3=median * 1.5,
        p95=median * 2,
        mad=median / 8,
        mean=median * 1.125,
        stdev=median / 4,
        n=12,
        max=median * 4,
        total=median * 13.5,
    )


def ratio(value: float, judgement: Verdict = "unclear") -> Ratio:
    return Ratio(value, Interval(value * 0.75, value * 1.25), judgement)


def figures(name: JobId, median: float, speedup: Ratio | None = None, **changes: Any) -> Figures:
    """Return figures of one process and ten rounds: latency, speed-up, and whatever ``changes`` gives."""
    nothing: dict[str, Any] = dict.fromkeys(("device_ms", "cold_ms", "warm_ms", "launch_cost"))
    facts = nothing | {"processes": 1, "rounds": 10, "flags": ()} | changes
    return Figures(id=name, latency_ms=summary(median), speedup=speedup, **facts)


def measured(name: JobId, median: float, speedup: Ratio | None = None, **changes: Any) -> tuple[Figures, Finished]:
    """Return a result's last two events."""
    return figures(name, median, speedup, **changes), Finished(name, "ok", 1.25)


def output(logits: str, first_run_ms: float | None = 4.5, softmax: str = "44b4") -> Output:
    """Return the event with the digests of a device's results."""
    return Output(job_id("S1", GPU), first_run_ms, logits, softmax, None, None, None)
