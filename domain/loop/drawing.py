"""The drawing and the table of a process, made from the kind's own rows, so that the docs can't tell another story."""

from collections.abc import Iterable, Iterator

from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import By, Kind, Owe, Step

DRAWN_FROM = 4  # a verb taken at more stages than this would hide the drawing under its arrows
_COLUMNS = ("verb", "中文", "from", "to", "by (relation)", "only if", "clock", "duties", "tells", "complainant sees")


def mermaid(kind: Kind) -> str:
    """The stages and what leads from one to another, as a Mermaid state diagram."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in _drawn(kind):
        for source in _sources(kind, step):
            arrows.setdefault((source or "[*]", step.target or source), []).append(step.label)
    return "\n".join(
        [
            "stateDiagram-v2",
            *(f'    state "{label}" as {stage}' for stage, label in kind.stages.items()),
            *(f"    {source} --> {target}: {' / '.join(labels)}" for (source, target), labels in arrows.items()),
            *(f"    {stage} --> [*]" for stage in kind.stages if stage in kind.ends),
        ]
    )


def undrawn(kind: Kind) -> str:
    """The verbs that change the stage but start at too many stages to be drawn, as a list."""
    return "\n".join(
        f"* `{step.verb}` {step.label}: {_from(kind, step)} → {step.target}"
        for step in kind.steps
        if step.target is not None and step.target not in step.sources and step not in _drawn(kind)
    )


def markdown(kind: Kind) -> str:
    """Every row of the table, in its order."""
    lines = [_COLUMNS, ("---",) * len(_COLUMNS), *(_cells(kind, step) for step in kind.steps)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def stages(kind: Kind) -> str:
    """The stages with their Chinese names; those that end a matter are marked."""
    lines = [("stage", "中文", "ends the matter"), ("---",) * 3]
    lines += [(f"`{stage}`", label, "yes" if stage in kind.ends else "") for stage, label in kind.stages.items()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def duties(kind: Kind) -> str:
    """The duties, with the verbs that open and close each and the terms they are owed within."""
    lines = [("duty", "中文", "opened by", "closed by", "term"), ("---",) * 5]
    for duty, label in kind.duties.items():
        opening = [step for step in kind.steps if any(owe.duty == duty for owe in step.opens)]
        closing = [step.verb for step in kind.steps if duty in (*step.closes, *step.closes_own)]
        terms = [_term(owe) for step in opening for owe in step.opens if owe.duty == duty]
        lines.append((f"`{duty}`", label, _words(step.verb for step in opening), _words(closing), ", ".join(
            dict.fromkeys(terms)
        )))  # fmt: skip
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _drawn(kind: Kind) -> list[Step]:
    """The rows that lead to another stage, from few enough of them."""
    return [
        step
        for step in kind.steps
        if step.target is not None and step.target not in step.sources and len(step.sources) <= DRAWN_FROM
    ]


def _cells(kind: Kind, step: Step) -> tuple[str, ...]:
    return (
        f"`{step.verb}`",
        step.label,
        _from(kind, step),
        step.target or "–",
        "<br>".join(_by(by) for by in step.by),
        "<br>".join(_conditions(step)),
        step.clock or "",
        "<br>".join(_duties(step)),
        "<br>".join(f"{_by(tell.to)}: {tell.template}" for tell in step.tells),
        ("yes" + (f": {', '.join(step.shows)}" if step.shows else "")) if step.seen else "",
    )


def _sources(kind: Kind, step: Step) -> list[str]:
    """The step's stages in the order of the process; "" stands for a matter that does not exist yet."""
    return [stage for stage in ("", *kind.stages) if stage in step.sources]


def _from(kind: Kind, step: Step) -> str:
    if step.sources == frozenset(kind.stages):
        return "any"
    if step.sources == frozenset(kind.stages) - kind.ends:
        return "any but the ends"
    return ", ".join(source or "–" for source in _sources(kind, step))


def _by(by: By) -> str:
    return by.role if by.role == by.relation else f"{by.role} ({by.relation})"


def _conditions(step: Step) -> Iterator[str]:
    if step.answers:
        yield f"`{step.answers}` is owed"
    if step.guard and step.guard.__doc__:
        yield step.guard.__doc__.partition("\n")[0].rstrip(".")


def _duties(step: Step) -> Iterator[str]:
    closed = [*step.closes, *(f"{duty} (the own unit's)" for duty in step.closes_own)]
    if closed:
        yield f"closes {', '.join(closed)}"
    yield from (_opened(owe) for owe in step.opens)


def _opened(owe: Owe) -> str:
    holder = owe.to.role + (f", else {owe.to.otherwise.role}" if owe.to.otherwise else "")
    lapse = f"; when late: {owe.lapses_to}" if owe.lapses_to else ""
    switch = f" if {owe.if_pack}" if owe.if_pack else ""
    return f"**opens {owe.duty}** → {holder}, {_term(owe)}{lapse}{switch}"


def _term(owe: Owe) -> str:
    return "the matter's own due" if owe.within == ON_CLOCK else f"term `{owe.within}`"


def _words(verbs: Iterable[str]) -> str:
    return ", ".join(f"`{verb}`" for verb in dict.fromkeys(verbs))
