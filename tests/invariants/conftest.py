"""How Hypothesis runs here: the same examples everywhere, or fresh ones with HYPOTHESIS_PROFILE=explore."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,  # a solve takes as long as the machine is busy
    print_blob=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),  # explaining a failure would solve hundreds of cases more
    report_multiple_bugs=False,
    suppress_health_check=(
        HealthCheck.too_slow,  # every example solves mixed-integer programmes
        HealthCheck.function_scoped_fixture,  # a folder that each example overwrites is no shared state
    ),
)
settings.register_profile("explore", settings.get_profile("repeatable"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
