"""Letters as pages: what was said, in the form's template, rendered by a job and kept in storage once and for all."""

import hashlib
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from obstore.store import ObjectStore

from kit import clock, pdf, storage
from kit.settings import ROOT
from models import Letter, LetterForm
from models.database import connection

TEMPLATES = ROOT / "data" / "letters"
HELD = timedelta(minutes=2)  # a page takes milliseconds; whoever has it longer is gone
LONGEST_PAUSE = timedelta(hours=1)
_log = structlog.get_logger()


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    """Templates may show what they are given, escaped, and reach nothing else; a field that is missing is an error."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day, "paragraphs": paragraphs}
    return environment


def day(iso: str) -> str:
    """A day as letters write it: 2026年3月2日."""
    on = date.fromisoformat(iso[:10])
    return f"{on.year}年{on.month}月{on.day}日"


def paragraphs(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def html(letter: Letter, form: LetterForm) -> str:
    """The letter as HTML for `kit.pdf`."""
    said: dict[str, Any] = letter.said
    return (
        _environment()
        .get_template(form.template)
        .render(
            **{name: value for name, value in said.items() if name != "names"},
            names=said["names"],
            number=letter.number,
            title=letter.title,
            issued_on=clock.local(letter.issued_at).isoformat(),
            answer_due=clock.local(letter.answer_due).isoformat() if letter.answer_due else "",
        )
    )


def page(template: str, **fields: Any) -> str:
    """Another page of `data/letters` as HTML."""
    return _environment().get_template(template).render(**fields)


_CLAIMED = """
UPDATE letter SET fence = fence + 1, held_until = $2, attempts = attempts + 1 WHERE id = (
    SELECT id FROM letter WHERE stored = '' AND shredded_on IS NULL AND (held_until IS NULL OR held_until < $1)
        AND (next_try_at IS NULL OR next_try_at < $1) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, fence
"""


async def rendered(store: ObjectStore, limit: int = 50) -> int:
    """Render what is owed, one after the other; returns how many. Any number of workers may do so."""
    done = 0
    for _ in range(limit):
        now = clock.now()
        rows = await connection().execute_query_dict(_CLAIMED, [now, now + HELD])
        if not rows:
            break
        done += await _rendered(store, UUID(str(rows[0]["id"])), rows[0]["fence"])
    return done


async def _rendered(store: ObjectStore, letter_id: UUID, fence: int) -> bool:
    letter = await Letter.get(id=letter_id).select_related("form")
    try:
        content = await pdf.rendered(html(letter, letter.form))
        # Each attempt under a name of its own: whoever was overtaken overwrites nothing that a row names.
        name = f"letters/{letter_id.hex[:2]}/{letter_id}.{fence}"
        await storage.put(store, name, content)
    except Exception as error:  # noqa: BLE001  # one letter's failure must not hold up the others
        _log.warning("letter_not_rendered", kind=type(error).__name__, attempts=letter.attempts)
        pause = min(timedelta(seconds=5 * 2 ** min(letter.attempts, 10)), LONGEST_PAUSE)
        await Letter.filter(id=letter_id, fence=fence).update(held_until=None, next_try_at=clock.now() + pause)
        return False
    kept = await Letter.filter(id=letter_id, fence=fence, stored="").update(
        stored=name,
        sha256=hashlib.sha256(content).digest(),
        bytes=len(content),
        pages=await pdf.pages(content),
        held_until=None,
        next_try_at=None,
    )
    if not kept:
        await storage.removed(store, [name])
    return bool(kept)
