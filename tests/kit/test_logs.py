"""Logs hold what happened and nothing about a person."""

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from kit import logs
from kit.settings import Settings

LEAKS = ["13800138000", "110101199003071234", "11010119900307123X", "ABCD-EFGH-JKMN-PQR7", "7ZK2M9QX4T8R1B3C"]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the lines go; the process's own logging comes back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(Settings(log_format="json"), stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """The lines written."""
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("leak", LEAKS)
def test_what_looks_like_a_person_or_secret_is_blotted(stream: io.StringIO, leak: str) -> None:
    structlog.get_logger().info(f"电话{leak}。", where={"deep": [leak]}, header=f"Receipt JB26-1:{leak}")
    logging.getLogger("some.library").warning("saw %s", leak)
    assert leak not in stream.getvalue()
    assert len(lines(stream)) == 2


@given(st.lists(st.sampled_from(["1", "3", "３", "A", "Z", "a", "x", "-", " ", "中", "basic", "X", "U"]), max_size=40))
def test_nothing_is_passed_over(pieces: list[str]) -> None:
    """A value is looked at closely only where it may hold something."""
    text = "".join(pieces)
    assert logs.blot(text) == logs._SECRET_VALUES.sub(logs.BLOT, text)


def test_keys_that_hold_secrets_are_blotted(stream: io.StringIO) -> None:
    structlog.get_logger().info("x", user_name="张三", Authorization="abc", inner={"totp_code": "123"}, route="/a/{b}")
    line = lines(stream)[0]
    assert (line["user_name"], line["Authorization"], line["inner"], line["route"]) == (
        "…",
        "…",
        {"totp_code": "…"},
        "/a/{b}",
    )


@pytest.mark.parametrize(
    "kept", ["5f0c6d8e-0b8a-4a6f-9d0f-5a3f1f6f2b11", "5f0c6d8e0b8a4a6f9d0f5a3f1f6f2b11", "13800138000123"]
)
def test_ids_and_hashes_stay_readable(stream: io.StringIO, kept: str) -> None:
    structlog.get_logger().info("x", request_id=kept)
    assert lines(stream)[0]["request_id"] == kept


def test_tracebacks_tell_where_but_not_what(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError("张三")
        except KeyError as error:
            raise ValueError("李四") from error
    except ValueError:
        structlog.get_logger().exception("bug")
        logging.getLogger("library").exception("bug")
    for line in lines(stream):
        assert "builtins.ValueError" in str(line["exception"])
        assert "builtins.KeyError" in str(line["exception"])
        assert __file__ in str(line["exception"])
        assert "KeyError: " not in str(line["exception"])


def test_anonymous_lines_carry_the_day_only(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(anonymous=True, request_id="abcdefgh"):
        structlog.get_logger().info("request")
    structlog.get_logger().info("request")
    anonymous, known = lines(stream)
    assert len(str(anonymous["timestamp"])) == len("2026-01-31")
    assert "anonymous" not in anonymous
    assert str(known["timestamp"]).endswith("+08:00")


def test_libraries_do_not_tell_who_sent_rubbish(stream: io.StringIO) -> None:
    try:
        raise ValueError("GET /?phone=13800138000")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "203.0.113.9")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=KeyError('张三')>")
    logging.getLogger("tortoise.db_client").debug("%s: %s", "INSERT", ["张三"])
    assert [line["event"] for line in lines(stream)] == ["unreadable request", "Task exception was never retrieved"]
    for word in ("203.0.113.9", "张三", "phone"):
        assert word not in stream.getvalue()


def test_readable_form(stream: io.StringIO) -> None:
    text = io.StringIO()
    logs.configure(Settings(log_format="text"), text)
    structlog.get_logger().info("serving", url="http://127.0.0.1:8080")
    assert "serving" in text.getvalue()
    assert stream.getvalue() == ""
