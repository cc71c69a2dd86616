"""``from paragon_tui import Paragon``: its promises and its refusals."""

from typing import Any, cast

import numpy as np
import pytest

from paragon_tui import Paragon
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.library import FallbackWarning, NoAdapter, NoIdentity, _Prepared
from tests.support.floating_point import FLUSH_RESULTS, TOWARD_ZERO, mode


@pytest.fixture
def net() -> Paragon:
    return Paragon.new_network([784, 256, 10])


def test_forward_cpu_is_a_softmax(net: Paragon) -> None:
    output = net.forward_cpu(np.linspace(0, 1, 784, dtype=np.float32))
    assert output.shape == (10,) and output.dtype == np.float32
    assert abs(float(output.sum()) - 1) < 1e-6


@pytest.mark.parametrize("batch", [1, 3])
def test_a_row_of_a_batch_is_what_its_sample_alone_gives(net: Paragon, batch: int) -> None:
    x = np.linspace(0, 1, batch * 784, dtype=np.float32).reshape(batch, 784)
    assert [row.tobytes() for row in net.forward_cpu(x)] == [net.forward_cpu(row).tobytes() for row in x]
    assert net.forward_cpu(x).shape == (batch, 10)


def test_a_list_of_numbers_will_do(net: Paragon) -> None:
    x = [0.5] * 784
    assert net.forward_cpu(x).tobytes() == net.forward_cpu(np.full(784, 0.5, dtype=np.float32)).tobytes()


def test_two_networks_of_one_seed_are_the_same_and_of_two_are_not() -> None:
    x = np.full(8, 0.5, dtype=np.float32)
    first, same, other = (Paragon.new_network([8, 5, 3], seed=seed).forward_cpu(x).tobytes() for seed in (1, 1, 2))
    assert first == same != other


@pytest.mark.filterwarnings("error")
def test_a_number_that_f32_cannot_hold_is_an_error_and_no_warning(net: Paragon) -> None:
    with pytest.raises(ValueError, match="x\\[0\\] is inf"):
        net.forward_cpu([1e300] * 784)


@pytest.mark.parametrize("adapter", [0, b"opencl:0"])
def test_an_adapter_is_named_by_its_id(net: Paragon, adapter: Any) -> None:
    with pytest.raises(TypeError, match="adapter is a text such as 'vulkan:0' or 'nvidia', not"):
        net.forward_gpu([0.5] * 784, adapter, fallback=True)


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (np.zeros(783, dtype=np.float32), ValueError, "takes \\(784,\\)"),
        (np.zeros((1, 783), dtype=np.float32), ValueError, "takes \\(784,\\), or \\(batch, 784\\)"),
        (np.zeros((0, 784), dtype=np.float32), ValueError, "takes \\(784,\\), or \\(batch, 784\\)"),
        (np.zeros((1, 1, 784), dtype=np.float32), ValueError, "takes \\(784,\\), or \\(batch, 784\\)"),
        (np.array([[0.5] * 784, [0.5] * 783 + [np.nan]], dtype=np.float32), ValueError, "x\\[1, 783\\] is nan"),
        (np.zeros(784), TypeError, "float64.*astype"),
        (np.ma.masked_less(np.zeros(784, dtype=np.float32), 1), TypeError, "masked array.*filled"),
        (np.full(784, np.nan, dtype=np.float32), ValueError, "x\\[0\\] is nan"),
        (np.full(784, -np.inf, dtype=np.float32), ValueError, "infinity"),
        (np.full(784, 1e-30, dtype=np.float32), ValueError, "below 2\\^-64"),
        (np.full(784, 3e38, dtype=np.float32), OverflowError, "could overflow"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_what_it_refuses(net: Paragon, x: np.ndarray, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        net.forward_cpu(x)


class Lost:
    """A device that is lost, and a program on it: nothing can be given back."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1
        raise RuntimeError("lost")


def test_closing_gives_up_what_is_lost_and_never_raises(net: Paragon) -> None:
    device, program = Lost(), Lost()
    net._sessions["vulkan:0"] = DeviceSession(device, None)
    net._prepared["vulkan:0", 1] = _Prepared(cast(Any, None), cast(Any, program))
    with net:
        pass
    assert (device.closed, program.closed) == (1, 1)
    assert not net._sessions and not net._prepared


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int32])
def test_whole_numbers_of_any_type_are_widths(dtype: type[np.integer]) -> None:
    widths = np.array([8, 5, 3], dtype=dtype)
    x = np.full(8, 0.5, dtype=np.float32)
    net = Paragon.new_network(list(widths))
    assert net.widths == (8, 5, 3) and {type(width) for width in net.widths} == {int}
    assert net.forward_cpu(x).tobytes() == Paragon.new_network([8, 5, 3]).forward_cpu(x).tobytes()


@pytest.mark.parametrize("widths", [[784], [784, 0], [784, 2.5], [], [784, True], ["784", "10"]])
def test_what_is_no_network(widths: list[int]) -> None:
    with pytest.raises(ValueError, match="at least two widths"):
        Paragon.new_network(widths)


def test_an_unknown_adapter_is_said_to_be(net: Paragon) -> None:
    with pytest.raises(NoAdapter, match=r"no device adapter 'cuda:0'.*paragon-tui adapters"):
        net.forward_gpu(np.zeros(784, dtype=np.float32), adapter="cuda:0")


def test_without_the_adapter_the_host_computes_where_it_may(net: Paragon) -> None:
    x = np.linspace(0, 1, 784, dtype=np.float32)
    with pytest.warns(FallbackWarning, match=r"computed on the host: no device adapter 'cuda:0'"):
        output = net.forward_gpu(x, adapter="cuda:0", fallback=True)
    assert output.tobytes() == net.forward_cpu(x).tobytes()


@pytest.mark.parametrize("changed", [TOWARD_ZERO, FLUSH_RESULTS])
def test_where_numpy_does_not_compute_as_it_should_no_bits_are_given(net: Paragon, changed: int) -> None:
    x = np.linspace(0, 1, 784, dtype=np.float32)
    right = net.forward_cpu(x)
    with mode(changed), pytest.raises(NoIdentity, match=r"does not compute as IEEE 754 defines \(failing probes: "):
        net.forward_cpu(x)
    assert net.forward_cpu(x).tobytes() == right.tobytes()
