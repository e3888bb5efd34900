"""XML that WeChat could have sent: no DTD, no entities, no attributes, small, shallow."""

import json
import re
from collections.abc import Mapping
from html import escape
from xml.parsers.expat import ExpatError, ParserCreate

from kit.wechat.refusals import Unreadable

MOST_BYTES = 64 << 10  # wechat.md, 2.4
_DEEPEST = 16
_MOST_ELEMENTS = 1000
_TOP = 2  # depth of the fields below <xml>


def read(text: str) -> Mapping[str, str | None]:
    """The fields below <xml> with their text, or None for one that is nested or repeated; raises Unreadable.

    wechatpy parses without looking first, and nested elements by the thousand break whoever walks them recursively:
    what has been read here is harmless to it.
    """
    reader = _Reader()
    parser = ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.opened, reader.closed
    parser.CharacterDataHandler = reader.said
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ProcessingInstructionHandler = reader.refused
    try:
        parser.Parse(text.encode(), True)
    except (ExpatError, UnicodeEncodeError):
        raise Unreadable("xml") from None
    return reader.fields


def from_json(text: str) -> str:
    """A push in JSON, which a mini-program may choose, as the XML it would have been; raises Unreadable."""
    try:
        fields = json.loads(text)
        return _element("xml", fields)
    except (ValueError, RecursionError):
        raise Unreadable("json") from None


class _Reader:
    """What expat tells, within bounds."""

    def __init__(self) -> None:
        self.fields: dict[str, str | None] = {}
        self._name = ""  # of the field that is read
        self._depth = self._elements = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if attributes or self._depth > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise Unreadable("shape")
        if self._depth > _TOP:
            self.fields[self._name] = None
        elif self._depth == _TOP:
            self._name = name
            self.fields[name] = None if name in self.fields else ""
        elif name != "xml":
            raise Unreadable("shape")

    def closed(self, _name: str) -> None:
        self._depth -= 1

    def said(self, text: str) -> None:
        if self._depth == _TOP and (before := self.fields[self._name]) is not None:
            self.fields[self._name] = before + text

    def refused(self, *_: object) -> None:
        raise Unreadable("dtd")


def _element(name: str, value: object) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise Unreadable("name")
    match value:
        case list():
            return "".join(_element(name, one) for one in value)
        case dict():
            content = "".join(_element(str(key), inner) for key, inner in value.items())
        case None:
            content = ""
        case _:
            content = escape(str(value), quote=False)
    return f"<{name}>{content}</{name}>"
