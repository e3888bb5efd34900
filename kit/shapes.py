"""Shapes of what people send: clean text, bounded numbers and days, and what is wrong with them in Chinese."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from kit.words import phrase

EARLIEST, LATEST = 1900, 2199  # years in which something of ours may lie
MOST_FIELDS = 20  # wrong fields named in one answer
_BIDI = "\\u202a-\\u202e\\u2066-\\u2069"  # overrides and isolates: they make a text read as another


class Wrong(ValueError):
    """Raised by a validator to tell the person what is wrong, in Chinese and without what they sent.

    Any other ValueError of a validator is shown as a general sentence, since its text may repeat the input.
    """


@dataclass(frozen=True)
class Text:
    """Several lines of text of at most `max` characters, for `Annotated[str, Text(4000)]`.

    Trimmed, in Unicode's form NFC, line ends as line feeds; control characters and bidirectional overrides are refused.
    """

    max: int
    refused: ClassVar[str] = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f" + _BIDI

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after pydantic has made sure that it is a string."""
        return core_schema.no_info_after_validator_function(self.clean, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The same limits, for clients."""
        pattern = f"^[^{self.refused}]*[^\\s{self.refused}][^{self.refused}]*$"
        return handler(schema) | {"minLength": 1, "maxLength": self.max, "pattern": pattern}

    def clean(self, value: str) -> str:
        """The text as it is kept; raises ValueError for what must not be in it."""
        if re.search(f"[{self.refused}]", value):
            raise PydanticCustomError("characters", "含有不允许的控制字符")
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n").strip())
        if not value:
            raise PydanticCustomError("string_too_short", "不能为空", {"min_length": 1})
        if len(value) > self.max:
            raise PydanticCustomError("string_too_long", "过长", {"max_length": self.max})
        return value


@dataclass(frozen=True)
class Line(Text):
    """One line of text of at most `max` characters, for `Annotated[str, Line(100)]`; cleaned as `Text` is."""

    refused: ClassVar[str] = "\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029" + _BIDI


def _integral(value: object) -> object:
    """JSON Schema counts 4.0 among the integers; strict pydantic does not."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53 else value


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ].{5,}", re.ASCII)


def _written_day(value: object) -> object:
    """Read a day as written; pydantic would also take "0" for a day in 1970."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        return None  # which is no date, and refused as such


def _written_moment(value: object) -> object:
    """Read a moment as written; pydantic would also take "0" for one in 1970."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.upper()) if _MOMENT.fullmatch(value) else None
    except ValueError:
        return None


def _in_our_time(value: date) -> date:
    """Far enough from the ends of the calendar that no time zone or deadline leaves it."""
    if not EARLIEST <= value.year <= LATEST:
        raise PydanticCustomError("date_range", "out of range")
    return value


def _moment_in_our_time(value: datetime) -> datetime:
    _in_our_time(value)
    return value


Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), BeforeValidator(_integral)]
Day = Annotated[date, BeforeValidator(_written_day), AfterValidator(_in_our_time)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_moment), AfterValidator(_moment_in_our_time)]

# Sentences for pydantic's kinds of error: by whole name first, then by what the name begins with.
_SENTENCES = {
    "missing": "必须填写",
    "extra_forbidden": "不接受此字段",
    "repeated": "只能填写一次",
    "characters": "含有不允许的控制字符",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "date_range": "日期应在 1900 年至 2199 年之间",
    "timezone_aware": "应写明时区，如 2026-01-31T09:00:00+08:00",
    "string": "应为文字",
    "int": "应为整数",
    "float": "应为数字",
    "decimal": "应为数字",
    "finite_number": "应为数字",
    "bool": "应为 true 或 false",
    "datetime": "应为时间，如 2026-01-31T09:00:00+08:00",
    "date": "应为日期，如 2026-01-31",
    "uuid": "编号格式不正确",
    "enum": "不在可选范围内",
    "literal": "不在可选范围内",
    "union_tag": "不在可选范围内",
    "list": "应为列表",
    "tuple": "应为列表",
    "set": "应为列表",
    "frozen_set": "应为列表",
    "model": "应为对象",
    "dict": "应为对象",
    "none": "应为空",
    "url": "网址格式不正确",
    "bytes": "编码不正确",
}


def sentence(kind: str, context: Mapping[str, Any]) -> str:
    """What is wrong, for one of pydantic's kinds of error; never the value that was sent."""
    error = context.get("error")
    if isinstance(error, Wrong):
        return phrase(str(error))
    words = kind.split("_")
    for length in range(len(words), 0, -1):
        if found := _SENTENCES.get("_".join(words[:length])):
            return phrase(found).format_map(context)
    return phrase("填写有误")


def explain(error: ValidationError, *, inside: str = "") -> list[dict[str, str]]:
    """Where and what is wrong, as `details.fields` of a refusal shows it: `contact.phone`, `claims.0.text`."""
    return [
        {
            "path": ".".join([*([inside] if inside else []), *(str(part)[:64] for part in found["loc"])]),
            "message": sentence(found["type"], found.get("ctx", {})),
        }
        for found in error.errors(include_url=False, include_input=False)[:MOST_FIELDS]
    ]
