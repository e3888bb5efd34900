"""Byte for byte: whoever is shut out of a case, and everybody once it is sealed, reads as if it had never been.

Every route has its place here, so that a new one fails until somebody has said what it may tell. What gives lists,
numbers and files is read before there is a case and after; what names a thing is asked for the real one and for one
that never was.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any
from uuid import UUID

import orjson
from openpyxl import load_workbook

from domain.cases import dossiers, indexing
from domain.figures import bulletins, releasing, tally
from domain.letters import rendering
from domain.loop import engine
from domain.loop.kinds import Kind
from domain.people import actors
from domain.people.actors import Actor
from handlers.keys import VALKEY
from kit import clock, storage
from models import Account, Duty, Letter, Matter, Mode, Notice, Post, Role
from tests.api.conftest import Api
from tests.api.test_access import routes_of
from tests.api.test_exports import taken
from tests.domain.accountability.test_ways import leader_of, proposed
from tests.domain.cases.test_handing_over import downloaded, signed, with_file
from tests.domain.identity.asked import requested
from tests.makers import Walk, case_at, case_filed, officer, unit
from tests.supervised import ABOUT, INSPECTION, Over

TABS = ("mine", "unit", "due_soon", "overdue", "waiting", "returned")
YEAR = clock.today().year
CASES = "雁滩污水泵站的混凝土款拖欠四百余天，城投推给财政"

# What gives lists, numbers and files: the addresses that are read before and after.
LISTS: dict[str, list[str]] = {
    "GET /api/v1/matters": [
        "", "?kind=case", "?kind=supervision", "?kind=identity_request", "?kind=accountability", "?late=true",
        "?ended=true", "?ended=false", "?region=6201&limit=1", "?stage=handling", "?stage=sealed", "?stage=merged",
    ],
    "GET /api/v1/duties": [*(f"?tab={tab}" for tab in TABS), "?tab=unit&matter=NUMBER", "?tab=unit&kind=supervision"],
    "GET /api/v1/duties/counts": [""],
    "GET /api/v1/notices": ["", "?unread=true"],
    "GET /api/v1/supervisions": ["", "?listed=true", "?rung=listing", "?ended=false"],
    "GET /api/v1/supervisions/late": [""],
    "GET /api/v1/disqualifications": ["", f"?year={YEAR}"],
    "GET /api/v1/rectifications": ["", "?state=open", "?source=inspection", "?unit=UNIT"],
    "GET /api/v1/rectifications/carried": ["?unit=UNIT", f"?unit=UNIT&year={YEAR + 1}"],
    "GET /api/v1/figures/rectifications": ["", *(f"?by={by}" for by in ("region", "unit", "source", "month"))],
    "GET /api/v1/public/rectifications": [""],
    "GET /api/v1/typical-cases": [""],
    "GET /api/v1/printed-cases": [""],
    "GET /api/v1/public/reports": [""],
    "GET /api/v1/reports": [""],
    "GET /api/v1/report-cycles": [""],
    "GET /api/v1/my-reports": [""],
    "GET /api/v1/contact-points": [""],
    "GET /api/v1/report-comments": ["", "?waiting=false"],
    "GET /api/v1/figures/unit": [""],
    "GET /api/v1/figures/accountability": ["", f"?year={YEAR}"],
    "GET /api/v1/statistics": [
        "", *(f"?by={by}" for by in ("region", "unit", "category", "month")), "?region=6201&by=unit",
        "?region=620102&by=unit", "?category=B10", "?region=620102&category=B10&by=unit",
        f"?since={YEAR}-01-01&by=month", "?unit=UNIT", "?unit=UNIT&by=category",
    ],
    "GET /api/v1/public/figures": [""],
    "GET /api/v1/releases": [""],
    "GET /api/v1/bulletins": ["", "?kind=week"],
    "GET /api/v1/audit/identity-requests": ["", "?limit=1"],
    "GET /api/v1/session": [""],
    "GET /api/v1/openings": [""],
    "GET /api/v1/categories": [""],
    "GET /api/v1/regions": [""],
    "GET /api/v1/units": ["?q=市场监督管理"],
    "GET /api/v1/persons": ["?unit=UNIT&role=handler"],
    "GET /api/v1/routing/rules": [""],
    "GET /api/v1/codes": [""],
    "GET /api/v1/codes/scans": [""],
    "GET /api/v1/content-checks": [""],
    "GET /api/v1/supervisions/rungs": [""],
}  # fmt: skip
# What is taken away as a file: read before and after, but for the line that says who took it and when.
TAKEN: list[dict[str, Any]] = [
    {"list": "matters"}, {"list": "matters", "ended": True}, {"list": "duties", "tab": "unit"}, {"list": "statistics"},
    *({"list": "statistics", "by": by} for by in ("region", "unit", "category", "month")), {"list": "rectifications"},
]  # fmt: skip
# What names a thing: the same whether it is there or never was. The body is one that would do.
LOOK = {"reason": "想看"}
NAMED: dict[str, Any] = {
    "GET /api/v1/matters/{number}": None,
    "GET /api/v1/matters/{number}/entries": None,
    "GET /api/v1/matters/{number}/chain": None,
    "GET /api/v1/matters/{number}/files": None,
    "GET /api/v1/matters/{number}/letters": None,
    "GET /api/v1/matters/{number}/notices": None,
    "GET /api/v1/matters/{number}/versions": None,
    "GET /api/v1/matters/{number}/result": None,
    "GET /api/v1/matters/{number}/similar": None,
    "GET /api/v1/matters/{number}/suggestions": None,
    "GET /api/v1/matters/{number}/dossier": None,
    "POST /api/v1/matters/{number}/looks": LOOK,
    "POST /api/v1/matters/{number}/phone": {},
    "POST /api/v1/matters/{number}/identity": {},
    "POST /api/v1/matters/{number}/summary-check": {"summary": "反映拖欠"},
    "POST /api/v1/matters/{number}/typical-check": dict.fromkeys(
        ("title", "reported", "handled", "lesson"), "反映拖欠"
    ),
    "POST /api/v1/matters/{number}/transfer-sheets": {},
    "POST /api/v1/matters/{number}/dossier/openings": {},
    "POST /api/v1/matters/{number}/letters/{letter}/openings": {},
    "POST /api/v1/matters/{number}/files/{file}/looks": LOOK,
    "PUT /api/v1/matters/{number}/files/{file}/blurs": {"rectangles": []},
    "POST /api/v1/matters/{number}/files/{file}/retries": {},
    "POST /api/v1/matters/{number}/steps/{verb}": {"inputs": {}},
    "POST /api/v1/duties/{duty}/claim": {},
    "POST /api/v1/duties/{duty}/release": {},
    "POST /api/v1/notices/{notice}/read": {},
}
# What has nothing of a case to tell, and why.
ELSEWHERE: dict[str, str] = {
    "its holder's alone": """GET /api/v1/receipt.pdf | GET /api/v1/matters/{number}/reach
        POST /api/v1/matters/{number}/reach | DELETE /api/v1/matters/{number}/reach
        POST /api/v1/matters/{number}/reach/code | POST /api/v1/pickups""",
    "a link that was made for one viewer": """GET /api/v1/downloads/{link}/{name} | GET /checked/{token}
        GET /api/v1/downloads/{link}/{folder}/{name}""",
    "an upload, whose owner alone knows of it": """POST /api/v1/uploads/tickets | GET /api/v1/uploads/purposes
        OPTIONS /api/v1/uploads | POST /api/v1/uploads | HEAD /api/v1/uploads/{upload} | PATCH /api/v1/uploads/{upload}
        DELETE /api/v1/uploads/{upload} | POST /api/v1/uploads/{upload}""",
    "one that a list here leads to": """GET /api/v1/bulletins/{bulletin} | GET /api/v1/bulletins/{bulletin}/file
        GET /api/v1/public/reports/{number} | GET /api/v1/public/reports/{number}/{place}/captions.vtt
        GET /api/v1/public/reports/{number}/{place}/{name} | GET /api/v1/reports/{number}
        GET /api/v1/reports/{number}/{place}/captions.vtt | GET /api/v1/report-cycles/{cycle}/coverage
        GET /api/v1/reports/{number}/figures | GET /api/v1/public/reports/{number}/share.png
        GET /api/v1/report-cycles/{cycle}/officials | GET /api/v1/contact-points/{point}/reports
        POST /api/v1/public/reports/{number}/ballot | POST /api/v1/public/reports/{number}/votes
        POST /api/v1/public/reports/{number}/questions | GET /api/v1/public/reports/{number}/voices
        GET /api/v1/public/reports/{number}/comments | GET /api/v1/reports/{number}/ballot
        POST /api/v1/reports/{number}/votes | POST /api/v1/reports/{number}/questions
        GET /api/v1/reports/{number}/voices | POST /api/v1/report-comments/{comment}/decision
        POST /api/v1/report-comments/{comment}/reply
        GET /api/v1/typical-cases/{case} | GET /api/v1/printed-cases/{case}
        GET /api/v1/codes/{code} | GET /api/v1/codes/{code}/sheet.pdf | GET /api/v1/codes/{code}/qr.png""",
    "of the audit administrator, by a code that stands on a sheet": "GET /api/v1/audit/copies/{code}",
    "of who took lists away": "GET /api/v1/exports",
    "begins or changes what is not of a case": """POST /api/v1/cases | POST /api/v1/cases/taken-down
        POST /api/v1/matters | POST /api/v1/notices/consents | POST /api/v1/releases/{release}/publish
        POST /api/v1/codes | POST /api/v1/codes/{code}/revoke | POST /api/v1/codes/{code}/replace
        POST /api/v1/roster/imports | POST /api/v1/routing/trials | POST /api/v1/routing/rules
        DELETE /api/v1/routing/rules/{rule} | POST /api/v1/audit/verifications
        POST /api/v1/content-checks/{check}/decision | POST /api/v1/report-cycles
        PUT /api/v1/report-cycles/{cycle} | POST /api/v1/report-cycles/{cycle}/roster
        POST /api/v1/report-cycles/{cycle}/contact-points | POST /api/v1/contact-points/{point}/end
        POST /api/v1/report-cycles/{cycle}/reminders | POST /api/v1/officials/{official}/exemption
        POST /api/v1/officials/{official}/exemption/end | POST /api/v1/rectifications/lawsuits""",
    "how much is due to be destroyed, of the whole installation": """GET /api/v1/retention/plan
        GET /api/v1/retention/batches | POST /api/v1/retention/batches
        POST /api/v1/retention/batches/{batch}/approval""",
    "read by `TAKEN`": "POST /api/v1/exports",
    "signing in, accounts and WeChat": """POST /api/v1/session | DELETE /api/v1/session | PUT /api/v1/session/post
        GET /api/v1/sessions | DELETE /api/v1/sessions/{session} | POST /api/v1/session/wechat
        GET /api/v1/session/records | DELETE /api/v1/sessions | GET /api/v1/wechat | POST /api/v1/wechat/consents
        GET /wechat/consent | POST /api/v1/wechat/identities | POST /api/v1/wechat/page-config | POST /api/v1/bindings
        GET /api/v1/binding | DELETE /api/v1/binding | POST /api/v1/screens | GET /api/v1/screens/{scene}/qr.png
        POST /api/v1/screens/{screen}/session | POST /api/v1/screens/{scene}/scan
        POST /api/v1/screens/{scene}/confirm | POST /api/v1/screens/{scene}/refuse | GET /s/{scene}
        GET /api/v1/accounts/{username} | POST /api/v1/accounts/{username}/invitations
        DELETE /api/v1/accounts/{username}/binding | GET /api/v1/accounts/{username}/records
        POST /api/v1/invitations/letter.pdf | POST /api/v1/demo/credentials | GET /api/v1/demo/persons
        POST /api/v1/demo/session | POST /api/v1/accounts/{username}/disable
        POST /api/v1/accounts/{username}/enable | GET /wechat/{app}/callback | POST /wechat/{app}/callback""",
    "pages and what is the same for all": """GET / | GET /api/docs | GET /assets/{name} | GET /h5 | GET /h5/{path}
        GET /healthz | GET /readyz | GET /metrics | GET /api/v1/openapi.json | GET /api/v1/challenge
        GET /api/v1/privacy | GET /api/v1/notices/ways | GET /q/{scene} | GET /{name}.txt""",
}
# Where a registrar reads of a case that they handle: without it the comparison would prove nothing.
TELLING = {
    "/api/v1/matters", "/api/v1/matters?kind=case", "/api/v1/matters?kind=identity_request", "/api/v1/figures/unit",
    "/api/v1/matters?stage=handling", "/api/v1/statistics", "/api/v1/statistics?category=B10",
    "/api/v1/statistics?by=region", "/api/v1/statistics?by=unit",
    "/api/v1/statistics?by=category", "/api/v1/statistics?by=month", "/api/v1/statistics?unit=UNIT", "xlsx",
    *(f"csv {wanted}" for wanted in TAKEN if wanted["list"] in {"matters", "statistics"} and not wanted.get("ended")),
}  # fmt: skip
NOWHERE = "JB2026-00000000"
NEVER = "00000000-0000-4000-8000-000000000000"
Said = tuple[int, dict[str, str], bytes]


async def test_every_route_has_its_place(api: Api) -> None:
    assert api.client.app is not None
    elsewhere = [route.strip() for routes in ELSEWHERE.values() for route in re.split(r"[|\n]", routes)]
    placed = [*LISTS, *NAMED, *elsewhere]
    assert len(placed) == len(set(placed))
    assert set(placed) == routes_of(api.client.app)


@dataclass
class Things:
    """What there is of a case that somebody could name."""

    numbers: dict[str, list[str]]  # by kind
    letters: list[UUID] = field(default_factory=list)
    duties: list[UUID] = field(default_factory=list)
    notices: list[UUID] = field(default_factory=list)
    files: list[UUID] = field(default_factory=list)
    unit: str = NEVER

    @classmethod
    async def of(cls, *cases: Walk) -> "Things":
        """Everything of some cases and of what they opened."""
        ids = [walk.holder.matter_id for walk in cases]
        matters = await Matter.filter(id__in=ids) + await Matter.filter(opened_by_id__in=ids)
        numbers: dict[str, list[str]] = {}
        for matter in matters:
            numbers.setdefault(matter.kind, []).append(matter.number)
        every = [matter.id for matter in matters]
        return cls(
            numbers,
            *[await table.filter(matter_id__in=every).values_list("id", flat=True) for table in (Letter, Duty, Notice)],  # type: ignore[arg-type]  # typed as tuples
        )


async def said(api: Api, who: str, method: str, path: str, body: Any = None) -> Said:
    """The whole answer, but for the moment at which it was given."""
    response = await api.call(method, path, who, body, X_Request_ID="the-same-request")
    content = re.sub(rb'"as_of":"[^"]+"', b'"as_of":""', await response.read())
    return response.status, {name: value for name, value in response.headers.items() if name != "Date"}, content


async def lists(api: Api, who: str, things: Things) -> dict[str, Any]:
    """Everything that tells of more than one thing. What was asked for by name is left out of what is compared."""
    assert api.client.app is not None
    await api.client.app[VALKEY].flushall()  # nobody takes so many lists away in an hour
    number = next(iter(things.numbers.get("case", [NOWHERE])))
    found: dict[str, Any] = {}
    for route, queries in LISTS.items():
        method, path = route.split()
        for query in queries:
            asked = query.replace("NUMBER", number).replace("UNIT", things.unit)
            found[f"{path}{query}"] = await said(api, who, method, path + asked)
    if found["/api/v1/matters"][0] == 200:
        for wanted in TAKEN:
            found[f"csv {wanted}"] = _unstamped(await taken(api, who, wanted)).decode()
        found["xlsx"] = _rows(await taken(api, who, {"list": "matters"}, "xlsx"))
    return found


def _unstamped(content: bytes) -> bytes:
    return b"\n".join(line for line in content.split(b"\n") if "导出人".encode() not in line)


def _rows(content: bytes) -> list[Any]:
    rows = [row for sheet in load_workbook(BytesIO(content)).worksheets for row in sheet.iter_rows(values_only=True)]
    return [row for row in rows if "导出人" not in str(row)]


def named(things: Things, role: Role) -> Iterable[tuple[str, str, str, Any]]:
    """Every address that names one of the things, with that of one which never was, and a body."""
    for route, body in NAMED.items():
        method, path = route.split()
        if "{number}" not in path:
            ids = things.duties if "{duty}" in path else things.notices
            yield from ((method, re.sub("{.*}", str(one), path), re.sub("{.*}", NEVER, path), body) for one in ids[:5])
            continue
        inner = {"{letter}": things.letters, "{file}": things.files}
        for kind, numbers in things.numbers.items():
            verbs = {step.verb for step in Kind.REGISTRY[kind].steps if role in {by.role for by in step.by}}
            ends = next((ids[:1] for name, ids in inner.items() if name in path), sorted(verbs | {"explode"}))
            for number, end in product(numbers, ends if path.count("{") > 1 else [""]):
                there = re.sub("{(?!number).*}", str(end), path)
                absent = re.sub("{(?!number|verb).*}", NEVER, path.replace("{verb}", str(end)))
                yield method, there.replace("{number}", number), absent.replace("{number}", NOWHERE), body


async def nothing_named(api: Api, who: str, things: Things) -> None:
    """Each thing is answered for as for one that never was."""
    role = (await api.get("/api/v1/session", who))["active"]["role"]
    assert api.client.app is not None
    for method, there, absent, body in named(things, Role(role)):
        if "check" in there:
            await api.client.app[VALKEY].flushall()  # so many in an hour
        assert await said(api, who, method, there, body) == await said(api, who, method, absent, body), (who, there)


async def chores(api: Api) -> None:
    """What the worker does."""
    await api.told()
    await indexing.indexed(api.settings)
    await rendering.rendered(storage.opened(api.settings))
    await tally.added()
    await releasing.made()
    await bulletins.made(2)


async def others(api: Api) -> Walk:
    """What is there all the time, so that nothing is empty anyway: of each unit a case, one of them supervised."""
    with clock.at(clock.now().replace(day=1) - timedelta(days=5)):
        await case_at("closed", text=f"上月：{CASES}")
    await case_at("handling", text=CASES, region="6201")
    seen = await case_at("handling", text=CASES, mode=Mode.NAMED)
    await case_at("filed", text=f"{CASES}。")
    await over(seen, "handle")
    await requested(seen, await officer(Role.REGISTRAR))
    await chores(api)
    return seen


async def over(walk: Walk, subject: str) -> Over:
    """A supervision on the highest rung, approved, by somebody who is in no list of readers here."""
    supervisor = await another_supervisor()
    given = {"rung": "listing", **ABOUT, "subject": subject}
    await engine.take(supervisor, walk.number, "supervise", given)
    made = Over((await Matter.get(opened_by_id=walk.holder.matter_id, kind="supervision")).number, walk)
    await made.take("submit", by=supervisor)
    await made.take("approve")
    return made


async def another_supervisor() -> Actor:
    """Of the province, and not the one that reads here."""
    first = (await Account.get(username="supervisor1")).person_id
    post = (
        await Post.filter(unit__code=INSPECTION, role=Role.SUPERVISOR).exclude(person_id=first).order_by("id").first()
    )
    assert post is not None
    return await actors.of_post(post.id)


async def everything_of(walk: Walk, registrar: Actor) -> None:
    """What else there may be of a case: supervised, its problem listed, an identity asked for and approved."""
    await (await over(walk, "督办")).take("sign")
    await walk.take("list_problem", by=await another_supervisor())
    await (await requested(walk, registrar)).take("approve_identity", by=await actor_of("custodian2"))


async def persons(api: Api, usernames: Iterable[str]) -> list[str]:
    """Whose they are."""
    rows = await Account.filter(username__in=list(usernames))
    return [str(row.person_id) for row in rows]


BY_PERSON = ("registrar2", "callback1", "supervisor1", "custodian1", "discipline1", "audit-admin", "personnel1")
BY_UNIT = ("liaison-city", "supervisor2", "handler1")


async def test_whoever_is_shut_out_reads_as_if_the_case_were_not_there(api: Api) -> None:
    seen = await others(api)
    readers = (*BY_PERSON, *BY_UNIT)
    unit_id = str((await seen.case()).lead_unit_id)
    before = {who: await lists(api, who, Things({}, unit=unit_id)) for who in readers}
    control = await lists(api, "registrar1", Things({}, unit=unit_id))
    registrar = await actor_of("registrar1")
    walk = await case_filed(text=CASES, mode=Mode.NAMED)
    await with_file(walk, api.settings)
    units = [str((await unit(code)).id) for code in ("6201-justice", "6201-market")]
    await walk.take("exclude", by=registrar, units=units, persons=await persons(api, BY_PERSON))
    for verb in ("accept", "screen", "transfer", "sign", "assign"):
        await walk.take(
            verb, **({"hits_confirmed": True} if verb == "transfer" else {}), by=await whom(walk, verb, registrar)
        )
    await everything_of(walk, registrar)
    proposal = await proposed(walk, registrar)
    await engine.take(await leader_of(proposal), proposal.number, "approve_account", {})
    await chores(api)
    things = await Things.of(walk)
    things.unit = unit_id
    assert {kind: len(numbers) for kind, numbers in things.numbers.items()} == {
        "case": 1, "supervision": 1, "rectification": 1, "identity_request": 1, "accountability": 1,
    }  # fmt: skip
    for who in readers:
        after = await lists(api, who, things)
        assert {path: (one, before[who][path]) for path, one in after.items() if one != before[who][path]} == {}, who
        await nothing_named(api, who, things)
    told = {path for path, one in (await lists(api, "registrar1", things)).items() if one != control[path]}
    assert told >= TELLING, "whoever is not shut out reads of it in each of them, so what is compared can tell"


async def whom(walk: Walk, verb: str, registrar: Actor) -> Actor:
    """Somebody who isn't shut out."""
    return registrar if verb in ("accept", "screen", "transfer") else await walk.who(verb)


async def actor_of(username: str) -> Actor:
    """Whoever signs in so."""
    account = await Account.get(username=username)
    post = await Post.get(person_id=account.person_id, until=None)
    return await actors.of_post(post.id)


BY_SEAL = (
    "registrar1", "callback1", "supervisor1", "supervisor2", "custodian2", "discipline1", "leader1",
    "liaison-county", "handler3", "head2", "personnel1", "audit-admin",
)  # fmt: skip
# An office says how many it handed over, and that they had come in; nothing else in its numbers is of them.
OFFICES = {"registrar1", "callback1", "supervisor1", "supervisor2"}
COUNTED = {"received": 2, "accepted": 2, "handed_over": 2, "supervised": 1}


async def test_what_is_sealed_is_as_if_it_had_never_been(api: Api) -> None:
    seen = await others(api)
    unit_id = str((await seen.case()).lead_unit_id)
    before = {who: await lists(api, who, Things({}, unit=unit_id)) for who in BY_SEAL}
    walk, follower = (
        await case_at("handling", text=CASES, mode=Mode.NAMED),
        await case_filed(text=CASES, mode=Mode.NAMED),
    )
    for verb in ("accept", "screen"):
        await follower.take(verb)
    await engine.take(
        await actor_of("registrar1"), follower.number, "merge", {"into": walk.number, "reason": "同一问题"}
    )
    file = await with_file(walk, api.settings)
    await everything_of(walk, await actor_of("registrar1"))
    await chores(api)
    things = await Things.of(walk, follower)
    things.files, things.unit = [file.id], unit_id
    liaison = await signed(walk)
    await dossiers.worked(api.settings, storage.opened(api.settings))
    await downloaded(api.settings, liaison, walk.number)
    received = {"receipt_number": "纪2026-5", "received_on": str(clock.today())}
    await engine.take(liaison, walk.number, "take_over", received)
    await dossiers.worked(api.settings, storage.opened(api.settings))
    await chores(api)
    for who in BY_SEAL:
        after = await lists(api, who, things)
        other = {path: (one, before[who][path]) for path, one in after.items() if one != before[who][path]}
        if who in OFFICES:
            assert {path for path in other if "statistics" not in path} == set(), who
            assert _counts(after) - _counts(before[who]) == COUNTED, who
        else:
            assert other == {}, who
        await nothing_named(api, who, things)


def _counts(found: dict[str, Any]) -> Any:
    return Counter({one["code"]: one["value"] for one in orjson.loads(found["/api/v1/statistics"][2])["counts"]})
