"""What the demo's officials say in their reports, and what reviewers say of them: invented, and said so."""

from datetime import date
from random import Random
from typing import Any

from models import Official

VTT = (
    "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n各位代表、同志们，我向大家述法。\n\n"
    "00:00:01.500 --> 00:00:03.000\n请大家评议，多提意见。\n"
)
_TEXTS = {
    "study": "今年组织集体学法{a}次，其中专题学习行政处罚法、优化营商环境条例各一次；我本人讲法治课{b}次。",
    "lead": "我主持专题会议{b}次研究法治建设，亲自督办群众反映的{a}件事项，已经办结{a}件。",
    "decide": "全年重大决策和规范性文件{a}件，全部经过合法性审查；有{b}件按审查意见作了较大修改。",
    "enforce": "开展趋利性执法和乱收费乱罚款乱检查整治，纠正不规范执法{a}起，推行“综合查一次”，入企检查减少{c}%。",
    "suits": "行政复议纠错{b}件、行政诉讼败诉{b}件，原因已逐件查明；应出庭{a}件，本人出庭{b}件。",
    "business": "企业和群众反映问题{a}件，按期答复{a}件，其中许可超期{b}件，已约谈责任科室并公开道歉。",
    "inspect": "法治督察反馈问题{b}个，已整改{b}个；制定制度{b}项防止反弹。",
    "support": "支持法院、检察院依法履职，落实领导干部干预司法记录制度，全年没有干预记录。",
    "staff": "补充法治工作人员{b}名，调整不胜任执法岗位人员{b}名。",
    "teach": "落实“谁执法谁普法”，进企业、进村社宣讲{a}场。",
}
_PROBLEMS = (
    "涉企检查频次仍然偏高，有的检查没有备案。",
    "行政许可存在超期办理，没有建立临期预警。",
    "执法文书不规范，抽查中有三份说理不充分。",
    "合法性审查力量薄弱，审查意见质量不高。",
    "负责人出庭应诉率低于全市平均水平。",
    "领导班子学法次数够但结合本单位实际不多。",
)
_MEASURES = (
    "一、明年一季度前建立许可临期预警，逾期一律说明原因。\n二、检查计划统一备案、向社会公开。\n"
    "三、每季度评查执法案卷，结果在单位内部通报。"
)


_ANSWER = "已列入整改台账，由我本人负责，措施和期限见问题清单；完成后报请复核销号。"


def content(
    official: Official, must: list[dict[str, Any]], films: list[dict[str, Any]], *, mended: bool
) -> dict[str, Any]:
    """A report over the whole outline of its duty list and all that it must answer; for one person always the same."""
    chance = Random(official.code)  # a story, no secret
    numbers = {"a": chance.randint(6, 24), "b": chance.randint(1, 5), "c": chance.randint(12, 40)}
    items: list[dict[str, Any]] = official.duty_list.items
    more = " 补充：以上数据已与统计台账核对。" if mended else ""
    return {
        "title": f"{official.unit.name}{official.name}{official.cycle.year}年度述法报告",
        "forms": ["written", "media"] if films else ["written"],
        "sections": [
            {"item": item["code"], "text": _TEXTS.get(item["code"], item["hint"] + "。").format(**numbers) + more}
            for item in items
        ],
        "answers": [{"item": one["item"], "text": _ANSWER} for one in must],
        "problems": chance.sample(_PROBLEMS, 2),
        "measures": _MEASURES,
        "clips": films,
    }


_NOTES = (
    ("meeting", "现场听取述法，重点问题讲得具体；对企业反映的超期许可，给出了完成时限。", False),
    ("visit", "走访了政务大厅和两家企业，报告中的“综合查一次”已经实行，企业没有反映重复检查。", True),
)


def note(turn: int, day: date) -> dict[str, Any]:
    """What an observer noted, the first time and then."""
    occasion, text, correction = _NOTES[turn % len(_NOTES)]
    return {"on": day.isoformat(), "occasion": occasion, "text": text, "correction": correction}


def film(file: str) -> dict[str, Any]:
    """A clip with captions and two places to jump to."""
    marks = [{"at": 0, "title": "开场"}, {"at": 2, "title": "请大家评议"}]
    return {"file": file, "title": "述法视频", "item": "lead", "captions": VTT, "marks": marks}


def said(verb: str, *, film: bool) -> dict[str, Any]:
    """What a reviewer fills in."""
    match verb:
        case "pass_content":
            checked = (
                "own_words",
                "yearly_tasks",
                "problems_named",
                "measures_clear",
                "must_answered",
                "nothing_secret",
            )
            return {**dict.fromkeys(checked, True), "opinion": "内容完整，问题查摆具体。"}
        case "pass_technical":
            return dict.fromkeys(("picture", "sound", "captions"), True)
        case "send_back":
            where = {"clip": 1, "at": 2} if film else {"item": "lead"}
            return {
                "points": [
                    {"text": "数据与统计台账不一致，请核对后写明来源。", **where},
                    {"text": "存在的问题写得笼统，请写到具体事项。"},
                ]
            }
        case "withdraw":
            return {"reason": "有一处数据需要更正。"}
        case _:
            return {}
