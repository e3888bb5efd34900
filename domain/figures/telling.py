"""A period's figures in words: the text of a bulletin, in Chinese, with the period before and the tables."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from domain.figures.definitions import Rate, definitions
from kit.papers import Paper, Section, Table

Figures = Mapping[str, int | None]
LEFT_OUT = "不列"
FIRST = 5  # of the most frequent categories and units
TITLES = {"week": "周汇总", "month": "月通报", "year": "年度报告"}
AGO = {"week": "上周", "month": "上月", "year": "上年"}
NOTE = "少于五件的数不列；为防止由其他数推算，另有一些数也不列。"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a period; None for what is left out."""

    kind: str
    since: date
    until: date
    region: str
    total: Mapping[str, int | None]
    before: Mapping[str, int | None]
    parts: Mapping[str, Mapping[str, Mapping[str, int | None]]]
    names: Mapping[str, str]
    accused: list[tuple[str, int]] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        told = asdict(self)
        named = {key for table in self.parts.values() for key in table}
        return told | {
            "since": str(self.since),
            "until": str(self.until),
            "names": {key: name for key, name in self.names.items() if key in named},
        }


def paper(told: Told) -> Paper:
    """The bulletin, ready to be written in any form."""
    sections = [_whole(told), _solved(told)]
    if told.parts:
        sections += [
            _by(told, "region", "分地区情况"),
            _by(told, "category", "问题类别"),
            _by(told, "unit", "承办单位"),
        ]
    if told.kind == "year":
        sections.append(_accused(told))
    sections += [_followed(told), _meaning()]
    title = f"{told.region}“一键举报”{TITLES[told.kind]}（{_named(told)}）"
    under = f"统计期间：{_day(told.since)}至{_day(told.until)}　口径版本：{definitions().version}"
    numbered = [
        Section(f"{'一二三四五六七八'[place]}、{part.heading}", part.paragraphs, part.table)
        for place, part in enumerate(sections)
    ]
    return Paper(title, under, tuple(numbered))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _named(told: Told) -> str:
    match told.kind:
        case "week":
            return f"{told.since.month}月{told.since.day}日—{told.until.month}月{told.until.day}日"
        case "month":
            return f"{told.since.year}年{told.since.month}月"
    return f"{told.since.year}年"


def _n(value: int | None) -> str:
    return LEFT_OUT if value is None else f"{value}"


def _cases(value: int | None) -> str:
    return "（数不列）" if value is None else f"{value}件"


def _against(told: Told, name: str) -> str:
    """How a number compares with the period before: nothing where either is left out."""
    now, then, ago = told.total[name], told.before[name], AGO[told.kind]
    if now is None or then is None:
        return ""
    if now == then:
        return f"（与{ago}持平）"
    change = f"，{'增长' if now > then else '下降'}{abs(now - then) / then:.1%}" if then else ""
    return f"（较{ago}{'增加' if now > then else '减少'}{abs(now - then)}件{change}）"


def _share(told: Figures, rate: Rate) -> float | None:
    part, of = told[rate.part], told[rate.of]
    return part / of if part is not None and of else None


def _rate(told: Told, code: str) -> str:
    """A rate as a clause: with numerator, denominator and the period before."""
    rate = definitions().rate(code)
    now, then = _share(told.total, rate), _share(told.before, rate)
    if now is None:
        return f"{rate.name}因{rate.of_name}不足五件不列"
    clause = f"{rate.name}{now:.1%}（{rate.of_name}{told.total[rate.of]}件，{rate.part_name}{told.total[rate.part]}件）"
    if then is None:
        return clause
    points = round(abs(now - then) * 100, 1)
    if not points:
        return f"{clause}，与{AGO[told.kind]}持平"
    return f"{clause}，较{AGO[told.kind]}{'上升' if now > then else '下降'}{points}个百分点"


def _whole(told: Told) -> Section:
    total = told.total
    first = (
        f"本期共收到举报{_cases(total['received'])}{_against(told, 'received')}；受理{_cases(total['accepted'])}"
        f"{_against(told, 'accepted')}，不予受理{_cases(total['refused'])}，举报人撤回{_cases(total['withdrawn'])}。"
    )
    second = (
        f"答复举报人{_cases(total['replied'])}{_against(told, 'replied')}，办结{_cases(total['closed'])}"
        f"{_against(told, 'closed')}。{_rate(told, 'effective_rate')}；{_rate(told, 'on_time_rate')}；"
        f"{_rate(told, 'response_rate')}。"
    )
    heads = ("指标", "本期", AGO[told.kind])
    rows = [(count.name, _n(total[count.code]), _n(told.before[count.code])) for count in definitions().counts]
    rows += [(rate.name, _percent(total, rate), _percent(told.before, rate)) for rate in definitions().rates]
    return Section("总体情况", (first, second), Table(heads, tuple(rows)))


def _percent(told: Figures, rate: Rate) -> str:
    share = _share(told, rate)
    return LEFT_OUT if share is None else f"{share:.1%}"


def _solved(told: Told) -> Section:
    total = told.total
    line = (
        f"办结件中已回访{_cases(total['called_back'])}，其中未联系上{_cases(total['unreachable'])}。"
        f"{_rate(told, 'solved_rate')}；{_rate(told, 'satisfied_rate')}。"
        f"重新办理{_cases(total['reopened'])}{_against(told, 'reopened')}。"
    )
    return Section("回访和满意度", (line,))


def _by(told: Told, by: str, heading: str) -> Section:
    table = told.parts[by]
    by_number = sorted(table, key=lambda key: (-(table[key]["accepted"] or 0), key))
    rows = tuple(_line(told.names.get(key, key), table[key]) for key in by_number)
    heads = ("", "收到", "受理", "答复", "办结", *(rate.name for rate in definitions().rates))
    return Section(heading, tuple(_words(told, by, table, by_number)), Table(heads, rows) if rows else None)


def _line(name: str, row: Figures) -> tuple[str, ...]:
    numbers = (_n(row[column]) for column in ("received", "accepted", "replied", "closed"))
    return (name, *numbers, *(_percent(row, rate) for rate in definitions().rates))


def _words(told: Told, by: str, table: Mapping[str, Figures], by_number: list[str]) -> Iterator[str]:
    shown = [key for key in by_number if table[key]["accepted"] and key not in {"own", "others"}]
    if not shown:
        yield "本期各项均少于五件，不分列。"
        return
    quote = "“{}”" if by == "category" else "{}"
    said = "、".join(f"{quote.format(told.names.get(key, key))}{table[key]['accepted']}件" for key in shown[:FIRST])
    yield (
        {"region": "受理较多的地区：", "category": "反映较多的问题：", "unit": "承办较多的本级单位："}[by] + said + "。"
    )
    rate, whole = definitions().rate("effective_rate"), _share(told.total, definitions().rate("effective_rate"))
    if by == "category" or whole is None:
        return
    shares = {key: _share(table[key], rate) for key in shown}
    lower = [key for key, share in shares.items() if share is not None and share < whole]
    if lower:
        names = "、".join(f"{told.names.get(key, key)}（{shares[key]:.1%}）" for key in lower)
        yield f"有效办结率低于总体的：{names}。"


def _accused(told: Told) -> Section:
    if not told.accused:
        return Section("反映较多的单位", ("本期没有被反映五件以上的单位。",))
    rows = tuple((name, str(n)) for name, n in told.accused)
    said = "、".join(f"{name}{n}件" for name, n in told.accused[:FIRST])
    return Section("反映较多的单位", (f"被反映五件以上的单位：{said}。",), Table(("单位", "件数"), rows))


def _followed(told: Told) -> Section:
    total = told.total
    line = (
        f"督办{_cases(total['supervised'])}，移送纪检监察机关{_cases(total['handed_over'])}，反馈追责问责结果"
        f"{_cases(total['accountable'])}、涉及{_n(total['persons'])}人次，编印典型案例{_cases(total['compiled'])}、公开发布{_cases(total['typical'])}。"
        f"剔除{_cases(total['taken_out'])}、挂账{_cases(total['parked'])}，退回异议{_cases(total['returned'])}，"
        f"延期{_cases(total['extended'])}。"
    )
    advice = (
        ("改进工作、完善政策和追究责任的建议及其采纳情况：本系统尚未登记，请另行补充。",) if told.kind == "year" else ()
    )
    return Section("转送、督办和问责" if told.kind == "year" else "督办和问责", (line, *advice))


def _meaning() -> Section:
    rates = tuple(f"{rate.name}：{rate.says}{rate.leaves_out}" for rate in definitions().rates)
    return Section("口径说明", (NOTE, *rates))
