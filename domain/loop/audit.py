"""The timeline's proof: heads anchored daily outside the database, and a check that finds any edit, loss or reordering.

An anchor line holds, for each matter that changed since the last one, how many entries it has and the hash of the
last; each line chains the line before it. Whoever edits the tables can't edit the file, which belongs on another
disk or printer (`ANCHOR_PATH`), nor the receipts in people's hands.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from tortoise.transactions import in_transaction

from domain.loop.timeline import GENESIS, facts_hash, is_whole, link
from kit import clock
from models import Entry, EntryBody, Matter
from models.database import connection

BATCH = 500
_LOCK = 0x616E63  # of the database: one anchor is written at a time


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written: in which matter, at which entry, and what."""

    number: str
    seq: int | None
    what: str


@dataclass(slots=True)
class Report:
    """What a verification saw."""

    matters: int = 0
    entries: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)


async def anchored(path: Path) -> int:
    """Write the heads of all matters that changed since the last anchor; returns how many there were.

    Safe to run twice and on several workers: what the file has already is not written again.
    """
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        _, rows = await connection().execute_query(
            """
            SELECT m.id, m.number, m.entries_made, m.head FROM matter m LEFT JOIN anchored_head a ON a.matter_id = m.id
            WHERE m.entries_made > coalesce(a.entries, 0) ORDER BY m.id
            """
        )
        if not rows:
            return 0
        heads = [[row["number"], row["entries_made"], row["head"].hex()] for row in rows]
        await asyncio.to_thread(_append, path, heads)
        await connection().execute_query(
            """
            INSERT INTO anchored_head (matter_id, entries) SELECT * FROM unnest($1::uuid[], $2::int[])
            ON CONFLICT (matter_id) DO UPDATE SET entries = excluded.entries
            """,
            [[row["id"] for row in rows], [row["entries_made"] for row in rows]],
        )
        return len(rows)


def _append(path: Path, heads: list[list[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.read_bytes() if path.exists() else b""
    whole = written[: written.rfind(b"\n") + 1]  # a writer that was killed left half a line: nobody relies on it
    before = str(orjson.loads(whole.splitlines()[-1])["hash"]) if whole else GENESIS.hex()
    line: dict[str, Any] = {"day": clock.today().isoformat(), "heads": heads, "before": before}
    line["hash"] = _line_hash(line)
    with path.open("ab") as file:
        file.truncate(len(whole))
        file.write(orjson.dumps(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last_anchor(path: Path) -> tuple[str, bytes]:
    """The newest anchor with a name of its own, to be kept a second time elsewhere."""
    line = path.read_bytes().splitlines()[-1]
    content = orjson.loads(line)
    return f"anchors/{content['day']}-{content['hash'][:16]}.json", line


def _line_hash(line: dict[str, Any]) -> str:
    chained = {name: line[name] for name in ("day", "heads", "before")}
    return sha256(orjson.dumps(chained, option=orjson.OPT_SORT_KEYS)).hexdigest()


Heads = dict[str, list[tuple[int, str]]]


def _anchors(path: Path, report: Report) -> Heads:
    """Every anchored head by the matter's number, after the file's own chain is checked."""
    heads: Heads = {}
    before = GENESIS.hex()
    for place, raw in enumerate(path.read_bytes().splitlines() if path.exists() else [], start=1):
        try:
            line = orjson.loads(raw)
            unaltered, follows = _line_hash(line) == line["hash"], line["before"] == before
            found = [(str(number), int(entries), str(head)) for number, entries, head in line["heads"]]
        except (ValueError, KeyError, TypeError):
            report.faults.append(Fault("锚定文件", place, "这一行无法读取"))
            continue
        if not (unaltered and follows):
            report.faults.append(Fault("锚定文件", place, "锚定文件在这一行被改动、删除或调换"))
        before = line["hash"]
        report.anchors += 1
        if unaltered:
            for number, entries, head in found:
                heads.setdefault(number, []).append((entries, head))
    return heads


async def _anchored(path: Path, report: Report, number: str | None) -> Heads:
    """What the file holds, compared with what the database knows to have been written there."""
    async with in_transaction():  # no anchor is written in between
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        heads = await asyncio.to_thread(_anchors, path, report)
        _, rows = await connection().execute_query(
            """
            SELECT m.number, a.entries FROM anchored_head a JOIN matter m ON m.id = a.matter_id
            WHERE $1::text IS NULL OR m.number = $1 ORDER BY m.number
            """,
            [number],
        )
    report.faults += [
        Fault(row["number"], row["entries"], "锚定文件中缺少这一次锚定")
        for row in rows
        if row["entries"] not in {entries for entries, _ in heads.get(row["number"], ())}
    ]
    return heads


async def verified(path: Path, number: str | None = None) -> Report:
    """Check every chain, or one matter's, against itself, its matter's head and the anchor file.

    Steps go on meanwhile: a page of matters is held still while it is read.
    """
    report = Report()
    anchors = await _anchored(path, report, number)
    seen: set[str] = set()
    last = None
    while True:
        async with in_transaction():  # the query is made within: made before, it would lock on another connection
            wanted = Matter.filter(number=number) if number else Matter.all()
            page = (wanted.filter(id__gt=last) if last else wanted).order_by("id").limit(BATCH)
            # Only what is checked: a tampered word elsewhere must not keep the row from being read.
            matters = await page.select_for_update().only("id", "number", "entries_made", "head")
            chains = await _chains([matter.id for matter in matters])
            found = [entry.id for chain in chains.values() for entry in chain]
            bodies = {body.entry_id: body for body in await EntryBody.filter(entry_id__in=found)}
        if not matters:
            break
        last = matters[-1].id
        for matter in matters:
            seen.add(matter.number)
            chain = chains.get(matter.id, [])
            report.matters += 1
            report.entries += len(chain)
            report.faults += _faults(matter, chain, bodies, anchors.get(matter.number, []))
    report.faults += await _unrecorded(number)
    if number is None:
        report.faults += [Fault(gone, None, "整个事项已被删除") for gone in sorted(anchors.keys() - seen)]
    return report


async def _unrecorded(number: str | None) -> list[Fault]:
    """Identities that came out of the vault more often than the timeline says: somebody went past the program."""
    _, rows = await connection().execute_query(
        """
        SELECT m.number, o.times, (SELECT count(*) FROM entry e WHERE e.matter_id = o.request_id
                                   AND e.verb = 'look_identity') AS told
        FROM vault.openings() o LEFT JOIN matter m ON m.id = o.request_id
        WHERE $1::text IS NULL OR m.number = $1 ORDER BY m.number
        """,
        [number],
    )
    return [
        Fault(row["number"] or "身份保管库", None, f"身份取出 {row['times']} 次，办理记录中有 {row['told']} 次")
        for row in rows
        if row["times"] != row["told"]
    ]


async def _chains(matters: list[Any]) -> dict[Any, list[Entry]]:
    """The entries of these matters as they lie there, be they ever so wrong."""
    _, rows = await connection().execute_query(
        "SELECT * FROM entry WHERE matter_id = ANY($1::uuid[]) ORDER BY matter_id, seq", [matters]
    )
    chains: dict[Any, list[Entry]] = {}
    for row in rows:
        effect = orjson.loads(row["clock"]) if isinstance(row["clock"], str) else row["clock"]
        entry = Entry.construct(**{**row, "clock": effect})
        chains.setdefault(entry.matter_id, []).append(entry)
    return chains


def _faults(
    matter: Matter, chain: list[Entry], bodies: dict[Any, EntryBody], anchors: list[tuple[int, str]]
) -> Iterator[Fault]:
    before, expected = GENESIS, 1
    for entry in chain:
        if entry.seq != expected:
            yield Fault(matter.number, expected, f"缺少第 {expected} 条办理记录")
        yield from _altered(matter, entry, bodies.get(entry.id))
        if link(before, entry.seq, entry.facts_hash, entry.body_hash) != entry.hash:
            yield Fault(matter.number, entry.seq, "与前一条记录不衔接")
        before, expected = entry.hash, entry.seq + 1
    if matter.entries_made != expected - 1 or matter.head != before:
        yield Fault(matter.number, expected, "末尾的办理记录被删除或事项的链头被改动")
    hashes = {entry.seq: entry.hash.hex() for entry in chain}
    for entries, head in anchors:
        if hashes.get(entries) != head:
            yield Fault(matter.number, entries, "与数据库之外的锚定不符")


def _altered(matter: Matter, entry: Entry, body: EntryBody | None) -> Iterator[Fault]:
    if facts_hash(entry) != entry.facts_hash:
        yield Fault(matter.number, entry.seq, "记录的时间、动作、人员或环节被改动")
    if body is None:
        yield Fault(matter.number, entry.seq, "记录的内容被删除")
    elif not is_whole(entry, body):
        yield Fault(matter.number, entry.seq, "记录的内容被改动")
