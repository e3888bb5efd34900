"""What a case came to, worked out from its entries: the rows that every figure is summed from.

`PICKS` says which verbs make a fact: a verb that comes later is one more word in a row. A verb of a matter that the
case opened is written with its kind, as in `supervision.issue`. Everything is worked out anew at each step, in
its transaction, by the statement that `derived` gives; whoever checks the figures asks the same of all entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.cases.effects import DISSATISFIED
from kit import clock
from models import Case, CaseFact, Duty, Matter
from models.database import connection, meta_of

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Pick:
    """A fact by its verbs: the first or the last such entry; void if a later entry has one of the verbs `undone`."""

    name: str
    verbs: tuple[str, ...]
    last: bool = False
    undone: tuple[str, ...] = ()


AGAIN = ("reopen", "redo_after_review")
PICKS = (
    Pick("accepted", ("accept",)),
    Pick("refused", ("refuse",)),
    Pick("withdrawn", ("withdraw",)),
    Pick("answered", ("accept", "refuse")),
    Pick("replied", ("reply", "parts_ended"), last=True, undone=AGAIN),
    Pick("closed", ("close",), last=True, undone=AGAIN),
    Pick("unreached", ("give_up_call",), last=True, undone=AGAIN),
    Pick("reopened", AGAIN, last=True),
    Pick("returned", ("object",)),
    Pick("extended", ("grant_extension",)),
    Pick("taken_out", ("grant_uncounting",), last=True, undone=("count_again",)),
    Pick("parked", ("grant_parking",), last=True, undone=("unpark",)),
    Pick("handed_over", ("countersign", "go_along"), last=True, undone=("send_back", "come_back")),
    Pick("supervised", ("supervision.issue", "supervision.approve")),
    Pick("accountable", ("hear_outcome",)),
    Pick("compiled", ("typical.approve_print", "typical.publish")),
    Pick("typical", ("typical.publish",), last=True, undone=("typical.withdraw", "typical.take_down")),
)


def _picked(pick: Pick) -> str:
    """SQL: the moment of a fact, among the entries `e`."""
    which = f"{'max' if pick.last else 'min'}(e.at) FILTER (WHERE e.word IN ({_words(pick.verbs)}))"
    if not pick.undone:
        return f"{which} AS {pick.name}"
    stands = (
        f"max(e.seq) FILTER (WHERE e.word IN ({_words(pick.verbs)})) >"
        f" coalesce(max(e.seq) FILTER (WHERE e.word IN ({_words(pick.undone)})), 0)"
    )
    return f"CASE WHEN {stands} THEN {which} END AS {pick.name}"


def _words(verbs: Sequence[str]) -> str:
    return ", ".join(f"'{verb}'" for verb in verbs)


def _day(moment: str) -> str:
    return f"({moment} AT TIME ZONE 'Asia/Shanghai')::date"


_DERIVED = f"""
SELECT m.id AS matter_id, m.region_id, m.receiving_unit_id AS office_id, c.lead_unit_id AS unit_id, c.category_id,
       m.filed_on AS received_on,
       {_day("f.accepted")} AS accepted_on,
       {_day("f.refused")} AS refused_on,
       {_day("f.withdrawn")} AS withdrawn_on,
       CASE WHEN f.answered IS NOT NULL OR m.ended_at IS NULL
            THEN least({_day("f.answered")}, {_day("d.due_at")} + 1) END AS response_on,
       coalesce(f.answered <= d.due_at, false) AS responded,
       CASE WHEN counts THEN {_day("f.replied")} END AS replied_on,
       counts AND coalesce(f.replied <= m.statutory_due, false) AS on_time,
       CASE WHEN f.accepted IS NULL OR NOT counts THEN NULL
            WHEN f.closed IS NOT NULL THEN least({_day("f.closed")}, {_day("m.statutory_due")} + 1)
            WHEN m.ended_at IS NOT NULL OR m.paused_since IS NOT NULL THEN NULL
            ELSE {_day("m.statutory_due")} + 1 END AS due_on,
       counts AND coalesce(f.closed IS NOT NULL AND f.replied <= m.statutory_due, false) AS effective,
       CASE WHEN counts THEN {_day("f.closed")} END AS closed_on,
       ends AND (r.solved IS NOT NULL OR f.unreached IS NOT NULL) AS called_back,
       ends AND r.solved IS NULL AND f.unreached IS NOT NULL AS unreachable,
       ends AND r.solved IS NOT NULL AS rated,
       ends AND coalesce(r.solved, false) AS solved,
       ends AND coalesce(r.solved AND r.result > {DISSATISFIED}, false) AS satisfied,
       {_day("f.reopened")} AS reopened_on,
       {_day("f.returned")} AS returned_on,
       {_day("f.extended")} AS extended_on,
       {_day("f.taken_out")} AS taken_out_on,
       {_day("f.parked")} AS parked_on,
       {_day("f.handed_over")} AS handed_over_on,
       {_day("f.supervised")} AS supervised_on,
       {_day("f.accountable")} AS accountable_on,
       CASE WHEN f.accountable IS NULL THEN 0 ELSE p.persons END AS persons,
       {_day("f.compiled")} AS compiled_on,
       {_day("f.typical")} AS typical_on
FROM matter m
JOIN case_file c ON c.matter_id = m.id
CROSS JOIN LATERAL (
    SELECT {", ".join(map(_picked, PICKS))}
    FROM (
        SELECT e.verb AS word, e.at, e.seq FROM entry e WHERE e.matter_id = m.id
        UNION ALL
        SELECT o.kind || '.' || e.verb, e.at, e.seq FROM matter o JOIN entry e ON e.matter_id = o.id
        WHERE o.opened_by_id = m.id
    ) e
) f
CROSS JOIN LATERAL (
    SELECT f.taken_out IS NULL AND m.sealed_at IS NULL AS counts,
           f.taken_out IS NULL AND m.sealed_at IS NULL AND f.closed IS NOT NULL AS ends
) x
LEFT JOIN LATERAL (
    SELECT d.due_at FROM duty d WHERE d.matter_id = m.id AND d.name = 'accept' ORDER BY d.opened_at, d.id LIMIT 1
) d ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(w.persons), 0)::int AS persons FROM matter o CROSS JOIN LATERAL (
        SELECT CASE WHEN count(*) = count(b.body) THEN sum((b.body #>> '{{inputs,persons}}')::int)
                    ELSE (SELECT sum(a.persons) FROM accountability_outcome a WHERE a.matter_id = o.id) END AS persons
        FROM entry e JOIN entry_body b ON b.entry_id = e.id WHERE e.matter_id = o.id AND e.verb = 'record_outcome'
    ) w WHERE o.opened_by_id = m.id AND o.kind = 'accountability'
) p
LEFT JOIN rating r ON r.matter_id = m.id AND r.round = c.reopenings
WHERE m.kind = 'case' AND m.opened_by_id IS NULL"""  # a part is counted with its whole

COLUMNS = tuple(sorted(meta_of(CaseFact).db_fields | {"matter_id"}))  # which it has only once there is a database
_NAMES = ", ".join(COLUMNS)


def derived(which: str) -> str:
    """SQL: the facts of the cases that fit a condition on `m`, from their entries."""
    return f"SELECT {_NAMES} FROM ({_DERIVED} AND {which}) derived"


def _kept(which: str) -> str:
    own, new = (", ".join(f"{place}.{name}" for name in COLUMNS) for place in ("case_fact", "excluded"))
    values = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "matter_id")
    return (
        f"INSERT INTO case_fact ({_NAMES}) {derived(which)}"
        f" ON CONFLICT (matter_id) DO UPDATE SET {values} WHERE ({own}) IS DISTINCT FROM ({new})"
    )


_OF_THESE = _kept("m.id = ANY($1::uuid[])")


async def kept(matters: Sequence[UUID]) -> None:
    """Bring the facts of these up to date, of those that are cases; in the transaction of whatever changed them."""
    await connection().execute_query(_OF_THESE, [list(matters)])


async def missing_kept() -> int:
    """Work out the facts of cases that have none: from before there were any; returns how many that were."""
    done, last = 0, UUID(int=0)
    while True:
        _, rows = await connection().execute_query(
            "SELECT m.id FROM matter m WHERE m.kind = 'case' AND m.opened_by_id IS NULL AND m.id > $2::uuid"
            " AND NOT EXISTS (SELECT 1 FROM case_fact f WHERE f.matter_id = m.id) ORDER BY m.id LIMIT $1",
            [BATCH, last],
        )
        if not rows:
            return done
        await kept([row["id"] for row in rows])
        done, last = done + len(rows), rows[-1]["id"]


def at_filing(matter: Matter, case: Case, duties: Sequence[Duty]) -> CaseFact:
    """The facts of a case that is being filed: the first entry says no more."""
    answer_by = min((duty.due_at for duty in duties if duty.name == "accept"), default=None)
    return CaseFact(
        matter_id=matter.id,
        region_id=matter.region_id,
        office_id=matter.receiving_unit_id,
        unit_id=None,
        category_id=case.category_id,
        received_on=matter.filed_on,
        response_on=answer_by and _day_after(clock.local(answer_by).date()),
    )


def _day_after(day: date) -> date:
    return day + timedelta(days=1)
