"""立项: how a matter of any kind begins, by itself or out of a step on another, which hands its recusals down."""

from typing import Any
from uuid import UUID, uuid4

from tortoise.models import Model
from tortoise.transactions import in_transaction

from domain.loop import packs
from domain.loop.engine import moving, read, settled, turn_the_clock
from domain.loop.kinds import Inputs, Kind, Move, Scene, role_of
from domain.loop.timeline import GENESIS
from domain.people.actors import Actor
from kit import clock, crockford
from kit.errors import NotAllowed
from models import Matter, Recusal, Tier
from models.database import insert, wake

NUMBER_CODE = 8  # Crockford characters: 40 random bits a year, so gaps tell nothing


def openable(actor: Actor) -> list[Kind]:
    """The kinds of matter that this actor may open by themself."""
    role = role_of(actor)
    return [
        kind
        for kind in Kind.REGISTRY.values()
        if kind.begins and actor.standing and role in {by.role for by in kind.begins.step.by}
    ]


async def opened(actor: Actor, kind: Kind, given: dict[str, Any]) -> Matter:
    """Open a matter of this kind by itself; raises NotAllowed, Invalid, or whatever the kind refuses."""
    if kind not in openable(actor) or kind.begins is None or actor.standing is None:
        raise NotAllowed
    inputs = read(kind.begins.step, given)
    async with in_transaction():
        matter, rows = await _begun(actor, kind, inputs, actor.standing.region, actor.standing.unit_id, None)
        await insert(rows)
    await wake()
    return matter


async def out_of(
    move: Move, name: str, inputs: Inputs, *, actor: Actor | None = None, receiving: UUID | None = None
) -> Matter:
    """Open a matter of the kind `name` by a step on another: written with that step, recusals inherited.

    `actor` is who opens it, if not whoever takes the step; `receiving` the unit that runs it, if not the one that runs
    the opener. The step's entry says its number.
    """
    opener = move.matter
    matter, rows = await _begun(
        actor or move.actor,
        Kind.REGISTRY[name],
        inputs,
        opener.region_id,
        receiving or opener.receiving_unit_id,
        move,
    )
    move.fresh += rows
    move.said["opened"] = [*move.said.get("opened", []), matter.number]
    return matter


async def by(actor: Actor, kind: Kind, inputs: Inputs, region: str, receiving: UUID) -> Matter:
    """Open a matter that a plan says is due, within the caller's transaction; who may, the caller knows."""
    matter, rows = await _begun(actor, kind, inputs, region, receiving, None)
    await insert(rows)
    return matter


async def _begun(
    actor: Actor, kind: Kind, inputs: Inputs, region: str, receiving: UUID, opener: Move | None
) -> tuple[Matter, list[Model]]:
    """The matter and all its first rows. Where it lies and who runs it, the kind may change as it makes its own row."""
    if kind.begins is None:
        raise LookupError(f"{kind.name} is not opened this way")
    book, now, step = await packs.book(), clock.now(), kind.begins.step
    pack = book.pack_for(None, "", kind.name)
    matter = Matter(
        id=uuid4(),
        kind=kind.name,
        number=f"{kind.begins.prefix}{now.year}-{crockford.random_code(NUMBER_CODE)}",
        stage="",
        region_id=region,
        receiving_unit_id=receiving,
        rule_pack_id=pack.code,
        opened_by_id=opener.matter.id if opener else None,
        tier=opener.matter.tier if opener else Tier.NORMAL,
        coarse=opener.matter.coarse if opener and kind.begins.followed else False,
        filed_on=now.date(),
        head=GENESIS,
    )
    scene = Scene(kind=kind, matter=matter, subject=None, actor=actor, now=now, pack=pack, involved=[], duties=[])
    move = moving(scene, step, inputs)
    own = await kind.begins.made(move, opener)
    move.subject = own
    matter.stage = step.target or ""
    await turn_the_clock(move)
    return matter, [matter, own, *await _inherited(matter, opener), *settled(move)]


async def _inherited(matter: Matter, opener: Move | None) -> list[Recusal]:
    """Whoever is shut out of the opener is shut out of what it opens, those of this very step included."""
    if opener is None:
        return []
    known = await Recusal.filter(matter_id=opener.matter.id)
    known += [row for row in opener.fresh if isinstance(row, Recusal) and row.matter_id == opener.matter.id]
    return [
        Recusal(
            id=uuid4(), matter_id=matter.id, unit_id=row.unit_id, person_id=row.person_id, reason=row.reason,
            accused=row.accused, since=row.since,
        )
        for row in known
    ]  # fmt: skip
