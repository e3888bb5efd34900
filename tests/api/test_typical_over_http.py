"""Typical cases over HTTP: what anybody reads, page by page, without a way back to a case; what the accused read."""

from typing import Any
from uuid import uuid4

from domain.typical import publishing
from kit import clock
from models import Audience, Recusal, Role, TypicalIssue
from tests.api.conftest import Api
from tests.api.test_recusal_over_http import holder
from tests.makers import case_at, officer, unit
from tests.typical import DRAFT, REASON, Tale, of_cases

HIDDEN = ("matter", "source", "unit", "sealed", "writer", "cleared", "JB20", "AL20")


async def tales(number: int, **given: Any) -> list[Tale]:
    return [await (await of_cases(await case_at("closed"), **given)).at("published") for _ in range(number)]


async def test_pages_of_what_is_published(api: Api) -> None:
    made = await tales(3)
    await (await of_cases(await case_at("closed"), category="B04")).at("published")
    only_printed = await (await of_cases(await case_at("closed"), title="只供内部")).at("printed")
    first = await api.get("/api/v1/typical-cases?limit=2&category=B10")
    rest = await api.get(f"/api/v1/typical-cases?limit=2&category=B10&cursor={first['next']}")
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert {one["id"] for page in (first, rest) for one in page["items"]} == {
        str((await tale.own()).public_id) for tale in made
    }
    everything = await api.get("/api/v1/typical-cases")
    assert len(everything["items"]) == 4
    one = await api.get(f"/api/v1/typical-cases/{first['items'][0]['id']}")
    assert one["reported"] == DRAFT["reported"]
    for said in (str(everything), str(one)):
        assert [word for word in HIDDEN if word in said] == []
        assert not any(str(tale.id) in said or tale.number in said for tale in made)
    # What is only printed is for staff: the link leads nowhere for anybody else.
    inside = str((await only_printed.own()).public_id)
    assert (await api.call("GET", f"/api/v1/typical-cases/{inside}")).status == 404
    assert (await api.call("GET", f"/api/v1/printed-cases/{inside}")).status == 401
    assert (await api.get(f"/api/v1/printed-cases/{inside}", "handler1"))["public"] is False
    assert len((await api.get("/api/v1/printed-cases", "handler1"))["items"]) == 5
    for wrong in ("cursor=AAAA", "limit=0", "limit=51", "category=x", "page=2"):
        assert (await api.call("GET", f"/api/v1/typical-cases?{wrong}")).status == 422, wrong


async def test_what_is_kept_on_the_way_is_asked_for_anew(api: Api) -> None:
    [tale] = await tales(1)
    path = f"/api/v1/typical-cases/{(await tale.own()).public_id}"
    for address in (path, "/api/v1/typical-cases"):
        answer = await api.call("GET", address)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        again = await api.call("GET", address, If_None_Match=answer.headers["ETag"])
        assert (again.status, await again.read()) == (304, b"")
    await tale.take("withdraw", **REASON)
    assert (await api.call("GET", path, If_None_Match=answer.headers["ETag"])).status == 404
    assert (await api.get("/api/v1/typical-cases"))["items"] == []
    assert (await api.get("/api/v1/printed-cases", "handler1"))["items"] == []


async def test_by_the_generic_doors(api: Api) -> None:
    walk = await case_at("closed")
    forms = {one["kind"]: one for one in await api.get("/api/v1/openings", "registrar1")}
    assert "sources" in forms["typical"]["inputs"]["properties"]
    opened = await api.post(
        "/api/v1/matters", "registrar1", {"kind": "typical", "inputs": {**DRAFT, "sources": [walk.number]}}, 201
    )
    number = opened["number"]
    shown = await api.get(f"/api/v1/matters/{number}", "registrar1")
    form = next(step for step in shown["next_steps"] if step["verb"] == "mark")["inputs"]["properties"]
    assert (form["title"]["default"], form["cleared"]["x-widget"]) == (DRAFT["title"], "marks")
    texts = {name: DRAFT[name] for name in ("title", "reported", "handled", "lesson")}
    told = {**texts, "lesson": f"见{walk.number}，王局长。"}
    hits = await api.post(f"/api/v1/matters/{number}/typical-check", "registrar1", told)
    assert [(hit["text"], hit["kind"], hit["must"], hit["instead"]) for hit in hits] == [
        (walk.number, "number", True, "（编号略）"),
        ("王局长", "person", False, "某人"),
    ]
    assert (await api.step(number, "mark", "registrar1", 409, **told))["code"] == "marks_must_go"
    await api.post(f"/api/v1/matters/{number}/typical-check", "registrar1", texts)
    await api.step(number, "mark", "registrar1", **texts)
    assert (await api.step(number, "check_marks", "registrar1", 409))["code"] == "same_person"
    await api.post(f"/api/v1/matters/{number}/typical-check", "registrar2", texts)
    await api.step(number, "check_marks", "registrar2")
    await api.step(number, "approve_print", "leader1")
    assert len((await api.get("/api/v1/printed-cases", "head1"))["items"]) == 1


async def test_whoever_is_accused_reads_as_if_there_were_none(api: Api) -> None:
    """Their answers before and after are the same, until it is published, which is the same for everybody."""
    accused = await unit("62-market")
    head = await holder(api, "62-market", Role.HEAD, "accused")
    inspector = await holder(api, "62-justice.inspection", Role.SUPERVISOR, "recused")
    first = await case_at("closed")
    second = await case_at("closed", accused_unit=accused.id)
    aside = await unit("62-justice.inspection")
    await Recusal.create(
        id=uuid4(), matter_id=second.holder.matter_id, unit_id=aside.id, reason="亲属", accused=False, since=clock.now()
    )

    async def read(who: str, number: str) -> list[tuple[int, Any]]:
        found = []
        paths = ("/api/v1/matters", "/api/v1/printed-cases", "/api/v1/notices", "/api/v1/duties?tab=unit")
        for path in (*paths, f"/api/v1/matters/{number}", f"/api/v1/matters/{number}/entries", "/api/v1/statistics"):
            answer = await api.call("GET", path, who)
            body = await answer.json()
            for name in ("request_id", "as_of"):
                body.pop(name, None) if isinstance(body, dict) else None
            found.append((answer.status, body))
        draft = {name: DRAFT[name] for name in ("title", "reported", "handled", "lesson")}
        answer = await api.call("POST", f"/api/v1/matters/{number}/typical-check", who, draft)
        found.append((answer.status, (await answer.json())["code"]))
        return found

    nothing = "AL2026-00000000"
    before = {who: await read(who, nothing) for who in (head, inspector)}
    tale = await of_cases(first, second)
    tale.looker = await officer(Role.REGISTRAR, number=1)
    await tale.at("checked")
    for who, said in before.items():
        assert await read(who, tale.number) == said
    await tale.take("approve_public")
    await tale.take("publish")
    [everybodys] = await publishing.listed(Audience.PUBLIC)
    assert [one["id"] for one in (await api.get("/api/v1/printed-cases", head))["items"]] == [str(everybodys["id"])]
    assert await TypicalIssue.filter(live=True).count() == 1
