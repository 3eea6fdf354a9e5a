"""What every test of a function finds."""

from collections.abc import Iterator

import pytest
from aws_lambda_powertools import Metrics


@pytest.fixture(autouse=True)
def no_metrics_of_others() -> Iterator[None]:
    """Metrics are counted in one place for the whole process, and only a function's handler sends them off:
    a test that calls something below it would leave them to the next test."""
    Metrics().clear_metrics()
    yield
    Metrics().clear_metrics()
