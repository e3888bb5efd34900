"""What the decorator reads, refuses and answers."""

import zlib
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
import pytest
from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints, field_validator

from domain.people.actors import VISITOR, Actor
from handlers import ROUTES
from handlers.spec import Access, Body, Call, Query, Raw, Reply, Routes, admit
from kit.errors import NotAllowed, NotSignedIn, Refusal
from kit.shapes import Day, Line, Moment, Text, Whole, Wrong
from models import ActorKind, Role
from tests.handlers.conftest import Door

JSON = {"Content-Type": "application/json"}


class Contact(Body):
    """How to reach somebody."""

    phone: Annotated[str, StringConstraints(pattern=r"^1\d{10}$")]


class Note(Body):
    """Something written."""

    title: Annotated[str, Line(10)]
    text: Annotated[str, Text(50)] | None = None
    count: Whole = 0
    on: Day | None = None
    at: Moment | None = None
    contact: Contact | None = None
    extra: Any = None
    even: Annotated[int, Field(ge=0, le=100)] = 0

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise Wrong("应为双数")
        if value == 66:
            raise ValueError(f"not shown: {value}")
        return value


class Search(Query):
    """What to look for."""

    size: Annotated[int, Field(ge=1, le=50)] = 20
    word: Annotated[str, Line(5)] | None = None


class Kept(BaseModel):
    """What was understood."""

    title: str
    count: int = 0
    on: date | None = None
    at: datetime | None = None


routes = Routes("样例")


@routes.post("/notes", access=Access.PUBLIC, summary="记下", status=201, idempotent=True, versioned=True)
async def keep(call: Call, body: Note) -> Kept | Reply[Kept] | Raw:
    """Say back what came in."""
    if call.idempotency_key == "again":
        return Raw(b'{"title":"stored"}', 201, {"Idempotency-Replayed": "true"})
    kept = Kept(title=body.title, count=call.version or body.count, on=body.on, at=body.at)
    return Reply(kept, 202, {"X-Kind": "reply"}) if call.idempotency_key else kept


@routes.get("/notes", access=Access.PUBLIC, summary="查找")
async def find(call: Call, query: Search) -> list[dict[str, int | str | None]]:
    """Say back what was asked."""
    return [{"size": query.size, "word": query.word, "language": call.language}]


@routes.get("/notes/{id}/{name}", access=Access.ANYONE_KNOWN, summary="看一条")
async def look(call: Call, id: UUID, name: Annotated[str, StringConstraints(max_length=8)]) -> dict[str, str]:  # noqa: A002  the path's word
    """Say back who looks at what."""
    return {"id": str(id), "name": name, "actor": call.actor.kind, "facts": call.actor.name}


@routes.delete("/notes", access=Access.STAFF, summary="结束", anonymous=True)
async def end(_call: Call) -> None:
    """Nothing is said."""


@routes.get("/notes/sender", access=Access.ANYONE_KNOWN, summary="谁", anonymous=True)
async def sender(call: Call) -> dict[str, str]:
    """Say back what is known of where the sender is."""
    return {"facts": call.actor.name}


@routes.get("/file", access=Access.RECEIPT, summary="文件", produces="application/pdf")
async def file(_call: Call) -> web.Response:
    """Answer bytes."""
    return web.Response(body=b"%PDF", content_type="application/pdf")


@routes.post("/small", access=Access.PUBLIC, summary="小", limit=64)
async def small(_call: Call, body: Contact) -> Contact:
    """Take little."""
    return body


async def test_body_is_read_and_answer_is_json(door: Door) -> None:
    client = await door(routes)
    sent = {"title": " 甲\u0301 ", "count": 4.0, "on": "2026-02-28", "at": "2026-02-28T09:00:00+08:00"}
    answer = await client.post("/notes", json=sent)
    assert answer.status == 201
    assert await answer.json() == {
        "title": "甲\u0301",
        "count": 4,
        "on": "2026-02-28",
        "at": "2026-02-28T09:00:00+08:00",
    }


async def test_an_anonymous_route_learns_where_staff_are_and_nobody_else(door: Door) -> None:
    client = await door(routes)
    holder = await client.get("/notes/sender", headers={"Authorization": "Receipt receipt"})
    assert await holder.json() == {"facts": "None None"}
    staff = await client.get("/notes/sender", headers={"Authorization": "Bearer account"})
    assert (await staff.json())["facts"].startswith("127.0.0.1 ")


async def test_reply_raw_version_and_none(door: Door) -> None:
    client = await door(routes)
    replied = await client.post("/notes", json={"title": "a"}, headers={"Idempotency-Key": "k", "If-Match": '"7"'})
    assert (replied.status, replied.headers["X-Kind"], (await replied.json())["count"]) == (202, "reply", 7)
    stored = await client.post("/notes", json={"title": "a"}, headers={"Idempotency-Key": "again"})
    assert await stored.read() == b'{"title":"stored"}'
    assert stored.headers["Idempotency-Replayed"] == "true"
    ended = await client.delete("/notes", headers={"Authorization": "Bearer account"})
    assert (ended.status, await ended.read()) == (204, b"")
    file = await client.get("/file", headers={"Authorization": "Receipt receipt"})
    assert (file.content_type, await file.read()) == ("application/pdf", b"%PDF")


DEEP = b'{"title":"a","extra":' + b"[" * 40 + b"]" * 40 + b"}"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"title":NaN}', 400),
        (b'{"title":"a","count":1e400}', 400),
        (b'{"title":"\\ud800"}', 400),
        (b'{"title":"\xed\xa0\x80"}', 400),
        (b'{"title":"\xff"}', 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (DEEP, 400),
        (b"[]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"title":"a","title":"b"}', 201),
        (b'{"title":"a","unknown":1}', 422),
        (b'{"title":1}', 422),
        (b'{"title":"  "}', 422),
        (b'{"title":"12345678901"}', 422),
        (b'{"title":"a\\u0000"}', 422),
        (b'{"title":"a\\nb"}', 422),
        (b'{"title":"a\\u202eb"}', 422),
        (b'{"title":"a\\\\u0000"}', 201),
        ('{"title":"𠮷👨‍👩‍👧"}'.encode(), 201),
        (b'{"title":"a","text":"a\\r\\nb"}', 201),
        (b'{"title":"a","text":"a\\u0007"}', 422),
        (b'{"title":"a","extra":{"deep":["\\u0000"]}}', 422),
        (b'{"title":"a","extra":{"\\u0000":1}}', 422),
        (b'{"title":"a","count":9223372036854775808}', 422),
        (b'{"title":"a","count":123456789012345678901234567890}', 422),
        (b'{"title":"a","count":1e300}', 422),
        (b'{"title":"a","count":"1"}', 422),
        (b'{"title":"a","count":true}', 422),
        (b'{"title":"a","on":"0001-01-01"}', 422),
        (b'{"title":"a","on":"9999-12-31"}', 422),
        (b'{"title":"a","on":"2026-02-30"}', 422),
        (b'{"title":"a","on":"0"}', 422),
        (b'{"title":"a","on":0}', 422),
        (b'{"title":"a","at":"2026-01-01T00:00:00"}', 422),
        (b'{"title":"a","at":"0001-01-01T00:00:00+08:00"}', 422),
        (b'{"title":"a","at":"1600000000"}', 422),
    ],
)
async def test_bad_bodies_are_refused_and_odd_ones_taken(door: Door, raw: bytes, status: int) -> None:
    client = await door(routes)
    answer = await client.post("/notes", data=raw, headers=JSON)
    assert answer.status == status
    if status != 201:
        assert (await answer.json())["code"] == {400: "malformed", 422: "invalid"}[status]


async def test_what_is_wrong_is_told_in_chinese_without_the_input(door: Door) -> None:
    client = await door(routes)
    sent = {"title": "", "contact": {"phone": "13800138000x"}, "even": 3, "count": 2**40, "on": "gestern"}
    answer = await client.post("/notes", json=sent)
    refused = await answer.json()
    assert {field["path"]: field["message"] for field in refused["details"]["fields"]} == {
        "title": "至少 1 个字",
        "contact.phone": "格式不正确",
        "even": "应为双数",
        "count": "不能大于 2147483647",
        "on": "应为日期，如 2026-01-31",
    }
    assert "13800138000" not in await answer.text()
    other = await client.post("/notes", json={"title": "a", "even": 66})
    assert (await other.json())["details"]["fields"] == [{"path": "even", "message": "填写有误"}]


async def test_only_json_of_the_allowed_size(door: Door) -> None:
    client = await door(routes, body_limit=1024)
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json; charset=gbk"}):
        answer = await client.post("/notes", data=b"{}", headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (415, "unsupported_media_type")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    assert (await client.post("/notes", data=b" " * 2000, headers=JSON)).status == 413
    assert (await client.post("/notes", data=chunks(), headers=JSON)).status == 413
    assert (await client.post("/small", data=b" " * 65, headers=JSON)).status == 413
    assert (await client.post("/small", json={"phone": "13800138000"})).status == 200


async def test_query_is_read_from_text(door: Door) -> None:
    client = await door(routes)
    answer = await client.get(
        "/notes", params={"size": "5", "word": "路"}, headers={"Accept-Language": "en;q=.9,zh;q=.1"}
    )
    assert await answer.json() == [{"size": 5, "word": "路", "language": "en"}]
    for wrong in ("size=0", "size=x", "size=1&size=2", "other=1", "word=%00", "word=a%0D%0Ab", "size=" + "9" * 5000):
        answer = await client.get(f"/notes?{wrong}")
        assert (answer.status, (await answer.json())["code"]) == (422, "invalid"), wrong


async def test_paths_that_cannot_be_right_are_not_found(door: Door) -> None:
    client = await door(routes)
    known = {"Authorization": "Bearer account", "User-Agent": "probe"}
    id = "8d4f6f3e-4b52-4a60-9d61-3a7a1f0f3c55"  # noqa: A001  the path's word
    found = await client.get(f"/notes/{id}/name", headers=known)
    assert (await found.json())["facts"] == "127.0.0.1 probe"
    for path in (
        f"/notes/{id}/toolongname",
        "/notes/1/name",
        f"/notes/{id}/a%00",
        "/notes/%ff/name",
        f"/notes/{'1' * 4000}/a",
    ):
        answer = await client.get(path, headers=known)
        assert (answer.status, (await answer.json())["code"]) == (404, "not_found"), path


async def test_headers_are_checked(door: Door) -> None:
    client = await door(routes)
    for headers in (
        {"Idempotency-Key": "a b"},
        {"Idempotency-Key": "钥匙"},
        {"Idempotency-Key": "k" * 256},
        {"If-Match": "x"},
    ):
        answer = await client.post("/notes", json={"title": "a"}, headers=headers)
        assert answer.status == 422


async def test_who_may_come_in(door: Door) -> None:
    client = await door(routes)
    assert (await client.delete("/notes")).status == 401
    assert (await client.delete("/notes", headers={"Authorization": "Bearer forged"})).status == 401
    assert (await client.delete("/notes", headers={"Authorization": "Receipt receipt"})).status == 403
    # Where everybody may come in a header is not even read.
    assert (await client.get("/notes", headers={"Authorization": "Bearer forged"})).status == 200


ADMITTED = {
    Access.PUBLIC: set(ActorKind),
    Access.RECEIPT: {ActorKind.RECEIPT},
    Access.STAFF: {ActorKind.ACCOUNT, ActorKind.POST},
    Access.ANYONE_KNOWN: {ActorKind.ACCOUNT, ActorKind.POST, ActorKind.RECEIPT},
    Access.UPLOADER: {ActorKind.ACCOUNT, ActorKind.POST, ActorKind.RECEIPT, ActorKind.TICKET},
}


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize("kind", ActorKind)
def test_admission_of_every_kind(access: Access, kind: ActorKind) -> None:
    expected: type[Refusal] | None = None
    if kind not in ADMITTED[access]:
        expected = NotSignedIn if kind is ActorKind.VISITOR else NotAllowed
    if expected is None:
        assert admit(Actor(kind), access) is None  # type: ignore[func-returns-value]  # that it returns is the point
    else:
        with pytest.raises(expected):
            admit(Actor(kind), access)


def test_roles_narrow_staff_only() -> None:
    role = frozenset({next(iter(Role))})
    with pytest.raises(NotAllowed):
        admit(Actor(ActorKind.ACCOUNT), Access.STAFF, role)
    admit(Actor(ActorKind.RECEIPT), Access.ANYONE_KNOWN, role)
    with pytest.raises(NotSignedIn):
        admit(VISITOR, Access.STAFF, role)


def test_what_comes_in_must_have_bounds() -> None:
    class Loose(Body):
        words: list[str]

    class Endless(Body):
        number: int

    for body in (Loose, Endless):

        async def take(_call: Call, body: body) -> None: ...  # type: ignore[valid-type]  # made here on purpose

        loose = Routes("x")
        loose.post("/x", access=Access.PUBLIC, summary="x")(take)
        assert [place.split(".")[0] for operation in loose for place in operation.unbounded()] == ["body"]
    assert [place for subject in ROUTES for operation in subject for place in operation.unbounded()] == []


def test_parameters_must_be_in_the_path() -> None:
    async def take(_call: Call, other: UUID) -> None: ...

    with pytest.raises(TypeError, match="other is not in"):
        Routes("x").get("/x", access=Access.PUBLIC, summary="x")(take)


async def test_compressed_bomb_is_cut_short(door: Door) -> None:
    client = await door(routes, body_limit=1024)
    bomb = zlib.compress(b" " * 10_000_000)
    answer = await client.post("/notes", data=bomb, headers=JSON | {"Content-Encoding": "deflate"})
    assert answer.status in {400, 413}
    answer = await client.post("/notes", data=b"not deflate", headers=JSON | {"Content-Encoding": "deflate"})
    assert answer.status == 400
    assert orjson.loads(await answer.read())["code"] == "malformed"
