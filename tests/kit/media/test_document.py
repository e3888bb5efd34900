"""Documents become pictures of their pages; LibreOffice is played by a stand-in."""

import sys
from pathlib import Path

import pypdfium2
import pytest

from kit import pdf
from kit.media import document, sandbox
from kit.media.cleaned import Role
from kit.media.cleaning import Tools, cleaned
from kit.media.found import Kind
from kit.media.limits import Limits
from kit.media.refusals import FileBroken, FileTooLarge, FileTooLong
from tests.kit.media.clips import PLANTED, Clips, listed


@pytest.fixture
def office(clips: Clips, tmp_path: Path) -> Path:
    """A soffice that checks what it is asked for, and prints the same page of everything."""
    folder = tmp_path / "office-program"
    folder.mkdir()
    (folder / "page.pdf").write_bytes(clips.pdf)
    program = folder / "soffice"
    program.write_text(
        f"""#!{sys.executable} -IS
import shutil, sys
*_, kind, _, folder, name = sys.argv[1:]
assert "--headless" in sys.argv and kind == "pdf" and name.endswith("/document.docx"), sys.argv
assert open(name, "rb").read(2) == b"PK"
assert f"-env:UserInstallation=file://{{folder}}/profile" in sys.argv
shutil.copyfile({str(folder / "page.pdf")!r}, name.removesuffix("docx") + "pdf")
"""
    )
    program.chmod(0o755)
    return program


async def test_a_pdf_becomes_pictures_bound_again(into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(pdf.render("<p>一</p><p style='page-break-before: always'>二</p>"))
    done = await cleaned(Kind.DOCUMENT, source, into, Limits(), tools=Tools(soffice=None))
    assert [copy.role for copy in done.copies] == [Role.PDF, Role.PAGE, Role.PAGE]
    assert [copy.path.name for copy in done.copies] == ["document.pdf", "page-001.jpg", "page-002.jpg"]
    bound = pypdfium2.PdfDocument(done.copies[0].path)
    assert len(bound) == 2 == done.facts["pages"]
    assert bound[0].get_size() == pytest.approx((595, 842), abs=2)
    assert [item.type for item in bound[0].get_objects()] == [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert not bound[0].get_textpage().get_text_range()
    bound.close()


async def test_an_office_document_goes_through_libreoffice(
    clips: Clips, office: Path, into: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.docx)
    done = await cleaned(Kind.DOCUMENT, source, into, Limits(), tools=Tools(soffice=office))
    if (await sandbox.isolation(into)).network:
        assert [copy.role for copy in done.copies] == [Role.PDF, Role.PAGE]
        assert listed(into) == ["document.pdf", "page-001.jpg"]
        assert PLANTED.encode() not in done.copies[0].path.read_bytes()
        assert done.facts["converted"]
    else:
        assert "隔离网络" in done.facts["why_not"]


async def test_without_libreoffice_it_is_said(clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.docx)
    done = await cleaned(Kind.DOCUMENT, source, into, Limits(), tools=Tools(soffice=None))
    assert done.copies == ()
    assert not done.facts["converted"]
    assert "LibreOffice" in done.facts["why_not"]


async def test_where_the_network_stays_open_libreoffice_is_not_started(
    clips: Clips, office: Path, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_isolation", sandbox.Isolation(network=False, files=True, processes=True))
    source = tmp_path / "source"
    source.write_bytes(clips.docx)
    done = await cleaned(Kind.DOCUMENT, source, into, Limits(), tools=Tools(soffice=office))
    assert done.copies == ()
    assert "隔离网络" in done.facts["why_not"]


@pytest.mark.parametrize(
    ("script", "refusal"),
    [("true", FileBroken), ("exit 77", FileBroken), ("head -c 400000000 /dev/zero > document.pdf", FileTooLarge)],
    ids=["prints nothing", "fails", "writes without end"],
)
async def test_a_libreoffice_that_fails_leaves_nothing(
    script: str, refusal: type[Exception], clips: Clips, into: Path, tmp_path: Path
) -> None:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    source = tmp_path / "source"
    source.write_bytes(clips.docx)
    await sandbox.isolation(into)
    with pytest.raises(refusal):
        await cleaned(Kind.DOCUMENT, source, into, Limits(), tools=Tools(soffice=program))
    assert listed(into) == []


async def test_too_many_pages(clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.pdf)
    with pytest.raises(FileTooLong, match="页数超过 0 页"):
        await cleaned(Kind.DOCUMENT, source, into, Limits(pages=0), tools=Tools(soffice=None))


def test_libreoffice_is_found_on_the_path(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(office.parent))
    assert document.office_program() == office
    monkeypatch.setenv("PATH", "/nowhere")
    assert document.office_program() is None
