"""Plans refuse what cannot be bound, devices refuse what they cannot hold, and adapters are told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.backends.adapter import numbered
from paragon_tui.backends.device import BackendError, NoSuchAdapter, Unsupported, check_limits
from paragon_tui.backends.plan import Buffer, Plan, Step
from tests.support.examples import adapter

MIB = 2**20
A = Buffer("a", (256, 1024), "f32", "weight")  # 1 MiB
B = Buffer("b", (1024,), "f32", "output")
STEP = Step(("canonical", "dot_f32", "dense"), "rows", ("a", "b"), 1, (("rows", 4),), (("BLOCK", 4096),), 1, 64)
PLAN = Plan("example", (A, B), (STEP,))


def test_a_buffer_counts_its_items_and_bytes():
    assert (A.items, A.bytes) == (256 * 1024, MIB)
    assert (B.items, B.bytes) == (1024, 4096)


def test_a_buffer_without_extents_holds_one_item():
    assert Buffer("zero", (), "u32", "input").bytes == 4


def test_the_group_size_is_a_constant_ahead_of_the_others():
    assert STEP.all_constants == (("GROUP", 64), ("BLOCK", 4096))


def test_with_role_keeps_the_order_of_the_buffers():
    more = Buffer("c", (2,), "f32", "weight")
    plan = replace(PLAN, buffers=(A, B, more))
    assert plan.with_role("weight") == (A, more)
    assert plan.with_role("scratch") == ()


def test_two_buffers_of_one_name_are_refused():
    with pytest.raises(ValueError, match="plan example: two buffers share a name"):
        Plan("example", (A, replace(B, name="a")), ())


def test_a_step_with_an_unknown_buffer_is_refused_and_the_buffer_named():
    with pytest.raises(ValueError, match=r"step rows names unknown buffers \['c', 'd'\]"):
        Plan("example", (A, B), (STEP, replace(STEP, buffers=("a", "d", "c"))))


def test_a_buffer_that_a_step_writes_is_bound_once():
    with pytest.raises(ValueError, match="step rows writes to a buffer under two names"):
        Plan("example", (A, B), (replace(STEP, buffers=("a", "b", "a")),))
    Plan("example", (A, B), (replace(STEP, buffers=("a", "a", "b")),))


def test_an_adapter_that_states_no_limits_takes_every_plan():
    check_limits(PLAN, adapter())


def test_limits_that_are_met_exactly_are_enough():
    exact = adapter(max_buffer_bytes=MIB, max_binding_bytes=MIB, max_group_items=64, memory_bytes=MIB + 4096)
    check_limits(PLAN, exact)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("max_buffer_bytes", MIB - 1, "buffer a needs 1.0 MiB, vulkan:0 allows 1.0 MiB per buffer"),
        ("max_binding_bytes", MIB // 2, "buffer a needs 1.0 MiB, vulkan:0 allows 0.5 MiB per buffer"),
        ("memory_bytes", MIB, "1.0 MiB are needed, vulkan:0 has 1.0 MiB"),
        ("max_group_items", 63, "work-groups of 64 are needed, vulkan:0 allows 63"),
    ],
)
def test_each_limit_that_is_exceeded_is_unsupported_and_named(limit, value, said):
    with pytest.raises(Unsupported) as refusal:
        check_limits(PLAN, adapter(**{limit: value}))
    assert str(refusal.value) == said


def test_the_smaller_of_buffer_and_binding_limit_counts():
    with pytest.raises(Unsupported, match=r"allows 0\.5 MiB"):
        check_limits(PLAN, adapter(max_buffer_bytes=8 * MIB, max_binding_bytes=MIB // 2))


def test_the_largest_group_of_all_steps_counts():
    plan = replace(PLAN, steps=(replace(STEP, group_items=256), STEP))
    with pytest.raises(Unsupported, match="work-groups of 256"):
        check_limits(plan, adapter(max_group_items=128))


def test_a_plan_that_cannot_run_is_an_error_of_the_backend():
    assert issubclass(Unsupported, BackendError)
    assert issubclass(NoSuchAdapter, BackendError)


def test_equal_identities_get_an_ordinal_each_and_ids_count_through():
    assert numbered("opencl", ["a", "b", "a", "a"]) == [
        ("opencl:0", "a#0"),
        ("opencl:1", "b#0"),
        ("opencl:2", "a#1"),
        ("opencl:3", "a#2"),
    ]


def test_nothing_listed_is_nothing_numbered():
    assert numbered("vulkan", []) == []


@pytest.mark.parametrize("name", ["NVIDIA H200", "nvidia  h200", "NVIDIA H200/PCIe/SSE2", "NVIDIA H200 (driver 570)"])
def test_the_views_of_one_device_under_several_apis_share_a_key(name):
    assert adapter(name=name).physical == adapter(name="NVIDIA H200").physical


def test_all_cpu_adapters_compute_on_the_same_cores():
    pocl = adapter("opencl:0", name="cpu-haswell", type="cpu")
    llvmpipe = adapter("vulkan:0", name="llvmpipe (LLVM 15)", type="cpu")
    assert pocl.physical == llvmpipe.physical == adapter("numpy").physical == "cpu"


def test_a_mark_in_the_name_does_not_make_two_devices_one():
    names = ("Intel(R) UHD Graphics (TGL GT1)", "Intel(R) Arc(TM) A770 Graphics (DG2)")
    first, second = (adapter(name=name) for name in names)
    assert first.short_name == "Intel(R) UHD Graphics"
    assert first.physical != second.physical


def test_two_equal_devices_are_two():
    assert adapter(identity="x#0").physical != adapter(identity="x#1").physical


def test_different_devices_have_different_keys():
    assert adapter(name="NVIDIA H200").physical != adapter(name="NVIDIA H100").physical


def test_only_adapters_of_the_host_api_are_host_adapters():
    assert adapter("numpy").is_host
    assert not adapter("opencl:0", type="cpu").is_host
