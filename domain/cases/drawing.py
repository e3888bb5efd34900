"""`python -m domain.cases.drawing > docs/process.md` renews the page of the case's process."""

import sys

from domain.cases.table import CASE
from domain.loop.drawing import duties, markdown, mermaid, stages, undrawn

_PAGE = """# The process of a case (举报件)

<!-- Made from domain/cases/table.py: python -m domain.cases.drawing > docs/process.md -->

```mermaid
{mermaid}
```

Not drawn, since they start at many stages:

{undrawn}

## Stages

{stages}

## Steps

A row is read so: whoever has the role **and** stands in the relation to this case may take the verb at one of the
stages *from*; then the stage is *to* (– leaves it), duties are closed and opened, notices are owed, and the entry is
shown to the complainant where the last column says so (with the inputs named there). `only if` is what the row alone
can't tell. `clock` is what the step does to both due dates. Terms are rows of the rule packs
(`data/rule_packs.toml`), so the same verb may have another term for another category or tier. An ending step also
closes whatever is still owed.

{markdown}

## Duties

{duties}

`decide_reopen` is also opened by `call_back` and `rate` when the complainant is dissatisfied and the rule pack allows
another round. A duty that is late is told to whoever holds it, once for each due date.
"""


def page() -> str:
    """The whole page."""
    return _PAGE.format(
        mermaid=mermaid(CASE), undrawn=undrawn(CASE), stages=stages(CASE), markdown=markdown(CASE), duties=duties(CASE)
    )


if __name__ == "__main__":
    sys.stdout.write(page())
