"""Describes the registered routes as OpenAPI 3.1: what clients and tests are made from."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Literal

import orjson
from aiohttp import web
from pydantic import TypeAdapter

from handlers.admission import ProofRequired
from handlers.exchange import UnsupportedMediaType
from handlers.spec import Access, Call, Operation, Routes
from handlers.who import WrongReceipt
from kit.errors import Invalid, Malformed, NotAllowed, NotFound, NotSignedIn, Refusal, TooLarge, TooMany, Unavailable
from kit.proof import ProofWrong

# Gives the description as it is served, and its ETag.
DOCUMENT: web.AppKey[Callable[[], tuple[bytes, str]]] = web.AppKey("document")
TEMPLATE = "#/components/schemas/{model}"
REFUSAL = {
    "type": "object",
    "title": "Refusal",
    "description": "每一次拒绝都是这个样子；code 供程序判断，message 给人看，request_id 供查询",
    "required": ["code", "message", "details", "request_id"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "details": {"type": "object"},
        "request_id": {"type": "string"},
    },
    "examples": [
        {
            "code": "invalid",
            "message": "填写内容有误，请按提示修改",
            "details": {"fields": [{"path": "contact.phone", "message": "格式不正确"}]},
            "request_id": "5f0c6d8e0b8a4a6f9d0f5a3f1f6f2b11",
        }
    ],
}
SECURITY_SCHEMES = {
    "staff": {"type": "http", "scheme": "bearer", "description": "工作人员登录后的会话：Authorization: Bearer <token>"},
    "receipt": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "举报人的回执：Authorization: Receipt <编号>:<密码>",
    },
    "ticket": {
        "type": "apiKey",
        "in": "header",
        "name": "Upload-Ticket",
        "description": "尚未提交的举报的上传凭证：Upload-Ticket: <凭证>",
    },
}
_SECURITY: Mapping[Access, list[dict[str, list[str]]]] = {
    Access.PUBLIC: [],
    Access.RECEIPT: [{"receipt": []}],
    Access.STAFF: [{"staff": []}],
    Access.ANYONE_KNOWN: [{"staff": []}, {"receipt": []}],
    Access.UPLOADER: [{"staff": []}, {"receipt": []}, {"ticket": []}],
}
_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "标签的语言：zh-Hans（默认）或 en",
    "schema": {"type": "string"},
    "example": "zh-Hans",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "由客户端生成；同一键重复提交只办理一次，并得到相同的答复（保留 30 天）",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "客户端所见的版本号；已变化时答复 409",
    "schema": {"type": "string", "pattern": '^"?[0-9]{1,9}"?$'},
}


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the operations that are to be described."""
    listed = [operation for operation in operations if operation.described]
    schemas, components = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        path = re.sub(r"{(\w+):[^}]*}", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "一键举报与述法",
            "version": "1",
            "description": "营商环境问题「一键举报」与领导干部「述法」的接口。时间为 RFC 3339（+08:00）。",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in listed)],
        "paths": paths,
        "components": {
            "schemas": components | {"Refusal": REFUSAL},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _schemas(operations: list[Operation]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of everything read or said, by "operation part", and the models that these refer to."""
    inputs = [
        (f"{operation.id} {part}", mode, adapter)
        for operation in operations
        for part, mode, adapter in _parts(operation)
    ]
    found, rest = TypeAdapter.json_schemas(inputs, ref_template=TEMPLATE)
    return {key: schema for (key, _), schema in found.items()}, rest.get("$defs", {})


def _parts(operation: Operation) -> Iterator[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]]:
    for name, adapter in operation.path_parameters.items():
        yield name, "validation", adapter
    if operation.query:
        yield "query", "validation", operation.query
    if operation.body:
        yield "body", "validation", operation.body
    if operation.result:
        yield "result", "serialization", operation.result
    for status, adapter in operation.answers.items():
        yield str(status), "serialization", adapter


def _operation(operation: Operation, schemas: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": _SECURITY[operation.access],
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": schemas[f"{operation.id} {name}"]}
                for name in operation.path_parameters
            ),
            *(_query(schemas[f"{operation.id} query"], components) if operation.query else ()),
            *([_IDEMPOTENCY_KEY] if operation.idempotent else []),
            *([_IF_MATCH] if operation.versioned else []),
            *([_LANGUAGE] if operation.result else []),
        ],
        "responses": _responses(operation, schemas),
    }
    if operation.roles:
        described["description"] = "限：" + "、".join(sorted(operation.roles))
    if operation.body:
        schema = schemas[f"{operation.id} body"]
        described["requestBody"] = {"required": True, "content": {"application/json": _example(schema, components)}}
    return described


def _query(schema: dict[str, Any], components: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One parameter for each field of the query's model. A field that may be null may only be left out."""
    model = _resolved(schema, components)
    for name, field in model.get("properties", {}).items():
        choices = [choice for choice in field.get("anyOf", ()) if choice != {"type": "null"}]
        plain = {key: value for key, value in field.items() if key not in {"anyOf", "default"} or not choices}
        if len(choices) == 1:
            plain |= choices[0]
        elif choices:
            plain["anyOf"] = choices
        if plain.get("default", 0) is None:
            del plain["default"]
        yield {"name": name, "in": "query", "required": name in model.get("required", ()), "schema": plain} | (
            {"description": field["description"]} if "description" in field else {}
        )


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    model: dict[str, Any] = components[reference.rpartition("/")[2]] if reference else schema
    return model


def _example(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    examples = _resolved(schema, components).get("examples")
    return {"schema": schema, "example": examples[0]} if examples else {"schema": schema}


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {str(operation.status): {"description": HTTPStatus(operation.status).phrase}}
    if operation.result:
        content = {"application/json": {"schema": schemas[f"{operation.id} result"]}}
        responses[str(operation.status)]["content"] = content
    elif operation.produces != "application/json":
        responses[str(operation.status)]["content"] = {operation.produces: {"schema": {"type": "string"}}}
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in dict.fromkeys((*_shared(operation), *operation.refusals)):
        by_status.setdefault(refusal.status, []).append(refusal)
    for status, refusals in sorted(by_status.items()):
        headers = {"Retry-After": {"schema": {"type": "integer"}}}
        responses[str(status)] = {
            "description": "；".join(f"`{refusal.code}` {refusal.message}" for refusal in refusals),
            "content": {"application/json": {"schema": {"$ref": TEMPLATE.format(model="Refusal")}}},
        } | ({"headers": headers} if any(refusal.retry_after for refusal in refusals) else {})
    for status in operation.answers:
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schemas[f"{operation.id} {status}"]}},
        }
    return responses


def _shared(operation: Operation) -> Iterator[type[Refusal]]:
    """The refusals that come from how a route is read and who is let in."""
    if operation.access is not Access.PUBLIC:
        yield NotSignedIn
        yield NotAllowed
    if operation.access in {
        Access.RECEIPT,
        Access.ANYONE_KNOWN,
        Access.UPLOADER,
    }:  # a receipt's secret can be tried, but not fast
        yield from (WrongReceipt, TooMany, ProofRequired, ProofWrong)
    if operation.path_parameters:
        yield NotFound
    if operation.body:
        yield from (Malformed, TooLarge, UnsupportedMediaType)
    if operation.body or operation.query or operation.idempotent or operation.versioned:
        yield Invalid
    yield Unavailable


routes = Routes("系统")


@routes.get("/api/v1/openapi.json", access=Access.PUBLIC, summary="接口说明（OpenAPI 3.1）")
async def openapi(call: Call) -> web.Response:
    """The description, made when it is first asked for; `If-None-Match` spares sending it again."""
    content, etag = call.request.app[DOCUMENT]()
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in call.request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, headers=headers, content_type="application/json", charset="utf-8")


def document(operations: Iterable[Operation]) -> tuple[bytes, str]:
    """The description as bytes, with its ETag."""
    content = orjson.dumps(describe(operations), option=orjson.OPT_SORT_KEYS)
    return content, f'"{sha256(content).hexdigest()[:32]}"'
