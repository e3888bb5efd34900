"""Forms and what was said in them, in words: titles and choices in the language asked for, ids and codes by name."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from domain.loop import packs
from domain.loop.kinds import Inputs
from domain.people.names import Name, named
from kit.words import ENGLISH, label, phrase, speaking, spoken

Schema = dict[str, Any]
Line = dict[str, str]


def schema_of(inputs: type[Inputs]) -> Schema:
    """The JSON schema of a form in the language asked for; a copy that the caller may add to."""
    return deepcopy(_schema(inputs, spoken()))


@cache
def _schema(inputs: type[Inputs], language: str) -> Schema:
    schema = inputs.model_json_schema()
    with speaking(language):
        for described in (schema, *schema.get("$defs", {}).values()):
            described.pop("description", None)  # a class's docstring is for developers
            for content in described.get("properties", {}).values():
                content |= {word: phrase(content[word]) for word in ("title", "description") if word in content}
                if labels := content.get("x-labels"):
                    content["x-labels"] = {value: label(value, chinese) for value, chinese in labels.items()}
    return schema


@dataclass(frozen=True)
class Words:
    """What ids and codes are called, and which persons the reader may know."""

    book: packs.Book
    names: Mapping[UUID, Name] = field(default_factory=dict)
    duties: Mapping[str, str] = field(default_factory=dict)
    knows: Callable[[Name], bool] = lambda _: False

    def unit(self, unit_id: UUID | None) -> str:
        """A unit's name, or that of a post's unit."""
        name = self.names.get(unit_id) if unit_id else None
        return name.unit if name else ""

    def person(self, id_: UUID | None) -> str:
        """A person's name, by their id or their post's; for whoever may not know it, nothing."""
        name = self.names.get(id_) if id_ else None
        return name.person if name and self.knows(name) else ""

    def who(self, post_id: UUID | None) -> str:
        """Whoever acted: unit and person, or the unit alone."""
        return f"{self.unit(post_id)} {self.person(post_id)}".strip() or phrase("工作人员")


async def words(said: Iterable[Any], ids: Iterable[UUID | None] = (), **more: Any) -> Words:
    """The words for all that is named in what was said and for these ids besides."""
    return Words(await packs.book(), await named([*_ids(list(said)), *ids]), **more)


def _ids(said: Any) -> Iterator[UUID]:
    """Every text that is an id, wherever it stands."""
    if isinstance(said, dict):
        said = list(said.values())
    if isinstance(said, list):
        for part in said:
            yield from _ids(part)
    elif isinstance(said, str) and len(said) == 36:
        try:
            yield UUID(said)
        except ValueError:
            return


def lines(forms: Iterable[type[Inputs]], said: Mapping[str, Any], known: Words) -> list[Line]:
    """What was said as `label` and `text`, in the order of the forms, each field once; empty ones are left out."""
    found: list[Line] = []
    left = dict(said)
    for form in forms:
        schema = _schema(form, spoken())
        found += _lines(schema, left, schema.get("$defs", {}), known)
        left = {name: value for name, value in left.items() if name not in schema.get("properties", {})}
    return found


def _lines(schema: Schema, said: Mapping[str, Any], defs: Schema, known: Words) -> Iterator[Line]:
    for name, described in schema.get("properties", {}).items():
        value, shape = said.get(name), _shape(described, defs)
        title = shape["title"]
        if isinstance(value, dict):
            yield from _lines(shape, value, defs, known)
        elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
            parts = _shape(shape["items"], defs)
            for place, part in enumerate(value, start=1):
                yield {"label": f"{title} {place}", "text": _joined(_lines(parts, part, defs, known))}
        elif text := _text(value, shape, known):
            yield {"label": title, "text": text}


def _shape(described: Schema, defs: Schema) -> Schema:
    """A field with what it refers to, and without its being optional."""
    first: Schema = described.get("anyOf", [{}])[0]
    reference: str = described.get("$ref") or first.get("$ref") or ""
    there: Schema = defs.get(reference.rpartition("/")[2], {})
    return {**there, **first, **described}


def _joined(parts: Iterable[Line]) -> str:
    colon = ": " if spoken() == ENGLISH else "："
    return "\n".join(f"{line['label']}{colon}{line['text']}" for line in parts)


def _text(value: Any, shape: Schema, known: Words) -> str:
    widget = shape.get("x-widget")
    if value is None or widget == "official":  # an id of the roster: the matter itself tells whose it is
        return ""
    if isinstance(value, list):
        if widget == "file":
            return phrase("{} 个").format(len(value)) if value else ""
        texts = [_text(part, shape, known) for part in value]
        if widget == "claims":
            return "\n".join(f"{place}. {text}" for place, text in enumerate(texts, start=1))
        return (", " if spoken() == ENGLISH else "、").join(filter(None, texts))
    if isinstance(value, bool):
        return phrase("是" if value else "否")
    if widget == "bytes":
        return f"{value / 1_000_000:.1f} MB" if value >= 1_000_000 else f"{value / 1000:.1f} kB"
    if "x-counted-from" in shape:
        return str(value - shape["x-counted-from"] + 1)
    return _named(str(value), widget, shape, known)


def _named(value: str, widget: str | None, shape: Schema, known: Words) -> str:
    called = value
    match widget:
        case "file":
            called = value[:8]  # enough to tell apart the files of one matter
        case "choice":
            called = shape["x-labels"].get(value) or phrase(
                known.book.choices_of.get(shape.get("x-rows", ""), {}).get(value, "")
            )
        case "unit":
            called = known.unit(UUID(value))
        case "post":
            called = known.who(UUID(value))
        case "person":
            called = known.person(UUID(value))
        case "category":
            category = known.book.categories.get(value)
            called = phrase(category.name) if category else ""
        case "region":
            called = known.book.regions.get(value, "")
        case "score":
            called = phrase("{} 分（满分 5 分）").format(value)
        case "duty":
            called = label(value, known.duties.get(value, value))
    return called
