"""回执 as a page to print: number, secret, promised dates, and a code that holds text and no address."""

from html import escape

from domain.loop.engine import met
from domain.people.actors import Actor
from kit import clock, crockford, pdf

_PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><style>
@page {{ size: A5; margin: 14mm }} body {{ font-size: 11pt; line-height: 1.6 }}
h1 {{ font-size: 20pt; text-align: center; margin: 0 0 6mm }} table {{ width: 100%; border-collapse: collapse }}
td {{ padding: 2mm; border-bottom: .2mm solid #999 }} td:first-child {{ width: 32mm; color: #444 }}
.key {{ font-size: 15pt; letter-spacing: .05em }} .code {{ text-align: center; margin: 6mm 0 2mm }}
.code svg {{ width: 42mm; height: 42mm }} .small {{ font-size: 8.5pt; color: #333 }}
</style></head><body><h1>举报回执</h1><table>
<tr><td>编号</td><td class="key">{number}</td></tr><tr><td>查询密码</td><td class="key">{secret}</td></tr>
<tr><td>提交日期</td><td>{filed_on}</td></tr><tr><td>当前环节</td><td>{stage}</td></tr>
<tr><td>最迟办结</td><td>{due}</td></tr></table>
<div class="code">{code}</div>
<p class="small">凭编号和密码可以查询进度、补充内容、回答提问、评价结果、申请重新办理。密码只有您知道，遗失后无法找回，
请勿告诉他人。二维码中只有编号和密码两行文字，不含网址。</p>
<p class="small">办理记录核对码（第 {entries} 条）：{head}<br>打印时间：{printed}</p></body></html>"""


async def html(holder: Actor, number: str, secret: str) -> str:
    """The receipt as HTML for `kit.pdf`; raises NotFound if the holder's case has another number."""
    scene = await met(holder, number)
    matter = scene.matter
    secret = crockford.grouped(crockford.normal(secret))
    due = matter.statutory_due
    return _PAGE.format(
        number=escape(number),
        secret=escape(secret),
        filed_on=f"{matter.filed_on:%Y年%m月%d日}",
        stage=escape(scene.kind.stages[matter.stage]),
        due=f"{clock.local(due):%Y年%m月%d日}" if due else "受理后告知",
        code=pdf.qr_svg(f"举报回执\n编号 {number}\n密码 {secret}"),
        entries=matter.entries_made,
        head=matter.head.hex(),
        printed=f"{clock.today():%Y年%m月%d日}",
    )
