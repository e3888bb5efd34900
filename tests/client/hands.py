"""What people do with a phone: look for words, tap, write, choose; never by anything that they can't see."""

import re
from dataclasses import dataclass
from typing import Any

import pyotp
from playwright.async_api import Locator, expect

from domain.people import accounts
from kit import clock
from models import Post
from tests.client.conftest import Phone, Phones, Site

PASSWORD = "Only-for-tests-1"


@dataclass
class Hands:
    """Somebody's phone and what they do with it."""

    phone: Phone

    def seen(self, locator: Locator) -> Locator:
        """Of several the one that is in sight: the pages that one came from stay behind, hidden."""
        return locator.locator("visible=true")

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.seen(self.phone.page.get_by_role("button", name=name, exact=exact))

    def words(self, text: str | re.Pattern[str]) -> Locator:
        return self.seen(self.phone.page.get_by_text(text))

    async def tap(self, name: str, *, exact: bool = True) -> None:
        await self.button(name, exact=exact).first.click()

    async def write(self, label: str, text: str, place: int = 0) -> None:
        await self.seen(self.phone.page.get_by_label(label, exact=True)).nth(place).fill(text)

    async def choose(self, name: str, place: int = 0, within: str = "") -> None:
        """Take an option; `within` names its group where several hold the same words."""
        around = self.seen(self.phone.page.get_by_role("radiogroup", name=within)) if within else self.phone.page
        await self.seen(around.get_by_role("radio", name=re.compile(f"^{name}"))).nth(place).click()

    async def reads(self, text: str | re.Pattern[str]) -> None:
        """Wait until these words are in sight."""
        await expect(self.words(text).first).to_be_visible()

    async def agrees(self) -> None:
        """Tap the confirming button of what asks first."""
        await self.seen(self.phone.page.locator(".uni-modal__btn_primary")).click()


@dataclass
class Citizen(Hands):
    """Somebody who reports."""

    number: str = ""

    async def chooses_region(self, *names: str) -> None:
        await self.tap("在哪里：", exact=False)
        sheet = self.phone.page.get_by_role("dialog")
        for name in names:
            await sheet.get_by_role("radio", name=name, exact=True).click()
        await self.seen(sheet.get_by_role("button", name="确定")).first.click()

    async def fills_report(self, text: str) -> None:
        await self.write("发生了什么事", text)
        await self.chooses_region("甘肃省", "兰州市", "城关区")

    async def reports(self, text: str = "许可申请三个月没有结果，窗口不说明原因。") -> str:
        """Fill the form that is open, send it, note the receipt; gives the number."""
        await self.fills_report(text)
        await self.tap("提交举报")
        await self.reads("举报已收到")
        return await self.notes_receipt()

    async def notes_receipt(self) -> str:
        text = await self.words(re.compile(r"JB\d{4}-[0-9A-Z]{8}")).first.inner_text()
        self.number = re.search(r"JB\d{4}-[0-9A-Z]{8}", text)[0]  # type: ignore[index]  # just found
        await self.tap("我已经记下")
        return self.number

    async def follows(self) -> None:
        """Open one's case."""
        await self.phone.open(f"/pages/case/index?number={self.number}")
        await self.reads("办理记录")


@dataclass
class Officer(Hands):
    """Somebody of the staff."""

    username: str = ""
    totp: str = ""
    signed_in: int = 0  # times

    async def signs_in(self, choose: str = "") -> None:
        """With account, password and the code of the moment; whoever has several posts chooses one."""
        await self.phone.open("/staff/sign-in/index")
        await self.gives_password()
        if choose:
            await self.choose(choose)
        await expect(self.seen(self.phone.page.get_by_role("tablist"))).to_be_visible()

    async def gives_password(self) -> None:
        await self.write("账号", self.username)
        await self.write("密码", PASSWORD)
        # Each code serves once, so a second sign-in within half a minute takes the next.
        await self.write("动态验证码", pyotp.TOTP(self.totp).at(int(clock.now().timestamp()) + 30 * self.signed_in))
        self.signed_in += 1
        await self.tap("登录")

    async def opens(self, number: str) -> None:
        """The page of a matter."""
        await self.phone.open(f"/staff/matter/index?number={number}")
        await self.reads(number)

    async def begins(self, step: str) -> None:
        """Open the form of a step of the matter that is open."""
        name = re.compile(f"^{step}，")  # then who sees it
        await self.seen(self.phone.page.get_by_role("button", name=name)).first.click()

    async def sends(self, *, seen: bool = False, asked: bool = False) -> None:
        """Send the form; what the complainant will see is looked at once more, what can't be undone is asked."""
        await self.tap("下一步：核对后提交" if seen else "提交")
        if seen:
            await self.reads("举报人将看到以下内容")
            await self.tap("确认提交")
        if asked:
            await self.agrees()

    async def takes(self, number: str, step: str, *, seen: bool = False, asked: bool = False, **texts: str) -> None:
        """A step whose form needs nothing but texts, by their labels."""
        await self.opens(number)
        await self.begins(step)
        for label, text in texts.items():
            await self.write(label, text)
        await self.sends(seen=seen, asked=asked)
        await self.done(step)

    async def done(self, step: str) -> None:
        """Wait until the page has said so."""
        await self.reads(f"已办理：{step}")


async def officer(phones: Phones, site: Site, username: str, post: str, choose: str = "") -> Officer:
    """Somebody of the roster, given an account and a phone, and signed in."""
    holder = await Post.get(id=post).select_related("person")
    totp = await accounts.create(site.settings, holder.person.code, username, PASSWORD)
    made = Officer(await phones(), username, totp)
    await made.signs_in(choose)
    return made


async def listed(phones: Phones, site: Site, username: str) -> Officer:
    """A demo person with a phone, signed in by one tap."""
    made = Officer(await phones(), username)
    await made.phone.open("/staff/sign-in/index")
    person = next(one for one in await site.get("/api/v1/demo/persons") if one["username"] == username)
    await made.tap(f"{person['role_label']} {person['name']}", exact=False)
    await expect(made.seen(made.phone.page.get_by_role("tablist"))).to_be_visible()
    return made


async def lead_people(site: Site, number: str, role: str) -> list[Any]:
    """The people of a role in the unit that leads a case."""
    shown = await site.get(f"/api/v1/matters/{number}", "registrar1")
    found: list[Any] = await site.get(
        f"/api/v1/persons?unit={shown['case']['lead_unit']['id']}&role={role}", "registrar1"
    )
    return found
