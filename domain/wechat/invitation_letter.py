"""邀请 as a page to print and hand over: the code as text; the QR code leads to the page, and holds no secret."""

from html import escape

from kit import clock, crockford, pdf
from kit.settings import Settings
from models import Invitation

_PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><style>
@page {{ size: A5; margin: 14mm }} body {{ font-size: 11pt; line-height: 1.6 }}
h1 {{ font-size: 20pt; text-align: center; margin: 0 0 6mm }} table {{ width: 100%; border-collapse: collapse }}
td {{ padding: 2mm; border-bottom: .2mm solid #999 }} td:first-child {{ width: 32mm; color: #444 }}
.key {{ font-size: 17pt; letter-spacing: .05em }} .code {{ text-align: center; margin: 6mm 0 2mm }}
.code svg {{ width: 42mm; height: 42mm }} .small {{ font-size: 9pt; color: #333 }}
</style></head><body><h1>绑定微信邀请</h1><table>
<tr><td>姓名</td><td>{name}</td></tr><tr><td>账号</td><td>{username}</td></tr>
<tr><td>邀请码</td><td class="key">{code}</td></tr><tr><td>有效期至</td><td>{until}</td></tr></table>
<div class="code">{qr}</div>
<p class="small">1. 用微信扫上面的码（码中没有邀请码），或在小程序“工作人员入口”点“绑定微信”。<br>
2. 输入邀请码，按提示核实手机号（网页上输入账号密码），再输入动态验证码。<br>
3. 邀请码只能用一次，试错五次作废。请当面交给本人，用后销毁。</p></body></html>"""


def html(settings: Settings, invitation: Invitation, code: str) -> str:
    """The letter as HTML for `kit.pdf`."""
    person = invitation.account.person
    return _PAGE.format(
        name=escape(person.name),
        username=escape(invitation.account.username),
        code=escape(crockford.grouped(crockford.normal(code))),
        until=f"{clock.local(invitation.ends_at):%Y年%m月%d日 %H:%M}",
        qr=pdf.qr_svg(f"{settings.url}/h5/#/staff/bind/index"),
    )
