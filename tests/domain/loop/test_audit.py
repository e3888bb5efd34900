"""Whoever may write to the tables or the anchor file can't change the past unseen: every way is found, and where."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from domain.cases.looking import text_looked_at
from domain.loop import audit
from domain.loop.audit import Fault
from domain.loop.timeline import facts_hash, link
from models import Entry, Matter, Role
from models.database import connected, connection
from tests.makers import case_at, case_filed, officer
from tests.observed import undone
from tests.processes import WITHIN
from tests.servers import Servers, create_database, drop_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Ground:
    """A superuser's connection, an anchor file of three lines, and the numbers of its cases, the longest first."""

    anchors: Path
    numbers: list[str]

    async def faults(self) -> set[tuple[str, int | None]]:
        """Where something was found."""
        return {(fault.number, fault.seq) for fault in (await audit.verified(self.anchors)).faults}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(
    servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ground]:
    """Three cases, anchored three times over; each test changes them in a transaction that is rolled back."""
    await create_database(servers.postgres, "test_audit", province_template)
    anchors = tmp_path_factory.mktemp("audit") / "anchors.jsonl"
    async with connected(servers.postgres.url("test_audit"), pool=4):
        first = await case_at("signed")
        await audit.anchored(anchors)
        second = await case_filed()
        await text_looked_at(await officer(Role.REGISTRAR), first.number, "甄别")
        await audit.anchored(anchors)
        for verb in ("assign", "ask", "supply", "answer"):
            await first.take(verb)
        third = await case_at("accepted")
        await audit.anchored(anchors)
        yield Ground(anchors, [first.number, second.number, third.number])
    await drop_database(servers.postgres, "test_audit")


@pytest.fixture
def broken_file(ground: Ground, tmp_path: Path) -> Path:
    """A copy of the anchors for a test to spoil."""
    copy = tmp_path / "anchors.jsonl"
    copy.write_bytes(ground.anchors.read_bytes())
    return copy


async def as_superuser(statement: str, *values: Any) -> None:
    """Change what the guards protect: triggers and foreign keys don't fire for a replica."""
    await connection().execute_query("SET LOCAL session_replication_role = replica")
    await connection().execute_query(statement, list(values))


async def test_an_untouched_timeline_is_intact(ground: Ground) -> None:
    report = await audit.verified(ground.anchors)
    assert report.faults == []
    assert (report.matters, report.anchors) == (3, 3)
    assert report.entries == await Entry.all().count()
    one = await audit.verified(ground.anchors, ground.numbers[0])
    assert (one.matters, one.faults) == (1, [])


OF_ENTRY = "seq = 3 AND matter_id = (SELECT id FROM matter WHERE number = $1)"
OF_BODY = f"entry_id = (SELECT id FROM entry WHERE {OF_ENTRY})"
ANOTHER = "(SELECT id FROM matter WHERE number <> $1 LIMIT 1)"
TOO_BIG = '{"clock": "pause", "at": 12345678901234567890123}'
PUBLIC = '{"public": {"x": 1}}'
TAMPERING = {
    "a body": f"UPDATE entry_body SET body = jsonb_set(body, '{{inputs,x}}', '1') WHERE {OF_BODY}",
    "its public part": f"UPDATE entry_body SET body = body || '{PUBLIC}' WHERE {OF_BODY}",
    "a body that is gone": f"DELETE FROM entry_body WHERE {OF_BODY}",
    "the time": f"UPDATE entry SET at = at - interval '1 second' WHERE {OF_ENTRY}",
    "the verb": f"UPDATE entry SET verb = 'note' WHERE {OF_ENTRY}",
    "the readers": f"UPDATE entry SET readers = array_append(readers, 'lead') WHERE {OF_ENTRY}",
    "the actor's post": f"UPDATE entry SET post_id = NULL WHERE {OF_ENTRY}",
    "the actor's kind, to one that is none": f"UPDATE entry SET actor_kind = 'ghost' WHERE {OF_ENTRY}",
    "the stage": f"UPDATE entry SET stage = 'closed' WHERE {OF_ENTRY}",
    "the effect on the clock": f"UPDATE entry SET clock = '{TOO_BIG}' WHERE {OF_ENTRY}",
    "a middle entry that is gone": f"DELETE FROM entry WHERE {OF_ENTRY}",
    "an entry moved to another matter": f"UPDATE entry SET matter_id = {ANOTHER}, seq = 99 WHERE {OF_ENTRY}",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
async def test_what_was_changed_in_the_tables_is_found_where_it_lies(ground: Ground, statement: str) -> None:
    async with undone():
        await as_superuser(statement, ground.numbers[0])
        assert (ground.numbers[0], 3) in await ground.faults()
    assert await ground.faults() == set()


async def test_two_entries_that_changed_places_are_found(ground: Ground) -> None:
    number = ground.numbers[0]
    async with undone():
        for before, after in ((3, -4), (4, 3), (-4, 4)):
            await as_superuser(
                "UPDATE entry SET seq = $3 WHERE seq = $2 AND matter_id = (SELECT id FROM matter WHERE number = $1)",
                number, before, after,
            )  # fmt: skip
        assert {(number, 3), (number, 4)} <= await ground.faults()


async def test_a_tail_cut_off_with_its_traces_is_found_by_the_anchor(ground: Ground) -> None:
    matter = await Matter.get(number=ground.numbers[0])
    last = matter.entries_made
    kept = await Entry.get(matter_id=matter.id, seq=last - 1)
    async with undone():
        await as_superuser("DELETE FROM entry WHERE matter_id = $1 AND seq = $2", matter.id, last)
        await as_superuser(
            "UPDATE matter SET entries_made = $2, head = $3, version = $2 WHERE id = $1", matter.id, last - 1, kept.hash
        )
        assert await ground.faults() == {(matter.number, last)}


async def test_a_history_rewritten_with_all_its_hashes_is_found_by_the_anchor(ground: Ground) -> None:
    matter = await Matter.get(number=ground.numbers[0])
    entries = await Entry.filter(matter_id=matter.id).order_by("seq")
    async with undone():
        head = entries[1].hash
        entries[2].verb = "note"
        for entry in entries[2:]:
            entry.facts_hash = facts_hash(entry)
            head = link(head, entry.seq, entry.facts_hash, entry.body_hash)
            await as_superuser(
                "UPDATE entry SET verb = $2, facts_hash = $3, hash = $4 WHERE id = $1",
                entry.id, entry.verb, entry.facts_hash, head,
            )  # fmt: skip
        await as_superuser("UPDATE matter SET head = $2 WHERE id = $1", matter.id, head)
        found = await audit.verified(ground.anchors)
    assert {fault.what for fault in found.faults} == {"与数据库之外的锚定不符"}
    assert {fault.number for fault in found.faults} == {matter.number}
    assert len(found.faults) == 3, "once for each anchor since"


async def test_a_matter_that_is_gone_altogether_is_named(ground: Ground) -> None:
    number = ground.numbers[1]
    async with undone():
        of_it = "(SELECT id FROM matter WHERE number = $1)"
        for statement in (
            f"DELETE FROM entry_body WHERE entry_id IN (SELECT id FROM entry WHERE matter_id = {of_it})",
            *(f"DELETE FROM {table} WHERE matter_id = {of_it}" for table in ("entry", "anchored_head", "case_file")),
            "DELETE FROM matter WHERE number = $1",
        ):
            await as_superuser(statement, number)
        assert (await audit.verified(ground.anchors)).faults == [Fault(number, None, "整个事项已被删除")]


async def test_a_shredded_body_leaves_the_chain_whole(ground: Ground) -> None:
    async with undone():
        shredded, _ = await connection().execute_query(
            "UPDATE entry_body SET body = NULL, salt = NULL, shredded_on = CURRENT_DATE"
        )
        assert shredded == await Entry.all().count()
        assert await ground.faults() == set()


def rewritten(path: Path, spoil: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in spoil(path.read_bytes().splitlines())))


def edited(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"day":"20', b'"day":"19'), lines[2]]


SPOILING = {
    "a line edited": (edited, {("锚定文件", 2)}),
    "the last line cut off": (lambda lines: lines[:2], set()),
    "a middle line cut out": (lambda lines: [lines[0], lines[2]], {("锚定文件", 2)}),
    "two lines changed round": (lambda lines: [lines[1], lines[0], lines[2]], {("锚定文件", 1), ("锚定文件", 2)}),
    "a line cut short": (lambda lines: [*lines[:2], lines[2][:40]], {("锚定文件", 3)}),
    "all of it gone": (lambda _: [], set()),
    "rubbish": (lambda lines: [b'{"heads": 5}', *lines], {("锚定文件", 1)}),
}


@pytest.mark.parametrize(("spoil", "where"), SPOILING.values(), ids=SPOILING.keys())
async def test_a_spoiled_anchor_file_is_found(ground: Ground, broken_file: Path, spoil: Any, where: set[Any]) -> None:
    rewritten(broken_file, spoil)
    found = await Ground(broken_file, ground.numbers).faults()
    assert found
    assert where <= found
    if not where:  # nothing in the file shows it: the database knows what it should hold
        assert {number for number, _ in found} <= set(ground.numbers)


async def test_one_byte_anywhere_is_one_too_many(ground: Ground) -> None:
    """Ninety places drawn by a fixed seed: in the entries, their bodies, the heads and the anchor file."""
    chance = random.Random(20260302)  # drawn, not secret
    entries = await Entry.all().order_by("matter_id", "seq").select_related("matter")
    for _ in range(60):
        entry = chance.choice(entries)
        async with undone():
            column = await one_byte_changed(chance, entry)
            assert (entry.matter.number, entry.seq) in await ground.faults(), column
    whole = ground.anchors.read_bytes()
    spoiled = Ground(ground.anchors.with_name("spoiled.jsonl"), ground.numbers)
    for _ in range(30):
        place = chance.randrange(len(whole))
        spoiled.anchors.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "锚定文件" in {number for number, _ in await spoiled.faults()}, place


async def one_byte_changed(chance: random.Random, entry: Entry) -> str:
    """Change as little as there is in a column of an entry or of its body; gives the column."""
    column = chance.choice(
        ["salt", "facts_hash", "body_hash", "hash", "verb", "stage", "at", "readers", "b.salt", "b.body"]
    )
    name = column.removeprefix("b.")
    table, key = ("entry_body", "entry_id") if name != column else ("entry", "id")
    _, rows = await connection().execute_query(f"SELECT {name} AS value FROM {table} WHERE {key} = $1", [entry.id])
    old = rows[0]["value"]
    match name:
        case "at":
            changed = "at + interval '1 microsecond'"
        case "readers":
            changed = "array_prepend(overlay(readers[1] placing 'Z' from 1), readers[2:])"
        case "verb" | "stage":
            changed = f"overlay({name} placing 'Z' from {chance.randint(1, len(old))})"
        case "body":
            changed = f"'{one_letter_changed(chance, old)}'::jsonb"
        case _:
            place = chance.randrange(len(old))
            changed = f"set_byte({name}, {place}, get_byte({name}, {place}) # {1 << chance.randrange(8)})"
    await as_superuser(f"UPDATE {table} SET {name} = {changed} WHERE {key} = $1", entry.id)
    return column


def one_letter_changed(chance: random.Random, body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    text = json.dumps(json.loads(text), ensure_ascii=False)
    while True:
        place = chance.randrange(len(text))
        other = text[:place] + chance.choice("q7阿") + text[place + 1 :]
        try:
            if json.loads(other) != json.loads(text):
                return other.replace("'", "''")
        except ValueError:
            continue


async def test_anchoring_twice_writes_nothing_new(ground: Ground) -> None:
    before = ground.anchors.read_bytes()
    assert await audit.anchored(ground.anchors) == 0
    assert ground.anchors.read_bytes() == before


async def test_several_writers_at_once_write_each_head_once(
    servers: Servers, province_template: str, tmp_path: Path
) -> None:
    await create_database(servers.postgres, "test_anchors", province_template)
    path = tmp_path / "new" / "anchors.jsonl"
    async with connected(servers.postgres.url("test_anchors", "yijian"), pool=6):
        for _ in range(3):
            await case_filed()
        assert sorted(await asyncio.gather(*(audit.anchored(path) for _ in range(4)))) == [0, 0, 0, 3]
        assert len(path.read_bytes().splitlines()) == 1
        assert (await audit.verified(path)).faults == []
    await drop_database(servers.postgres, "test_anchors")


async def test_half_a_line_of_a_killed_writer_is_written_anew(
    servers: Servers, province_template: str, tmp_path: Path
) -> None:
    await create_database(servers.postgres, "test_half_line", province_template)
    path = tmp_path / "anchors.jsonl"
    async with connected(servers.postgres.url("test_half_line", "yijian"), pool=4):
        await case_filed()
        await audit.anchored(path)
        with path.open("ab") as file:
            file.write(b'{"day":"2026-')
        walk = await case_filed()
        assert [fault.number for fault in (await audit.verified(path)).faults] == ["锚定文件"]
        assert await audit.anchored(path) == 1
        report = await audit.verified(path)
        assert (report.anchors, report.faults) == (2, [])
        assert walk.number in path.read_text()
    await drop_database(servers.postgres, "test_half_line")


async def test_checking_goes_on_while_steps_are_taken(servers: Servers, province_template: str, tmp_path: Path) -> None:
    await create_database(servers.postgres, "test_live", province_template)
    path = tmp_path / "anchors.jsonl"
    async with connected(servers.postgres.url("test_live", "yijian"), pool=8):
        walks = [await case_filed() for _ in range(3)]

        async def written() -> None:
            registrar = await officer(Role.REGISTRAR)
            for round_ in range(8):
                for walk in walks:
                    await walk.take("note", registrar, text=f"备注 {round_}")
                await audit.anchored(path)

        writing = asyncio.create_task(written())
        found: list[Fault] = []
        looks = 0
        while not writing.done() or not looks:
            found += (await audit.verified(path)).faults
            looks += 1
        await writing
        assert looks > 1
        assert found == []
    await drop_database(servers.postgres, "test_live")


async def test_matters_are_held_still_while_their_entries_are_read(
    servers: Servers, province_template: str, tmp_path: Path
) -> None:
    """The check is stopped between a matter and its bodies: in a gap there, a step would look like a fault."""
    await create_database(servers.postgres, "test_still", province_template)
    url = servers.postgres.url("test_still")
    async with connected(url, pool=4):
        await case_filed()
        stops, steps = await asyncpg.connect(url), await asyncpg.connect(url)
        stopped = stops.transaction()
        await stopped.start()
        try:
            await stops.execute("LOCK TABLE entry_body IN ACCESS EXCLUSIVE MODE")
            looking = asyncio.create_task(audit.verified(tmp_path / "anchors.jsonl"))
            deadline = time.monotonic() + WITHIN
            while not await steps.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            with pytest.raises(asyncpg.LockNotAvailableError):
                await steps.execute("SELECT FROM matter FOR UPDATE NOWAIT")
        finally:
            await stopped.rollback()
            await stops.close()
            await steps.close()
        report = await looking
        assert (report.matters, report.faults) == (1, [])
    await drop_database(servers.postgres, "test_still")
