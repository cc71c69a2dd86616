"""Trainings in the engine: their events, checkpoints compared on the way, and divergence or a stop, which ends them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.console.report import closing_lines
from paragon_tui.engine.messages.events import CheckpointReached, Compared, Event, Failed, Prepared, SampleBatch
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import MeasureRequest
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.worker import reference
from paragon_tui.sessions.csv_export import csv_text, ended_entries
from paragon_tui.sessions.document import document, encode
from paragon_tui.sessions.saved_session import saved_session
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import TrainingData
from tests.support.engine_runs import Ran, driven, request_for
from tests.support.sessions import folded

HOSTS = ("numpy", "reference")


async def training(tmp_path: Path, steps: int = 300, rate: int = 100_000) -> MeasureRequest:
    request = await request_for(tmp_path, "train-xor", HOSTS, apis=("host",))
    groups = []
    for group in request.groups:
        case = replace(group[0].case, shape=(*group[0].case.shape[:3], steps, rate))
        groups.append(tuple(replace(job, case=case) for job in group))
    return replace(request, groups=tuple(groups))


_RAN: list[Ran] = []


async def seen(tmp_path: Path) -> Ran:
    """Return a usual run, made once for all tests that only read it."""
    if not _RAN:
        _RAN.append(await driven(Run(await training(tmp_path))))
    return _RAN[0]


async def test_every_checkpoint_is_told_before_the_verdict_and_compared(tmp_path: Path) -> None:
    ran = await seen(tmp_path)
    for adapter in HOSTS:
        mine = [event for event in ran.events if getattr(event, "id", None) == ran.result(adapter, "train-xor").id]
        kinds = [
            type(event) for event in mine if isinstance(event, Prepared | CheckpointReached | Compared | SampleBatch)
        ]
        assert kinds[:5] == [Prepared, CheckpointReached, CheckpointReached, CheckpointReached, Compared]
    result = ran.result("reference", "train-xor")
    training = result.bits.training
    assert (training.step, training.steps) == (300, 300)
    assert [checkpoint.step for checkpoint in training.checkpoints] == [100, 200, 300]
    assert all(checkpoint.digest == checkpoint.expected for checkpoint in training.checkpoints)
    assert training.checkpoints[-1].digest == result.bits.digest
    assert result.status == "ok" and result.timings.latency_ms is not None and not result.bits.broken_claim
    other = ran.result("numpy", "train-xor")
    assert (
        other.bits.first_mismatch is other.bits.training.checkpoints[0] and not other.bits.broken_claim
    )  # it claims nothing


async def test_the_document_has_all_losses_and_every_checkpoint(tmp_path: Path) -> None:
    ran = await seen(tmp_path)
    numpy, reference = (fields["training"] for fields in document(ran.session)["results"])
    assert [checkpoint["step"] for checkpoint in reference["checkpoints"]] == [100, 200, 300]
    assert all(checkpoint["identical"] for checkpoint in reference["checkpoints"])
    assert not any(checkpoint["identical"] for checkpoint in numpy["checkpoints"])
    assert len(reference["losses"]) == reference["step"] == reference["steps"] == 300
    assert reference["loss"] == reference["losses"][-1] < reference["losses"][0]


async def test_every_checkpoint_has_the_answers_of_its_parameters(tmp_path: Path) -> None:
    ran = await seen(tmp_path)
    job = (await training(tmp_path)).groups[0][0]
    computed = computation(job.case, "f32")
    assert isinstance(computed.data, TrainingData)
    form = computed.host_form("reference")
    right = []
    for step in range(1, 301):
        results = form()
        if step % 100 == 0:
            right.append(computed.data.score(job.case, computed.operands, results))
    trained = ran.result("reference", "train-xor").bits.training
    assert [checkpoint.score for checkpoint in trained.checkpoints] == right
    assert trained.accuracy == right[-1].accuracy == 1.0 and len(right[-1].predictions) == 4
    numpy = ran.result("numpy", "train-xor").bits.training
    assert numpy.accuracy == 1.0 and numpy.score.predictions != right[-1].predictions  # other bits, the same answers
    read = saved_session(json.loads(encode(ran.session)), "it")
    assert [result.bits.training for result in read.results] == [numpy, trained]
    (line,) = [
        line for line in closing_lines(ran.session) if "train-xor after 300 steps" in line and "reference" in line
    ]
    assert "0 1 → 0." in line and line.count("✓") == 4 and "4 of 4 right, 100 %" in line
    rows = csv.DictReader(io.StringIO(csv_text(ended_entries(ran.session))))
    assert [row["training_accuracy"] for row in rows] == ["1.0", "1.0"]


async def test_one_that_diverges_says_at_which_step_and_costs_nothing_else(tmp_path: Path) -> None:
    diverging, sound = await training(tmp_path, rate=10**12), await training(tmp_path)
    named = tuple(
        replace(job, case=replace(job.case, id="train-xor@1000000")) for job in diverging.groups[0]
    )  # beside one that does not
    ran = await driven(Run(replace(sound, groups=(named, *sound.groups))))
    for adapter in HOSTS:
        result = ran.result(adapter, "train-xor@1000000")
        assert result.status == "failed" and result.error.startswith("diverged at step ")
        assert ran.result(adapter, "train-xor").status == "ok"


async def test_one_that_diverges_where_the_reference_does_not_says_so(tmp_path: Path) -> None:
    """The reference's checkpoints are those of a training that went well, stored under the key of the other."""
    diverging = await training(tmp_path, rate=10**12)
    wild = diverging.groups[0][0].case
    right = replace(wild, shape=(*wild.shape[:4], 100_000))
    kept = reference.reference_answer(computation(right, "f32"), diverging.settings.cache)
    reference._store(diverging.settings.cache / f"{reference._key(wild, 'f32')}.npz", kept)
    ran = await driven(Run(diverging))
    for adapter in HOSTS:
        error = ran.result(adapter, "train-xor").error
        assert error.startswith("diverged at step ") and error.endswith("; the reference's is finite up to step 100")


async def test_a_stop_ends_a_training_on_its_way(tmp_path: Path) -> None:
    run = Run(await training(tmp_path, steps=1_000_000))

    def stop_when_ready(event: Event, ran: Ran) -> None:
        if isinstance(event, Prepared):
            run.stop()

    ran = await driven(run, stop_when_ready)
    numpy, reference = (ran.result(adapter, "train-xor") for adapter in HOSTS)
    assert numpy.status == "stopped" and numpy.error.startswith("stopped by the user mid-training")
    assert reference.status == "stopped"


@pytest.mark.parametrize("wrong", [0, 1])
async def test_a_claim_is_broken_by_one_wrong_checkpoint_and_another_process_does_not_mend_it(
    tmp_path: Path, wrong: int
) -> None:
    ran = await seen(tmp_path)
    session = Session()
    for event in ran.events:
        if isinstance(event, CheckpointReached) and (event.id.adapter, event.step) == ("reference", (1 + wrong) * 100):
            session.apply(replace(event, digest="b0e9"))
        else:
            session.apply(event)
    result = session.results[ran.result("reference", "train-xor").id]
    assert result.bits.broken_claim and result.bits.first_mismatch.step == (1 + wrong) * 100
    for event in ran.of(CheckpointReached):
        session.apply(event)
    assert session.results[result.id].bits.broken_claim
    read = {saved.id: saved for saved in saved_session(json.loads(encode(session)), "it").results}
    assert read[result.id].bits.training == session.results[result.id].bits.training
    assert [saved.bits.broken_claim for saved in read.values()] == [False, True]
    assert session.failures == [session.results[result.id]]


async def test_a_failure_keeps_the_checkpoints_until_then(tmp_path: Path) -> None:
    ran = await seen(tmp_path)
    session, id_ = folded(*ran.events), ran.result("reference", "train-xor").id
    session.apply(Failed(id_, "failed", "the device was lost"))
    assert len(session.results[id_].bits.training.checkpoints) == 3
