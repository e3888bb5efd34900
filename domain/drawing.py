"""`python -m domain.drawing` renews the pages of all processes in `docs/process/`, one for each kind of matter."""

from domain.loop.drawing import duties, markdown, mermaid, stages, undrawn
from domain.loop.kinds import Kind
from domain.process import KINDS
from kit.settings import ROOT

FOLDER = ROOT / "docs" / "process"

_PAGE = """# {label} (`{name}`)

<!-- Made from the kind's table: python -m domain.drawing -->

How to read this page: [README.md](README.md).

```mermaid
{mermaid}
```

{undrawn}## Stages

{stages}

## Steps

{markdown}

## Duties

{duties}
{more}"""

_UNDRAWN = """Not drawn, since they start at many stages:

{}

"""


def page(kind: Kind) -> str:
    """The whole page of a kind."""
    return _PAGE.format(
        label=kind.label,
        name=kind.name,
        mermaid=mermaid(kind),
        undrawn=_UNDRAWN.format(undrawn(kind)) if undrawn(kind) else "",
        stages=stages(kind),
        markdown=markdown(kind),
        duties=duties(kind),
        more=f"\n{kind.remarks}\n" if kind.remarks else "",
    )


if __name__ == "__main__":
    for one in KINDS:
        (FOLDER / f"{one.name}.md").write_text(page(one), encoding="utf-8")
