"""Documents as pictures of their pages: scripts, authors, attachments and macros are not carried on."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

from kit.media import sandbox
from kit.media.cleaned import Cleaned, Copy, Role
from kit.media.found import Found
from kit.media.limits import Limits
from kit.media.refusals import FileBroken, FileTooLong

PDF = "application/pdf"
_SUFFIXES = {
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
_NO_OFFICE = "本机没有安装 LibreOffice，未生成页面图片，请按权限查看原件"
_NO_NETWORK_NAMESPACE = "本机不能为 LibreOffice 隔离网络，未生成页面图片，请按权限查看原件"


def office_program() -> Path | None:
    """LibreOffice, where it is installed."""
    program = shutil.which("soffice")
    return Path(program).resolve() if program else None


async def cleaned(source: Path, into: Path, found: Found, limits: Limits, soffice: Path | None = None) -> Cleaned:
    """page-001.jpg …, and document.pdf bound from them; about a fifth of a second a page.

    Rebuilding from pictures is chosen over taking things out of the PDF: nobody knows all that a PDF can carry. An
    office document goes through LibreOffice first; where there is none, or it could call somebody, no copies come and
    `why_not` says so. Raises FileBroken (also for a password), FileTooLong for too many pages, FileTooLarge.
    """
    if found.media_type == PDF:
        return await _pages(source, into, limits)
    why_not = None
    if soffice is None:
        why_not = _NO_OFFICE
    elif not (await sandbox.isolation(into)).network:  # a linked picture would be fetched
        why_not = _NO_NETWORK_NAMESPACE
    if soffice is None or why_not:
        return Cleaned((), {"converted": False, "why_not": why_not})
    office = into / "office"
    office.mkdir()
    done = await _pages(await _printed(source, office, found, soffice), into, limits)
    await asyncio.to_thread(shutil.rmtree, office)
    return done


async def _pages(source: Path, into: Path, limits: Limits) -> Cleaned:
    done = await sandbox.run(
        [sys.executable, "-I", sandbox.CHILDREN / "document.py", json.dumps({"pages": limits.pages})],
        folder=into,
        source=source,
        bounds=sandbox.Bounds(
            seconds=300,
            cpu_seconds=120,
            file_bytes=300 * sandbox.MIB,
            memory=min(limits.memory, sandbox.DEFAULT_BOUNDS.memory),
        ),
    )
    if done.code == 4:
        raise FileBroken("文件设有密码，请去掉密码后再上传")
    if done.code == 5:
        raise FileTooLong(f"页数超过 {limits.pages} 页，请拆分后再上传")
    facts = json.loads(done.must_have_succeeded())
    pages = [into / f"page-{number:03}.jpg" for number in range(1, facts["pages"] + 1)]
    return Cleaned(
        (Copy(Role.PDF, into / "document.pdf", PDF), *(Copy(Role.PAGE, page, "image/jpeg") for page in pages)),
        facts | {"converted": True},
    )


async def _printed(source: Path, folder: Path, found: Found, soffice: Path) -> Path:
    """The PDF that LibreOffice prints of it; a profile of its own, in which macros are off."""
    name = folder / f"document{_SUFFIXES[found.media_type]}"
    await asyncio.to_thread(shutil.copyfile, source, name)
    done = await sandbox.run(
        [
            *(soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--nologo"),
            *("--convert-to", "pdf", "--outdir", folder, name),
        ],
        folder=folder,
        bounds=sandbox.Bounds(
            seconds=120,
            cpu_seconds=60,
            addresses=4096 * sandbox.MIB,
            file_bytes=300 * sandbox.MIB,
            readable=(str(soffice.parent), "/etc/libreoffice", "/proc/self"),
        ),
    )
    done.must_have_succeeded()
    printed = name.with_suffix(".pdf")
    if not printed.is_file():  # it ends with 0 also where it could read nothing
        raise FileBroken
    return printed
