"""Registers routes: what a handler's signature says is read, checked, answered and described."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter

from domain.people.actors import Actor
from kit.errors import NotAllowed, NotSignedIn, Refusal
from models import ActorKind, Role

Language = Literal["zh-Hans", "en"]
T = TypeVar("T")
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])


class Body(BaseModel):
    """Base of everything that comes in: unknown fields are refused, types taken at their word."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, defer_build=True)


class Query(BaseModel):
    """Base of query strings: unknown names are refused; numbers and days are read from text."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


class Access(StrEnum):
    """Who may come in at all; what they may do and see there is the domain's to say.

    UPLOADER is anybody known, or the holder of an upload ticket (`Upload-Ticket`). On PUBLIC routes the Authorization
    header is not read: the actor is a visitor.
    """

    PUBLIC = "public"
    RECEIPT = "receipt"
    STAFF = "staff"
    ANYONE_KNOWN = "anyone_known"
    UPLOADER = "uploader"


_STAFF = frozenset({ActorKind.POST, ActorKind.ACCOUNT})
_KINDS = {
    Access.RECEIPT: frozenset({ActorKind.RECEIPT}),
    Access.STAFF: _STAFF,
    Access.ANYONE_KNOWN: _STAFF | {ActorKind.RECEIPT},
    Access.UPLOADER: _STAFF | {ActorKind.RECEIPT, ActorKind.TICKET},
}


def admit(actor: Actor, access: Access, roles: frozenset[Role] = frozenset()) -> None:
    """Let an actor in or raise NotSignedIn (a visitor) or NotAllowed.

    `roles` narrows staff to posts of these roles; an account without an active post has none.
    """
    if access is Access.PUBLIC:
        return
    if actor.kind is ActorKind.VISITOR:
        raise NotSignedIn
    if actor.kind not in _KINDS[access]:
        raise NotAllowed
    if roles and actor.kind in _STAFF and actor.role not in roles:
        raise NotAllowed


@dataclass(frozen=True)
class Call:
    """What a handler may know of a request beside its body, query and path."""

    request: web.Request
    actor: Actor
    language: Language
    request_id: str
    idempotency_key: str | None = None  # only on routes with `idempotent`
    version: int | None = None  # of `If-Match`, only on routes with `versioned`


@dataclass(frozen=True)
class Reply(Generic[T]):
    """An answer whose status or headers differ from what the route says."""

    content: T
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """A stored JSON answer that is given again, byte for byte."""

    content: bytes
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One route: how to call its handler, whom to let in, and what to tell clients about it."""

    handler: Callable[..., Awaitable[Any]]
    method: str
    path: str
    tag: str
    described: bool
    access: Access
    roles: frozenset[Role]
    summary: str
    status: int
    refusals: tuple[type[Refusal], ...]
    answers: Mapping[int, TypeAdapter[Any]]
    idempotent: bool
    versioned: bool
    limit: int | None
    anonymous: bool
    sign_in: bool
    quiet: bool
    produces: str
    body: TypeAdapter[Any] | None
    query: TypeAdapter[Any] | None
    path_parameters: Mapping[str, TypeAdapter[Any]]
    result: TypeAdapter[Any] | None

    @property
    def id(self) -> str:
        """Unique name: module and function."""
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    def unbounded(self) -> list[str]:
        """Where what comes in may be of any size: nowhere (a test asks, as each start need not)."""
        read = {"body": self.body, "query": self.query, **self.path_parameters}
        return [where for name, adapter in read.items() if adapter for where in _unbounded(adapter.json_schema(), name)]


class Routes:
    """The routes of one subject. Decorate handlers with `get`, `post`, `put`, `patch` or `delete`.

    A handler is `async def name(call: Call, …) -> Answer`. Its other parameters are read by name: `body` from
    JSON, `query` from the query string, any other from the path, each checked against its annotation. `Answer`
    is what becomes JSON (a model, list or dict), None for 204, or a StreamResponse for files; it may also be
    given inside `Reply`, or as `Raw`.

    Options of a route:
    access      who may come in; required, for nothing is open by accident
    roles       staff only with one of these roles
    refusals    the domain's refusals that the description lists, beside those which every such route has
    answers     further statuses with a content of their own
    idempotent  `Idempotency-Key` is read into `call.idempotency_key`
    versioned   `If-Match` is read into `call.version`
    limit       largest body in bytes; None: the setting BODY_LIMIT
    anonymous   nobody may learn who called: no address, agent or exact time in logs, no figure of its own; the
                address of staff, who say who they are, is looked at and not kept
    sign_in     address and agent are logged: only where staff sign in
    quiet       leaves no line in the log when it went well: it is counted, and a line would say when somebody wrote to
                us, or that nothing is the matter, every few seconds
    produces    content type of a file
    """

    def __init__(self, tag: str, *, described: bool = True) -> None:
        self.tag = tag
        self.described = described
        self.operations: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def route(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        summary: str,
        roles: frozenset[Role] = frozenset(),
        status: int = 200,
        refusals: tuple[type[Refusal], ...] = (),
        answers: Mapping[int, Any] | None = None,
        idempotent: bool = False,
        versioned: bool = False,
        limit: int | None = None,
        anonymous: bool = False,
        sign_in: bool = False,
        quiet: bool = False,
        produces: str = "application/json",
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler; raises TypeError for a signature that can't be served."""

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            result = _content(hints.pop("return"))
            names = list(inspect.signature(handler).parameters)[1:]
            adapters = {name: TypeAdapter(hints[name]) for name in names}
            in_path = {name: adapter for name, adapter in adapters.items() if name not in {"body", "query"}}
            for name in in_path:
                if not re.search(rf"{{{name}[:}}]", path):
                    raise TypeError(f"{handler.__qualname__}: {name} is not in {path}")
            self.operations.append(
                Operation(
                    handler=handler,
                    method=method,
                    path=path,
                    tag=self.tag,
                    described=self.described,
                    access=access,
                    roles=roles,
                    summary=summary,
                    status=204 if result is type(None) else status,
                    refusals=refusals,
                    answers={code: TypeAdapter(answer) for code, answer in (answers or {}).items()},
                    idempotent=idempotent,
                    versioned=versioned,
                    limit=limit,
                    anonymous=anonymous,
                    sign_in=sign_in,
                    quiet=quiet,
                    produces=produces,
                    body=adapters.get("body"),
                    query=adapters.get("query"),
                    path_parameters=in_path,
                    result=None if result in {None, type(None)} else TypeAdapter(result),
                )
            )
            return handler

        return register

    def get(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler that reads."""
        return self.route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler that creates or takes a step."""
        return self.route("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler that replaces."""
        return self.route("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler that changes some fields."""
        return self.route("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Register a handler that ends something."""
        return self.route("DELETE", path, **options)


def _content(annotation: Any) -> Any:
    """What becomes JSON in a return annotation: `Filed | Raw` and `Reply[Filed]` are Filed; None for files."""
    parts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    contents = []
    for part in parts:
        inner = get_args(part)[0] if get_origin(part) is Reply else part
        if inner is Raw or (isinstance(inner, type) and issubclass(inner, web.StreamResponse)):
            continue
        contents.append(inner)
    if len(contents) > 1:
        return Union[tuple(contents)]  # noqa: UP007  made at run time
    return contents[0] if contents else None


_BOUNDS = {
    "string": {"maxLength", "pattern", "enum", "const"},
    "integer": {"maximum", "exclusiveMaximum", "enum", "const"},
}
_SHORT_FORMATS = {"uuid", "date", "date-time", "time", "duration"}


def _unbounded(schema: Any, where: str) -> Iterator[str]:
    """The places of a schema where a string may be of any length or an integer of any size."""
    if isinstance(schema, list):
        for inner in schema:
            yield from _unbounded(inner, where)
    if not isinstance(schema, dict):
        return
    bounds = _BOUNDS.get(str(schema.get("type")))
    if bounds and not bounds & schema.keys() and schema.get("format") not in _SHORT_FORMATS:
        yield where
    for key, inner in schema.items():
        if key in {"properties", "$defs"}:
            for name, described in inner.items():
                yield from _unbounded(described, f"{where}.{name}")
        elif key in {"items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"}:
            yield from _unbounded(inner, where)
