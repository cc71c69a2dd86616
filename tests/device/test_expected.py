"""On a machine that says which adapters it has, they must be there."""

import pytest

from paragon_tui.backends.adapter import Adapter
from tests.conftest import expected_adapters

pytestmark = pytest.mark.device


def test_every_expected_adapter_is_there(real_adapters: list[Adapter]) -> None:
    if not expected_adapters():
        pytest.skip("PARAGON_EXPECT_ADAPTERS names no adapter on this machine")
    available = {adapter.api for adapter in real_adapters} | {adapter.id for adapter in real_adapters}
    assert set(expected_adapters()) <= available


def test_numpy_and_reference_are_always_there(real_adapters: list[Adapter]) -> None:
    assert [adapter.id for adapter in real_adapters][:2] == ["numpy", "reference"]
