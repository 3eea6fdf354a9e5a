"""The hostile cloud: a line to the store that fails at every moment, and two of everything at once."""

from collections.abc import Callable
from enum import StrEnum
from random import Random
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from telekarta.usecases.ports import StoreUnavailable

if TYPE_CHECKING:
    from tests.simulation.world import World


class Died(BaseException):
    """The function was killed: no handler of ours gets to see it, and nobody gets an answer."""


class Fault(StrEnum):
    THROTTLED = "throttled"  # or in conflict, or reset: nothing was done
    LOST = "answer lost"  # all was done
    RESENT = "resent"  # the SDK lost the first answer and told it again: the second answer is all we get
    DIED_BEFORE = "died before"
    DIED_AFTER = "died after"


_FAULTS = (Fault.THROTTLED, Fault.LOST, Fault.RESENT, Fault.RESENT, Fault.DIED_BEFORE, Fault.DIED_AFTER)
# Which of an attempt's store operations it strikes; most attempts have one or two.
_STRIKES_AT = (0, 0, 0, 1, 1, 2, 3)
_STORM = 40


class Attempt:
    """One run of one function: what is going to go wrong with its store, and what did."""

    __slots__ = ("operations", "plan", "struck")

    def __init__(self, plan: dict[int, Fault]) -> None:
        self.plan = plan
        self.operations = 0
        self.struck: list[str] = []

    def next_fault(self, operation: str) -> Fault | None:
        fault = self.plan.get(self.operations) if self.plan else None
        self.operations += 1
        if fault is not None:
            self.struck.append(f"{operation} {fault}")
        return fault


def smooth() -> Attempt:
    return Attempt({})


def hostile(chance: Random, often: float) -> Attempt:
    """An attempt that something happens to now and then; once in a while to all that it asks."""
    if chance.random() >= often:
        return Attempt({})
    if chance.random() < 0.05:
        return Attempt(dict.fromkeys(range(_STORM), Fault.THROTTLED))
    plan = {chance.choice(_STRIKES_AT): chance.choice(_FAULTS)}
    if chance.random() < 0.1:
        plan[chance.choice(_STRIKES_AT)] = chance.choice(_FAULTS)
    return Attempt(plan)


_READS = frozenset(
    {
        *("card", "card_by_pin", "line", "blocked_prefixes", "postings", "posting", "block_list"),
        *("all_cards", "all_postings", "expired_holds", "open_holds", "case", "cases"),
        *("payment", "pending_payments"),
        # Not reads, but sent with a token: sent again they get the first answer.
        *("add_payment", "change_payment", "add_claim", "change_claim"),
        *("claim_by_id", "pending_claims", "refund", "refund_named", "open_refunds"),
    }
)
# Sent with a token too, and worth a look at the books.
_ONCE = frozenset({"open_refund", "change_refund"})


class StoreLine:
    """All ports of the store, over a bad line. Each operation is a moment at which others may come between.

    It hands on whatever the store can do, so a new operation needs nothing here.
    """

    def __init__(self, world: "World") -> None:
        self._world = world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        world, store = self._world, self._world.store

        def operation(*args: Any, **kwargs: Any) -> Any:
            world.turns.hand_over()
            fault = world.attempt.next_fault(name)
            if fault is Fault.THROTTLED:
                raise StoreUnavailable(name)
            if fault is Fault.DIED_BEFORE:
                raise Died(name)
            work = getattr(store, name)
            answer = work(*args, **kwargs)
            if name not in _READS:
                if fault is Fault.RESENT and name not in _ONCE:
                    answer = work(*args, **kwargs)
                world.books.look()
            if fault is Fault.LOST:
                raise StoreUnavailable(name)
            if fault is Fault.DIED_AFTER:
                raise Died(name)
            return answer

        # Found without coming through here the next time.
        self.__dict__[name] = operation
        return operation


class _Task:
    __slots__ = ("attempt", "error", "go", "thread")

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.go = Lock()
        self.go.acquire()
        self.error: BaseException | None = None


class Turns:
    """Runs several attempts at once on threads of which one moves at a time, by the seed.

    Before every store operation the next to move is drawn, so any order of the operations of all can come
    about, and the same seed brings it about again.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._now: _Task | None = None
        self._waiting: list[_Task] = []
        self._done = Lock()
        self._done.acquire()

    def hand_over(self) -> None:
        task = self._now
        if task is not None and self._next() is not task:
            task.go.acquire()

    def _next(self) -> _Task:
        """Draws who moves next, and lets them unless they are moving already."""
        task = self._world.chance.choice(self._waiting)
        if task is not self._now:
            self._now, self._world.attempt = task, task.attempt
            task.go.release()
        return task

    def run(self, jobs: list[tuple[Attempt, Callable[[], None]]]) -> None:
        tasks = [self._start(attempt, job) for attempt, job in jobs]
        self._waiting = list(tasks)
        self._next()
        self._done.acquire()
        self._now = None
        for task in tasks:
            task.thread.join()
            if task.error is not None:
                raise task.error

    def _start(self, attempt: Attempt, job: Callable[[], None]) -> _Task:
        task = _Task(attempt)

        def work() -> None:
            task.go.acquire()
            try:
                job()
            except BaseException as error:
                task.error = error
            self._waiting.remove(task)
            if self._waiting:
                self._next()
            else:
                self._done.release()

        task.thread = Thread(target=work, daemon=True)
        task.thread.start()
        return task
