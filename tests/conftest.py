"""What every test finds: the settings that Lambda would give a function, and no way out to a real cloud."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

# A machine that is busy with something else makes no test fail, and what passed once passes again. With
# EXPLORE in the environment other examples are drawn each time.
settings.register_profile(
    "telekarta",
    deadline=None,
    derandomize="EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("telekarta")
set_hypothesis_home_dir(Path(__file__).parents[1] / ".local/cache/hypothesis")

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "Telekarta",
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
