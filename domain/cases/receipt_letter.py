"""回执 as a page to print: number, secret, promised dates, and a code that holds text and no address."""

from html import escape
from uuid import UUID

from domain.loop.engine import met
from domain.people.actors import Actor
from kit import clock, crockford, pdf
from models import File, FileState

_PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><style>
@page {{ size: A5; margin: 14mm }} body {{ font-size: 11pt; line-height: 1.6 }}
h1 {{ font-size: 20pt; text-align: center; margin: 0 0 6mm }} table {{ width: 100%; border-collapse: collapse }}
td {{ padding: 2mm; border-bottom: .2mm solid #999 }} td:first-child {{ width: 32mm; color: #444 }}
.key {{ font-size: 15pt; letter-spacing: .05em }} .code {{ text-align: center; margin: 6mm 0 2mm }}
.code svg {{ width: 42mm; height: 42mm }} .file {{ margin: 0 0 1.5mm; page-break-inside: avoid }}
.sum {{ font-size: 7pt; letter-spacing: 0; word-break: break-all }} .small {{ font-size: 8.5pt; color: #333 }}
</style></head><body><h1>举报回执</h1><table>
<tr><td>编号</td><td class="key">{number}</td></tr><tr><td>查询密码</td><td class="key">{secret}</td></tr>
<tr><td>提交日期</td><td>{filed_on}</td></tr><tr><td>当前环节</td><td>{stage}</td></tr>
<tr><td>最迟办结</td><td>{due}</td></tr></table>
{files}
<div class="code">{code}</div>
<p class="small">凭编号和密码可以查询进度、补充内容、回答提问、评价结果、申请重新办理。密码只有您知道，遗失后无法找回，
请勿告诉他人。二维码中只有编号和密码两行文字，不含网址。</p>
<p class="small">办理记录核对码（第 {entries} 条）：{head}<br>打印时间：{printed}</p></body></html>"""


_FILE = '<p class="small file">{name}，{size}<br><span class="sum">{sum}</span></p>'


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
        files=await _files(matter.id),
        code=pdf.qr_svg(f"举报回执\n编号 {number}\n密码 {secret}"),
        entries=matter.entries_made,
        head=matter.head.hex(),
        printed=f"{clock.today():%Y年%m月%d日}",
    )


async def _files(matter_id: UUID) -> str:
    """What the complainant handed in, each with the SHA-256 by which they can prove that it was just this."""
    found = [
        _FILE.format(name=escape(file.name or "附件"), size=_size(file.bytes), sum=_sum(file))
        for file in await File.filter(matter_id=matter_id, owner=f"receipt:{matter_id}").order_by("created_on", "id")
    ]
    return f'<p class="small">附件 {len(found)} 个（名称、大小、SHA-256）：</p>{"".join(found)}' if found else ""


def _sum(file: File) -> str:
    if file.sha256:
        return file.sha256.hex()
    return {FileState.RECEIVING: "还在接收", FileState.ABANDONED: "没有传完，已过期"}.get(file.state, "正在计算")


def _size(count: int) -> str:
    if count < 1 << 20:
        return f"{max(count / 1024, 0.1):.1f} KB"
    return f"{count / (1 << 20):.1f} MB"
