"""Seconds of what `make fuzz` does for an hour, with the same examples every time."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.chaincode.shim.hostile.targets import TARGETS, Target

_SETTINGS = settings(
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,  # to make one small takes long enough
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_hostile(target: Target) -> None:
    target.test(settings(_SETTINGS, max_examples=target.quick))()
