"""Statistics against the entries read one by one, for everybody, however they are asked for."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from demo import play
from domain.accountability.counting import counted as accounted
from domain.cases import dossiers
from domain.figures import statistics, tally, verifying
from domain.figures.definitions import definitions
from domain.figures.statistics import Asked, By, counted, has_sums
from domain.loop import engine, packs, sight
from domain.loop.sight import Values
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from kit import clock, storage
from kit.clock import CHINA
from kit.settings import Settings
from models import AccountabilityOutcome, Case, Entry, EntryBody, Matter, Post, Region, Relation, Role, Unit
from models.database import connected, connection
from tests.domain.accountability.test_ways import OUTCOME, leader_of, proposed
from tests.domain.cases.test_going_along import merged
from tests.domain.cases.test_handing_over import WHY, downloaded, signed
from tests.makers import case_at, officer, unit
from tests.observed import undone
from tests.servers import Servers, create_database, drop_database
from tests.supervised import over_case

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNTIL = datetime(2026, 11, 22, 16, 30, tzinfo=CHINA)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
CASES = 50


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(
    servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Fifty cases of the demo, of which somebody at each office is shut out of some; half are added to the sums."""
    name = "test_statistics"
    await create_database(servers.postgres, name, province_template)
    url = servers.postgres.url(name, "yijian")
    async with connected(url, pool=6):
        with clock.at(UNTIL):
            settings = Settings().model_copy(update={"var": tmp_path_factory.mktemp("played")})
            await play.play(settings, CASES)
            await tally.added(limit=300)
            registrar = await officer(Role.REGISTRAR)
            for matter in (await Matter.filter(ended_at=None, receiving_unit__code="62-intake").order_by("number"))[:4]:
                other = await officer(Role.REGISTRAR, number=1)
                await _exclude(registrar, matter.number, persons=[str(other.person_id)])
        yield url
    await drop_database(servers.postgres, name)


async def _exclude(by: Actor, number: str, **whom: list[str]) -> None:
    await engine.take(by, number, "exclude", {"reason": "有利害关系", **whom})


@pytest.fixture(autouse=True)
def at_the_end() -> Any:
    with clock.at(UNTIL):
        packs.forget()
        yield


async def everybody() -> dict[str, Actor]:
    found = {
        "registrar": await officer(Role.REGISTRAR),
        "shut out": await officer(Role.REGISTRAR, number=1),
        "call-back": await officer(Role.CALL_BACK_OFFICER),
        "sealed": await officer(Role.REGISTRAR, "SEALED"),
        "supervisor": await officer(Role.SUPERVISOR, "62-justice.inspection"),
        "city": await officer(Role.SUPERVISOR, "6201-justice.inspection"),
        "system": SYSTEM,
    }
    for name, role in (("liaison", Role.LIAISON), ("head", Role.HEAD), ("handler", Role.HANDLER)):
        relation = {"liaison": "liaison", "head": "lead", "handler": "assignee"}[name]
        _, rows = await connection().execute_query(
            "SELECT unit_id, post_id FROM involvement WHERE relation = $1 AND until IS NULL"
            " GROUP BY unit_id, post_id ORDER BY count(*) DESC, unit_id LIMIT 1",
            [relation],
        )
        posts = await Post.filter(unit_id=rows[0]["unit_id"], role=role).order_by("id")
        post = rows[0]["post_id"] or posts[0].id
        found[name] = await actors.of_post(post)
    return found


def day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


async def by_hand(actor: Actor, asked: Asked) -> dict[str, Counter[str]]:
    """The numbers by reading each case's entries as a person would; the keys are those of the parts."""
    values = Values()
    condition = sight.counted_for(actor, "m", values)
    _, rows = await connection().execute_query(
        f"SELECT m.id FROM matter m WHERE m.kind = 'case' AND {condition}", values.list
    )
    own = actor.standing.region if actor.role is Role.SUPERVISOR and actor.standing else ""
    region = asked.region if asked.region.startswith(own) else own
    children = {row.code for row in await Region.filter(parent_id=region or "62")}
    units = {unit.id for unit in await Unit.filter(region_id=region or "62")}
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        matter, case = await Matter.get(id=row["id"]), await Case.get(matter_id=row["id"])
        if not matter.region_id.startswith(region) or asked.category not in (None, case.category_id):
            continue
        if asked.unit not in (None, case.lead_unit_id):
            continue
        for name, (on, amount) in (await told(matter, case)).items():
            if not (on and amount and asked.since <= on <= min(asked.until, clock.today())):
                continue
            key = ""
            match asked.by:
                case By.REGION:
                    key = next((code for code in children if matter.region_id.startswith(code)), "-")
                case By.UNIT:
                    key = str(case.lead_unit_id) if case.lead_unit_id in units else "-"
                case By.CATEGORY:
                    key = case.category_id
                case By.MONTH:
                    key = f"{on:%Y-%m}"
            if key != "-":
                sums.setdefault(key, Counter())[name] += amount
    return sums


async def told(matter: Matter, case: Case) -> dict[str, tuple[date | None, int]]:
    """Each figure of one case: on which day it counts, and for how much."""
    entries = await Entry.filter(matter_id=matter.id).order_by("seq")
    first: dict[str, Entry] = {}
    round_: list[Entry] = []
    reopened: list[Entry] = []
    for entry in entries:
        first.setdefault(entry.verb, entry)
        round_.append(entry)
        if entry.verb == "reopen":
            reopened.append(entry)
            round_ = []
    now = {entry.verb: entry for entry in round_}
    last = {entry.verb: entry for entry in entries}
    replied, closed = now.get("reply"), now.get("close")
    due = matter.statutory_due and matter.statutory_due.astimezone(CHINA)
    in_time = bool(replied and due and replied.at <= due)
    rating = now.get("rate") or now.get("call_back")
    said: dict[str, Any] = {}
    if rating:
        said = (await EntryBody.get(entry_id=rating.id)).body["inputs"]  # type: ignore[assignment]
    rated, gone = bool(closed and rating), bool(closed and not rating and "give_up_call" in now)
    solved = rated and bool(said["solved"])
    answered = first.get("accept") or first.get("refuse")
    _, duties = await connection().execute_query(
        "SELECT min(due_at) AS by FROM duty WHERE matter_id = $1 AND name = 'accept'", [matter.id]
    )
    accept_by = duties[0]["by"].astimezone(CHINA)
    too_late = day(accept_by) + timedelta(days=1)
    response = min(too_late, day(answered.at)) if answered else None if matter.ended_at else too_late
    due_on: date | None = None
    if "accept" in first and due:
        if closed:
            due_on = min(day(closed.at), day(due) + timedelta(days=1))
        elif not matter.ended_at and not matter.paused_since:
            due_on = day(due) + timedelta(days=1)

    about = Entry.filter(matter__opened_by_id=matter.id, matter__kind="supervision", verb__in=["issue", "approve"])
    told_of = await Entry.filter(matter__opened_by_id=matter.id, matter__kind="typical").order_by("at", "seq")
    released = [entry for entry in told_of if entry.verb in ("approve_print", "publish")]
    public = [entry for entry in told_of if entry.verb in ("publish", "withdraw", "take_down")]
    outcomes = await AccountabilityOutcome.filter(matter__opened_by_id=matter.id)

    back = max((last[verb].seq for verb in ("send_back", "come_back") if verb in last), default=0)
    handed = next((last[verb] for verb in ("countersign", "go_along") if verb in last and last[verb].seq > back), None)

    def on(entry: Entry | None) -> date | None:
        return day(entry.at) if entry else None

    closed_on = on(closed)
    return {
        "received": (matter.filed_on, 1),
        "compiled": (on(next(iter(released), None)), 1),
        "typical": (on(public[-1]) if public and public[-1].verb == "publish" else None, 1),
        "accepted": (on(first.get("accept")), 1),
        "refused": (on(first.get("refuse")), 1),
        "withdrawn": (on(first.get("withdraw")), 1),
        "response_due": (response, 1),
        "responded": (response, int(bool(answered and answered.at <= accept_by))),
        "replied": (on(replied), 1),
        "on_time": (on(replied), int(in_time)),
        "due": (due_on, 1),
        "effective": (due_on, int(bool(closed and in_time))),
        "closed": (closed_on, 1),
        "called_back": (closed_on, int(rated or gone)),
        "unreachable": (closed_on, int(gone)),
        "rated": (closed_on, int(rated)),
        "solved": (closed_on, int(solved)),
        "satisfied": (closed_on, int(solved and said["result"] > 2)),
        "reopened": (on(last.get("reopen")), 1),
        "returned": (on(first.get("object")), 1),
        "extended": (on(first.get("grant_extension")), 1),
        "handed_over": (on(handed), 1),
        "supervised": (on(await about.order_by("at").first()), 1),
        "accountable": (on(first.get("hear_outcome")), 1),
        "persons": (on(first.get("hear_outcome")), sum(outcome.persons for outcome in outcomes)),
    }


def plain(sums: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {key: {name: n for name, n in row.items() if n} for key, row in sums.items()}


async def test_everybodys_numbers_are_those_of_the_entries(played: str) -> None:
    people = await everybody()
    looks = [Asked(*YEAR), Asked(*YEAR, region="6201"), Asked(date(2026, 11, 1), date(2026, 11, 15))]
    for (who, actor), asked in product(people.items(), looks):
        hand = plain(await by_hand(actor, asked)).get("", {})
        ours = {name: n for name, n in (await statistics.total(actor, asked)).items() if n}
        assert ours == hand, (who, asked)
    assert (await statistics.total(people["system"], looks[0]))["received"] == CASES
    shut, seen = [await statistics.total(people[who], looks[0]) for who in ("shut out", "registrar")]
    assert shut["received"] == seen["received"] - 4
    assert all([(await statistics.total(people[who], looks[0]))["received"] for who in ("liaison", "head", "handler")])


@pytest.mark.parametrize("by", By)
async def test_the_parts_are_those_of_the_entries(played: str, by: By) -> None:
    people = await everybody()
    unit = people["head"].standing
    assert unit
    narrowed = [Asked(*YEAR, by=by), Asked(*YEAR, by=by, region="6201"), Asked(*YEAR, by=by, category="B11")]
    narrowed += [Asked(*YEAR, by=by, unit=unit.unit_id)]
    for (who, actor), asked in product(people.items(), narrowed):
        if who in ("system", "sealed", "call-back"):
            continue
        hand = plain(await by_hand(actor, asked))
        ours = {key: {name: n for name, n in row.items() if n} for key, row in (await counted(actor, asked)).groups}
        assert ours == hand, (who, asked)
    whole = Asked(*YEAR, by=by)
    assert has_sums(people["registrar"], whole)
    assert not has_sums(people["head"], whole)


async def test_stages_are_where_the_open_cases_stand(played: str) -> None:
    found = await counted(await officer(Role.SUPERVISOR, "62-justice.inspection"), Asked(*YEAR))
    stages: Counter[str] = Counter([matter.stage for matter in await Matter.filter(kind="case", ended_at=None)])
    assert found.stages == stages


async def test_nothing_differs_and_what_differs_is_found(played: str) -> None:
    report = await verifying.verified()
    assert (report.cases, report.faults) == (CASES, [])
    assert report.sums > CASES
    async with undone():
        case = await Case.all().first()
        assert case
        matter = await Matter.get(id=case.matter_id)
        await connection().execute_query(
            "UPDATE case_fact SET reopened_on = '2026-05-05' WHERE matter_id = $1", [matter.id]
        )
        found = (await verifying.verified()).faults
        assert found == [f"{matter.number}：与办理记录不符（reopened_on）"]
        await connection().execute_query("UPDATE tally SET accepted = accepted + 1 WHERE scope = '62' AND part = ''")
        assert any("合计与各件不符" in fault for fault in (await verifying.verified()).faults)


async def test_adding_changes_no_number(played: str) -> None:
    actor, asked = await officer(Role.REGISTRAR), Asked(*YEAR, by=By.MONTH)
    async with undone():
        before = await counted(actor, asked)
        _, left = await connection().execute_query("SELECT count(*) AS n FROM tally_change")
        assert left[0]["n"] > 100
        while await tally.added(limit=97):
            assert await counted(actor, asked) == before
        assert (await verifying.verified()).faults == []


async def test_a_step_is_counted_at_once(played: str) -> None:
    actor = await officer(Role.REGISTRAR)
    async with undone():
        before = await statistics.total(actor, Asked(*YEAR))
        await case_at("closed")
        after = await statistics.total(actor, Asked(*YEAR))
        changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert set(changed.values()) == {1}
        assert {"received", "responded", "on_time", "effective", "called_back", "satisfied"} < changed.keys()
        assert not {"refused", "unreachable", "reopened", "returned"} & changed.keys()


async def held_to_account(persons: list[int]) -> None:
    """Of a case each: an outcome for so many persons, one after the other; of none, it is approved and no more."""
    walk = await case_at("handling")
    registrar = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
    matter = await proposed(walk, registrar)
    await engine.take(await leader_of(matter), matter.number, "approve_account", {})
    if not persons:
        return
    there = {"body": "discipline", "unit": str((await unit("62-discipline")).id), "suggestion": "依规处理"}
    liaison = await officer(Role.DISCIPLINE_LIAISON, "62-discipline")
    await engine.take(registrar, matter.number, "refer", there)
    await engine.take(liaison, matter.number, "receive", {"receipt_number": "1"})
    for number in persons:
        await engine.take(liaison, matter.number, "record_outcome", {**OUTCOME, "persons": number})
    await engine.take(liaison, matter.number, "conclude", {"result": "已处理"})


async def handed_over(settings: Settings) -> None:
    """Received, with one that was merged into it; under way; sent back; and declined."""
    (main, other), waiting, returned, declined = await merged(), *[await case_at("screened") for _ in range(3)]
    await engine.take(await officer(Role.REGISTRAR), declined.number, "hand_over", WHY)
    await engine.take(await officer(Role.REGISTRAR, number=1), declined.number, "decline_hand_over", {"reason": "不属"})
    await signed(waiting)
    await engine.take(await signed(returned), returned.number, "send_back", {"reason": "不属于本机关职责"})
    liaison = await signed(main)
    await dossiers.worked(settings, storage.opened(settings))
    await downloaded(settings, liaison, main.number)
    await engine.take(liaison, main.number, "take_over", {"receipt_number": "1", "received_on": "2026-01-01"})
    assert (await other.matter()).sealed_at


async def test_the_rarer_figures_are_those_of_the_entries(played: str, tmp_path: Path) -> None:
    """Handed over, supervised, held to account: what was done counts, not what was only proposed or was sent back."""
    settings, asked = Settings().model_copy(update={"var": tmp_path}), Asked(*YEAR)
    readers = [SYSTEM, await officer(Role.REGISTRAR), await officer(Role.SUPERVISOR, "62-justice.inspection")]
    async with undone():
        before = await statistics.total(SYSTEM, asked)
        of_persons = (await accounted(readers[1], 2026))["persons"]
        await handed_over(settings)
        for stage, rung in (
            ("issued", "inquiry"),
            ("issued", "listing"),
            ("proposed", "inquiry"),
            ("dismissed", "inquiry"),
        ):
            await over_case(stage, rung)
        for persons in ([2, 1], []):
            await held_to_account(persons)
        after = await statistics.total(SYSTEM, asked)
        rare = ("handed_over", "supervised", "accountable", "persons")
        assert [after[name] - before[name] for name in rare] == [3, 2, 1, 3]
        assert (await accounted(readers[1], 2026))["persons"] == of_persons + 3
        for actor, by in product(readers, (None, By.MONTH, By.UNIT)):
            hand = plain(await by_hand(actor, Asked(*YEAR, by=by)))
            found = await counted(actor, Asked(*YEAR, by=by))
            ours = found.groups if by else [("", found.total)]
            assert {key: {name: n for name, n in row.items() if n} for key, row in ours} == hand, (actor.role, by)
        assert (await verifying.verified()).faults == []


async def test_every_figure_that_is_kept_is_explained(played: str) -> None:
    known = definitions()
    named = {count.code for count in known.counts}
    named |= {code for rate in known.rates for code in (rate.part, rate.of)}
    assert named == set(tally.MEASURES)
    assert set(known.public_counts) <= {count.code for count in known.counts}
    assert set(known.public_rates) <= {rate.code for rate in known.rates}


async def test_who_has_no_part_in_cases_has_no_numbers(played: str) -> None:
    found = await counted(await officer(Role.SYSTEM_ADMIN, "62-justice.systems"), Asked(*YEAR, by=By.REGION))
    assert (set(found.total.values()), found.groups, found.stages) == ({0}, [], {})
