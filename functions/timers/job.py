"""What a job is: the parts it is done with, the work, and what is counted of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.metrics import MetricUnit

from telekarta.adapters.environment import Environment, MissingVariable
from telekarta.wiring.stores import Store

Deps = TypeVar("Deps")
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    value: float = 1
    unit: MetricUnit = MetricUnit.Count


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a job did: facts to log and to answer with, and what to count."""

    facts: Mapping[str, Any]
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True)
class Job(Generic[Deps]):
    """One job. It may run twice or stop half-way: its next run finds what is left to do.

    `needed` are the environment variables without which `build` can't put its parts together; `metrics` are
    the names of all that it may count. A job `on_request` is asked for by another function, the others by a
    schedule in template.yaml.
    """

    needed: tuple[str, ...]
    build: Callable[[Environment, Store], Deps]
    carry_out: Callable[[Deps, Event], JobReport]
    metrics: tuple[str, ...] = field(default=())
    on_request: bool = False

    def environment(self, name: str) -> Environment:
        """This function's settings. Raises MissingVariable, with the job's name and what is missing, where
        the function is not made for the job."""
        try:
            return Environment.from_os(*self.needed)
        except MissingVariable as missing:
            raise MissingVariable(f"the job {name} can't be done here: {missing}") from None


def counted(names: Mapping[Any, str], outcomes: Mapping[Any, int]) -> tuple[Metric, ...]:
    """A metric for each outcome that has a name; outcomes with the same name are one metric."""
    sums: dict[str, int] = {}
    for outcome, name in names.items():
        if outcome in outcomes:
            sums[name] = sums.get(name, 0) + outcomes[outcome]
    return tuple(Metric(name, count) for name, count in sums.items())


def faults_of(faults: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Our own faults by the record's id, for the log; nothing when there were none."""
    return {"faults": faults} if faults else {}
