"""Whatever is sent, by whomever: never a server error, and never an answer that the description does not know."""

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from redis import Redis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import Api
from tests.api.test_access import HOLDER, MAY_ENTER, NOBODY
from tests.processes import Process
from tests.servers import Servers, create_database, drop_database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
PEOPLE = {
    NOBODY: "",
    HOLDER: "",
    "registrar": "registrar1",
    "liaison": "liaison-county",
    "handler": "handler3",
    "supervisor": "supervisor1",
    "pre_reviewer": "reviewer1",
    "system_admin": "system-admin",
}
EXAMPLES = 8  # of each route, sent by the first of these people who may enter it
OTHERS = 2  # sent by each other who may; whoever may not is turned away before anything is read, and sends one
VERBS = (
    "accept", "refuse", "screen", "transfer", "recall", "sign", "object", "assign", "contribute", "ask", "supply",
    "lapse", "answer", "reply", "log_attempt", "call_back", "give_up_call", "rate", "ask_reopen", "reopen", "close",
    "add", "relay", "withdraw", "note", "exclude", "recuse", "file", "explode",
)  # fmt: skip


@dataclass
class Running:
    """A web process, the authorizations of people, the number of a case and duties that exist."""

    url: str
    keys: dict[str, str]
    number: str
    duties: list[str]
    valkey: Redis


def asked(url: str, method: str, path: str, body: Any = None, key: str = "") -> Any:
    """One request of the preparation; gives its JSON."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    headers = {"Content-Type": "application/json"} | ({"Authorization": key} if key else {})
    connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
    response = connection.getresponse()
    answer = json.loads(response.read() or b"null")
    connection.close()
    assert response.status < 300, answer
    return answer


@pytest.fixture(scope="module")
def running(servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`python -m app` on a copy of the province, with a case at its handling unit."""
    import asyncio

    asyncio.run(create_database(servers.postgres, "test_fuzz", province_template))
    given_ = {"DATABASE_URL": servers.postgres.url("test_fuzz", "yijian"), "REDIS_URL": servers.valkey.url()}
    process = Process("app", tmp_path_factory.mktemp("fuzz"), given_ | {"REPORTS_PER_MINUTE": "1000000"}, cold=True)
    process.start()
    try:
        url, valkey = process.url, Redis.from_url(servers.valkey.url())
        keys = {
            who: f"Bearer {asked(url, 'POST', '/api/v1/demo/session', {'username': name})['token']}" if name else ""
            for who, name in PEOPLE.items()
        }
        report = {"mode": "anonymous", "text": "许可申请三个月没有结果", "region": "620102", "category": "B10"}
        filed = asked(url, "POST", "/api/v1/cases", report)
        keys[HOLDER] = f"Receipt {filed['number']}:{filed['secret']}"
        steps = f"/api/v1/matters/{filed['number']}/steps"
        asked(url, "POST", f"{steps}/accept", {"inputs": {}}, keys["registrar"])
        inputs = {"category": "B10", "tier": "normal", "claims": ["尽快办理", "说明原因"]}
        asked(url, "POST", f"{steps}/screen", {"inputs": inputs}, keys["registrar"])
        asked(url, "POST", f"{steps}/transfer", {"inputs": {"summary": "反映许可超期"}}, keys["registrar"])
        duties = asked(url, "GET", "/api/v1/duties?tab=unit", None, keys["liaison"])["items"]
        yield Running(url, keys, filed["number"], [duty["id"] for duty in duties], valkey)
        assert '"bug"' not in process.said()
        assert process.end() == 0
    finally:
        process.kill()
        asyncio.run(drop_database(servers.postgres, "test_fuzz"))


@pytest.mark.parametrize("who", PEOPLE)
def test_every_route_keeps_to_its_description(running: Running, who: str) -> None:
    schema = schemathesis.openapi.from_url(f"{running.url}/api/v1/openapi.json")
    answers = count()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        route = f"{operation.method.upper()} {operation.path}"
        if route == "DELETE /api/v1/session":
            continue  # it would end the session that all the others need
        if who != NOBODY and NOBODY in MAY_ENTER[route]:
            continue  # there nobody is asked who they are
        entering = [one for one in PEOPLE if one in MAY_ENTER[route]]
        enters = who in entering
        plain = not operation.body and not any(True for _ in operation.iter_parameters())
        examples = 1 if plain or not enters else EXAMPLES if who == entering[0] else OTHERS
        cases = operation.as_strategy(GenerationMode.POSITIVE)
        if enters and not plain:
            cases |= operation.as_strategy(GenerationMode.NEGATIVE)

        @settings(
            max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases, choice=st.integers(0, 3), verb=st.sampled_from(VERBS))
        def conforms(case: Case[Any], choice: int, verb: str) -> None:
            if choice and "number" in case.path_parameters:
                case.path_parameters["number"] = running.number
            if choice and "verb" in case.path_parameters:
                case.path_parameters["verb"] = verb
            if choice and "duty" in case.path_parameters and running.duties:
                case.path_parameters["duty"] = running.duties[0]
            running.valkey.flushall()  # limits have tests of their own
            key = running.keys[who]
            if not key:
                case.headers.pop("Authorization", None)
            response = case.call(headers={"Authorization": key} if key else None)
            next(answers)
            case.validate_response(response, checks=CHECKS)
            if response.status_code >= 400 and case.method.upper() != "HEAD":  # which answers without a body
                assert set(response.json()) == {"code", "message", "details", "request_id"}

        conforms()
    assert next(answers) > 100


# Values of JSON as bytes; what is no JSON at all is among them.
CORPUS: dict[str, bytes] = {
    "NUL, escaped": rb'"a\u0000b"',
    "NUL, raw": b'"a\x00b"',
    "lone surrogate, escaped": rb'"\ud800"',
    "lone surrogate, raw": b'"\xed\xa0\x80"',
    "surrogates the wrong way round": rb'"\udc00\ud800"',
    "overlong": b'"\xc0\x80"',
    "RTL override": '"abc\u202egpj.exe"'.encode(),
    "zero width": '"a\u200d\u200bb"'.encode(),
    "four bytes": '"𠮷野家"'.encode(),
    "emoji": '"👨‍👩‍👧‍👦"'.encode(),
    "percent": b'"%00%2e%2e"',
    "CRLF": rb'"a\r\nSet-Cookie: x=1"',
    "template": b'"{{7*7}}${7*7}<script>alert(1)</script>"',
    "SQL": rb""""'; DROP TABLE matter; -- %s $1 \\x00 _ %" """,
    "full width": '"ｆｕｌｌ　ｗｉｄｔｈ＝１＋１"'.encode(),
    "a megabyte": b'"' + b"x" * (1 << 20) + b'"',
    "60 kB": b'"' + b"x" * 60_000 + b'"',
    "60 kB of marks": b'"' + "e\u0301".encode() * 20_000 + b'"',
    "depth 10000": b"[" * 10_000 + b"]" * 10_000,
    "depth 40": b'{"a":' * 40 + b"1" + b"}" * 40,
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e400": b"1e400",
    "2^63": b"9223372036854775808",
    "2^64": b"18446744073709551616",
    "2^200": str(2**200).encode(),
    "-2^70": str(-(2**70)).encode(),
    "a number of 5000 digits": b"9" * 5000,
    "duplicate keys": b'{"a":1,"a":2}',
    "date 0001": b'"0001-01-01"',
    "date 9999": b'"9999-12-31"',
    "no date": b'"2026-02-30"',
    "no zone": b'"2026-01-01T00:00:00"',
    "true": b"true",
    "null": b"null",
    "empty": b'""',
    "list": b"[]",
    "list of rubbish": rb'["\u0000", 1e308, null, {"a": []}]',
    "object": b"{}",
    "cut": b'"',
}
HOLE = "\x01hole"


def filled(body: Any, field: str, value: bytes) -> bytes:
    """The body as JSON with a raw value in one field (a path with dots)."""
    copy = json.loads(json.dumps(body))
    inside = copy
    *path, last = field.split(".")
    for name in path:
        inside = inside[name]
    inside[last] = HOLE
    return json.dumps(copy).encode().replace(json.dumps(HOLE).encode(), value)


async def sent(api: Api, path: str, raw: bytes, who: str = "", **headers: str) -> int:
    """Post raw bytes; gives the status of an answer that is clear whatever it is."""
    known = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if who:
        known["Authorization"] = who if " " in who else await api.signed_in(who)
    response = await api.client.post(path, data=BytesIO(raw), headers=known)
    answer = await response.json()
    if response.status >= 400:
        assert set(answer) == {"code", "message", "details", "request_id"}, answer
    return response.status


NAMED = {
    "mode": "named", "text": "许可申请三个月没有结果", "region": "620102", "category": "B10", "accused_text": "某某局",
    "accused_unit": None, "occurred_on": "2026-01-05", "scene": "v1.h5.62",
    "contact": {"name": "王某", "phone": "13900009999", "other": "晚上联系"},
}  # fmt: skip
FIELDS = [
    *(name for name in NAMED if name != "contact"),
    "contact",
    "contact.name",
    "contact.phone",
    "contact.other",
    "x",
]


@pytest.mark.parametrize("field", FIELDS)
async def test_anything_in_any_field_of_a_report_gets_a_clear_answer(api: Api, field: str) -> None:
    statuses = {name: await sent(api, "/api/v1/cases", filled(NAMED, field, value)) for name, value in CORPUS.items()}
    assert set(statuses.values()) <= {201, 400, 413, 422}, statuses
    for name in ("NUL, escaped", "NUL, raw", "lone surrogate, raw", "a megabyte", "depth 10000", "NaN", "1e400", "cut"):
        assert statuses[name] in {400, 413, 422}, name
    if field in {"text", "accused_text", "contact.name", "contact.other"}:
        assert statuses["four bytes"] == statuses["SQL"] == statuses["template"] == 201
    with_key = {
        name: await sent(api, "/api/v1/cases", filled(NAMED, field, value), Idempotency_Key=f"{field}-{number}")
        for number, (name, value) in enumerate(CORPUS.items())
    }
    assert with_key == statuses


Ready = Callable[[Api], Any]


async def at_registrar(api: Api) -> tuple[str, str]:
    number, receipt = await api.file()
    await api.step(number, "accept", "registrar1")
    return number, receipt


async def at_unit(api: Api) -> tuple[str, str]:
    number, receipt = await at_registrar(api)
    await api.step(number, "screen", "registrar1", category="B10", tier="normal", claims=["办结"])
    await api.step(number, "transfer", "registrar1", summary="反映许可超期")
    return number, receipt


STEPS: list[tuple[Ready, str, str, dict[str, Any], list[str]]] = [
    (at_registrar, "registrar1", "screen", {"category": "B10", "tier": "normal", "claims": ["办结"], "note": "x"},
     ["category", "tier", "claims", "accused_units", "accused_persons", "note"]),
    (at_registrar, "registrar1", "exclude", {"reason": "利害关系"}, ["units", "persons", "reason", "x"]),
    (at_registrar, "registrar1", "note", {"text": "备注"}, ["text"]),
    (at_registrar, HOLDER, "add", {"text": "补充"}, ["text"]),
    (at_unit, "liaison-county", "object", {"reason": "不属职责", "legal_basis": "三定规定"},
     ["reason", "legal_basis", "better_unit"]),
]  # fmt: skip


@pytest.mark.parametrize(("ready", "who", "verb", "inputs", "fields"), STEPS, ids=[step[2] for step in STEPS])
async def test_anything_in_any_field_of_a_step_gets_a_clear_answer(
    api: Api, valkey: Any, ready: Ready, who: str, verb: str, inputs: dict[str, Any], fields: list[str]
) -> None:
    number, receipt = await ready(api)
    for field in fields:
        for place, (name, value) in enumerate(CORPUS.items()):
            await valkey.flushall()
            raw = filled({"inputs": inputs}, f"inputs.{field}", value)
            key = {"Idempotency_Key": f"{field}-{place}"} if place % 2 else {}
            path = f"/api/v1/matters/{number}/steps/{verb}"
            status = await sent(api, path, raw, receipt if who == HOLDER else who, **key)
            assert status in {200, 400, 409, 413, 422}, (field, name, status)
            if status in {200, 409} and verb != "note":
                number, receipt = await ready(api)
    for name, value in CORPUS.items():
        await valkey.flushall()
        raw = filled({"inputs": inputs, "version": 1}, "version", value)
        status = await sent(api, f"/api/v1/matters/{number}/steps/{verb}", raw, receipt if who == HOLDER else who)
        assert status in {200, 400, 409, 413, 422}, ("version", name, status)


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Idempotency-Key",
        "If-Match",
        "X-Proof",
        "Accept-Language",
        "X-Request-ID",
        "User-Agent",
        "Content-Type",
    ],
)
async def test_anything_in_a_header_gets_a_clear_answer(api: Api, name: str) -> None:
    number, receipt = await api.file()
    path = f"/api/v1/matters/{number}/steps/note"
    values = [
        "", " ", "\udcff\udcfe", "é" * 20, "x" * 7000, "'; --", "Bearer " + "é" * 40, "v1.1.0.0:", ";q=nan", "-1",
        "Receipt JB٢٠٢٦-AAAAAAAA:" + "A" * 16, "application/json; charset=\udcff", 'W/"9999999999"',
    ]  # fmt: skip
    for value in values:
        headers = {"Authorization": receipt, "Content-Type": "application/json", name: value}
        response = await api.client.post(path, data=b'{"inputs": {"text": "x"}}', headers=headers)
        assert 400 <= response.status < 500, (value, response.status)
        assert set(await response.json()) == {"code", "message", "details", "request_id"}
