"""The Python interface on every real adapter: it looks at the standing that opening the adapter found."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from paragon_tui import Paragon
from paragon_tui.arithmetic.compare import compare
from paragon_tui.backends.adapter import Adapter
from paragon_tui.library import FallbackWarning, NoIdentity, find_adapter
from tests.support.floating_point import TOWARD_ZERO, mode
from tests.support.kernels import language_of, wrong_sums

pytestmark = pytest.mark.device

X = np.random.default_rng(7).random((50, 784), dtype=np.float32)


@pytest.fixture
def falsified(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapter]:
    """The adapter, with wrong sums."""
    with wrong_sums(monkeypatch, language_of(device_adapter)):
        yield device_adapter


def test_an_adapter_whose_tier_does_not_hold_raises_and_says_why(falsified: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    for x in (X[0], X):
        with pytest.raises(NoIdentity, match=r"the guarded tier.*does not hold there.*no reassociation.*fallback=True"):
            net.forward_gpu(x, falsified.id)


def test_with_fallback_the_host_computes_the_same_bits_and_a_warning_says_why(falsified: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    with pytest.warns(FallbackWarning, match=f"computed on the host: {falsified.id} .*does not hold there"):
        output = net.forward_gpu(X, falsified.id, fallback=True)
    assert output.tobytes() == net.forward_cpu(X).tobytes()


def test_where_the_tier_holds_the_device_computes_and_nothing_is_said(device_adapter: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    with warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        output = net.forward_gpu(X[0], device_adapter.id, fallback=True)
    assert compare(output, net.forward_cpu(X[0])).bit_identical


def test_an_unsound_host_has_nothing_to_fall_back_to(device_adapter: Adapter) -> None:
    net = Paragon.new_network([784, 64, 10])
    with mode(TOWARD_ZERO), pytest.raises(NoIdentity, match="NumPy in this process does not compute"):
        net.forward_gpu(X[0], device_adapter.id, fallback=True)


def test_an_adapter_is_found_by_its_name(device_adapter: Adapter) -> None:
    """Several may have it: a device under two APIs."""
    assert find_adapter(device_adapter.name.upper()).name == device_adapter.name


# Threads and processes


def test_a_network_that_was_closed_opens_its_device_anew(device_adapter: Adapter) -> None:
    with Paragon.new_network([784, 64, 10]) as net:
        first = net.forward_gpu(X[0], device_adapter.id)
    net.close()
    assert net.forward_gpu(X[0], device_adapter.id).tobytes() == first.tobytes()
    net.close()


FORKS = """
import os, sys, warnings
import numpy as np
from paragon_tui import Paragon
from paragon_tui.library import FallbackWarning, ForkedProcess

x = np.linspace(0, 1, 784, dtype=np.float32)
net = Paragon.new_network([784, 64, 10])
output = net.forward_gpu(x, sys.argv[1])
if os.fork() == 0:
    try:
        net.forward_gpu(x, sys.argv[1])
    except ForkedProcess as error:
        print(error, flush=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        same = net.forward_gpu(x, sys.argv[1], fallback=True).tobytes() == output.tobytes()
    net.close()
    print(same, [warning.category is FallbackWarning for warning in caught], flush=True)
    os._exit(0)
os.wait()
print(net.forward_gpu(x, sys.argv[1]).tobytes() == output.tobytes(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_is_refused_and_may_fall_back(device_adapter: Adapter) -> None:
    command = [sys.executable, "-c", FORKS, device_adapter.id]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    refusal, child, parent = told.stdout.splitlines()
    assert "forked after its parent had loaded a driver" in refusal and "spawn" in refusal
    assert (child, parent) == ("True [True]", "True"), told.stderr
