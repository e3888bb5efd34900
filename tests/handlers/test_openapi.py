"""The description says what the routes do."""

import re
from typing import Annotated, Any

import jsonschema_rs
from pydantic import ConfigDict, Field

from app import CALLBACK, build
from handlers import ROUTES
from handlers.openapi import describe
from handlers.spec import Access, Body, Call, Query, Routes
from kit.errors import TooMany
from kit.settings import Settings
from kit.shapes import Line, Text
from models import Role
from tests.handlers.conftest import Door


class Inner(Body):
    """Part of a wish."""

    words: Annotated[str, Line(9)]


class Wish(Body):
    """What somebody wants."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"inner": {"words": "路灯"}}]})

    inner: Inner
    text: Annotated[str, Text(99)] | None = None


class Filter(Query):
    """Which wishes."""

    size: Annotated[int, Field(ge=1, le=50, description="每页几条")] = 20
    word: Annotated[str, Line(9)] | None = None


routes = Routes("愿望")
ROLE = next(iter(Role))


@routes.post(
    "/wishes/{name}",
    access=Access.STAFF,
    roles=frozenset({ROLE}),
    summary="许愿",
    status=201,
    refusals=(TooMany,),
    idempotent=True,
    versioned=True,
)
async def wish(_call: Call, name: Annotated[str, Line(9)], body: Wish, query: Filter) -> Wish:
    """Take a wish."""
    return body


@routes.delete("/wishes/{name}", access=Access.RECEIPT, summary="放弃")
async def drop(_call: Call, name: Annotated[str, Line(9)]) -> None:
    """Drop a wish."""


def test_everything_of_a_route_is_described() -> None:
    document = describe(routes)
    assert document["openapi"] == "3.1.0"
    described = document["paths"]["/wishes/{name}"]["post"]
    assert described["operationId"] == "test_openapi.wish"
    assert described["tags"] == ["愿望"]
    assert described["security"] == [{"staff": []}]
    assert ROLE in described["description"]
    names = [(parameter["in"], parameter["name"]) for parameter in described["parameters"]]
    assert names == [
        ("path", "name"),
        ("query", "size"),
        ("query", "word"),
        ("header", "Idempotency-Key"),
        ("header", "If-Match"),
        ("header", "Accept-Language"),
    ]
    word = described["parameters"][2]
    assert (word["required"], word["schema"]["type"], "default" in word["schema"]) == (False, "string", False)
    assert described["requestBody"]["content"]["application/json"]["example"] == {"inner": {"words": "路灯"}}
    assert set(described["responses"]) == {"201", "400", "401", "403", "404", "413", "415", "422", "429", "503"}
    assert "`too_many`" in described["responses"]["429"]["description"]
    assert "Retry-After" in described["responses"]["503"]["headers"]
    assert set(document["components"]["schemas"]) >= {"Wish", "Inner", "Refusal"}
    dropped = document["paths"]["/wishes/{name}"]["delete"]
    assert (dropped["security"], set(dropped["responses"])) == (
        [{"receipt": []}],
        {"204", "400", "401", "403", "404", "429", "503"},
    )


def test_every_reference_resolves_and_examples_are_valid() -> None:
    document = describe([*routes, *(operation for subject in ROUTES for operation in subject)])
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', str(document).replace("'", '"')):
        assert name in schemas
    root: dict[str, Any] = {"components": {"schemas": schemas}}
    for name, schema in schemas.items():
        for example in schema.get("examples", ()):
            jsonschema_rs.validate(root | {"$ref": f"#/components/schemas/{name}"}, example)


def test_no_two_schemas_have_one_name() -> None:
    """Where two had, each would be called by its module, and clients would have to live with that."""
    schemas = describe([operation for subject in ROUTES for operation in subject])["components"]["schemas"]
    assert [name for name in schemas if "__" in name or name.endswith(("-Input", "-Output"))] == []


def test_text_patterns_agree_with_the_check() -> None:
    schema = describe(routes)["components"]["schemas"]["Inner"]["properties"]["words"]
    for good in ("路灯", "a b", "👨‍👩‍👧", " x"):
        assert jsonschema_rs.is_valid(schema, good), good
    for bad in ("", "  ", "a\nb", "a\0", "a\u202eb", "1234567890"):
        assert not jsonschema_rs.is_valid(schema, bad), bad


def test_every_route_of_the_application_has_an_operation_of_its_own_name() -> None:
    operations = [operation for subject in (*ROUTES, CALLBACK) for operation in subject]
    assert len({operation.id for operation in operations}) == len(operations)
    app = build(Settings(), database=False)
    routed = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    listed = {(each.method, re.sub(r"{(\w+):[^}]*}", r"{\1}", each.path)) for each in operations}
    with_get = {("HEAD", path) for method, path in listed if method == "GET"}
    assert routed == listed | with_get


async def test_served_once_and_then_spared(door: Door) -> None:
    client = await door(*ROUTES)
    answer = await client.get("/api/v1/openapi.json")
    assert (answer.status, (await answer.json())["openapi"]) == (200, "3.1.0")
    again = await client.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
