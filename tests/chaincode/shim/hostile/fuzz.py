"""`make fuzz`: everything in `targets` for as long as FUZZ_MINUTES says (60), in rounds with ever new seeds.

A failure is printed with its steps, its seed and Hypothesis' blob to reproduce it, is kept in .hypothesis for the next
run, and ends this one with status 1.
"""

import os
import sys
import time
import traceback
from secrets import randbits

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from tests.chaincode.shim.hostile.targets import TARGETS, Target

_SETTINGS = settings(
    deadline=None,
    derandomize=False,
    stateful_step_count=80,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    print_blob=True,
    phases=[Phase.reuse, Phase.generate, Phase.shrink],
)


def main() -> int:
    """Run until the time is over or something fails; return the exit status."""
    minutes = float(os.environ.get("FUZZ_MINUTES", "60"))
    started = time.monotonic()
    round_number = examples = 0
    while time.monotonic() - started < minutes * 60:
        round_number += 1
        for target in TARGETS:
            seed = randbits(64)
            if not _run(target, seed):
                return 1
            examples += target.examples
        elapsed = (time.monotonic() - started) / 60
        print(f"{elapsed:6.1f} of {minutes:g} minutes: round {round_number}, {examples} examples", flush=True)
    return 0


def _run(target: Target, seed: int) -> bool:
    began = time.monotonic()
    test = hypothesis.seed(seed)(target.test(settings(_SETTINGS, max_examples=target.examples)))
    try:
        test()
    except Exception:  # noqa: BLE001 - whatever failed is the result
        traceback.print_exc()
        print(f"FAILED {target.name}, seed {seed}; the steps and the blob that reproduce it stand above", flush=True)
        return False
    print(f"  {target.name}: {target.examples} examples in {time.monotonic() - began:.1f} s, seed {seed}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
