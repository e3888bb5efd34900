"""What an actor may see: decided here and nowhere else. Lists, counts, steps, notices and looks all ask."""

from collections.abc import Callable, Iterable
from uuid import UUID

from domain.loop.kinds import OFFICE, ROLE_SEES, UNIT, Kind
from domain.people.actors import Actor
from domain.people.names import Name
from kit.errors import NotFound
from models import ActorKind, Involvement, Matter, Relation, Role
from models.database import connection

# Who stand to a matter by their post, not by their unit.
PERSONAL = frozenset({Role.HANDLER, Role.OFFICIAL, Role.EVALUATOR})
OFFICES = frozenset({Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR})


class Values:
    """The values of a statement's placeholders, in order."""

    def __init__(self) -> None:
        self.list: list[object] = []

    def add(self, value: object) -> str:
        """The placeholder of a new value."""
        self.list.append(value)
        return f"${len(self.list)}"


def not_excluded(actor: Actor, matter: str, values: Values) -> str:
    """SQL: no recusal of the matter shuts this actor out (信访工作条例 art. 28 ¶3, 30 ¶3).

    A recusal of a unit shuts out whoever has any post in it or below it; of a person, that person. What was handed over
    under seal is gone for all but those who took it over.
    """
    open_ = "" if actor.role is Role.DISCIPLINE_LIAISON else f"{matter}.sealed_at IS NULL AND "
    return f"{open_}{_not_recused(actor, matter, values)}"


def _not_recused(actor: Actor, matter: str, values: Values) -> str:
    units, person = values.add(list(actor.shut)), values.add(actor.person_id)
    return (
        f"NOT EXISTS (SELECT 1 FROM recusal r WHERE r.matter_id = {matter}.id"
        f" AND (r.unit_id = ANY({units}::uuid[]) OR r.person_id = {person}::uuid))"
    )


def visible_to(actor: Actor, matter: str, values: Values) -> str:
    """SQL: the condition under which `matter` (an alias) exists for this actor."""
    if actor.kind is ActorKind.SYSTEM:
        return "TRUE"
    if actor.kind is ActorKind.RECEIPT:
        return theirs(actor, matter, values)
    if actor.standing is None or actor.standing.role not in ROLE_SEES:
        return "FALSE"
    if actor.role is Role.SUPERVISOR:
        stands = f"{matter}.region_id LIKE {values.add(actor.standing.region + '%')}"
    else:
        relations = values.add([str(relation) for relation in ROLE_SEES[actor.standing.role]])
        holder = (
            f"i.post_id = ANY({values.add(list(actor.holds))}::uuid[])"
            if actor.role in PERSONAL
            else f"i.unit_id = {values.add(actor.standing.unit_id)}::uuid"
        )
        stands = (
            f"EXISTS (SELECT 1 FROM involvement i WHERE i.matter_id = {matter}.id AND i.until IS NULL"
            f" AND i.relation = ANY({relations}::text[]) AND {holder})"
        )
    return f"({stands} AND {not_excluded(actor, matter, values)})"


def counted_for(actor: Actor, matter: str, values: Values) -> str:
    """SQL: the condition under which `matter` is in this actor's numbers: what they may see.

    An office also counts what it has handed over under seal, so that it can say how many that were.
    """
    if actor.standing is None or actor.role not in OFFICES:
        return visible_to(actor, matter, values)
    if actor.role is Role.SUPERVISOR:
        stands = f"{matter}.region_id LIKE {values.add(actor.standing.region + '%')}"
    else:
        stands = f"{matter}.receiving_unit_id = {values.add(actor.standing.unit_id)}::uuid"
    return f"({stands} AND {_not_recused(actor, matter, values)})"


def theirs(actor: Actor, matter: str, values: Values) -> str:
    """SQL: `matter` is the one of this receipt, or one that it opened and whose complainant they are too."""
    own = values.add(actor.matter_id)
    followed = values.add([kind.name for kind in Kind.REGISTRY.values() if kind.begins and kind.begins.followed])
    opened = f"{matter}.opened_by_id = {own}::uuid AND {matter}.kind = ANY({followed}::text[])"
    return f"({matter}.id = {own}::uuid OR ({opened}))"


# What a step on a matter may change besides, and what is locked with it: what opened it, the case that leads it, and
# what opened that one.
_TOGETHER = """
SELECT m.id FROM matter m WHERE m.id IN {these}
UNION SELECT m.opened_by_id FROM matter m WHERE m.id IN {these} AND m.opened_by_id IS NOT NULL
UNION SELECT c.merged_into_id FROM case_file c WHERE c.matter_id IN {these} AND c.merged_into_id IS NOT NULL
UNION SELECT l.opened_by_id FROM case_file c JOIN matter l ON l.id = c.merged_into_id
WHERE c.matter_id IN {these} AND l.opened_by_id IS NOT NULL
"""
# Everybody who locks several matters `x` locks them in this order, so that nobody waits in a circle: the case that
# leads before those that were merged into it, what opened a matter before that, and else the smaller id.
_IN_ORDER = """
ORDER BY (SELECT count(c.merged_into_id) FROM case_file c WHERE c.matter_id = x.id),
(WITH RECURSIVE above AS (
    SELECT x.opened_by_id AS id WHERE x.opened_by_id IS NOT NULL
    UNION ALL SELECT m.opened_by_id FROM above a JOIN matter m ON m.id = a.id WHERE m.opened_by_id IS NOT NULL
) SELECT count(*) FROM above), x.id FOR UPDATE OF x
"""


async def found(actor: Actor, number: str, *, lock: bool = False, also: Iterable[str] = ()) -> Matter:
    """The matter by its number, locked if it is to be changed; raises NotFound if it isn't there for this actor.

    What a step on it may change too is locked with it, and so is each of `also` that is there.
    """
    values = Values()
    named = " OR ".join(f"m.number = {values.add(one)}" for one in (number, *also))
    found = f"SELECT m.id, m.number FROM matter m WHERE ({named}) AND {visible_to(actor, 'm', values)}"
    if lock:
        together = _TOGETHER.format(these="(SELECT id FROM these)")
        found = f"""
            WITH these AS MATERIALIZED ({found})
            SELECT x.id, x.number FROM matter x JOIN ({together}) t ON t.id = x.id {_IN_ORDER}
        """
    _, rows = await connection().execute_query(found, values.list)
    here = next((row["id"] for row in rows if row["number"] == number), None)
    if here is None:
        raise NotFound("没有找到这个事项")
    return await Matter.get(id=here)


async def locked_with(matter_id: UUID) -> set[UUID]:
    """The matters that are locked when this one is, itself among them."""
    _, rows = await connection().execute_query(_TOGETHER.format(these="($1::uuid)"), [matter_id])
    return {row["id"] for row in rows}


async def locked(ids: Iterable[UUID]) -> list[Matter]:
    """These matters, locked in the order in which everybody locks."""
    wanted = list(ids)
    await connection().execute_query(f"SELECT x.id FROM matter x WHERE x.id = ANY($1::uuid[]) {_IN_ORDER}", [wanted])
    return await Matter.filter(id__in=wanted)


async def open_among(actor: Actor, numbers: Iterable[str]) -> set[str]:
    """Those of these matters from which the actor is not shut out: what names another matter is shown by this."""
    values = Values()
    wanted = values.add(list(numbers))
    _, rows = await connection().execute_query(
        f"SELECT m.number FROM matter m WHERE m.number = ANY({wanted}::text[]) AND {not_excluded(actor, 'm', values)}",
        values.list,
    )
    return {row["number"] for row in rows}


async def excluded_among(matter_id: UUID, actors: list[Actor]) -> list[bool]:
    """For each actor, whether a recusal of the matter shuts them out."""
    _, rows = await connection().execute_query(
        "SELECT unit_id, person_id FROM recusal WHERE matter_id = $1", [matter_id]
    )
    units = {row["unit_id"] for row in rows} - {None}
    persons = {row["person_id"] for row in rows} - {None}
    return [bool(actor.shut & units) or actor.person_id in persons for actor in actors]


def relations_of(actor: Actor, matter: Matter, involved: list[Involvement]) -> frozenset[Relation]:
    """How an actor who may see the matter stands to it."""
    if actor.kind is ActorKind.SYSTEM:
        return frozenset({Relation.SYSTEM})
    if actor.kind is ActorKind.RECEIPT:
        return frozenset({Relation.COMPLAINANT})
    if actor.standing is None or (matter.sealed_at and actor.role is not Role.DISCIPLINE_LIAISON):
        return frozenset()
    relations = {
        place.relation
        for place in involved
        if (place.post_id in actor.holds if place.post_id else place.unit_id == actor.standing.unit_id)
    }
    if actor.role is Role.SUPERVISOR and matter.region_id.startswith(actor.standing.region):
        relations.add(Relation.OVERSIGHT)
    return frozenset(relations & ROLE_SEES.get(actor.role, frozenset())) if actor.role else frozenset()


def persons_known(actor: Actor, relations: frozenset[Relation], involved: list[Involvement]) -> Callable[[Name], bool]:
    """Whose names this reader may learn from the matter.

    The offices everybody's, and the custodians', who decide on a person; the unit that handles, those of its own side;
    any other unit, its own people's; the complainant nobody's.
    """
    if relations & (OFFICE | {Relation.CUSTODY}):
        return lambda _: True
    units = {actor.standing.unit_id} if actor.standing else set()
    if relations & UNIT:
        units |= {place.unit_id for place in involved if place.relation in UNIT}
    return lambda name: bool(units.intersection(name.line))
