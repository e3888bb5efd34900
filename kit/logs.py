"""Structured logs without personal data: one line an event, secrets blotted out, request ids bound."""

import logging
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from traceback import StackSummary, walk_tb
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from kit import clock
from kit.settings import Profile, Settings

BLOT = "…"
_SECRET_KEYS = re.compile(
    r"secret|token|password|authorization|cookie|totp|phone|name|id_number|contact|text|body|openid", re.IGNORECASE
)
# What must not be read even inside a longer text. The edges keep these from matching parts of ids and hashes.
_SECRET_VALUES = re.compile(
    r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])"  # a mainland phone
    r"|(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])"  # a resident's id number
    r"|(?i:\b(?:bearer|receipt|basic)\s+\S+)"  # what an Authorization header holds
    r"|(?<![0-9A-Za-z-])(?:[0-9A-Za-z]{4}-){3,}[0-9A-Za-z]{4}(?![0-9A-Za-z-])"  # a receipt's secret in groups
    r"|(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-HJKMNP-TV-Z]{16,32}(?![0-9A-Za-z])"  # and in one piece
)
# In all that those find, and in few other values; it is quicker to look for.
_PERHAPS = re.compile(r"[\dA-Z]{11}|[-\s]")
# At DEBUG these write statements with their values.
_TALKATIVE = ("aiohttp.access", "tortoise", "asyncpg", "asyncio", "redis")


def blot(value: Any) -> Any:
    """The same value with everything that looks like a secret or a person's number replaced by "…"."""
    match value:
        case str():
            return _SECRET_VALUES.sub(BLOT, value) if _PERHAPS.search(value) else value
        case int() | float() | None:
            return value
        case Mapping():
            return {key: BLOT if _secret(str(key)) else blot(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [blot(inner) for inner in value]
        case _:
            return value


@lru_cache(1000)
def _secret(key: str) -> bool:
    return bool(_SECRET_KEYS.search(key))


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        key: blot(value) if key in {"event", "exception"} or not _secret(key) else BLOT for key, value in event.items()
    }


def _stamped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Lines of an anonymous request carry the day only: the exact time would help to tell who it was."""
    moment = clock.now()
    day_only = event.pop("anonymous", False)
    event["timestamp"] = moment.date().isoformat() if day_only else moment.isoformat(timespec="milliseconds")
    return event


class _Traceback:
    """Writes where an error came from. Its message may repeat what a person sent: only developers see it."""

    def __init__(self, *, messages: bool) -> None:
        self.messages = messages

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        info = event.pop("exc_info", None)
        error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
        if isinstance(error, BaseException):
            event["exception"] = "".join(self._lines(error))
        return event

    def _lines(self, error: BaseException) -> list[str]:
        earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        return [
            *([] if earlier is None else [*self._lines(earlier), "then\n"]),
            *StackSummary.extract(walk_tb(error.__traceback__)).format(),
            f"{kind}: {error}\n" if self.messages else f"{kind}\n",
        ]


def _from_libraries(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut what libraries say of their own accord down to what tells nothing of a person."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    if record.name.startswith("aiohttp"):  # an unreadable request: the sender's address and bytes
        event["event"] = "unreadable request"
        error = event.pop("exc_info", None)
        event["kind"] = type(error[1]).__name__ if isinstance(error, tuple) else None
    elif record.name == "asyncio":  # the first line says what; then follow values
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log line of the process, ours and the libraries', to `stream` (stderr) in one form."""
    stream = stream or sys.stderr
    as_json = settings.log_format == "json" or (not settings.log_format and settings.profile is Profile.PRODUCTION)
    level = logging.getLevelNamesMapping()[settings.log_level]
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamped,
        _Traceback(messages=settings.profile is Profile.DEVELOPMENT),
        _without_secrets,
    ]
    render: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[*chain, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _from_libraries, *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)


def _json(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()
