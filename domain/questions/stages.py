"""Where a question stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From the question to an answer that everybody reads."""

    ASKED = "asked"
    PUT = "put"
    ANSWERED = "answered"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


LABELS = {
    Stage.ASKED: "质询待审",
    Stage.PUT: "述法人答复中",
    Stage.ANSWERED: "答复待审",
    Stage.PUBLISHED: "已公开答复",
    Stage.WITHDRAWN: "已撤下",
    Stage.REFUSED: "不予受理",
}
ENDS = frozenset({Stage.PUBLISHED, Stage.WITHDRAWN, Stage.REFUSED})
WAY = (
    Milestone("asked", "提出质询", frozenset({Stage.ASKED})),
    Milestone("put", "答复", frozenset({Stage.PUT, Stage.ANSWERED})),
    Milestone("end", "公开答复", ENDS),
)
DUTIES = {
    "read_question": "审核质询",
    "answer_question": "答复质询",
    "read_answer": "审核答复",
}
