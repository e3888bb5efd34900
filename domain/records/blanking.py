"""What of a matter's rows is content and goes: every text of every table that has one row or more for it.

A new table needs no entry here: whatever is text there is destroyed, unless it is named as kept, with a reason.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.fields import CharField, DateField, JSONField, TextField
from tortoise.models import Model

from domain.wechat import checks
from models import Case
from models.database import APP, meta_of

SHORT = 50  # characters: codes, names of rows, numbers; a longer field may hold what somebody wrote
KEPT = {
    ("notice", "once"): "says which duty or entry was told of",
    ("supervision_cause", "once"): "the clock proposes no rung twice",
    ("disqualification", "reason"): "of a unit, for the year's honours",
    ("disqualification", "revoke_reason"): "of a unit, for the year's honours",
    ("archive", "manifest"): "hashes and sizes, no names",
    ("tombstone", "basis"): "the rule's own words",
    ("tombstone", "files"): "hashes",
    ("typical", "title"): "tells of nobody: two persons made sure",
    ("typical", "reported"): "tells of nobody: two persons made sure",
    ("typical", "handled"): "tells of nobody: two persons made sure",
    ("typical", "lesson"): "tells of nobody: two persons made sure",
    ("rectification", "public_problem"): "what everybody reads, written for it",
    ("rectification", "public_result"): "what everybody reads, written for it",
    ("dossier", "stored"): "emptied when the object is gone",
}
# Destroyed as whole rows or by ways of their own.
APART = frozenset({"matter", "entry", "entry_body", "case_text", "case_index", "case_fact", "file", "letter", "reach",
                   "upload_ticket", "sheet_copy", "accountability_person", "typical_issue"})  # fmt: skip


@cache
def blanks() -> dict[type[Model], dict[str, Any]]:
    """For each table, its fields that are content, and what stands there afterwards."""
    found = {}
    for model in Tortoise.apps[APP].values():
        meta = meta_of(model)
        of_matters = _key(model) and meta.db_table not in APART and meta.schema is None
        if of_matters and (fields := dict(_content(model))):
            found[model] = fields
    found[Case] = found.get(Case, {}) | {"occurred_on": None}
    return found


def _key(model: type[Model]) -> str | None:
    """By which column a table's rows are a matter's: of what was said of a report, the report."""
    return next((name for name in ("matter_id", "report_id") if name in meta_of(model).fields_map), None)


def _content(model: type[Model]) -> Iterator[tuple[str, Any]]:
    meta = meta_of(model)
    for name, field in meta.fields_map.items():
        if (meta.db_table, name) in KEPT or field.pk or field.unique or isinstance(field, DateField):
            continue
        if isinstance(field, JSONField):
            yield name, None if field.null else field.default() if callable(field.default) else {}
        elif isinstance(field, TextField) or (isinstance(field, CharField) and (field.max_length or 0) > SHORT):
            yield name, None if field.null else ""


async def blanked(matter_id: UUID) -> None:
    """Empty them all, in the caller's transaction; raises BeingCut while a film is cut for a content check."""
    for model, fields in blanks().items():
        await model.filter(**{_key(model) or "": matter_id}).update(**fields)
    await checks.forgotten(matter_id)
