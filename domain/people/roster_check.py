"""What a roster would change, and everything that is wrong with it, found without touching the database."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from domain.people.roster_files import COLUMNS, Row
from models import Role

UNIT, POST = "单位", "任职"
KINDS = {"单位": UNIT, "unit": UNIT, "任职": POST, "post": POST}
ROLE_NAMES = {
    Role.REGISTRAR: "受理员",
    Role.LIAISON: "联络员",
    Role.HANDLER: "承办人",
    Role.HEAD: "单位负责人",
    Role.SUPERVISOR: "督察员",
    Role.CALL_BACK_OFFICER: "回访员",
    Role.CUSTODIAN: "身份保管员",
    Role.DISCIPLINE_LIAISON: "纪检联络员",
    Role.OFFICIAL: "述法人",
    Role.REPORT_CLERK: "述法工作人员",
    Role.PRE_REVIEWER: "预审员",
    Role.EVALUATOR: "评议员",
    Role.LEADER: "点评领导",
    Role.PERSONNEL: "组织人事",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
}
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
_ROLES = {label: role for role, label in ROLE_NAMES.items()} | {role.value: role for role in Role}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LONGEST = {"unit_name": 120, "person_name": 60, "title": 60, "tags": 1000}
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # private use stays allowed: rare characters of names live there

PostKey = tuple[str, str, Role, date]  # person, unit, role, since


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one line; `column` is the column's Chinese heading."""

    line: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit by codes instead of ids."""

    code: str
    name: str
    region: str
    parent: str | None
    successor: str | None
    tags: tuple[str, ...]
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class PostEntry:
    """A post by codes instead of ids."""

    person: str
    unit: str
    role: Role
    since: date
    until: date | None
    title: str
    stands_in_for: str | None

    @property
    def key(self) -> PostKey:
        """What makes it the same post in another file."""
        return (self.person, self.unit, self.role, self.since)

    def overlaps(self, other: "PostEntry") -> bool:
        """Whether there is a day on which both are held."""
        return self.since <= (other.until or date.max) and other.since <= (self.until or date.max)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds already, as far as the file touches it."""

    regions: frozenset[str]
    tags: frozenset[str]
    units: Mapping[str, UnitEntry]
    unit_ids: Mapping[str, UUID]
    persons: Mapping[str, str]
    person_ids: Mapping[str, UUID]
    posts: Mapping[PostKey, PostEntry]
    post_ids: Mapping[PostKey, UUID]


@dataclass(slots=True)
class Plan:
    """The state the file asks for where it differs from what is stored; to be written only without problems."""

    units_added: list[UnitEntry] = field(default_factory=list)
    units_changed: list[UnitEntry] = field(default_factory=list)
    persons_added: dict[str, str] = field(default_factory=dict)
    persons_renamed: dict[str, str] = field(default_factory=dict)
    posts_added: list[PostEntry] = field(default_factory=list)
    posts_changed: list[PostEntry] = field(default_factory=list)
    posts_ended: int = 0
    principals: dict[PostKey, PostKey] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def planned(rows: Iterable[Row], stored: Stored, may_grant: frozenset[Role]) -> Plan:
    """Compare a file with what is stored; `plan.problems` holds every fault of every line, in the file's order."""
    check = _Check(stored, may_grant)
    for row in rows:
        check.read(row)
    check.link_units()
    check.link_posts()
    check.compare()
    check.plan.problems.sort(key=lambda problem: problem.line)
    return check.plan


class _Check:
    """One pass over a file: first each line alone, then lines against each other and against what is stored."""

    def __init__(self, stored: Stored, may_grant: frozenset[Role]) -> None:
        self.stored = stored
        self.may_grant = may_grant
        self.plan = Plan()
        self.units: dict[str, tuple[int, UnitEntry]] = {}
        self.persons: dict[str, tuple[int, str]] = {}
        self.posts: dict[PostKey, tuple[int, PostEntry]] = {}
        self.named: set[str] = set(stored.units)  # a unit with a fault is still known: one fault, one line

    def wrong(self, line: int, column: str, code: str, message: str) -> None:
        self.plan.problems.append(Problem(line, COLUMNS[column], code, message))

    # Each line alone

    def read(self, row: Row) -> None:
        before = len(self.plan.problems)
        kind = KINDS.get(row.kind)
        if kind is None:
            self.wrong(row.line, "kind", "unknown_kind", "类别应为“单位”或“任职”")
            return
        self._texts(row)
        since, until = self._dates(row)
        if kind is UNIT:
            self.named.add(row.unit)
            unit = self._unit(row, since or date.min, until)
            if len(self.plan.problems) == before:
                self._once(self.units, unit.code, row.line, unit, "unit")
        else:
            post = self._post(row, since or date.min, until)
            if post and len(self.plan.problems) == before:
                self._once(self.posts, post.key, row.line, post, "person")
                self._once(self.persons, post.person, row.line, row.person_name, "person_name")

    def _texts(self, row: Row) -> None:
        for name in COLUMNS:
            text = getattr(row, name)
            if not text.isprintable() and any(unicodedata.category(sign) in _UNPRINTABLE for sign in text):
                self.wrong(row.line, name, "control_character", f"{COLUMNS[name]}含有不可见的控制字符")
            elif len(text) > _LONGEST.get(name, 40):
                self.wrong(row.line, name, "too_long", f"{COLUMNS[name]}超过 {_LONGEST.get(name, 40)} 个字")
            elif name in ("unit", "person") and text and not _CODE.fullmatch(text):
                self.wrong(row.line, name, "bad_code", f"{COLUMNS[name]}只能用字母、数字、点、横线和下划线，最多 40 位")

    def _dates(self, row: Row) -> tuple[date | None, date | None]:
        since, until = self._date(row, "since"), self._date(row, "until")
        if not row.since:
            self._missing(row, "since")
        if since and until and until < since:
            self.wrong(row.line, "until", "ends_before_start", "结束日期早于开始日期")
        return since, until

    def _date(self, row: Row, name: str) -> date | None:
        text: str = getattr(row, name)
        if not text:
            return None
        found = re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", text, re.ASCII)
        try:
            year, month, day = (int(found[part]) for part in (1, 3, 4)) if found else (0, 0, 0)
            value = date(year, month, day)
        except ValueError:
            self.wrong(row.line, name, "bad_date", f"{COLUMNS[name]}不是有效日期，应如 2026-01-31")
            return None
        if not 1949 <= value.year <= 2199:  # beyond is a slip of the pen
            self.wrong(row.line, name, "bad_date", f"{COLUMNS[name]}的年份不合理")
        return value

    def _missing(self, row: Row, name: str) -> None:
        self.wrong(row.line, name, "missing", f"缺少{COLUMNS[name]}")

    def _unit(self, row: Row, since: date, until: date | None) -> UnitEntry:
        for name in ("unit", "unit_name", "region"):
            if not getattr(row, name):
                self._missing(row, name)
        if row.region and row.region not in self.stored.regions:
            self.wrong(row.line, "region", "unknown_region", f"没有地区编码 {row.region}")
        tags = tuple(dict.fromkeys(tag.strip() for tag in re.split("[;；]", row.tags) if tag.strip()))
        unknown = [tag for tag in tags if tag not in self.stored.tags]
        if unknown:
            self.wrong(row.line, "tags", "unknown_tag", f"没有职责标签 {'、'.join(unknown)}")
        if row.successor and not row.until:
            self.wrong(row.line, "until", "missing", "单位已并入其他单位，应填写结束日期")
        for name in ("person", "person_name", "role", "title", "stands_in_for"):
            if getattr(row, name):
                self.wrong(row.line, name, "not_here", f"“单位”行不填{COLUMNS[name]}")
        unit = UnitEntry(
            row.unit, row.unit_name, row.region, row.parent or None, row.successor or None, tags, since, until
        )
        kept = self.stored.units.get(row.unit)
        if kept and kept.until and not until:  # a blank never undoes an end
            unit = replace(unit, successor=kept.successor, until=kept.until)
        return unit

    def _post(self, row: Row, since: date, until: date | None) -> PostEntry | None:
        for name in ("unit", "person", "person_name", "role"):
            if not getattr(row, name):
                self._missing(row, name)
        for name in ("unit_name", "region", "parent", "tags", "successor"):
            if getattr(row, name):
                self.wrong(row.line, name, "not_here", f"“任职”行不填{COLUMNS[name]}")
        role = _ROLES.get(row.role)
        if role is None:
            if row.role:
                self.wrong(row.line, "role", "unknown_role", f"没有岗位 {row.role}")
            return None
        post = PostEntry(row.person, row.unit, role, since, until, row.title, row.stands_in_for or None)
        kept = self.stored.posts.get(post.key)
        if kept and kept.until and not until:  # a blank never undoes an end
            post = replace(post, until=kept.until)
        if post != kept and role not in self.may_grant:
            self.wrong(row.line, "role", "may_not_grant", f"您无权设置岗位“{ROLE_NAMES[role]}”")
        return post

    def _once(self, seen: dict[Any, tuple[int, Any]], key: Any, line: int, value: Any, column: str) -> None:
        """Keep the first line about something; a repetition is fine, a contradiction is not."""
        first, known = seen.setdefault(key, (line, value))
        if known != value:
            self.wrong(line, column, "contradicts", f"与第 {first} 行同一编码，但内容不同")

    # Lines together

    def link_units(self) -> None:
        """Parents and successors exist, and no chain of them bites its tail."""
        for line, unit in self.units.values():
            if unit.parent and unit.parent not in self.named:
                self.wrong(line, "parent", "unknown_parent", f"没有上级单位 {unit.parent}")
            if unit.successor and unit.successor not in self.named:
                self.wrong(line, "successor", "unknown_unit", f"没有并入单位 {unit.successor}")
        final = dict(self.stored.units) | {code: unit for code, (_, unit) in self.units.items()}
        for column, message in (("parent", "上级单位关系成环"), ("successor", "并入单位关系成环")):
            above = {code: getattr(unit, column) for code, unit in final.items()}
            for code in _in_circles(above) & self.units.keys():
                self.wrong(self.units[code][0], column, "cycle", message)

    def link_posts(self) -> None:
        """Units and principals exist, and nobody holds together what the rules keep apart."""
        by_person: dict[str, list[PostEntry]] = defaultdict(list)
        final = dict(self.stored.posts) | {key: post for key, (_, post) in self.posts.items()}
        for post in final.values():
            by_person[post.person].append(post)
        for line, post in self.posts.values():
            if post.unit not in self.named:
                self.wrong(line, "unit", "unknown_unit", f"没有单位 {post.unit}")
            self._principal(line, post, by_person)
            self._conflicts(line, post, by_person[post.person])

    def _principal(self, line: int, post: PostEntry, by_person: Mapping[str, list[PostEntry]]) -> None:
        if not post.stands_in_for:
            return
        if post.stands_in_for == post.person:
            self.wrong(line, "stands_in_for", "stands_in_for_self", "不能代理本人")
            return
        for other in by_person.get(post.stands_in_for, ()):
            same = (other.unit, other.role) == (post.unit, post.role)
            if same and other.overlaps(post) and not other.stands_in_for:
                self.plan.principals[post.key] = other.key
                return
        self.wrong(
            line,
            "stands_in_for",
            "unknown_principal",
            f"{post.stands_in_for} 在该单位没有同一时期的本岗位任职，不能被代理",
        )

    def _conflicts(self, line: int, post: PostEntry, held: Iterable[PostEntry]) -> None:
        for other in held:
            if other.key == post.key or not post.overlaps(other):
                continue
            both = {post.role, other.role}
            if other.role is post.role:
                if other.unit == post.unit:
                    self.wrong(line, "since", "overlaps", f"与该人员自 {other.since} 起的同一任职时间重叠")
            elif both <= ADMINISTRATORS:
                names = "、".join(sorted(ROLE_NAMES[role] for role in both))
                self.wrong(line, "role", "administrators_exclude", f"同一人不能同时担任{names}（三员分立）")
            elif both & ADMINISTRATORS:
                names = "、".join(sorted(ROLE_NAMES[role] for role in both))
                self.wrong(line, "role", "administrator_with_business", f"管理员不能兼任业务岗位：{names}")

    def compare(self) -> None:
        """Sort what the file says into added, changed and as it was."""
        plan, stored = self.plan, self.stored
        for code, (_, unit) in self.units.items():
            if code not in stored.units:
                plan.units_added.append(unit)
            elif unit != stored.units[code]:
                plan.units_changed.append(unit)
        for code, (_, name) in self.persons.items():
            if code not in stored.persons:
                plan.persons_added[code] = name
            elif name != stored.persons[code]:
                plan.persons_renamed[code] = name
        for key, (_, post) in self.posts.items():
            kept = stored.posts.get(key)
            if kept is None:
                plan.posts_added.append(post)
            elif post != kept:
                plan.posts_changed.append(post)
                plan.posts_ended += kept.until is None and post.until is not None


def _in_circles(above: Mapping[str, str | None]) -> set[str]:
    """The members of every circle among chains that lead from each key to the one above it."""
    done: set[str] = set()
    circles: set[str] = set()
    for start in above:
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = len(path)
            at = above.get(at)
        if at in path:
            circles.update(code for code, place in path.items() if place >= path[at])
        done.update(path)
    return circles
