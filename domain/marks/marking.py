"""What in a text names or tells of somebody: persons, firms, plates, numbers, exact amounts, dates and addresses.

A mark says "look here", it decides nothing; so a rule is wanted that seldom cries wolf. Amounts and dates count when
they are exact enough to tell one case from another: 26.83 万元 does, 几万块 does not.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import normalize

from domain.marks import cutting
from kit.settings import ROOT


class MarkKind(StrEnum):
    """What a mark is of. A quotation, a unit and a place are known only by what a text is compared with."""

    PERSON = "person"
    FIRM = "firm"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    EMAIL = "email"
    ACCOUNT = "account"
    ADDRESS = "address"
    AMOUNT = "amount"
    DATE = "date"
    QUOTE = "quote"
    NUMBER = "number"
    UNIT = "unit"
    PLACE = "place"


MARKS = {
    MarkKind.PERSON: "人名",
    MarkKind.FIRM: "企业名称",
    MarkKind.PHONE: "电话号码",
    MarkKind.ID_NUMBER: "证件号码",
    MarkKind.BANK_CARD: "银行卡号",
    MarkKind.PLATE: "车牌号",
    MarkKind.EMAIL: "电子邮箱",
    MarkKind.ACCOUNT: "微信号或QQ号",
    MarkKind.ADDRESS: "详细地址",
    MarkKind.AMOUNT: "精确金额",
    MarkKind.DATE: "具体日期",
    MarkKind.QUOTE: "照抄原文",
    MarkKind.NUMBER: "事项编号",
    MarkKind.UNIT: "单位名称",
    MarkKind.PLACE: "地名",
}


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a text, `end` excluded."""

    start: int
    end: int
    kind: MarkKind


class _Even(dict[int, str]):
    """One character for one: full width, half width and capitals are the same."""

    def __missing__(self, code: int) -> str:
        plain = normalize("NFKC", chr(code)).lower()
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_EVEN = _Even()


def even(text: str) -> str:
    """The text as it is compared, character for character in the same place."""
    return text.translate(_EVEN)


_HAN = "\u4e00-\u9fff"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PATTERNS: tuple[tuple[MarkKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (MarkKind.NUMBER, r"(?<![a-z0-9])[a-z]{2}20\d\d-?[0-9a-z]{4}-?[0-9a-z]{4}(?![a-z0-9])"),
        (MarkKind.EMAIL, r"[a-z0-9][\w.+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+"),
        (MarkKind.ID_NUMBER, r"(?<![\da-z])[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\da-z])"),
        (MarkKind.ID_NUMBER, r"(?<![\da-z])(?=\w*[a-z])[1-9a-z][1-59]\d{6}[0-9a-hj-npqrtuwxy]{10}(?![\da-z])"),
        (MarkKind.PHONE, r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}[- ]?\d{4}|[* x]{4}\d{4})(?![\d.]?\d)"),
        (MarkKind.PHONE, r"(?<![\d.])\(?0[1-9]\d{1,2}\)?[- ]?[2-8]\d{6,7}(?!\d)"),
        (MarkKind.BANK_CARD, r"(?<!\d)(?:\d{4}[ -]){3}\d{4}(?:[ -]?\d{1,3})?(?!\d)|(?<!\d)[3-9]\d{15,18}(?!\d)"),
        (MarkKind.PLATE, rf"[{_PROVINCES}][a-hj-np-z][·•. ]?(?=[a-hj-np-z]{{0,4}}\d)[a-hj-np-z0-9]{{4,5}}[a-hj-np-z0-9挂学警](?![a-z0-9])"),
        (MarkKind.ACCOUNT, r"(?:微信|qq|vx|v信)号?(?:[::是为 ]|叫)*(?:[a-z][-a-z0-9_]{5,19}|\d{5,12})(?![a-z0-9_])"),
        (MarkKind.ADDRESS, rf"[{_HAN}]{{1,9}}(?:路|街|巷|大道|胡同)(?:[东西南北]段)?\d{{1,5}}(?:-\d{{1,4}})?号(?:院|楼)?(?:\d{{1,4}}(?:号楼|栋|幢|单元|层|楼|室|号))*"),
        (MarkKind.ADDRESS, r"\d{1,4}(?:号楼|栋|幢)(?:\d{1,3}单元)?(?:\d{1,3}层)?(?:\d{2,5}[室号]?)?|\d{1,3}单元\d{2,5}[室号]?"),
        (MarkKind.ADDRESS, rf"[{_HAN}]{{2,4}}村(?:民委员会)?[一二三四五六七八九十\d]{{1,3}}(?:组|社)(?:\d{{1,4}}号)?"),
        (MarkKind.DATE, r"(?<!\d)(?:\d{2,4}年)(?:\d{1,2}月)\d{1,2}[日号]?(?![\d个])|(?<![\d月年])\d{1,2}月\d{1,2}[日号]"),
        (MarkKind.DATE, r"(?<![\d.-])20\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?![\d.-])"),
        (MarkKind.DATE, r"[上下]午\d{1,2}[点时:]\d{1,2}分?|(?<!\d)\d{1,2}点\d{1,2}分"),
        (MarkKind.AMOUNT, r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)(?:亿|万|千)?(?:元|块)\d?|(?<![\d.])(\d[\d,]*\.\d+)(?:亿|万)(?!人|户|吨|平)"),
        (MarkKind.AMOUNT, r"[一二三四五六七八九两][千百十万零一二三四五六七八九两]{4,}元"),
    )
)  # fmt: skip

_WORDS = tomllib.loads((ROOT / "data" / "marks.toml").read_text(encoding="utf-8"))
_SURNAMES: dict[str, str] = {name[0]: name[1:] for name in _WORDS["surnames"].split()}
_SURE = "".join(name for name, not_after in _SURNAMES.items() if not not_after and name not in _WORDS["common_words"])


def _any(words: list[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


_SURNAME = f"[{''.join(_SURNAMES)}]"
_MASKED = re.compile(rf"{_SURNAME}(?:某某?|××?|[*x]{{1,2}})(?![{_HAN}]{{0,2}}(?:公司|单位|项目|县|市|局|镇))")
_CALLED = r"总(?![共计体是的额量局队部数])|局(?![部势面长里的])"  # 王总, 李局
_TITLED = re.compile(rf"{_SURNAME}(?:(?![的了和是说])[{_HAN}]){{0,2}}?(?:{_any(_WORDS['titles'])}|{_CALLED})")
_CUED = re.compile(
    rf"{_any(_WORDS['cues'])}(?:[::,]|是|为| )*(?P<who>{_SURNAME}[{_HAN}]{{1,2}})"
    rf"(?=[^{_HAN}]|$|[的在于电说是反被和与及因向到去称对系手])"
)
_NICKED = re.compile(
    rf"(?<![^的被找跟给叫\W])[小老]{_SURNAME}(?=[^{_HAN}]|$|[的在说打收跟和叫让给来去他她是也把又带找要写送])"
    rf"|姓(?!什么){_SURNAME}(?=[^{_HAN}]|$|的|[一二三四])"
)
_PLACE = re.compile(r"[县区市镇乡村庄路街巷寺沟滩川湖河庙桥]")
_FIRM = re.compile(rf"[{_HAN}a-z0-9()]{{2,24}}?{_any(_WORDS['firms'])}")
_FIRM_CUED = re.compile(
    rf"{_any(_WORDS['shop_cues'])}[::是为“\" ]*(?P<firm>[{_HAN}a-z0-9]{{2,16}}?{_any(_WORDS['shops'])})"
)
_FIRM_QUOTED = re.compile(rf"[“\"「『](?P<firm>[{_HAN}a-z0-9]{{2,14}}?{_any(_WORDS['shops'])})[”\"」』]")
_BEFORE_FIRM = re.compile(_any(_WORDS["before_firms"]))
_NO_FIRM = re.compile(
    rf"{_any(_WORDS['no_names'])}*(?:责任|有限责任|股份有限|有限|集团|合伙)?{_any([*_WORDS['firms'], '公司', '企业'])}"
)
_LEADS = re.compile(rf"^.*{_any(_WORDS['before_addresses'])}")


def found(text: str) -> list[Mark]:
    """Every mark, in order, none inside another. The dictionary must be `cutting.ready`, or is loaded now."""
    plain = even(text)
    marks: list[Mark] = []
    for mark in _all(plain):
        if all(mark.end <= other.start or other.end <= mark.start for other in marks):
            marks.append(mark)
    return sorted(marks)


def _all(plain: str) -> Iterator[Mark]:
    """The certain kinds first: what lies inside one of them is part of it."""
    for kind, pattern in _PATTERNS:
        for hit in pattern.finditer(plain):
            if kind is MarkKind.BANK_CARD and not _luhn(hit[0]):
                continue
            if kind is MarkKind.AMOUNT and not _exact(plain, hit):
                continue
            start = hit.start()
            if kind is MarkKind.ADDRESS:
                start += _spoken(hit[0])
            yield Mark(start, hit.end(), kind)
    yield from _firms(plain)
    yield from _persons(plain)


def _spoken(hit: str) -> int:
    """How much of what stands before a street is not its name."""
    lead = _LEADS.match(hit)
    return lead.end() if lead and lead.end() < len(hit) - 3 else 0


def _luhn(number: str) -> bool:
    digits = [int(one) for one in number if one.isdigit()]
    doubled = [value for one in digits[-2::-2] for value in divmod(2 * one, 10)]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _exact(plain: str, hit: "re.Match[str]") -> bool:
    """A sum of three digits or more that mean something, and nothing around it that makes it a guess."""
    if plain[max(0, hit.start() - 1) : hit.start()] in {"约", "近", "超"} or plain[hit.end() : hit.end() + 1] in {
        "多",
        "余",
        "左",
    }:
        return False
    digits = "".join(one for one in hit[0] if one.isdigit())
    return len(digits.strip("0")) >= 3 if digits else True


def _firms(plain: str) -> Iterator[Mark]:
    for hit in _FIRM.finditer(plain):
        start = hit.start()
        for before in _BEFORE_FIRM.finditer(hit[0]):
            if len(hit[0]) - before.end() >= 6:
                start = hit.start() + before.end()
        name = plain[start : hit.end()]
        if not _NO_FIRM.fullmatch(name):
            yield Mark(start, hit.end(), MarkKind.FIRM)
    for pattern in (_FIRM_CUED, _FIRM_QUOTED):
        for hit in pattern.finditer(plain):
            yield Mark(hit.start("firm"), hit.end("firm"), MarkKind.FIRM)


def _is_surname(plain: str, at: int) -> bool:
    return not (at and plain[at - 1] in _SURNAMES[plain[at]])


def _persons(plain: str) -> Iterator[Mark]:
    for hit in _CUED.finditer(plain):
        yield Mark(hit.start("who"), hit.end("who"), MarkKind.PERSON)
    for pattern in (_TITLED, _MASKED):
        for hit in pattern.finditer(plain):
            if _is_surname(plain, hit.start()):
                yield Mark(hit.start(), hit.end(), MarkKind.PERSON)
    for hit in _NICKED.finditer(plain):
        yield Mark(hit.start(), hit.end(), MarkKind.PERSON)
    at = 0
    for word, tag in cutting.tagged(plain):
        start = plain.find(word, at)
        at = start + len(word) if start >= 0 else at
        if tag == "nr" and len(word) == 3 and word[0] in _SURE and not _PLACE.search(word[-1] + plain[at : at + 1]):
            yield Mark(start, at, MarkKind.PERSON)


_NAMES_OF_ONE_WORD = ("nr", "ns")  # the dictionary takes many a name for a place


def like_names(text: str) -> Iterator[Mark]:
    """What may be a name of three characters: one word, or a surname and what follows. Too loose by itself."""
    words, at = cutting.tagged(even(text)), 0
    for place, (word, tag) in enumerate(words):
        start, at = at, at + len(word)
        three = word if len(word) == 3 and tag.startswith(_NAMES_OF_ONE_WORD) else ""
        if len(word) == 1:
            three = word + "".join(after for after, _ in words[place + 1 : place + 3])[:2]
        if (
            len(three) == 3
            and three[0] in _SURNAMES
            and not re.search(rf"[^{_HAN}]", three)
            and not _PLACE.search(three)
        ):
            yield Mark(start, start + 3, MarkKind.PERSON)
