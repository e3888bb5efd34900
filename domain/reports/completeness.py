"""Whether a report may be submitted: what it must tell of, and in which state its recordings are."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.reports.inputs import Content
from kit.errors import Invalid
from models import File, FileState

_LOST = frozenset({FileState.REFUSED, FileState.FAILED, FileState.ABANDONED, FileState.RECEIVING})


async def refuse_incomplete(content: Content, items: Sequence[dict[str, Any]], must: Sequence[dict[str, Any]]) -> None:
    """Raise Invalid with everything that is missing, each with its place in the content."""
    missing = [*_missing(content, items, must), *await _unusable(content)]
    if missing:
        fields = [{"path": f"inputs.{path}", "message": message} for path, message in missing]
        raise Invalid("述法报告还不完整，请补充后再提交", details={"fields": fields})


def _missing(
    content: Content, items: Sequence[dict[str, Any]], must: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    told = {section.item for section in content.sections} | {clip.item for clip in content.clips if clip.item}
    for item in items:
        if item["must"] and item["code"] not in told:
            yield "sections", f"“{item['name']}”还没有内容（文字或视频均可）"
    answered = {answer.item for answer in content.answers}
    for one in must:
        if one["item"] not in answered:
            yield "answers", f"必述内容还没有说明：{one['text'][:60]}"
    if not content.problems:
        yield "problems", "请至少写明一个存在的问题"
    if not content.measures:
        yield "measures", "请写明下一步措施"
    for place, clip in enumerate(content.clips):
        if not clip.captions:
            yield f"clips.{place}.captions", f"第 {place + 1} 段视频还没有字幕"


async def _unusable(content: Content) -> list[tuple[str, str]]:
    states = {file.id: file.state for file in await File.filter(id__in=content.files)}
    lost = [
        (f"clips.{place}.file", f"第 {place + 1} 段视频还没有传完，或者无法处理，请重新上传")
        for place, clip in enumerate(content.clips)
        if states.get(clip.file) in _LOST
    ]
    if content.document and states.get(content.document) in _LOST:
        lost.append(("document", "书面报告还没有传完，或者无法处理，请重新上传"))
    return lost
