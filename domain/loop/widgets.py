"""The fixed vocabulary of input widgets: a step's JSON schema names one for each field, and clients draw it."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from kit.shapes import Day, Line, Text, Whole


def _widget(name: str, **more: Any) -> Any:
    return Field(json_schema_extra={"x-widget": name, **more})


def choice(labels: Mapping[Any, str]) -> Any:
    """One of a few words; `x-labels` says what to call each."""
    return _widget("choice", **{"x-labels": {str(value): label for value, label in labels.items()}})


def row_of(rows: str) -> Any:
    """One of the rows that the rules name so: `enum` and `x-labels` are filled in when the form is offered."""
    return _widget("choice", **{"x-rows": rows, "x-labels": {}})


def each_of(part: str) -> Any:
    """A list with one row for each choice of its field `part`: clients draw them all, and none besides."""
    return Field(json_schema_extra={"x-each": part})


RungCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$"), row_of("rungs")]
SituationCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$"), row_of("situations")]
MeetingCriterionCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$"), row_of("meeting_criteria")]
ShortText = Annotated[str, Line(200), _widget("text")]
Title = Annotated[str, Line(60), _widget("text")]
LongText = Annotated[str, Text(4000), _widget("text", multiline=True)]
Reason = Annotated[str, Text(1000), Field(title="理由"), _widget("text", multiline=True)]
UnitId = Annotated[UUID, _widget("unit")]
UnitIds = Annotated[list[UUID], Field(max_length=20), _widget("unit", many=True)]
PostId = Annotated[UUID, _widget("post")]
OfficialId = Annotated[UUID, _widget("official")]
LeaderPostId = Annotated[UUID, _widget("post", of="leader")]
PersonIds = Annotated[list[UUID], Field(max_length=20), _widget("person", many=True)]
DayField = Annotated[Day, _widget("date")]
Flag = Annotated[bool, _widget("flag")]
Score = Annotated[Whole, Field(ge=1, le=5), _widget("score", minimum=1, maximum=5)]
Amount = Annotated[Whole, Field(ge=0, le=9999), _widget("number")]
Number = Annotated[Whole, Field(ge=1, le=9999), _widget("number")]
CategoryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$"), _widget("category")]
RegionCode = Annotated[str, _widget("region")]
DutyName = Annotated[str, _widget("duty")]
FileId = Annotated[UUID, _widget("file")]
FileIds = Annotated[list[UUID], Field(max_length=20), _widget("file", many=True)]
MatterFileIds = Annotated[list[UUID], Field(max_length=200), _widget("file", many=True, of="matter")]
Bytes = Annotated[Whole, _widget("bytes")]
Count = Annotated[Whole, _widget("count")]
Claims = Annotated[list[Annotated[str, Line(300)]], Field(min_length=1, max_length=20), _widget("claims")]
MatterNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\d{4}-[0-9A-Z]{8}$"), _widget("matter")]
Numbers = Annotated[list[str], _widget("matter", many=True)]
