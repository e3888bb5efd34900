"""Planted names, numbers and secrets are found nowhere but where they belong: sealed, or in intake's own text.

A web process and a worker of their own serve a whole case, its identity's request and look, its files, sheets and
exports; then everything that they wrote, kept, said or answered is searched, in every spelling that a program may use.
"""

import asyncio
import json
import re
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile, is_zipfile

import asyncpg
import pypdfium2
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession
from redis.asyncio import Redis

from kit.clock import CHINA
from kit.settings import Settings
from models import File, FileState
from models.database import connected, connection
from tests.api.conftest import Api
from tests.api.test_case_over_http import COUNTY, answer, person_of, sign_in_as
from tests.api.test_exports import taken
from tests.api.test_files import REPORT
from tests.api.tus import Tus, metadata
from tests.kit.media.clips import PLANTED, jpg
from tests.processes import WITHIN, Process
from tests.servers import Servers

NAME, PHONE, ID_NUMBER = "名之金丝雀", "13912345678", "620102199003077512"
OTHER = f"canary-9c41@example.org，身份证 {ID_NUMBER}"
TEXT, ACCUSED = "正文之金丝雀，只有受理中心能读", "被举报之金丝雀"
FILE_NAME = "照片之金丝雀.jpg"
AGENT, ADDRESS = "CanaryBrowser/7.7", "203.0.113.77"
IDENTITY = {"name": NAME, "phone": PHONE, "other": "canary-9c41@example.org", "id number": ID_NUMBER}
FORM: dict[str, Any] = {"purpose": "inform", "part": "both", "reason": "须邮寄书面答复"}
RATING: dict[str, Any] = {"channel": "phone", "solved": True, "speed": 5, "attitude": 5, "result": 5}


def spellings(text: str) -> set[bytes]:
    """How a program may write it: as it is, escaped, as digits, in base64 at any place, wide."""
    plain = text.encode()
    found = {
        plain,
        quote(text).encode(),
        json.dumps(text)[1:-1].encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    found |= {text.encode("utf-16-le"), text.encode("utf-16-be")}
    for shift in range(3):
        whole = b64encode(b"\0" * shift + plain)
        found.add(whole[4 if shift else 0 : len(whole) // 4 * 4 - 4])
    return {one for one in found if len(one) > 5}


def holds(content: bytes, canary: str) -> bool:
    """Whether a canary sits in these bytes, or in what is packed in them."""
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as packed:
            return any(holds(packed.read(name), canary) for name in packed.namelist())
    return any(one in content for one in spellings(canary))


async def everywhere(url: str) -> str:
    """Every row of every table, as text."""
    found = []
    async with connected(url):
        _, tables = await connection().execute_query(
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
            " WHERE table_schema IN ('public', 'vault') AND table_type = 'BASE TABLE'"
        )
        for table in tables:
            _, rows = await connection().execute_query(f"SELECT t::text AS row FROM {table['name']} t")
            found += [f"{table['name']}: {row['row']}" for row in rows]
    return "\n".join(found)


async def dumped(url: str) -> dict[str, bytes]:
    """The whole database as a dump has it: what COPY gives of each table of each schema."""
    login = await asyncpg.connect(url)
    try:
        tables = await login.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = {}
        for schema, table in tables:
            into = BytesIO()
            await login.copy_from_table(table, schema_name=schema, output=into)
            # In a dump a backslash is written twice, as before the digits of bytes.
            found[f"{schema}.{table}"] = into.getvalue().replace(b"\\\\", b"\\")
        return found
    finally:
        await login.close()


async def remembered(valkey: Redis) -> dict[str, bytes]:
    """Every key of Valkey with its value, whatever kind it is."""
    found = {}
    async for key in valkey.scan_iter():
        match (await valkey.type(key)).decode():  # type: ignore[union-attr]  # bytes, as nothing is decoded
            case "string":
                value: Any = await valkey.get(key)
            case "hash":
                value = await valkey.hgetall(key)
            case "list":
                value = await valkey.lrange(key, 0, -1)
            case "set":
                value = await valkey.smembers(key)
            case "zset":
                value = await valkey.zrange(key, 0, -1, withscores=True)
            case _:
                value = await valkey.xrange(key)
        plain = b" ".join(_flat(value))
        found[f"valkey {key!r}"] = key + b" " + plain
    return found


def _flat(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _flat(pair)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _flat(one)
    else:
        yield str(value).encode()


def printed(content: bytes) -> bytes:
    """The words on the pages of a PDF, which are packed and by glyph in the file; of anything else nothing."""
    if not content.startswith(b"%PDF"):
        return b""
    with closing(pypdfium2.PdfDocument(content)) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document).encode()


def lying(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, and each name."""
    for path in folder.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(folder))
            yield name, name.encode() + b"\n" + path.read_bytes()


@dataclass
class Witness:
    """Speaks HTTP for the test, and keeps every answer: by whom, to what, and what was said."""

    session: ClientSession
    people: dict[str, str] = field(default_factory=dict)  # Authorization by username, as `Api` fills it
    answers: list[tuple[str, str, int, bytes]] = field(default_factory=list)

    async def request(self, method: str, path: str, **more: Any) -> ClientResponse:
        """One request; a complainant's browser and address would tell who they are, a sign-in's are recorded."""
        sent = {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS, **more.pop("headers", {})}
        if path == "/api/v1/session":
            del sent["User-Agent"]
        response = await self.session.request(method, path, headers=sent, **more)
        body = await response.read()
        said = repr(dict(response.headers)).encode() + body + printed(body)
        key = sent.get("Authorization", "")
        who = {key: name for name, key in self.people.items()}.get(key) or key.partition(" ")[0].lower() or "nobody"
        self.answers.append((who, path, response.status, said))
        return response


@dataclass
class Installation:
    """One web process and one worker, all that they can write to, and a witness."""

    api: Api
    witness: Witness
    folder: Path
    temporary: Path
    processes: tuple[Process, Process]


@pytest_asyncio.fixture
async def installation(
    province: str, servers: Servers, valkey: Redis, settings: Settings, tmp_path: Path
) -> AsyncIterator[Installation]:
    folder, temporary = tmp_path / "var", tmp_path / "tmp"
    for one in (folder, temporary):
        one.mkdir()
    given = {
        "DATABASE_URL": province,
        "REDIS_URL": servers.valkey.url(),
        "TMPDIR": str(temporary),
        "LOG_LEVEL": "DEBUG",
    }
    processes = Process("app", folder, given), Process("worker", folder, given)
    try:
        for process in processes:
            process.start()
        async with ClientSession(processes[0].url) as session:
            witness = Witness(session)
            urls = {"database_url": province, "redis_url": servers.valkey.url(), "var": folder}
            api = Api(witness, settings.model_copy(update=urls), witness.people)  # type: ignore[arg-type]  # it asks for no more
            yield Installation(api, witness, folder, temporary, processes)
    finally:
        for process in processes:
            process.kill()


@dataclass
class Played:
    """What was filed, and what was taken away."""

    number: str
    secrets: list[str]
    exported: dict[str, bytes]


async def played(api: Api) -> Played:
    """A whole case, with somebody who looks wherever anybody may."""
    ticket = (await api.post("/api/v1/uploads/tickets", status=201))["ticket"]
    file = await Tus(api, Upload_Ticket=ticket, Authorization=f"Ticket {ticket}").whole(
        jpg(), Upload_Metadata=metadata(filename=FILE_NAME)
    )
    contact = {"name": NAME, "phone": PHONE, "other": OTHER}
    report = {
        **REPORT,
        "mode": "named",
        "contact": contact,
        "text": TEXT,
        "accused_text": ACCUSED,
        "files": [str(file)],
    }
    told = {"Upload_Ticket": ticket, "Idempotency_Key": "canary"}
    filed = await api.post("/api/v1/cases", body=report, status=201, **told)
    await api.post("/api/v1/cases", body=report, status=201, **told)
    hidden = await api.post("/api/v1/cases", body={**REPORT, "text": TEXT}, status=201)
    number, receipt = filed["number"], f"Receipt {filed['number']}:{filed['secret']}"
    await api.step(number, "add", receipt, text=TEXT)
    await errors(api, filed, receipt)

    await api.step(number, "accept", "registrar1")
    await api.post(f"/api/v1/matters/{number}/looks", "registrar1", {"reason": "甄别"})
    await api.post(
        f"/api/v1/matters/{number}/summary-check", "registrar1", {"summary": f"{NAME}反映许可超期，电话{PHONE}"}
    )
    await api.step(number, "screen", "registrar1", category="B10", tier="normal", claims=["办结许可", "说明原因"])
    deadline = time.monotonic() + WITHIN
    while (await File.get(id=file)).state is not FileState.READY:
        assert time.monotonic() < deadline, "the worker does not clean the photo"
        await asyncio.sleep(0.05)  # a pause between two looks
    shown = await api.step(number, "transfer", "registrar1", summary="反映许可超期", hits_confirmed=True)
    sheet = await (await api.call("POST", f"/api/v1/matters/{number}/transfer-sheets", "registrar1", {})).read()
    assert sheet.startswith(b"%PDF")
    await looked(api, number)
    await api.step(number, "sign", COUNTY)
    unit = shown["case"]["lead_unit"]["id"]
    people = [await person_of(api, COUNTY, unit, role) for role in ("handler", "head")]
    await api.step(number, "assign", COUNTY, post=people[0]["post"])
    handler, head = [
        await sign_in_as(api, name, one["post"]) for name, one in zip(("the-handler", "the-head"), people, strict=True)
    ]
    await api.step(number, "answer", handler, **answer())
    await api.step(number, "approve_answer", head)
    await api.step(number, "reply", handler)
    assert (await api.post(f"/api/v1/matters/{number}/phone", "callback1"))["phone"] == PHONE
    await api.step(number, "call_back", "callback1", **RATING)
    everybody = [receipt, "registrar1", "callback1", COUNTY, handler, head, "supervisor1", "custodian1", "audit-admin"]
    await read(api, number, everybody)
    exported = {f"matters {who} {form}": await taken(api, who, {"list": "matters"}, form)
                for who, form in (("registrar1", "xlsx"), ("supervisor1", "csv"))}  # fmt: skip
    exported["duties"] = await taken(api, "callback1", {"list": "duties", "tab": "unit"})
    await api.step(number, "close", "callback1", conclusion="已办结")
    secrets = [filed["secret"], hidden["secret"]]
    return Played(number, [*secrets, *(secret.replace("-", "") for secret in secrets)], exported)


async def looked(api: Api, number: str) -> None:
    """Asked, approved, looked at, ended."""
    shown = await api.step(number, "request_identity", "registrar1", **FORM)
    [request] = [one["number"] for one in shown["related"] if one["kind"] == "identity_request"]
    await api.step(request, "approve_identity", "custodian1", reason="理由充分")
    seen = await api.post(f"/api/v1/matters/{request}/identity", "registrar1")
    assert (seen["name"], seen["phone"], seen["other"]) == (NAME, PHONE, OTHER)
    await read(api, request, ["registrar1", "custodian1", "supervisor1"])
    await api.step(request, "close_identity", "registrar1")


async def read(api: Api, number: str, everybody: list[str]) -> None:
    """Whatever each of them can read, around a matter and in lists."""
    for who in everybody:
        for part in ("", "/entries", "/files", "/chain"):
            await api.call("GET", f"/api/v1/matters/{number}{part}", who)
        for path in (
            "/api/v1/matters",
            "/api/v1/duties?tab=unit",
            "/api/v1/notices",
            "/api/v1/audit/identity-requests",
        ):
            await api.call("GET", path, who)
        if who.startswith("Receipt"):
            await api.call("GET", "/api/v1/receipt.pdf", who)


async def errors(api: Api, filed: dict[str, Any], receipt: str) -> None:
    """What is refused must not repeat what was sent."""
    number = filed["number"]
    contact = {"name": NAME, "phone": PHONE, "other": OTHER, "more": NAME}
    for body in (
        {**REPORT, "mode": "named", "contact": contact, "text": TEXT},
        {**REPORT, "mode": "anonymous", "contact": {"name": NAME, "phone": PHONE}, "text": TEXT, "scene": NAME},
        {**REPORT, "text": TEXT * 2000},
        [NAME, PHONE],
    ):
        response = await api.call("POST", "/api/v1/cases", "", body)
        assert 400 <= response.status < 500
    await api.call("GET", f"/api/v1/matters/{NAME}", receipt)
    await api.call("GET", f"/api/v1/matters?kind={NAME}", "registrar1")
    await api.call("GET", f"/api/v1/matters/{number}", f"Receipt {number}:{filed['secret'][:-1]}0")
    await api.step(
        number,
        "rate",
        receipt,
        409,
        words=TEXT,
        **{key: RATING[key] for key in ("solved", "speed", "attitude", "result")},
    )
    await api.step(number, "note", "registrar1", 422, text=TEXT, name=NAME)
    await api.call("POST", "/api/v1/session", "", {"username": NAME, "password": PHONE, "totp": "000000"})


# Where a canary may stand: how the name of the place begins, by what was planted.
ALLOWED: dict[str, tuple[str, ...]] = {
    "name": ("registrar1 200 /identity", "registrar1 200 /summary-check"),  # which repeats what they typed
    "phone": ("registrar1 200 /identity", "registrar1 200 /summary-check", "callback1 200 /phone"),
    "other": ("registrar1 200 /identity",),
    "id number": ("registrar1 200 /identity",),
    "secret": ("nobody 201 /api/v1/cases", "receipt 200 /api/v1/receipt.pdf"),
    "text": (
        "public.case_text", "public.entry_body", "receipt 200", "registrar1 200 /looks", "registrar1 200 /entries",
        "registrar1 200 /chain", "callback1 200 /entries", "callback1 200 /chain",
    ),
    "accused": ("public.case_file", "registrar1 200", "callback1 200"),
    "file name": (
        "public.file", "public.upload", "registrar1 200 /files", "callback1 200 /files", "receipt 200",
    ),
    "exif": ("files/originals/",),
    "user agent": (),
    "address": (),
}  # fmt: skip


async def test_nothing_leaks(installation: Installation, servers: Servers, province: str, valkey: Redis) -> None:
    api, witness = installation.api, installation.witness
    done = await played(api)
    database = province.partition("@/")[2].partition("?")[0]
    places = await dumped(servers.postgres.url(database)) | await remembered(valkey)
    places |= {f"export {name}": content for name, content in done.exported.items()}
    for process in installation.processes:
        assert process.end() == 0, process.said()[-2000:]
    places |= dict(lying(installation.folder)) | {
        f"tmp/{name}": content for name, content in lying(installation.temporary)
    }
    places["postgres log"] = servers.postgres.log.read_bytes()
    places["valkey log"] = servers.valkey.log.read_bytes() if servers.valkey.log.exists() else b""
    for count, (who, path, status, said) in enumerate(witness.answers):
        places[f"{who} {status} {re.sub(r'/api/v1/matters/[A-Z]{2}[^/]*', '', path)} #{count}"] = said
    assert "error" not in {json.loads(line)["level"] for line in installation.processes[0].said().splitlines() if line}

    planted = {
        **IDENTITY, "text": TEXT, "accused": ACCUSED, "file name": FILE_NAME, "exif": PLANTED, "user agent": AGENT,
        "address": ADDRESS,
    } | {f"secret {count}": secret for count, secret in enumerate(done.secrets)}  # fmt: skip
    found: dict[str, set[str]] = defaultdict(set)
    for what, canary in planted.items():
        for place, content in places.items():
            if holds(content, canary):
                found[what.partition(" ")[0] if what.startswith("secret") else what].add(place)
    wrong = [
        (what, place)
        for what, where in found.items()
        for place in sorted(where)
        if not any(place.startswith(one) for one in ALLOWED[what])
    ]
    assert not wrong, "\n".join(map(str, wrong))
    # Without this the search would prove nothing: each canary was met where it belongs.
    assert {what for what, allowed in ALLOWED.items() if allowed} == found.keys()
    for what, allowed in ALLOWED.items():
        for one in allowed:
            assert any(place.startswith(one) for place in found[what]), (what, one)


def test_the_search_finds_every_spelling() -> None:
    for text in (NAME, PHONE, ID_NUMBER):
        for content in (
            text.encode(), json.dumps({"a": text}).encode(), b"\\x" + f"x{text}".encode().hex().encode(),
            quote(text).encode(), b64encode(f"..{text}...".encode()), b64encode(f".{text}".encode()),
            text.encode("utf-16-le"),
        ):  # fmt: skip
            assert holds(b"before " + content + b" after", text)
        packed = BytesIO()
        with ZipFile(packed, "w", compression=8) as whole:
            whole.writestr("sheet.xml", f"<c>{text}</c>")
        assert holds(packed.getvalue(), text)
        assert not holds(b"nothing at all", text)


async def test_an_anonymous_case_holds_no_time_of_day(api: Api, servers: Servers) -> None:
    number, receipt = await api.file()
    await api.step(number, "add", receipt, text="再补充一点")
    await api.told()
    _, rows = await connection().execute_query(
        """
        SELECT e.at FROM entry e WHERE e.matter_id = (SELECT id FROM matter WHERE number = $1)
        UNION ALL SELECT d.opened_at FROM duty d UNION ALL SELECT n.owed_at FROM notice n
        UNION ALL SELECT i.since FROM involvement i
        """,
        [number],
    )
    assert len(rows) >= 5
    assert {row["at"].astimezone(CHINA).strftime("%H:%M:%S.%f") for row in rows} == {"00:00:00.000000"}
