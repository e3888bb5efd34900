"""A paper of headings, paragraphs and tables, written as text, Word, Excel or HTML (and so PDF)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

from kit import pdf
from kit.sheets import safe, sheet_name

FONT = "宋体"
_STYLE = """
h1 { font-size: 17pt; text-align: center; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 6mm 0 1mm }
p { text-indent: 2em; margin: 0 0 1mm } p.under { text-align: center; text-indent: 0; color: #444 }
table { border-collapse: collapse; width: 100%; margin: 2mm 0; font-size: 9.5pt }
th, td { border: 0.3mm solid #777; padding: 0.8mm 1.5mm; text-align: right }
th:first-child, td:first-child { text-align: left }
"""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with their heads; the first names the row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written."""

    title: str
    under: str
    sections: tuple[Section, ...]

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "title": self.title,
            "under": self.under,
            "sections": [
                {
                    "heading": part.heading,
                    "paragraphs": list(part.paragraphs),
                    "table": part.table
                    and {"heads": list(part.table.heads), "rows": [list(row) for row in part.table.rows]},
                }
                for part in self.sections
            ],
        }

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Paper":
        """From what `stored` gave."""
        return cls(
            stored["title"],
            stored["under"],
            tuple(
                Section(
                    part["heading"],
                    tuple(part["paragraphs"]),
                    part["table"] and Table(tuple(part["table"]["heads"]), tuple(map(tuple, part["table"]["rows"]))),
                )
                for part in stored["sections"]
            ),
        )

    def text(self) -> str:
        """To be read as it is, without its tables: the paragraphs say what is in them."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield self.title
        yield self.under
        for part in self.sections:
            yield ""
            yield part.heading
            yield from part.paragraphs

    def word(self) -> bytes:
        """As DOCX."""
        import docx  # like openpyxl below: a tenth of a process's start, which only a download should cost
        from docx.oxml.ns import qn
        from docx.shared import Pt

        paper = docx.Document()
        for name in ("Normal", "Title", "Heading 1"):
            style = paper.styles[name]
            style.font.name = FONT
            style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
        paper.styles["Normal"].font.size = Pt(12)
        paper.core_properties.title, paper.core_properties.author = self.title, ""
        paper.add_heading(self.title, 0)
        paper.add_paragraph(self.under)
        for part in self.sections:
            paper.add_heading(part.heading, 1)
            for line in part.paragraphs:
                paper.add_paragraph(line).paragraph_format.first_line_indent = Pt(24)
            if part.table:
                grid = paper.add_table(1, len(part.table.heads), style="Table Grid")
                for place, row in enumerate((part.table.heads, *part.table.rows)):
                    cells = grid.rows[0].cells if place == 0 else grid.add_row().cells
                    for cell, content in zip(cells, row, strict=True):
                        cell.text = content
        out = BytesIO()
        paper.save(out)
        return out.getvalue()

    def workbook(self) -> bytes:
        """As XLSX: the words on the first sheet, each table on one of its own."""
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        words = book.create_sheet("正文")
        for line in self._lines():
            words.append([safe(line)])
        for part in self.sections:
            if part.table:
                sheet = book.create_sheet(sheet_name(part.heading))
                for row in (part.table.heads, *part.table.rows):
                    sheet.append([safe(cell) for cell in row])
        out = BytesIO()
        book.save(out)
        return out.getvalue()

    def html(self) -> str:
        """As HTML for `kit.pdf`."""
        parts = [f"<style>{_STYLE}</style><h1>{escape(self.title)}</h1><p class='under'>{escape(self.under)}</p>"]
        for part in self.sections:
            parts.append(f"<h2>{escape(part.heading)}</h2>")
            parts += [f"<p>{escape(line)}</p>" for line in part.paragraphs]
            if part.table:
                heads = "".join(f"<th>{escape(cell)}</th>" for cell in part.table.heads)
                rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in part.table.rows)
                parts.append(f"<table><tr>{heads}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        return "".join(parts)


FORMS = {
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


async def written(paper: Paper, form: str) -> bytes:
    """The paper in one of `FORMS`, while the event loop goes on."""
    match form:
        case "docx":
            return await asyncio.to_thread(paper.word)
        case "xlsx":
            return await asyncio.to_thread(paper.workbook)
        case "pdf":
            return await pdf.rendered(paper.html())
    return paper.text().encode()
