"""Every workflow that this function does the steps of, by its name.

To add one: a record with a pure `next_action`, a `Workflow` of its steps, a table of states like that in
`tasks/refunds.py`, a line here, and its machine in template.yaml; `make docs` writes its file.
"""

from collections.abc import Mapping

from tasks.refunds import REFUNDS
from tasks.states import Machine

# Executions that were started before the machines named their workflow are refunds.
UNNAMED = REFUNDS.workflow.name

WORKFLOWS: Mapping[str, Machine] = {machine.workflow.name: machine for machine in (REFUNDS,)}
