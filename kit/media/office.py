"""Word, Excel and PowerPoint, old and new: which one it is, and whether unpacking it would do harm."""

import mmap
import struct
import zipfile
from typing import BinaryIO

from kit.media.found import Found, Kind
from kit.media.refusals import FileBroken, FileTooLarge, FileType

_OPENXML = "application/vnd.openxmlformats-officedocument."
_BY_MAIN_PART = {
    "word/document.xml": _OPENXML + "wordprocessingml.document",
    "xl/workbook.xml": _OPENXML + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OPENXML + "presentationml.presentation",
}
_BY_STREAM = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".xz", ".bz2", ".tar", ".jar", ".iso")
_PROGRAMS = (".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".lnk", ".scr", ".hta")
_MOST_ENTRIES = 5_000
_LARGEST_DIRECTORY = 2 << 20
_HIGHEST_RATIO = 200
_SMALL = 20 << 20
_MACROS = "文件带有宏，请另存为不含宏的格式或导出 PDF 后再上传"
_PASSWORD = "文件设有密码，请去掉密码后再上传"  # noqa: S105  # what the sender reads


def packed(file: BinaryIO, most_unpacked: int) -> Found:
    """An Office Open XML document, judged by its table of contents alone; any other archive is refused.

    Raises FileTooLarge for more entries, bytes or compression than a document has, FileType for macros and for archives
    or programs inside, FileBroken for a password or a broken table.
    """
    _small_directory(file)
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError, struct.error):
        raise FileBroken from None
    names = {entry.filename for entry in entries}
    main = names & _BY_MAIN_PART.keys()
    if len(main) != 1 or "[Content_Types].xml" not in names:
        raise FileType("不接收压缩包，请直接上传其中的文件")
    unpacked, stored = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > most_unpacked or (unpacked > _SMALL and unpacked > stored * _HIGHEST_RATIO):
        raise FileTooLarge("文档展开后过大，请拆分或导出 PDF 后再上传")
    if stored > file.seek(0, 2):  # entries share bytes
        raise FileBroken
    lower = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise FileType(_MACROS)
    if any(name.endswith(_ARCHIVES + _PROGRAMS) for name in lower):
        raise FileType("文档里嵌有压缩包或程序，请去掉后再上传")
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileBroken(_PASSWORD)
    return Found(Kind.DOCUMENT, _BY_MAIN_PART[main.pop()])


def compound(file: BinaryIO) -> Found:
    """A document of Office 97 to 2003, known by the names of its streams."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

        def has(stream: str) -> bool:
            return content.find(stream.encode("utf-16-le")) >= 0

        if has("EncryptedPackage"):
            raise FileBroken(_PASSWORD)
        if has("_VBA_PROJECT"):
            raise FileType(_MACROS)
        for stream, media_type in _BY_STREAM.items():
            if has(stream):
                return Found(Kind.DOCUMENT, media_type)
    raise FileType


def _small_directory(file: BinaryIO) -> None:
    """The table of contents is no bomb itself: its size stands in the last record, which is within the last 64 KiB."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) < place + 22:
        raise FileBroken
    entries, size = struct.unpack_from("<HI", tail, place + 10)
    if entries > _MOST_ENTRIES or size > _LARGEST_DIRECTORY:
        raise FileTooLarge("文档所含部分过多，请拆分或导出 PDF 后再上传")
