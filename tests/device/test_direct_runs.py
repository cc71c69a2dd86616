"""PoCL's device without threads: small plans run on the calling thread, with the same bits, and it is no adapter."""

from __future__ import annotations

import os

import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.cli import main
from tests.support.child_python import run_python

pytestmark = pytest.mark.device

BOTH = ("POCL_DEVICES", "pthread basic")

SHOW = """
import sys
from paragon_tui.backends import opencl
from paragon_tui.engine.worker.device_session import open_adapter
from paragon_tui.engine.worker.executable import launchables
from paragon_tui.engine.worker.limits import within_limits
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.computation import computation

adapters = opencl.adapters("opencl")
print([adapter.identity for adapter in adapters])
adapter = next(adapter for adapter in adapters if adapter.id == sys.argv[1])
session = open_adapter(opencl, adapter)
cases = {case.id: case for suite in SUITES for case in suite.cases}
for name in ("S1", "add-1k", "train-xor", "XL1"):
    computed = computation(cases[name], "f32")
    candidate = computed.candidates(adapter, "default")[0]
    results = []
    for form in launchables(candidate, computed, session):
        executable = form.executable(session.device.prepare(form.plan))
        executable.program.run(executable.inputs)
        results.append(computed.answer(executable.results(executable.read())).values.tobytes())
    print(name, len(results), len(set(results)))
"""


@pytest.fixture
def threaded(device_adapter: Adapter) -> Adapter:
    if BOTH not in device_adapter.environment:
        pytest.skip("has no device without threads")
    return device_adapter


def shown(adapter: Adapter, **environment: str) -> list[str]:
    variables = {name: value for name, value in os.environ.items() if name != BOTH[0]}
    return run_python(SHOW.replace("sys.argv[1]", repr(adapter.id)), env=variables | environment).splitlines()


def test_small_plans_alone_have_a_form_on_the_calling_thread_which_gives_the_same_bits(threaded):
    listed, *forms = shown(threaded, **dict([BOTH]))
    assert listed == shown(threaded)[0]
    assert forms == ["S1 2 1", "add-1k 2 1", "train-xor 2 1", "XL1 1 1"]


def test_without_the_variable_there_is_one_form(threaded):
    assert shown(threaded)[1] == "S1 1 1"


def test_a_user_who_chooses_devices_keeps_the_choice(threaded):
    """Then the adapter asks for nothing else."""
    code = "from paragon_tui.backends import opencl\nprint([a.environment for a in opencl.adapters('opencl')])"
    assert "POCL_DEVICES" not in run_python(code, env={**os.environ, BOTH[0]: "pthread"})


def test_a_verification_runs_both_forms(threaded, capsys):
    assert main(["verify", "S1", "--adapter", threaded.id, "--dtype", "f32", "--json"]) == 0
    assert "logits of forward, on the calling thread" in capsys.readouterr().out
