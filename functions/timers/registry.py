"""All jobs by name."""

from collections.abc import Mapping
from typing import Any

from timers.capabilities import books, calls, refunds, topups
from timers.job import Job

JOBS: dict[str, Job[Any]] = {**calls.JOBS, **topups.JOBS, **refunds.JOBS, **books.JOBS}


class NoSuchJob(LookupError):
    """The event names no job; nothing was done."""


def job_of(event: object) -> tuple[str, Job[Any]]:
    """The job that the event names, with its name. Raises NoSuchJob."""
    name = event.get("job") if isinstance(event, Mapping) else None
    job = JOBS.get(name) if isinstance(name, str) else None
    if job is None or not isinstance(name, str):
        raise NoSuchJob(f"must be one of {', '.join(JOBS)}")
    return name, job
