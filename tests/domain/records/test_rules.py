"""Which rule holds, when something is due, and what stops it: kind × category × outcome × mode × hold × relations."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from domain.cases.stages import ENDS
from domain.loop import packs, retention
from domain.loop.retention import About, Outlook
from domain.process import KINDS
from domain.records import planning
from domain.records.blanking import blanks
from kit import clock
from kit.clock import CHINA
from models import Case, Part, RetentionRule
from models.database import connection
from tests.makers import case_at
from tests.supervised import over_case

ON = date(2030, 6, 1)
# kind, category, outcomes, anonymous | rule | months of identity, content, record
EXPECTED = """
case B10 closed no                      | case         | 12 60 120
case B10 closed yes                     | anonymous    | 12 24 36
case B26 closed no                      | retaliation  | 24 120 120
case B26 closed yes                     | retaliation  | 24 120 120
case B26 refused yes                    | retaliation  | 24 120 120
case B10 refused no                     | refused      | 12 24 36
case B10 refused yes                    | refused      | 12 24 36
case B10 withdrawn no                   | withdrawn    | 6 12 36
case B10 withdrawn yes                  | withdrawn    | 6 12 36
case B10 redirected no                  | redirected   | 12 24 36
case B10 merged no                      | case         | 12 60 120
case B10 merged yes                     | anonymous    | 12 24 36
case B10 sealed,handed_over no          | handed-over  | 12 12 120
case B10 sealed,handed_over yes         | handed-over  | 12 12 120
case B10 closed,typical no              | typical      | 12 120 120
case B10 closed,typical yes             | typical      | 12 120 120
case B26 closed,typical yes             | typical      | 12 120 120
case B10 closed,accountable no          | accountable  | 12 120 120
case B10 closed,accountable yes         | accountable  | 12 120 120
case B10 closed,accountable,typical yes | accountable  | 12 120 120
case B10 sealed,handed_over,accountable no | accountable | 12 120 120
supervision - closed -                  | other        | 12 120 120
rectification - struck_off -            | rectification | 12 120 120
supervision - dismissed -               | other        | 12 120 120
review - decided -                      | other        | 12 120 120
accountability - concluded -            | other        | 12 120 120
identity_request - expired -            | identity-request | 12 36 120
"""
ROWS = [tuple(part.strip() for part in line.split("|")) for line in EXPECTED.strip().splitlines()]


@pytest.fixture(autouse=True, scope="module")
def registered() -> None:
    assert KINDS


async def rules() -> tuple[RetentionRule, ...]:
    return (await packs.book()).retention


def about(words: str) -> About:
    kind, category, outcomes, anonymous = words.split()
    return About(
        kind,
        None if category == "-" else category,
        frozenset(outcomes.split(",")),
        {"no": False, "yes": True, "-": None}[anonymous],
    )


async def test_which_rule_holds(province: str) -> None:
    known = await rules()
    for words, code, spans in ROWS:
        rule = retention.rule_for(known, about(words), ON)
        assert (rule.code, [retention.months(rule, part) for part in Part]) == (code, [int(n) for n in spans.split()])
    # Every rule is met above, every end of a case has one, and no rule names what there is not.
    assert {code for _, code, _ in ROWS} == {rule.code for rule in known}
    ends = {str(end) for kind in KINDS for end in kind.ends} | {"handed_over", "accountable", "typical"}
    assert {rule.outcome for rule in known} - {None} <= ends
    assert {rule.kind for rule in known} - {None} <= {kind.name for kind in KINDS}
    for end, category, anonymous in product(ENDS, (await packs.book()).categories, (True, False)):
        retention.rule_for(known, About("case", category, frozenset({str(end)}), anonymous), ON)


async def test_a_longer_rule_holds_from_its_day_on(province: str) -> None:
    first = next(rule for rule in await rules() if rule.code == "case")
    longer = RetentionRule(**{name: getattr(first, name) for name in first._meta.db_fields})
    longer.code, longer.content_months, longer.effective_from = "case-2030", 240, ON
    await longer.save(force_create=True)
    packs.forget()
    known, what = await rules(), about("case B10 closed no")
    assert retention.rule_for(known, what, ON - timedelta(days=1)).code == "case"
    assert retention.rule_for(known, what, ON).code == "case-2030"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-01-31", 1, "2026-02-28"), ("2027-01-31", 13, "2028-02-29"), ("2026-12-15", 1, "2027-01-15"),
        ("2024-02-29", 12, "2025-02-28"), ("2026-03-02", 0, "2026-03-02"), ("2026-03-31", -1, "2026-02-28"),
    ],
)  # fmt: skip
def test_months_later(day: str, months: int, then: str) -> None:
    assert retention.later(date.fromisoformat(day), months) == date.fromisoformat(then)


def outlook(rule: RetentionRule, **more: Any) -> Outlook:
    given: dict[str, Any] = {
        "id": uuid4(), "number": "JB2026-AAAAAAAA", "kind": "case", "region": "62", "category": "B10",
        "outcome": "closed", "filed_on": date(2026, 1, 1), "ended_on": date(2026, 3, 2), "archived": True,
        "destroyed": None, "rule": rule, "since": date(2026, 3, 2), "held": False,
    }  # fmt: skip
    return Outlook(**{**given, **more})


async def test_what_stops_a_part(province: str) -> None:
    """Day × hold × archive × something still open, for each part: the first reason, or none."""
    rule = next(rule for rule in await rules() if rule.code == "case")
    yes = (True, False)
    for part, day, (held, archived, going_on) in product(Part, (-1, 0, 1), product(yes, yes, yes)):
        one = outlook(rule, held=held, archived=archived, since=None if going_on else date(2026, 3, 2))
        due = retention.later(date(2026, 3, 2), retention.months(rule, part))
        assert one.due(part) == (None if going_on else due)
        wanted = (
            "open" if going_on
            else "not_due" if day < 0
            else "held" if held
            else "not_archived" if not archived and part is not Part.IDENTITY
            else ""
        )  # fmt: skip
        assert planning.stopped(one, part, due + timedelta(days=day)) == wanted
    review = outlook(rule, kind="review", archived=False)
    assert planning.stopped(review, Part.CONTENT, ON) == "not_due"
    assert planning.stopped(review, Part.CONTENT, date(2040, 1, 1)) == ""  # it goes into no archive
    for destroyed, parts in (
        (None, ["identity", "content", "record"]), (Part.IDENTITY, ["content", "record"]),
        (Part.CONTENT, ["record"]), (Part.RECORD, []),
    ):  # fmt: skip
        assert replace(outlook(rule), destroyed=destroyed).parts == parts
        assert replace(outlook(rule, kind="review"), destroyed=destroyed).parts == [p for p in parts if p != "identity"]


@pytest.fixture
async def then() -> AsyncIterator[datetime]:
    moment = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
    with clock.at(moment):
        yield moment


async def test_what_belongs_together_waits_together(province: str, then: datetime) -> None:
    """A case with a supervision, one merged into it, one split in parts: the last end counts, one hold holds all."""
    lead = await case_at("handling")
    over = await over_case("issued", walk=lead)
    merged = await case_at("screened")
    await merged.take("merge", into=lead.number)
    linked = await case_at("closed")
    await linked.take("link", to=lead.number)
    whole = await case_at("split")
    _, parts = await connection().execute_query(
        "SELECT id FROM matter WHERE opened_by_id = $1", [whole.holder.matter_id]
    )
    ids = {"lead": lead.holder.matter_id, "merged": merged.holder.matter_id, "linked": linked.holder.matter_id}
    ids |= {"over": (await over.matter()).id, "whole": whole.holder.matter_id, "part": parts[0]["id"]}

    async def seen() -> dict[str, tuple[bool, date | None]]:
        found = await retention.outlooks([one for one in ids.values() if one])
        return {name: (found[one].held, found[one].since) for name, one in ids.items() if one}

    together, apart = ("lead", "merged", "over"), ("whole", "part")
    assert {name: since for name, (_, since) in (await seen()).items()} == {
        **dict.fromkeys((*together, *apart), None), "linked": then.date(),
    }  # fmt: skip
    for verb in ("answer", "approve_answer", "reply", "call_back", "close"):
        await lead.take(verb)
    assert (await seen())["lead"] == (False, None)  # its supervision goes on
    with clock.at(then + timedelta(days=40)):
        await over.take("lift")
    last = then.date() + timedelta(days=40)
    assert {(await seen())[name] for name in together} == {(False, last)}
    for holder in (lead, merged):
        await holder.take("hold")
        found = await seen()
        assert {name for name, (held, _) in found.items() if held} == {*together}
        await holder.take("lift_hold")
    await whole.take("hold")
    assert {name for name, (held, _) in (await seen()).items() if held} == {*apart}


def test_every_text_of_a_matters_tables_is_content(province: str) -> None:
    found = {model._meta.db_table: sorted(fields) for model, fields in blanks().items()}
    assert found["case_file"] == [
        "accused_text", "answer", "claims", "handed_from", "occurred_on", "routing", "summary",
    ]  # fmt: skip
    assert found["supervision"] == ["basis", "demands", "facts", "leader_in_charge", "subject"]
    assert found["recusal"] == ["reason"]
    assert Case in blanks()
    assert not {"matter", "entry", "tombstone", "archive"} & found.keys()
