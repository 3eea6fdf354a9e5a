"""Cases and operators' commands, in plain Python."""

from dataclasses import dataclass, replace

from telekarta.domain.cases.case import Case, CaseState
from telekarta.usecases.ports import CommandRecord
from tests.kit.memory_tables import MemoryTables, operation


@dataclass
class MemoryCases:
    tables: MemoryTables

    @operation
    def open_case(self, case: Case) -> bool:
        if case.id in self.tables.found:
            return False
        self.tables.found[case.id] = case
        return True

    @operation
    def case(self, case_id: str) -> Case | None:
        return self.tables.found.get(case_id)

    @operation
    def cases(self, state: CaseState, limit: int, *, newest_first: bool = False) -> tuple[Case, ...]:
        of_state = [case for case in self.tables.found.values() if case.state is state]
        ordered = sorted(of_state, key=lambda case: (case.opened_at, case.id), reverse=newest_first)
        return tuple(ordered[:limit])

    @operation
    def close_case(self, closed: Case) -> bool:
        present = self.tables.found.get(closed.id)
        if present is None or present.state is not CaseState.OPEN:
            return False
        self.tables.found[closed.id] = replace(present, state=closed.state, history=closed.history)
        return True


@dataclass
class MemoryCommands:
    tables: MemoryTables

    @operation
    def record(self, record: CommandRecord) -> bool:
        if record.id in self.tables.commands:
            return False
        self.tables.commands[record.id] = record
        return True
