"""地区、单位、类别: what a form lets people choose from; nothing here depends on any case."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from domain.loop import packs
from domain.people import units
from handlers.matters import RegionCode
from handlers.spec import Access, Call, Query, Routes
from kit.shapes import Line, Whole
from kit.words import phrase
from models import Level, Region, Role

routes = Routes("字典")


class RegionView(BaseModel):
    """一个地区。"""

    code: str
    name: str
    level: Level
    parent: str | None


class RegionQuery(Query):
    """上级地区；不填则为省。"""

    parent: RegionCode | None = None


class UnitView(BaseModel):
    """一个单位。"""

    id: UUID
    name: str
    region: str


class UnitQuery(Query):
    """按名称查找。"""

    q: Annotated[str, Line(40)] = Field(description="名称中的字词")
    region: RegionCode | None = Field(None, description="地区代码前缀")
    limit: Annotated[Whole, Field(ge=1, le=50)] = 20


class CategoryView(BaseModel):
    """一个类别，`plain` 是口语说明。"""

    code: str
    name: str
    plain: str
    basis: str


@routes.get("/api/v1/regions", access=Access.PUBLIC, summary="地区", anonymous=True)
async def regions(_call: Call, query: RegionQuery) -> list[RegionView]:
    """The children of a region, by code."""
    found = await Region.filter(parent_id=query.parent).order_by("code")
    return [
        RegionView(code=region.code, name=region.name, level=region.level, parent=region.parent_id) for region in found
    ]


@routes.get("/api/v1/units", access=Access.PUBLIC, summary="查找单位", anonymous=True)
async def found(_call: Call, query: UnitQuery) -> list[UnitView]:
    """By a part of the name."""
    return [
        UnitView(id=unit.id, name=unit.name, region=unit.region_id)
        for unit in await units.search(query.q, query.region or "", query.limit)
    ]


@routes.get("/api/v1/categories", access=Access.PUBLIC, summary="类别", anonymous=True)
async def categories(_call: Call) -> list[CategoryView]:
    """In the order of their codes."""
    known = (await packs.book()).categories
    return [
        CategoryView(code=one.code, name=phrase(one.name), plain=phrase(one.plain), basis=one.basis)
        for one in sorted(known.values(), key=lambda category: category.code)
    ]


class PersonView(BaseModel):
    """一名工作人员的一个任职，供指派和回避时选择。"""

    post: UUID
    person: UUID
    name: str
    title: str
    role: str
    unit: UUID
    unit_name: str


class PersonQuery(Query):
    """在一个单位及其下属中，按岗位或姓名查找。"""

    unit: UUID
    role: Role | None = None
    name: Annotated[str, Line(40)] | None = None
    limit: Annotated[Whole, Field(ge=1, le=100)] = 50


@routes.get("/api/v1/persons", access=Access.STAFF, summary="一个单位的人员")
async def persons(_call: Call, query: PersonQuery) -> list[PersonView]:
    """Active posts of the unit and of those below it."""
    return [PersonView(**row) for row in await units.people(query.unit, query.role, query.name, query.limit)]
