"""Who of the demo province signs in: a named person for each thing there is to do, with an account for anybody."""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

import pyotp

from demo.province import name_of, person_code, unit_code
from domain.people import accounts
from domain.people.roster_check import ROLE_NAMES
from kit import clock
from kit.errors import NotFound, Refusal
from kit.settings import Profile, Settings
from kit.words import label
from models import Account, Loading, Role, Unit

PASSWORD = "Demo-only-2026"  # noqa: S105  # public on purpose; production refuses demo data


class OnlyDemo(Refusal):
    """Accounts whose password is printed are made in the demo profile only."""

    status, code, message = 403, "only_demo", "演示账号只在演示环境提供"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A demo person; `code` is theirs in the roster, `note` says what to try as them."""

    username: str
    code: str
    unit: str
    role: Role
    note: str

    @property
    def name(self) -> str:
        """The invented name."""
        return name_of(self.code)

    @property
    def role_label(self) -> str:
        """The role in the language asked for."""
        return label(self.role, ROLE_NAMES[self.role])

    @property
    def totp_secret(self) -> str:
        """The secret of the time-based code, the same on each machine."""
        return b32encode(sha256(f"demo totp {self.username}".encode()).digest()[:20]).decode()


def _person(username: str, place: str, role: Role, note: str, number: int = 1) -> DemoPerson:
    region, office = place.split("/")
    return DemoPerson(username, person_code(region, office, role, number), unit_code(region, office), role, note)


LISTED: tuple[DemoPerson, ...] = (
    _person("registrar1", "62/intake", Role.REGISTRAR, "受理登记、甄别研判、移交转办"),
    _person("registrar2", "62/intake", Role.REGISTRAR, "同一受理中心的另一名受理员", 2),
    _person("registrar3", "62/sealed", Role.REGISTRAR, "受理对受理中心及其上级的举报"),
    _person("callback1", "62/intake", Role.CALL_BACK_OFFICER, "逐件回访、记录满意度"),
    _person("liaison-county", "620102/justice", Role.LIAISON, "城关区联络员：签收、退回、分办，乡镇街道用本县区的"),
    _person("liaison-city", "6201/justice", Role.LIAISON, "兰州市联络员"),
    _person("liaison-province", "62/market", Role.LIAISON, "省直部门联络员"),
    _person("handler1", "6201/market", Role.HANDLER, "承办、询问、延期申请、拟答复"),
    _person("handler2", "6201/market", Role.HANDLER, "同一单位的另一名承办人，重办时接手", 2),
    _person("handler3", "620102/market", Role.HANDLER, "县区承办人"),
    _person("handler4", "62/development", Role.HANDLER, "省直部门承办人"),
    _person("head1", "6201/market", Role.HEAD, "审核答复、批准延期"),
    _person("head2", "620102/market", Role.HEAD, "县区单位负责人"),
    _person("supervisor1", "62/justice.inspection", Role.SUPERVISOR, "看全省逾期、督办"),
    _person("supervisor2", "6201/justice.inspection", Role.SUPERVISOR, "看本市逾期、督办"),
    _person("supervisor3", "6211/justice.inspection", Role.SUPERVISOR, "管陇西县的问题清单：列入、销号、回头看、公示"),
    _person("head3", "621122/market", Role.HEAD, "问题清单的责任单位：认领、整改、自查"),
    _person("head4", "621122/justice", Role.HEAD, "复核单位：复核别的单位的整改"),
    _person("custodian1", "62/custody", Role.CUSTODIAN, "查阅举报人身份须两人"),
    _person("custodian2", "62/custody", Role.CUSTODIAN, "第二名身份保管员", 2),
    _person("discipline1", "62/discipline", Role.DISCIPLINE_LIAISON, "接收移送的问题线索、反馈结果"),
    _person("official1", "620102/gov", Role.OFFICIAL, "述法人：述法报告被退回，待修改后重新提交"),
    _person("clerk1", "62/rule-of-law", Role.REPORT_CLERK, "协助述法的工作人员"),
    _person("reviewer1", "62/rule-of-law", Role.PRE_REVIEWER, "预审述法报告"),
    _person("reviewer2", "6201/justice.review", Role.PRE_REVIEWER, "预审县区的述法报告"),
    _person("reviewer3", "6211/justice.review", Role.PRE_REVIEWER, "预审陇西县 44 个单位的述法报告"),
    _person("reviewer4", "6211/justice.review", Role.PRE_REVIEWER, "与上一人同一科室：照票复核会议测评票", 2),
    _person("reviewer5", "6201/justice.review", Role.PRE_REVIEWER, "与 reviewer2 同一科室：照票复核会议测评票", 2),
    _person("evaluator1", "62/npc", Role.EVALUATOR, "评议代表；四个述法联系点的观察员"),
    _person("leader1", "62/gov", Role.LEADER, "点评、指出问题"),
    _person("personnel1", "62/organization", Role.PERSONNEL, "接收评议结果"),
    _person("system-admin", "62/justice.systems", Role.SYSTEM_ADMIN, "账号与名册"),
    _person("security-admin", "62/secrecy", Role.SECURITY_ADMIN, "权限与密钥"),
    _person("audit-admin", "62/audit", Role.AUDIT_ADMIN, "审计"),
)


async def listed() -> list[dict[str, str]]:
    """The demo persons as a client shows them, in the order of a case's way."""
    units = dict(await Unit.filter(code__in=[person.unit for person in LISTED]).values_list("code", "name"))
    return [
        {
            "username": person.username,
            "name": person.name,
            "role": person.role.value,
            "role_label": person.role_label,
            "unit": units.get(person.unit, ""),
            "note": person.note,
        }
        for person in LISTED
    ]


async def credentials(username: str) -> tuple[str, str]:
    """Password and the code of the moment, or of the next half minute where that was used; raises NotFound."""
    person = next((one for one in LISTED if one.username == username), None)
    account = await Account.get_or_none(username=username) if person else None
    if person is None or account is None:
        raise NotFound("没有这名演示人员")
    present = int(clock.now().timestamp()) // accounts.TOTP_SECONDS
    step = min(max(account.totp_step + 1, present), present + 1)
    return PASSWORD, pyotp.TOTP(person.totp_secret).generate_otp(step)


class DemoData(Exception):
    """The production profile was pointed at a database that holds the demo's people or cases."""


async def refused_in_production(settings: Settings) -> None:
    """Raise DemoData if production is about to run on demo data: its passwords are printed in the code."""
    if settings.profile is not Profile.PRODUCTION:
        return
    usernames = [person.username for person in LISTED]
    if await Loading.exists(name="demo") or await Account.exists(username__in=usernames):
        raise DemoData("数据库中有演示数据，生产环境拒绝启动")


async def accounts_made(settings: Settings) -> int:
    """Give each demo person without an account one, and return how many; raises OnlyDemo in other profiles."""
    if settings.profile is not Profile.DEMO:
        raise OnlyDemo
    there = {account.username for account in await Account.all()}
    missing = [person for person in LISTED if person.username not in there]
    for person in missing:
        await accounts.create(settings, person.code, person.username, PASSWORD, person.totp_secret)
    return len(missing)
