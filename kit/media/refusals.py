"""Why a file is not taken: each with the sentence that its sender reads."""

from kit.errors import Refusal


class FileEmpty(Refusal):
    """No bytes, or too few to be anything."""

    status, code, message = 400, "file_empty", "文件是空的，请重新选择或重新拍摄后再上传"


class FileType(Refusal):
    """Not of a kind that is taken here, or not what its name says."""

    status, code, message = 415, "file_type", "不支持这种文件，请上传照片、视频、录音、PDF 或办公文档"


class FileBroken(Refusal):
    """It begins as what it claims to be, but cannot be read to its end."""

    status, code, message = 422, "file_broken", "文件不完整或已损坏，请重新上传；仍不成功时请重新拍摄或导出"


class FileTooLarge(Refusal):
    """More bytes, pixels, frames or unpacked content than is taken, or more work than a decoder is given."""

    status, code, message = 413, "file_too_large", "文件过大，请压缩或拆分后再上传"


class FileTooLong(Refusal):
    """Lasts longer, or has more pages, than is taken."""

    status, code, message = 413, "file_too_long", "时长超过上限，请截取后再上传"


class FileMalware(Refusal):
    """The virus scanner knows it."""

    status, code, message = 422, "file_malware", "文件被查毒程序判定为恶意文件，未被接收"
