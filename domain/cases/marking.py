"""What in a text names or tells of somebody: persons, firms, plates, numbers, exact amounts, dates and addresses.

A mark says "look here", it decides nothing; so a rule is wanted that seldom cries wolf. Amounts and dates count when they
are exact enough to tell one case from another: 26.83 万元 does, 几万块 does not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import normalize

from domain.cases import cutting


class MarkKind(StrEnum):
    """What a mark is of."""

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
        (MarkKind.EMAIL, r"[a-z0-9][\w.+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+"),
        (MarkKind.ID_NUMBER, r"(?<![\da-z])[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\da-z])"),
        (MarkKind.ID_NUMBER, r"(?<![\da-z])(?=\w*[a-z])[1-9a-z][1-59]\d{6}[0-9a-hj-npqrtuwxy]{10}(?![\da-z])"),
        (MarkKind.PHONE, r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}[- ]?\d{4}|[* x]{4}\d{4})(?![\d.]?\d)"),
        (MarkKind.PHONE, r"(?<![\d.])\(?0[1-9]\d{1,2}\)?[- ]?[2-8]\d{6,7}(?!\d)"),
        (MarkKind.BANK_CARD, r"(?<!\d)(?:\d{4}[ -]){3}\d{4}(?:[ -]?\d{1,3})?(?!\d)|(?<!\d)[3-9]\d{15,18}(?!\d)"),
        (MarkKind.PLATE, rf"[{_PROVINCES}][a-hj-np-z][·•. ]?(?=[a-hj-np-z]{{0,4}}\d)[a-hj-np-z0-9]{{4,5}}[a-hj-np-z0-9挂学警](?![a-z0-9])"),
        (MarkKind.ACCOUNT, r"(?:微信|qq|vx|v信)号?(?:[::是为 ]|叫)*(?:[a-z][-\w]{5,19}|\d{5,12})(?![\w])"),
        (MarkKind.ADDRESS, rf"[{_HAN}]{{1,6}}(?:路|街|巷|大道|胡同)(?:[东西南北]段)?\d{{1,5}}(?:-\d{{1,4}})?号(?:院|楼)?(?:\d{{1,4}}(?:号楼|栋|幢|单元|层|楼|室|号))*"),
        (MarkKind.ADDRESS, r"\d{1,4}(?:号楼|栋|幢)(?:\d{1,3}单元)?(?:\d{1,3}层)?(?:\d{2,5}[室号]?)?|\d{1,3}单元\d{2,5}[室号]?"),
        (MarkKind.ADDRESS, rf"[{_HAN}]{{2,4}}村(?:民委员会)?[一二三四五六七八九十\d]{{1,3}}(?:组|社)(?:\d{{1,4}}号)?"),
        (MarkKind.DATE, r"(?<!\d)(?:\d{2,4}年)(?:\d{1,2}月)\d{1,2}[日号]?(?![\d个])|(?<![\d月年])\d{1,2}月\d{1,2}[日号]"),
        (MarkKind.DATE, r"(?<![\d.-])20\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?![\d.-])"),
        (MarkKind.DATE, r"[上下]午\d{1,2}[点时:]\d{1,2}分?|(?<!\d)\d{1,2}点\d{1,2}分"),
        (MarkKind.AMOUNT, r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)(?:亿|万|千)?(?:元|块)\d?|(?<![\d.])(\d[\d,]*\.\d+)(?:亿|万)(?!人|户|吨|平)"),
        (MarkKind.AMOUNT, r"[一二三四五六七八九两][千百十万零一二三四五六七八九两]{4,}元"),
    )
)  # fmt: skip

# Surnames of nine in ten; behind each, in brackets, the characters after which it is none.
_SURNAMES = {
    name[0]: name[1:]
    for name in (
        "王 李 张一主开紧夸两几这扩 刘 陈 杨 赵 黄 周一上下本每四 吴 徐 孙子 胡 朱 高最提更较很 林园 何任如为 郭 马上人 "
        "罗 梁桥 宋 郑 谢感 韩 唐 冯 于由对关位属等 董 萧 程工课过流议里日 曹 袁 邓 许不也或允准 傅 沈 曾不 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 "
        "甘和 薛 叶 阎 余其多 潘 杜 戴 夏 钟分 汪 田农水耕 任时现前历主担责信两首离上 姜 范规防模示 方对双甲乙官地多警校院军我双各己第一三四 石 姚 谭 廖 邹 熊 金资奖罚税租基现佣定押五保 "
        "陆 郝 孔 白明 崔 康健 毛 邱 秦 江 史历 顾 侯 邵 孟 龙 万百千 段一阶路时手 雷 钱花 汤 尹 易交贸容简 常日经非通正平 武 乔 贺 赖 "
        "龚 文公一中原本 包承打发外红面 温 季 牛 祁 尚 柴 申 蒲 苟 漆 权 豆 裴 杭 党 汝 畅 焦 景 甄 冉 巩 蔺 苗 邢 葛 鲁 柳 鲍 岳 齐 梅 庞 殷 翟 詹 耿 "
        "倪 樊 兰 芦 窦 辛 屈 阮 霍 俞 祝 卜 韦 闫 褚 聂 晁 晏 向"
    ).split()
    if name != "向"
}
_TITLES = (
    "先生|女士|小姐|老师|师傅|老板|老总|经理|董事长|法官|警官|检察官|律师|会计|医生|大夫|院长|校长|园长|"
    "(?:副|党组|党委|分管)?(?:局长|科长|股长|主任|所长|书记|县长|市长|区长|镇长|乡长|处长|厅长|部长|队长|站长|行长|庭长|支书|村长|总(?![共计体是的额量局队部数])|局(?![部势面长里的])|某)"
)
_SURE = "".join(name for name, not_after in _SURNAMES.items() if not not_after and name not in "马牛黄龙毛马孔丁夏常温白江苗梅柳")
_GIVEN = rf"(?P<surname>[{''.join(_SURNAMES)}])"
_MASKED = re.compile(rf"{_GIVEN}(?:某某?|××?|[*x]{{1,2}})(?![{_HAN}]{{0,2}}(?:公司|单位|项目|县|市|局|镇))")
_TITLED = re.compile(rf"{_GIVEN}[{_HAN}]{{0,2}}?(?:{_TITLES})")
_CUED = re.compile(
    rf"(?:联系人|我叫|名叫|姓名|本人|法人代表|法定代表人|法人|经办人|负责人|代理人|当事人|举报人|投诉人|老板叫|丈夫|妻子|儿子|女儿|父亲|母亲)"
    rf"(?:[::,]|是|为| )*(?P<who>{_GIVEN}[{_HAN}]{{1,2}})(?=[^{_HAN}]|$|[的在于电说是反被和与及因向到去说称对系手])"
)
_NICKED = re.compile(rf"(?<![{_HAN}])[小老]{_GIVEN}(?=[^{_HAN}]|$|[的在说打收跟和叫让给来去他她是也把又])|姓{_GIVEN}(?=[^{_HAN}]|$|的|[一二三四])".replace("(?P<surname>", "(?:"))
_PLACE_NEXT = re.compile(r"[县区市镇乡村路街巷寺沟滩川湖河山庙桥]")

_FIRM = re.compile(
    rf"[{_HAN}a-z0-9()]{{2,24}}?(?:有限责任公司|股份有限公司|有限公司|集团公司|专业合作社|合伙企业|律师事务所|会计师事务所|税务师事务所)"
)
_FIRM_CUED = re.compile(rf"(?:名叫|店名叫?|字号|招牌是|店叫|公司叫|厂叫)[::是为“\" ]*(?P<firm>[{_HAN}a-z0-9]{{2,16}}?(?:店|馆|楼|厂|超市|商行|经营部|门市部|公司|坊|行|园|院))")
_FIRM_QUOTED = re.compile(rf"[“\"「『](?P<firm>[{_HAN}a-z0-9]{{2,14}}(?:饭店|餐馆|酒店|酒楼|药店|厂|超市|商行|经营部|门市部|公司|民宿|幼儿园|诊所|火锅店|面馆))[”\"」』]")
# A firm's name begins after one of these; what then begins like this names none.
_BEFORE_FIRM = re.compile(r"(?:我们是|我是|这是|公司是|单位是|中标的是|指定的是|必须找|只能找|指定给|指定|介绍|委托|叫作|叫做|就是|名叫|还有|以及|通过|根据|反映|举报|投诉|购买|借给|欠了|欠|和|与|跟|由|被|给|向|在|找|让|把|为|是|叫|对|从|及|到|的|了|用)")
_NO_FIRM = re.compile(r"^(?:[我该这本贵某那哪其几各多两一]|外地|外面|当地|有关|相关|下属|自己|同一|另外|别的|所有|任何|国有|民营|私营|专业|物业|测绘|建筑|劳务|检测|评估|代理|拍卖|担保|工程|投资|管理)?(?:某|一|两|几|多|个|家|些|县|市|区|属|里|上|的|[东南西北])*(?:物业|测绘|建筑|劳务|检测|评估|代理|拍卖|担保|工程|投资|管理|责任|国有|科技|运输|物流|咨询)*(?:有限责任|股份有限|有限|集团)?(?:公司|合作社|企业|专业合作社|事务所|律师事务所|会计师事务所)$")


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


_LEADS = re.compile(r"^.*?(?:我们家住|我家住|家住|住址是|住址|地址是|地址|位于|住在|就在|开在|住|在|到|去|是)")


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
    if plain[max(0, hit.start() - 1) : hit.start()] in {"约", "近", "超"} or plain[hit.end() : hit.end() + 1] in {"多", "余", "左"}:
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
        if not _NO_FIRM.match(name):
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
        if tag == "nr" and len(word) == 3 and word[0] in _SURE and not _PLACE_NEXT.match(plain[at : at + 1]):
            yield Mark(start, at, MarkKind.PERSON)


