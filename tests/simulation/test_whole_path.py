"""Many callers and a hostile carrier over the whole path of webhooks, against the store in memory."""

import pytest

from tests.kit.house import House
from tests.simulation.whole_path import live


@pytest.mark.parametrize("seed", range(10))
def test_a_hostile_carrier_and_many_callers(seed: int) -> None:
    live(House(), seed)
