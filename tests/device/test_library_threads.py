"""``forward_gpu`` from several threads at once: always under OpenGL too, whose one context all devices share."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from paragon_tui import Paragon
from paragon_tui.backends.adapter import Adapter

pytestmark = pytest.mark.device

NETWORKS = [Paragon.new_network(widths) for widths in ([784, 64, 10], [784, 128, 96, 10])]
BATCHES = (1, 2, 3, 7, 50, 1)  # more than stay on a device


def wrong_calls(adapter: Adapter, calls: int, threads: int = 8) -> list[tuple[int, int]]:
    """Call ``forward_gpu`` from several threads at once, and return which calls gave other bits: thread and call."""
    x = np.random.default_rng(8).random((threads + max(BATCHES), 784), dtype=np.float32)
    expected = [net.forward_cpu(x) for net in NETWORKS]
    begin = threading.Barrier(threads)

    def call_often(thread: int) -> list[tuple[int, int]]:
        begin.wait()
        wrong = []
        for number in range(calls // threads):
            net, batch = (thread + number) % len(NETWORKS), (thread + number // 5) % len(BATCHES)
            own = slice(thread, thread + BATCHES[batch])  # other samples than those of other threads
            output = NETWORKS[net].forward_gpu(x[own], adapter.id)
            if output.tobytes() != expected[net][own].tobytes():
                wrong.append((thread, number))
        return wrong

    try:
        with ThreadPoolExecutor(threads) as pool:
            return [call for wrong in pool.map(call_often, range(threads)) for call in wrong]
    finally:
        for net in NETWORKS:
            net.close()


def test_threads_get_the_bits_of_their_own_calls(device_adapter: Adapter) -> None:
    assert wrong_calls(device_adapter, 160) == []


@pytest.mark.exhaustive
def test_ten_thousand_calls_from_eight_threads_without_a_wrong_bit(device_adapter: Adapter) -> None:
    assert wrong_calls(device_adapter, 10_000) == []
