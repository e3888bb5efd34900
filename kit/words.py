"""Words in the language that is asked for: Chinese as written, English from `data/english.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from kit.settings import ROOT

CHINESE, ENGLISH = "zh-Hans", "en"
_spoken: ContextVar[str] = ContextVar("language", default=CHINESE)


def label(code: str, chinese: str) -> str:
    """What to call something; a word that nobody has translated yet is said by its code, which is English."""
    return chinese if _spoken.get() == CHINESE else translations().get(chinese) or english(code)


def phrase(chinese: str) -> str:
    """A sentence, a title or a name; one that nobody has translated stays Chinese."""
    return chinese if _spoken.get() == CHINESE else translations().get(chinese, chinese)


def english(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").capitalize()


@cache
def translations() -> Mapping[str, str]:
    """English by the Chinese text it stands for, from all tables of the file."""
    tables = tomllib.loads((ROOT / "data" / "english.toml").read_text(encoding="utf-8"))
    return {chinese: text for table in tables.values() for chinese, text in table.items()}


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
