"""Every route × everybody: who comes in, who is kept out and how; a route that nobody wrote down here fails."""

import re
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import app
from demo.persons import LISTED, PASSWORD
from demo.province import person_code
from domain.loop.kinds import OFFICERS
from domain.people import accounts
from handlers import ROUTES
from handlers.keys import VALKEY
from kit.settings import Settings
from models import Account, Person, Post, Role
from models.database import connected
from tests.api.conftest import Api
from tests.makers import officer
from tests.servers import Servers, create_database, drop_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY, HOLDER, BARE, TICKETED = "nobody", "receipt holder", "account without post", "ticket holder"
STAFF = frozenset({BARE, *Role})
KNOWN = STAFF | {HOLDER}
UPLOADERS = KNOWN | {TICKETED}
ALL = UPLOADERS | {NOBODY}
REGISTRAR, SUPERVISOR = {Role.REGISTRAR}, {Role.SUPERVISOR}
ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
BULLETIN_READERS = {
    Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR, Role.LIAISON, Role.HEAD, Role.LEADER,
}  # fmt: skip
COVERAGE_READERS = {Role.PRE_REVIEWER, Role.SUPERVISOR, Role.LEADER, Role.PERSONNEL, Role.REPORT_CLERK}

# Who may enter at all; what they find there is the domain's to say.
MAY_ENTER: dict[str, frozenset[str] | set[Role]] = {
    "GET /": ALL,
    "GET /api/docs": ALL,
    "GET /assets/{name}": ALL,
    "GET /h5": ALL,
    "GET /h5/{path}": ALL,
    "GET /healthz": ALL,
    "GET /readyz": ALL,
    "GET /metrics": ALL,
    "GET /api/v1/openapi.json": ALL,
    "GET /api/v1/challenge": ALL,
    "POST /api/v1/cases": ALL,
    "POST /api/v1/cases/taken-down": REGISTRAR,
    "POST /api/v1/pickups": ALL,
    "GET /api/v1/receipt.pdf": frozenset({HOLDER}),
    "GET /api/v1/matters": STAFF,
    "POST /api/v1/matters": STAFF,
    "GET /api/v1/openings": STAFF,
    "GET /api/v1/matters/{number}": KNOWN,
    "GET /api/v1/matters/{number}/entries": KNOWN,
    "GET /api/v1/matters/{number}/chain": KNOWN,
    "POST /api/v1/matters/{number}/looks": STAFF,
    "POST /api/v1/matters/{number}/phone": STAFF,
    "POST /api/v1/matters/{number}/identity": STAFF,
    "POST /api/v1/matters/{number}/steps/{verb}": KNOWN,
    "GET /api/v1/matters/{number}/similar": REGISTRAR | SUPERVISOR,
    "GET /api/v1/matters/{number}/suggestions": REGISTRAR,
    "POST /api/v1/matters/{number}/summary-check": REGISTRAR,
    "POST /api/v1/matters/{number}/transfer-sheets": {Role.REGISTRAR, Role.LIAISON, Role.HEAD, Role.HANDLER},
    "GET /api/v1/audit/copies/{code}": {Role.AUDIT_ADMIN},
    "GET /api/v1/matters/{number}/files": KNOWN,
    "POST /api/v1/matters/{number}/files/{file}/looks": STAFF,
    "PUT /api/v1/matters/{number}/files/{file}/blurs": STAFF,
    "POST /api/v1/matters/{number}/files/{file}/retries": STAFF,
    "GET /api/v1/matters/{number}/letters": STAFF,
    "POST /api/v1/matters/{number}/letters/{letter}/openings": STAFF,
    "GET /api/v1/matters/{number}/dossier": REGISTRAR | {Role.DISCIPLINE_LIAISON},
    "POST /api/v1/matters/{number}/dossier/openings": REGISTRAR | {Role.DISCIPLINE_LIAISON},
    "GET /api/v1/figures/accountability": REGISTRAR | SUPERVISOR | {Role.LEADER, Role.DISCIPLINE_LIAISON},
    "GET /api/v1/public/reports": ALL,
    "GET /api/v1/public/reports/{number}": ALL,
    "GET /api/v1/public/reports/{number}/{place}/captions.vtt": ALL,
    "GET /api/v1/public/reports/{number}/share.png": ALL,
    "GET /api/v1/public/reports/{number}/{place}/{name}": ALL,
    "GET /api/v1/reports": STAFF,
    "GET /api/v1/reports/{number}": STAFF,
    "GET /api/v1/reports/{number}/{place}/captions.vtt": STAFF,
    "GET /api/v1/reports/{number}/figures": STAFF,
    "POST /api/v1/public/reports/{number}/ballot": ALL,
    "POST /api/v1/public/reports/{number}/votes": ALL,
    "POST /api/v1/public/reports/{number}/questions": ALL,
    "GET /api/v1/public/reports/{number}/voices": ALL,
    "GET /api/v1/public/reports/{number}/comments": ALL,
    "GET /api/v1/reports/{number}/ballot": KNOWN,
    "POST /api/v1/reports/{number}/votes": KNOWN,
    "POST /api/v1/reports/{number}/questions": {Role.EVALUATOR},
    "GET /api/v1/reports/{number}/voices": STAFF,
    "GET /api/v1/report-comments": {Role.PRE_REVIEWER, Role.OFFICIAL},
    "POST /api/v1/report-comments/{comment}/decision": {Role.PRE_REVIEWER},
    "POST /api/v1/report-comments/{comment}/reply": {Role.OFFICIAL},
    "GET /api/v1/matters/{number}/versions": STAFF,
    "GET /api/v1/my-reports": STAFF,
    "GET /api/v1/matters/{number}/result": {Role.PRE_REVIEWER, Role.PERSONNEL},
    "GET /api/v1/report-cycles": STAFF,
    "POST /api/v1/report-cycles": {Role.PRE_REVIEWER},
    "PUT /api/v1/report-cycles/{cycle}": {Role.PRE_REVIEWER},
    "POST /api/v1/report-cycles/{cycle}/roster": {Role.PRE_REVIEWER},
    "GET /api/v1/report-cycles/{cycle}/coverage": COVERAGE_READERS,
    "GET /api/v1/report-cycles/{cycle}/officials": COVERAGE_READERS,
    "POST /api/v1/report-cycles/{cycle}/reminders": {Role.PRE_REVIEWER},
    "POST /api/v1/report-cycles/{cycle}/contact-points": {Role.PRE_REVIEWER},
    "GET /api/v1/contact-points": {Role.EVALUATOR, Role.PRE_REVIEWER, Role.SUPERVISOR},
    "GET /api/v1/contact-points/{point}/reports": {Role.EVALUATOR, Role.PRE_REVIEWER, Role.SUPERVISOR},
    "POST /api/v1/contact-points/{point}/end": {Role.PRE_REVIEWER},
    "POST /api/v1/officials/{official}/exemption": {Role.PRE_REVIEWER},
    "POST /api/v1/officials/{official}/exemption/end": {Role.PRE_REVIEWER},
    "GET /api/v1/supervisions": STAFF,
    "GET /api/v1/supervisions/rungs": STAFF,
    "GET /api/v1/rectifications": STAFF,
    "GET /api/v1/rectifications/carried": OFFICERS,
    "POST /api/v1/rectifications/lawsuits": {Role.SUPERVISOR},
    "GET /api/v1/figures/rectifications": OFFICERS,
    "GET /api/v1/public/rectifications": ALL,
    "GET /api/v1/supervisions/late": STAFF,
    "GET /api/v1/disqualifications": {Role.SUPERVISOR, Role.LEADER, Role.PERSONNEL},
    "GET /api/v1/downloads/{link}/{name}": ALL,
    "GET /api/v1/downloads/{link}/{folder}/{name}": ALL,
    "POST /api/v1/uploads/tickets": ALL,
    "GET /api/v1/uploads/purposes": ALL,
    "OPTIONS /api/v1/uploads": ALL,
    "POST /api/v1/uploads": UPLOADERS,
    "HEAD /api/v1/uploads/{upload}": UPLOADERS,
    "PATCH /api/v1/uploads/{upload}": UPLOADERS,
    "DELETE /api/v1/uploads/{upload}": UPLOADERS,
    "POST /api/v1/uploads/{upload}": UPLOADERS,
    "GET /api/v1/duties": STAFF,
    "GET /api/v1/duties/counts": STAFF,
    "POST /api/v1/duties/{duty}/claim": STAFF,
    "POST /api/v1/duties/{duty}/release": STAFF,
    "GET /api/v1/notices": KNOWN,
    "GET /api/v1/notices/ways": ALL,
    "POST /api/v1/notices/consents": STAFF,
    "GET /api/v1/matters/{number}/notices": STAFF,
    "GET /api/v1/matters/{number}/reach": frozenset({HOLDER}),
    "POST /api/v1/matters/{number}/reach": frozenset({HOLDER}),
    "DELETE /api/v1/matters/{number}/reach": frozenset({HOLDER}),
    "POST /api/v1/matters/{number}/reach/code": frozenset({HOLDER}),
    "POST /api/v1/notices/{notice}/read": KNOWN,
    "POST /api/v1/session": ALL,
    "GET /api/v1/session": STAFF,
    "DELETE /api/v1/session": STAFF,
    "PUT /api/v1/session/post": STAFF,
    "GET /api/v1/sessions": STAFF,
    "DELETE /api/v1/sessions/{session}": STAFF,
    "POST /api/v1/session/wechat": ALL,
    "GET /api/v1/session/records": STAFF,
    "DELETE /api/v1/sessions": STAFF,
    "GET /api/v1/wechat": ALL,
    "POST /api/v1/wechat/consents": ALL,
    "GET /wechat/consent": ALL,
    "POST /api/v1/wechat/identities": ALL,
    "POST /api/v1/wechat/page-config": ALL,
    "POST /api/v1/bindings": ALL,
    "GET /api/v1/binding": STAFF,
    "DELETE /api/v1/binding": STAFF,
    "POST /api/v1/screens": ALL,
    "GET /api/v1/screens/{scene}/qr.png": ALL,
    "POST /api/v1/screens/{screen}/session": ALL,
    "POST /api/v1/screens/{scene}/scan": STAFF,
    "POST /api/v1/screens/{scene}/confirm": STAFF,
    "POST /api/v1/screens/{scene}/refuse": STAFF,
    "GET /s/{scene}": ALL,
    "GET /api/v1/accounts/{username}": {Role.SYSTEM_ADMIN},
    "POST /api/v1/accounts/{username}/invitations": {Role.SYSTEM_ADMIN},
    "DELETE /api/v1/accounts/{username}/binding": {Role.SYSTEM_ADMIN},
    "GET /api/v1/accounts/{username}/records": {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN},
    "POST /api/v1/invitations/letter.pdf": {Role.SYSTEM_ADMIN},
    "POST /api/v1/demo/credentials": ALL,
    "GET /api/v1/demo/persons": ALL,
    "POST /api/v1/demo/session": ALL,
    "POST /api/v1/accounts/{username}/disable": {Role.SYSTEM_ADMIN},
    "POST /api/v1/accounts/{username}/enable": {Role.SYSTEM_ADMIN},
    "GET /api/v1/regions": ALL,
    "GET /api/v1/units": ALL,
    "GET /api/v1/categories": ALL,
    "GET /api/v1/persons": STAFF,
    "GET /api/v1/privacy": ALL,
    "GET /api/v1/figures/unit": OFFICERS,
    "GET /api/v1/statistics": OFFICERS,
    "GET /api/v1/public/figures": ALL,
    "GET /api/v1/typical-cases": ALL,
    "GET /api/v1/typical-cases/{case}": ALL,
    "GET /api/v1/printed-cases": STAFF,
    "GET /api/v1/printed-cases/{case}": STAFF,
    "POST /api/v1/matters/{number}/typical-check": REGISTRAR | SUPERVISOR,
    "GET /api/v1/releases": SUPERVISOR,
    "POST /api/v1/exports": STAFF,
    "GET /api/v1/exports": {Role.AUDIT_ADMIN},
    "GET /api/v1/bulletins": BULLETIN_READERS,
    "GET /api/v1/bulletins/{bulletin}": BULLETIN_READERS,
    "GET /api/v1/bulletins/{bulletin}/file": BULLETIN_READERS,
    "POST /api/v1/releases/{release}/publish": SUPERVISOR,
    "GET /q/{scene}": ALL,
    "GET /wechat/{app}/callback": ALL,
    "POST /wechat/{app}/callback": ALL,
    "GET /{name}.txt": ALL,
    "GET /checked/{token}": ALL,
    "GET /api/v1/content-checks": {Role.PRE_REVIEWER},
    "POST /api/v1/content-checks/{check}/decision": {Role.PRE_REVIEWER},
    "GET /api/v1/codes": REGISTRAR | SUPERVISOR,
    "POST /api/v1/codes": REGISTRAR | SUPERVISOR,
    "GET /api/v1/codes/scans": REGISTRAR | SUPERVISOR,
    "GET /api/v1/codes/{code}": REGISTRAR | SUPERVISOR,
    "POST /api/v1/codes/{code}/revoke": REGISTRAR | SUPERVISOR,
    "POST /api/v1/codes/{code}/replace": REGISTRAR | SUPERVISOR,
    "GET /api/v1/codes/{code}/sheet.pdf": REGISTRAR | SUPERVISOR,
    "GET /api/v1/codes/{code}/qr.png": REGISTRAR | SUPERVISOR,
    "POST /api/v1/roster/imports": {Role.SYSTEM_ADMIN},
    "GET /api/v1/routing/rules": REGISTRAR | SUPERVISOR,
    "POST /api/v1/routing/trials": SUPERVISOR,
    "POST /api/v1/routing/rules": SUPERVISOR,
    "DELETE /api/v1/routing/rules/{rule}": SUPERVISOR,
    "POST /api/v1/audit/verifications": {Role.AUDIT_ADMIN},
    "GET /api/v1/audit/identity-requests": {Role.AUDIT_ADMIN},
    "GET /api/v1/retention/plan": {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN},
    "GET /api/v1/retention/batches": {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN},
    "POST /api/v1/retention/batches": {Role.SECURITY_ADMIN},
    "POST /api/v1/retention/batches/{batch}/approval": {Role.AUDIT_ADMIN},
}
CANARY = "金丝雀许可三个月没有结果"
NO_ID = "00000000-0000-4000-8000-000000000000"
NO_NUMBER = "JB2026-00000000"


class Ground(Api):
    """The application with a case in it, and everybody's key."""

    number: str
    receipt: str
    keys: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One application for the whole module; every person has a key of their own."""
    await create_database(servers.postgres, "test_access", province_template)
    url = servers.postgres.url("test_access", "yijian")
    pages = tmp_path_factory.mktemp("h5")
    (pages / "index.html").write_text("<!doctype html>")  # whether the client is built is no matter here
    settings = Settings(
        h5_path=pages,
        database_url=url,
        redis_url=servers.valkey.url(),
        var=tmp_path_factory.mktemp("access"),
    )
    async with connected(url, pool=6):
        client: Any = TestClient(TestServer(app.build(settings, database=False)))
        await client.start_server()
        made = Ground(client, settings, {})
        made.number, made.receipt = await made.file(
            text=CANARY, mode="named", contact={"name": "王某", "phone": "13900009999"}
        )
        for verb, inputs in (
            ("accept", {}),
            ("screen", {"category": "B10", "tier": "normal", "claims": [CANARY]}),
            ("transfer", {"summary": CANARY, "hits_confirmed": True}),
        ):
            await made.step(made.number, verb, "registrar1", **inputs)
        given = await made.post("/api/v1/uploads/tickets", status=201)
        made.keys = {
            NOBODY: "",
            HOLDER: made.receipt,
            BARE: await without_post(settings),
            TICKETED: f"Ticket {given['ticket']}",
        }
        for role in Role:
            made.keys[role] = await made.signed_in(next(one.username for one in LISTED if one.role is role))
        yield made
        await client.close()
    await drop_database(servers.postgres, "test_access")


async def without_post(settings: Settings) -> str:
    """Somebody whose only post has ended."""
    person = await Person.get(code=person_code("62", "market", Role.HANDLER, 1))
    await Post.filter(person_id=person.id).update(until="2020-01-01", since="2019-01-01")
    await accounts.create(settings, person.code, "left-the-service", PASSWORD)
    signed = await accounts.begin(settings, await Account.get(username="left-the-service"))
    return f"Bearer {signed.token}"


def routes_of(application: web.Application) -> set[str]:
    """Every route of the router; HEAD goes with its GET, where there is one."""
    found = {
        (route.method, route.resource.canonical) for route in application.router.routes() if route.resource is not None
    }
    return {f"{method} {path}" for method, path in found if method != "HEAD" or ("GET", path) not in found}


def at(path: str) -> str:
    """The route's address with names of what is not there."""
    names = {"number": NO_NUMBER, "verb": "note", "username": "no-such-account", "name": "no-such-file"}
    return re.sub(r"{(\w+)}", lambda found: names.get(found[1], NO_ID), path)


async def test_every_route_is_written_down_here(ground: Ground) -> None:
    assert ground.client.app is not None
    assert routes_of(ground.client.app) == MAY_ENTER.keys()


async def test_the_description_lists_every_route_that_is_for_clients(ground: Ground) -> None:
    described = await ground.get("/api/v1/openapi.json")
    listed = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    meant = {f"{one.method} {one.path}" for subject in ROUTES for one in subject if one.described}
    assert listed == meant
    pages = {"GET /", "GET /api/docs", "GET /assets/{name}", "GET /h5", "GET /h5/{path}", "GET /q/{scene}"}
    pages |= {"GET /{name}.txt", "GET /checked/{token}"}  # WeChat's servers come there
    pages |= {"GET /wechat/consent", "GET /s/{scene}"}  # browsers
    assert MAY_ENTER.keys() - listed == pages | {f"{one.method} {one.path}" for one in app.CALLBACK}


@pytest.mark.parametrize("route", MAY_ENTER)
async def test_who_comes_in(ground: Ground, route: str) -> None:
    method, path = route.split(" ")
    assert ground.client.app is not None
    await ground.client.app[VALKEY].flushall()  # a receipt is tried here more often than people do
    for who, key in ground.keys.items():
        if route in {"DELETE /api/v1/session", "DELETE /api/v1/sessions"} and who not in {NOBODY, HOLDER}:
            continue  # tested where sessions are
        response = await ground.client.request(
            method, at(path), json={} if method != "GET" else None, headers={"Authorization": key} if key else {}
        )
        answer = await response.read()
        assert response.status < 500, (who, answer)
        if who in MAY_ENTER[route]:
            assert response.status not in {401, 403} or b"only_demo" in answer, (who, answer)
            continue
        refused = (401, "not_signed_in") if who == NOBODY else (403, "not_allowed")
        if method == "HEAD":
            assert (response.status, answer) == (refused[0], b"")
            continue
        refusal = await response.json()
        assert (response.status, refusal["code"]) == (refused), who
        assert set(refusal) == {"code", "message", "details", "request_id"}
        assert refusal["details"] == {}


OF_A_MATTER: list[tuple[str, str, Any]] = [
    ("GET", "/api/v1/matters/{}", None),
    ("GET", "/api/v1/matters/{}/entries", None),
    ("GET", "/api/v1/matters/{}/chain", None),
    ("GET", "/api/v1/matters/{}/notices", None),
    ("GET", "/api/v1/matters/{}/files", None),
    ("POST", "/api/v1/matters/{}/files/00000000-0000-4000-8000-000000000000/looks", {"reason": "想看"}),
    ("POST", "/api/v1/matters/{}/looks", {"reason": "想看"}),
    ("POST", "/api/v1/matters/{}/phone", {}),
    ("POST", "/api/v1/matters/{}/identity", {}),
    ("POST", "/api/v1/matters/{}/steps/note", {"inputs": {"text": "备注"}}),
    ("POST", "/api/v1/matters/{}/steps/accept", {"inputs": {}}),
    ("POST", "/api/v1/matters/{}/steps/no_such_verb", {"inputs": {}}),
    ("POST", "/api/v1/matters/{}/steps/note", {"inputs": {"text": "备注"}, "version": 1}),
]


@pytest.mark.parametrize(("method", "path", "body"), OF_A_MATTER)
async def test_not_yours_and_not_there_are_one_answer(ground: Ground, method: str, path: str, body: Any) -> None:
    _, receipt = await ground.file()
    strangers = {**{role: key for role, key in ground.keys.items() if role not in SEE_IT}, "another's receipt": receipt}
    del strangers[NOBODY], strangers[TICKETED]  # who come in nowhere here
    for who, key in strangers.items():
        answers = []
        for number in (ground.number, NO_NUMBER):
            sent = {"Authorization": key, "X-Request-ID": "same-request"}
            response = await ground.client.request(method, path.format(number), json=body, headers=sent)
            headers = {name: value for name, value in response.headers.items() if name != "Date"}
            answers.append((response.status, headers, await response.read()))
        assert answers[0] == answers[1], who
        for_staff = path.endswith(("looks", "phone", "identity", "notices"))
        assert answers[0][0] == 404 or (who == "another's receipt" and for_staff), who


SEE_IT = {HOLDER, Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR, Role.LIAISON, Role.HEAD}


async def test_a_duty_and_a_notice_of_others_are_not_there(ground: Ground) -> None:
    await ground.told()
    duty = (await ground.get(f"/api/v1/duties?tab=unit&matter={ground.number}", "liaison-county"))["items"][0]["id"]
    notice = (await ground.get("/api/v1/notices", "liaison-county"))["items"][0]["id"]
    for who in ("handler1", "liaison-city", "audit-admin", "head1"):
        for mine, theirs in (
            (f"/api/v1/duties/{NO_ID}/claim", f"/api/v1/duties/{duty}/claim"),
            (f"/api/v1/duties/{NO_ID}/release", f"/api/v1/duties/{duty}/release"),
            (f"/api/v1/notices/{NO_ID}/read", f"/api/v1/notices/{notice}/read"),
        ):
            answers = []
            for path in (mine, theirs):
                response = await ground.call("POST", path, who, X_Request_ID="same-request")
                answers.append((response.status, await response.read()))
            assert answers[0] == answers[1], (who, theirs)
            assert answers[0][0] == 404


@pytest.mark.parametrize("role", ADMINISTRATORS)
async def test_administrators_read_nothing_of_any_case(ground: Ground, role: Role) -> None:
    key = ground.keys[role]
    for path in ("/api/v1/matters", "/api/v1/notices", *(f"/api/v1/duties?tab={tab}" for tab in TABS)):
        assert (await ground.get(path, key))["items"] == [], path
    assert set((await ground.get("/api/v1/duties/counts", key)).values()) == {0}
    for route in MAY_ENTER:
        method, path = route.split(" ")
        if route == "DELETE /api/v1/session":
            continue
        response = await ground.call(
            method, at(path).replace(NO_NUMBER, ground.number), key, {} if method != "GET" else None
        )
        answer = await response.text()
        assert CANARY not in answer, route
        assert ground.number not in answer, route
        assert "13900009999" not in answer, route


TABS = ("mine", "unit", "due_soon", "overdue", "waiting", "returned")


async def test_the_canary_is_where_it_belongs(ground: Ground) -> None:
    """Without this the search above would prove nothing."""
    for who in ("registrar1", "liaison-county", ground.receipt):
        assert ground.number in str(await ground.get(f"/api/v1/matters/{ground.number}", who))
    looked = await ground.post(f"/api/v1/matters/{ground.number}/looks", "registrar1", {"reason": "甄别"})
    assert CANARY in str(looked)
    assert (await officer(Role.REGISTRAR)).role is Role.REGISTRAR


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
async def test_another_method_is_no_way_in(ground: Ground, method: str) -> None:
    for path in ("/api/v1/matters", f"/api/v1/matters/{ground.number}", "/api/v1/cases"):
        response = await ground.call(method, path, "registrar1")
        assert response.status == 405, path
        assert (await response.json())["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api/v1/matters/",
        "/api/v1//matters",
        "/api/v1/matters/%2e%2e",
        "/assets/..%2fapp.py",
        "/API/V1/matters",
    ],
)
async def test_other_addresses_are_not_there(ground: Ground, path: str) -> None:
    response = await ground.call("GET", path, "registrar1")
    assert response.status == 404
    assert set(await response.json()) == {"code", "message", "details", "request_id"}
