"""Labels in the language that is asked for: Chinese as written, English from the code's own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CHINESE, ENGLISH = "zh-Hans", "en"
_spoken: ContextVar[str] = ContextVar("language", default=CHINESE)


def label(code: str, chinese: str) -> str:
    """What to call something: our codes are English words, so they read as labels with spaces between."""
    return chinese if _spoken.get() == CHINESE else english(code)


def english(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").capitalize()


def spoken() -> str:
    """The language asked for, zh-Hans or en."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer in this language inside, in this task only."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)
