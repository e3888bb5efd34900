"""Submissions a second: the whole way over HTTP, against raw asyncpg and pgbench writing the same rows.

The three take turns on one database, sixteen clients each. The web process is one; whoever sends to it is a process of
its own, on the same processors. asyncpg writes what the filing code made beforehand, one INSERT a row and all in one
transaction; pgbench does the same with ids of its own. Neither of them tells the worker that something is owed.
"""

import asyncio
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
import orjson
from tortoise.models import Model

from bench.figures import Figure, spread
from bench.ground import Ground, settled
from bench.web import web_process
from domain.cases import filing
from domain.cases.filing import Report
from kit.settings import ROOT, Settings
from models import Mode
from models.database import _columns, _table, connected

CLIENTS = 16
ROUNDS = 3
SECONDS = 5.0
LEAST = 0.7  # of raw asyncpg
MOST_A_SECOND = 1500  # filings made beforehand for asyncpg; it stops when they are used up
REPORT = {
    "mode": "anonymous",
    "text": "许可申请提交三个月仍未答复，多次到窗口询问均称领导没签字。" * 4,
    "region": "620102",
    "category": "B10",
}
Row = tuple[str, list[Any]]
Filing = list[Row]


async def measured(ground: Ground, seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """Submissions a second of each, and ours in proportion to raw asyncpg's of the same round."""
    await settled(ground.postgres)
    script = ground.folder / "filing.sql"
    script.write_text(pgbench_script(*await made(ground, 2)))
    ours, raw, limit = [], [], []
    with web_process(ground) as web:
        await asyncio.to_thread(over_http, web.port, 1.0)  # the first requests prepare statements and read the rules
        for _ in range(rounds):
            ours.append(await asyncio.to_thread(over_http, web.port, seconds))
            raw.append(await by_asyncpg(ground, await made(ground, round(seconds * MOST_A_SECOND)), seconds))
            limit.append(await asyncio.to_thread(by_pgbench, ground, script, seconds))
    ratios = [one / other for one, other in zip(ours, raw, strict=True)]
    return [
        Figure("filing: ours, over HTTP", f"{spread(ours)} /s"),
        Figure("filing: raw asyncpg, the same rows", f"{spread(raw)} /s"),
        Figure("filing: pgbench, the same rows", f"{spread(limit)} /s"),
        Figure(
            "filing: ours ÷ raw asyncpg",
            f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"≥ {LEAST}",
            median(ratios) >= LEAST,
        ),
    ]


def over_http(port: int, seconds: float) -> float:
    """Confirmed submissions a second, sent by a process of its own."""
    command = [sys.executable, "-m", "bench.client", str(port), str(seconds), str(CLIENTS)]
    done = subprocess.run(command, input=orjson.dumps(REPORT), cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return float(done.stdout)


async def made(ground: Ground, count: int) -> list[Filing]:
    """The rows of so many filings, as the filing code makes them, not yet written."""
    filings: list[Filing] = []

    async def keep(rows: list[Model], **_: object) -> None:
        filings.append([_statement(row) for row in rows])

    report = Report(Mode(REPORT["mode"]), REPORT["text"], REPORT["region"], REPORT["category"])
    async with connected(ground.postgres.application_url):
        with patch.object(filing, "insert", keep):
            for _ in range(count):
                await filing.file(Settings(), report)
    return filings


def _statement(row: Model) -> Row:
    columns = _columns(type(row))
    names, places = ", ".join(f'"{column}"' for _, column, _ in columns), range(1, len(columns) + 1)
    values = [getattr(row, name) for name, _, _ in columns]
    return (
        f"INSERT INTO {_table(type(row))} ({names}) VALUES ({', '.join(f'${place}' for place in places)})",
        [
            orjson.dumps(value).decode() if is_json and value is not None else value
            for value, (_, _, is_json) in zip(values, columns, strict=True)
        ],
    )


async def by_asyncpg(ground: Ground, filings: list[Filing], seconds: float) -> float:
    """Filings a second by sixteen connections of one process: BEGIN, an INSERT for each row, COMMIT."""
    waiting = iter(filings)
    connections = [await asyncpg.connect(ground.postgres.application_url) for _ in range(CLIENTS)]
    began = monotonic()

    async def write(connection: asyncpg.Connection) -> int:
        count = 0
        for rows in waiting:
            async with connection.transaction():
                for statement, values in rows:
                    await connection.execute(statement, *values)
            count += 1
            if monotonic() > began + seconds:
                break
        return count

    counts = await asyncio.gather(*(write(connection) for connection in connections))
    rate = sum(counts) / (monotonic() - began)
    for connection in connections:
        await connection.close()
    return rate


def by_pgbench(ground: Ground, script: Path, seconds: float) -> float:
    """Filings a second by the tool that PostgreSQL brings along: near what the database alone can do."""
    program = ground.postgres.package_folder / ground.postgres.binaries / "pgbench"
    options: list[str | Path] = [
        "-n",
        "-M",
        "prepared",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-T",
        str(max(1, round(seconds))),
        "-f",
        script,
    ]
    done = subprocess.run(
        [program, *options, ground.postgres.application_url], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])


def pgbench_script(one: Filing, other: Filing) -> str:
    """A filing as a script. What differs between two filings, ids and the number, is made from a random number."""
    fresh: dict[UUID, str] = {}
    lines = ["\\set n random(1, 9223372036854775806)", "BEGIN;"]
    for (statement, values), (_, others) in zip(one, other, strict=True):
        literals = []
        for value, instead in zip(values, others, strict=True):
            if isinstance(value, UUID) and value != instead:
                fresh.setdefault(value, f"md5('{len(fresh)} ' || :n::text)::uuid")
            literals.append(
                _literal(value, fresh) if value == instead or not isinstance(value, str) else _text(value, fresh)
            )
        begin = statement.partition(" VALUES ")[0]
        lines.append(f"{begin} VALUES ({', '.join(literals)});")
    return "\n".join([*lines, "COMMIT;"])


def _text(value: str, fresh: dict[UUID, str]) -> str:
    for known, made_from in fresh.items():
        if str(known) in value:
            return f"{made_from}::text || '{value.replace(str(known), '')}'"
    return "left('JB' || md5(:n::text), 32)"


def _literal(value: object, fresh: dict[UUID, str]) -> str:
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case UUID():
            return fresh.get(value, f"'{value}'")
        case bytes():
            return f"'\\x{value.hex()}'"
        case list():
            return f"'{{{','.join(value)}}}'"
        case str() | date() | datetime():
            return f"'{value}'"
    raise TypeError(f"no literal for {type(value).__name__}")
