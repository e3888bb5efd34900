"""The roster of the demo province, the same on each machine: units of Gansu on each level, with invented staff.

Every tree has its own root (党委, 政府, 人大, 法院, 检察院, bodies with their own line such as 税务), so that a case
against one side always finds an owner on another. Towns stand below their county's government. Codes are made of
the region's code and the duty, persons' codes of the unit's and the role: they stay when a unit is added.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from domain.loop import rule_books
from domain.people import roster, units
from domain.people.roster import RosterReport, Row
from domain.people.roster_check import ROLE_NAMES
from kit.settings import ROOT
from models import Level, Role

DATA = ROOT / "data"
SINCE = "2024-01-01"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
GIVEN = (
    "文志建国明华丽芳军敏静强磊洋艳勇娟涛超霞平刚桂英玉兰慧玲雪梅红晓东海峰宁波思远嘉禾子轩"
    "雨泽一鸣俊杰若琳书瑶正清守义怀信致和景行知远云舒安然青山向阳立新春生秋实永康长安乐天"
)

REGISTRAR, LIAISON, HANDLER, HEAD = Role.REGISTRAR, Role.LIAISON, Role.HANDLER, Role.HEAD
LEADING = ((HEAD, 1, "负责人"), (HANDLER, 2, "承办人"))
RECEIVING = ((REGISTRAR, 2, "受理员"), (Role.CALL_BACK_OFFICER, 2, "回访员"))
Staff = tuple[tuple[Role, int, str], ...]


@dataclass(frozen=True, slots=True)
class Office:
    """A kind of unit: the last part of its code, its name in each place, what it is for and who works there."""

    key: str
    name: str
    tags: str = ""
    parent: str = "gov"
    staff: Staff = LEADING
    liaison: bool = True
    line: bool = False  # answers to the same office one region up, not to a local superior


ROOT_STAFF: Staff = ((Role.LEADER, 1, "分管领导"), (Role.OFFICIAL, 1, "主要负责人"))
GOVERNMENT: Staff = ((Role.OFFICIAL, 1, "主要负责人"),)
CLERK: Staff = ((HANDLER, 1, "科员"),)
EVALUATORS: Staff = ((Role.EVALUATOR, 2, "评议代表"),)

PROVINCE = (
    # 党委
    Office("party", "中共甘肃省委员会", parent="", staff=ROOT_STAFF, liaison=False),
    Office(
        "discipline", "甘肃省纪委监委", "discipline", "party", (*LEADING, (Role.DISCIPLINE_LIAISON, 2, "纪检联络员"))
    ),
    Office("political-legal", "中共甘肃省委政法委员会", "political-legal", "party"),
    Office(
        "rule-of-law",
        "中共甘肃省委全面依法治省委员会办公室",
        "rule-of-law-office;intake-2",
        "party",
        (*LEADING, *RECEIVING, (Role.PRE_REVIEWER, 2, "预审员"), (Role.REPORT_CLERK, 1, "述法工作人员")),
    ),
    Office(
        "secrecy", "中共甘肃省委保密和机要局", "secrecy", "party", (*LEADING, (Role.SECURITY_ADMIN, 1, "安全管理员"))
    ),
    Office(
        "custody",
        "举报人身份保管室",
        "identity-custody",
        "secrecy",
        (*LEADING, (Role.CUSTODIAN, 2, "身份保管员")),
        liaison=False,
    ),
    Office("efficiency", "甘肃省机关作风建设办公室", "efficiency-office", "party"),
    Office("party-office", "中共甘肃省委办公厅", parent="party"),
    Office("organization", "中共甘肃省委组织部", "", "party", (*LEADING, (Role.PERSONNEL, 2, "干部监督"))),
    Office("publicity", "中共甘肃省委宣传部", parent="party"),
    Office("united-front", "中共甘肃省委统一战线工作部", parent="party"),
    Office("cyberspace", "甘肃省互联网信息办公室", parent="party"),
    Office("establishment", "甘肃省机构编制委员会办公室", parent="party"),
    Office("letters", "甘肃省信访局", parent="party"),
    # 政府
    Office("gov", "甘肃省人民政府", parent="", staff=ROOT_STAFF, liaison=False),
    Office("gov-office", "甘肃省人民政府办公厅"),
    Office(
        "supervision",
        "甘肃省人民政府督查室",
        "supervision-office;intake-3",
        staff=(*LEADING, *RECEIVING, (Role.SUPERVISOR, 2, "督察员")),
    ),
    Office("business", "甘肃省营商环境建设办公室", "business-environment-office"),
    Office("development", "甘肃省发展和改革委员会", "development-reform"),
    Office("education", "甘肃省教育厅"),
    Office("science", "甘肃省科学技术厅"),
    Office("industry", "甘肃省工业和信息化厅", "industry-sme"),
    Office("ethnic", "甘肃省民族事务委员会"),
    Office("police", "甘肃省公安厅", "public-security"),
    Office("civil", "甘肃省民政厅", "civil-affairs"),
    Office("justice", "甘肃省司法厅", "judicial-enforcement-supervision"),
    Office("finance", "甘肃省财政厅", "finance"),
    Office("labour", "甘肃省人力资源和社会保障厅", "human-resources"),
    Office("land", "甘肃省自然资源厅", "natural-resources"),
    Office("ecology", "甘肃省生态环境厅", "ecology-environment"),
    Office("housing", "甘肃省住房和城乡建设厅", "housing-construction;urban-management"),
    Office("transport", "甘肃省交通运输厅", "transport"),
    Office("water", "甘肃省水利厅", "water"),
    Office("agriculture", "甘肃省农业农村厅"),
    Office("commerce", "甘肃省商务厅", "commerce-investment"),
    Office("culture", "甘肃省文化和旅游厅"),
    Office("health", "甘肃省卫生健康委员会"),
    Office("veterans", "甘肃省退役军人事务厅"),
    Office("emergency", "甘肃省应急管理厅"),
    Office("audit", "甘肃省审计厅", "audit", staff=(*LEADING, (Role.AUDIT_ADMIN, 1, "审计管理员"))),
    Office("foreign", "甘肃省外事办公室"),
    Office("state-assets", "甘肃省国有资产监督管理委员会", "state-assets"),
    Office("market", "甘肃省市场监督管理局", "market-regulation"),
    Office("ip", "甘肃省知识产权局", "ip"),
    Office("drugs", "甘肃省药品监督管理局"),
    Office("broadcast", "甘肃省广播电视局"),
    Office("sport", "甘肃省体育局"),
    Office("statistics", "甘肃省统计局"),
    Office("insurance", "甘肃省医疗保障局"),
    Office("grain", "甘肃省粮食和物资储备局"),
    Office("forestry", "甘肃省林业和草原局"),
    Office("heritage", "甘肃省文物局"),
    Office("data", "甘肃省数据局（省政务服务局）", "government-services"),
    Office("local-finance", "甘肃省地方金融管理局", "financial-regulation"),
    Office("energy", "甘肃省能源局", "energy"),
    Office("housekeeping", "甘肃省机关事务管理局"),
    Office("trading", "甘肃省公共资源交易中心", "public-resources-trading"),
    # 人大、政协、法院、检察院、群团
    Office("npc", "甘肃省人民代表大会常务委员会", parent="", staff=(*LEADING, *EVALUATORS)),
    Office("cppcc", "中国人民政治协商会议甘肃省委员会", parent="", staff=(*LEADING, *EVALUATORS)),
    Office("court", "甘肃省高级人民法院", "court", ""),
    Office("procuratorate", "甘肃省人民检察院", "procuratorate", "", (*LEADING, (Role.EVALUATOR, 1, "人民监督员"))),
    Office("union", "甘肃省总工会", parent="party"),
    Office("youth", "共青团甘肃省委员会", parent="party"),
    Office("women", "甘肃省妇女联合会", parent="party"),
    Office("commerce-federation", "甘肃省工商业联合会", parent="party"),
    Office("disabled", "甘肃省残疾人联合会", parent="gov"),
    # 垂直管理
    Office("tax", "国家税务总局甘肃省税务局", "tax", ""),
    Office("communications", "甘肃省通信管理局", "communications", ""),
    Office("bank-regulator", "国家金融监督管理总局甘肃监管局", parent=""),
    Office("central-bank", "中国人民银行甘肃省分行", "central-bank", ""),
    Office("customs", "兰州海关", parent=""),
    Office("post", "甘肃省邮政管理局", parent=""),
    Office("weather", "甘肃省气象局", parent=""),
    Office("earthquake", "甘肃省地震局", parent=""),
    Office("tobacco", "甘肃省烟草专卖局", parent=""),
    Office("fire", "甘肃省消防救援总队", parent=""),
    # 公用企业、省属企业、高校、医院
    Office("grid", "甘肃省电网企业", parent="state-assets"),
    Office("water-supply", "甘肃省供水投资企业", parent="state-assets"),
    Office("gas", "甘肃省燃气企业", parent="state-assets"),
    Office("highways", "甘肃省公路航空旅游投资企业", parent="state-assets"),
    Office("construction", "甘肃省建设投资企业", parent="state-assets"),
    Office("railways", "甘肃省铁路投资企业", parent="state-assets"),
    Office("airports", "甘肃省民航机场企业", parent="state-assets"),
    Office("university", "甘肃省属综合大学", parent="education"),
    Office("hospital", "甘肃省属综合医院", parent="health"),
    # 本系统的岗位
    Office(
        "intake",
        "甘肃省“一键举报”受理中心",
        "intake",
        "justice",
        (*LEADING, (REGISTRAR, 4, "受理员"), (Role.CALL_BACK_OFFICER, 3, "回访员")),
    ),
    # No superior and no department: whoever else is accused, this one is not.
    Office("sealed", "封存受理岗", "intake-last", "", (*LEADING, *RECEIVING)),
    # 内设机构
    Office(
        "justice.inspection", "甘肃省司法厅法治督察处", "", "justice", ((Role.SUPERVISOR, 3, "督察员"),), liaison=False
    ),
    Office("justice.enforcement", "甘肃省司法厅行政执法协调监督处", "", "justice", CLERK, liaison=False),
    Office(
        "justice.systems", "甘肃省司法厅信息中心", "", "justice", ((Role.SYSTEM_ADMIN, 1, "系统管理员"),), liaison=False
    ),
    Office("market.prices", "甘肃省市场监督管理局价格监督检查处", "", "market", CLERK, liaison=False),
    Office("market.competition", "甘肃省市场监督管理局公平竞争审查处", "", "market", CLERK, liaison=False),
    Office("police.economic", "甘肃省公安厅经济犯罪侦查总队", "", "police", CLERK, liaison=False),
    Office("housing.permits", "甘肃省住房和城乡建设厅行政审批处", "", "housing", CLERK, liaison=False),
    Office("industry.sme", "甘肃省工业和信息化厅中小企业处", "", "industry", CLERK, liaison=False),
)
SEALED = "SEALED"  # the code of 封存受理岗
CODES = {"62-sealed": SEALED}

# In the names: {p} the place, {g} its government. A county has what its city has, but for `ONLY_CITIES`.
LOCAL = (
    Office("party", "中共{p}委员会", parent="", staff=((Role.LEADER, 1, "分管领导"),)),
    Office("gov", "{g}", parent="", staff=GOVERNMENT),
    Office("npc", "{p}人民代表大会常务委员会", parent="", staff=((Role.EVALUATOR, 1, "评议代表"),)),
    Office("discipline", "{p}纪委监委", "discipline", "party", (*LEADING, (Role.DISCIPLINE_LIAISON, 1, "纪检联络员"))),
    Office("political-legal", "中共{p}委政法委员会", "political-legal", "party"),
    Office("supervision", "{g}督查室", "supervision-office"),
    Office("business", "{p}营商环境建设办公室", "business-environment-office"),
    Office("development", "{p}发展和改革局", "development-reform;energy"),
    Office("industry", "{p}工业和信息化局", "industry-sme"),
    Office("police", "{p}公安局", "public-security"),
    Office("civil", "{p}民政局", "civil-affairs"),
    Office("justice", "{p}司法局", "judicial-enforcement-supervision;rule-of-law-office"),
    Office("finance", "{p}财政局", "finance;state-assets"),
    Office("labour", "{p}人力资源和社会保障局", "human-resources"),
    Office("land", "{p}自然资源局", "natural-resources"),
    Office("ecology", "{p}生态环境局", "ecology-environment"),
    Office("housing", "{p}住房和城乡建设局", "housing-construction;urban-management"),
    Office("transport", "{p}交通运输局", "transport"),
    Office("water", "{p}水务局", "water"),
    Office("commerce", "{p}商务局", "commerce-investment"),
    Office("market", "{p}市场监督管理局", "market-regulation;ip"),
    Office("data", "{p}政务服务和数据局", "government-services;public-resources-trading"),
    Office("court", "{p}人民法院", "court", ""),
    Office("procuratorate", "{p}人民检察院", "procuratorate", ""),
    Office("tax", "国家税务总局{p}税务局", "tax", line=True),
    Office("justice.enforcement", "{p}司法局行政执法监督科", "", "justice", CLERK),
    Office("market.inspection", "{p}市场监督管理局综合执法队", "", "market", CLERK),
)
ONLY_CITIES = (
    Office("audit", "{p}审计局", "audit"),
    Office("local-finance", "{p}金融工作办公室", "financial-regulation"),
    Office("housing.permits", "{p}住房和城乡建设局行政审批科", "", "housing", CLERK),
    Office("justice.inspection", "{p}司法局法治督察科", "", "justice", ((Role.SUPERVISOR, 1, "督察员"),)),
    Office("justice.review", "{p}司法局依法治市科", "", "justice", ((Role.PRE_REVIEWER, 2, "预审员"),)),
)
TOWN: Staff = ((HEAD, 1, "负责人"), (HANDLER, 1, "承办人"))
NEW_AREA = "620171"  # 兰州新区: a functional area of 兰州 with offices of its own, but no people's congress


async def made() -> RosterReport:
    """Load regions, rules and the roster into the database; a second time changes nothing."""
    await units.regions_loaded(DATA / "regions-62.csv")
    await rule_books.loaded(DATA)
    return await roster.imported(rows())


def rows(regions: Path = DATA / "regions-62.csv") -> list[Row]:
    """The province's roster: superiors before their departments, each unit followed by its posts."""
    with regions.open(encoding="utf-8-sig", newline="") as file:
        places = list(csv.DictReader(file))
    names = {place["code"]: _short(place["name"]) for place in places}
    lines: list[Row] = []
    for place in places:
        code, parent = place["code"], place["parent"]
        match Level(place["level"]):
            case Level.PROVINCE:
                offices: Iterable[Office] = PROVINCE
            case Level.CITY:
                offices = _local((*LOCAL, *ONLY_CITIES), code, names[code])
            case Level.COUNTY:
                offices = _local(LOCAL, code, "嘉峪关市区" if code == "620201" else names[code])
            case Level.TOWN:
                name = _town(names[parent], place["name"])
                offices = (Office("gov", name, "town-government", "", TOWN, liaison=False, line=True),)
        for office in offices:
            lines += _office(office, code, parent)
    return [replace(row, line=line) for line, row in enumerate(lines, start=2)]


def name_of(person: str) -> str:
    """The invented name of a person's code."""
    chance = Random(person)  # a name, no secret
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))


def unit_code(region: str, key: str) -> str:
    """The code of an office in a place."""
    code = f"{region}-{key}"
    return CODES.get(code, code)


def person_code(region: str, key: str, role: Role, number: int = 1) -> str:
    """The code of the so-manieth person in a role in an office of a place."""
    return f"{unit_code(region, key)}.{role.value}{number}"


def _local(offices: Iterable[Office], code: str, place: str) -> Iterator[Office]:
    names = {"party": "中共兰州新区工作委员会", "gov": "兰州新区管理委员会"} if code == NEW_AREA else {}
    government = names.get("gov", f"{place}人民政府")
    for office in offices:
        if code == NEW_AREA and office.key == "npc":
            continue
        name = names.get(office.key) or office.name.format(p=place, g=government)
        yield replace(office, name=name, liaison=office.key == "justice")


def _office(office: Office, region: str, region_above: str) -> Iterator[Row]:
    unit = unit_code(region, office.key)
    parent = unit_code(region_above if office.line else region, office.key if office.line else office.parent)
    yield Row(
        0,
        kind="单位",
        unit=unit,
        unit_name=office.name,
        region=region,
        parent=parent if office.line or office.parent else "",
        tags=office.tags,
        since=SINCE,
    )
    for role, people, title in (*office.staff, *(((LIAISON, 1, "联络员"),) if office.liaison else ())):
        for number in range(1, people + 1):
            person = person_code(region, office.key, role, number)
            yield Row(
                0,
                kind="任职",
                unit=unit,
                person=person,
                person_name=name_of(person),
                role=ROLE_NAMES[role],
                title=title,
                since=SINCE,
            )


def _short(name: str) -> str:
    return name.replace("回族自治州", "州").replace("藏族自治州", "州")


def _town(county: str, name: str) -> str:
    if name.endswith(("镇", "乡")):
        return f"{county}{name}人民政府"
    return f"{county}{name}办事处" if name.endswith("街道") else f"{county}{name}管理机构"
