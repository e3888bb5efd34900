"""What the machine does not offer to the cleaning of files, in words for whoever operates it."""

from pathlib import Path

from kit.media import sandbox
from kit.media.cleaning import Tools

SCANNER = "没有配置查毒程序（CLAMAV），附件原件未经查毒"
OFFICE = "没有安装 LibreOffice，办公文档不生成页面图片"
ISOLATION = {
    "network": "系统不允许为解码程序断开网络，办公文档不生成页面图片",
    "files": "系统不允许限制解码程序读取其他文件（Landlock）",
    "processes": "系统不允许为解码程序隔离其他进程",
}


async def lacking(tools: Tools, folder: Path) -> dict[str, str]:
    """By code, what is missing here; nothing is missing if it is empty. `folder` is any private one that is there."""
    isolation = await sandbox.isolation(folder)
    found = {f"isolation_{name}": text for name, text in ISOLATION.items() if not getattr(isolation, name)}
    if tools.scanner is None:
        found["scanner"] = SCANNER
    if tools.soffice is None:
        found["office"] = OFFICE
    return found
