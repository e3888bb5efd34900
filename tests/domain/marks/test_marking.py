"""What is marked in a text: a corpus written by hand, place for place, and nothing that takes long."""

import re
from pathlib import Path
from time import process_time

import pytest

from demo.texts import samples
from domain.marks import marking
from domain.marks.marking import MARKS, Mark, MarkKind

CORPUS = Path(__file__).with_name("marks.txt").read_text("utf-8")
LINES = [line for line in CORPUS.splitlines() if line != "----"]
WRITTEN = re.compile(r"\{(\w+):([^}]+)\}")


def read(line: str) -> tuple[str, list[Mark]]:
    """The text without the braces, and what they mark."""
    text, marks, at = "", [], 0
    for hit in WRITTEN.finditer(line):
        text += line[at : hit.start()]
        marks.append(Mark(len(text), len(text) + len(hit[2]), MarkKind(hit[1])))
        text, at = text + hit[2], hit.end()
    return text + line[at:], marks


def test_the_corpus_is_large_enough_to_say_something() -> None:
    marked = [line for line in LINES if "{" in line]
    kinds = {mark.kind for line in marked for mark in read(line)[1]}
    assert len(LINES) >= 110
    assert len(LINES) - len(marked) >= 50
    assert kinds == MARKS.keys() - {MarkKind.QUOTE, MarkKind.UNIT, MarkKind.PLACE}


@pytest.mark.parametrize("line", LINES)
def test_every_place_is_marked_and_no_other(line: str) -> None:
    text, wanted = read(line)
    found = marking.found(text)
    assert [(mark.kind, text[mark.start : mark.end]) for mark in found] == [
        (mark.kind, text[mark.start : mark.end]) for mark in wanted
    ]
    assert found == wanted


def test_complaints_that_nobody_tuned_it_for_are_marked_seldom() -> None:
    """The samples were written for something else: two marks in three complaints at most."""
    texts = [sample.text for sample in samples()]
    assert sum(len(marking.found(text)) for text in texts) <= 2 * len(texts) / 3


def test_full_width_is_the_same() -> None:
    assert [mark.kind for mark in marking.found("电话１３９００００１２３４，邮箱ａ＠ｂ．ｃｏｍ")] == [
        MarkKind.PHONE,
        MarkKind.EMAIL,
    ]


@pytest.mark.parametrize("part", ["我", "1", "王", "a", "路1号2", "a@", "有限", "1,", "微信", "王某", "甘a", "😀", "("])
def test_no_text_takes_long(part: str) -> None:
    """A long text of nothing else: every pattern tries its worst at every place."""
    marking.found("准备")
    began = process_time()
    marking.found(part * (4000 // len(part)))
    assert process_time() - began < 1.5
