"""Captions: what people upload becomes WebVTT, what can't be read is said with its line."""

import pytest

from kit.captions import CaptionsUnreadable, as_vtt

SRT = "1\n00:00:01,000 --> 00:00:03,500\n大家好\n<i>我是</i>张三\n\n2\n00:00:00,000 --> 00:00:00,900\n早\n"


@pytest.mark.parametrize("text", [SRT, "\ufeff" + SRT, SRT.replace("\n", "\r\n")])
def test_srt_becomes_webvtt_in_order_of_time_without_markup(text: str) -> None:
    assert as_vtt(text).splitlines() == [
        "WEBVTT", "", "00:00:00.000 --> 00:00:00.900", "早", "", "00:00:01.000 --> 00:00:03.500", "大家好", "我是张三",
    ]  # fmt: skip


def test_webvtt_stays_without_positions_and_styles() -> None:
    text = "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n00:01.000 --> 00:02.000 line:0\n你 <b>好</b>\n"
    assert as_vtt(text) == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n你 好\n"
    assert as_vtt(as_vtt(text)) == as_vtt(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("大家好", 1),
        ("WEBVTT", 1),
        (SRT + "\n3\n0:0:x --> 1\n错\n", 11),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\n倒着", 3),
        ("1\n00:00:01,000 --> 00:00:03,500\n\n", 2),
        ("1\n00:00:01,000 --> 00:00:03,500\n<i></i>\n", 2),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(CaptionsUnreadable) as refused:
        as_vtt(text)
    assert refused.value.line == line
