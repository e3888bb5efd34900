"""Where a typical case stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From a draft to what units or everybody may read, and back."""

    DRAFTED = "drafted"
    MARKED = "marked"
    CHECKED = "checked"
    PRINTED = "printed"
    REVIEWING = "reviewing"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"


LABELS = {
    Stage.DRAFTED: "编写中",
    Stage.MARKED: "待二次去标识",
    Stage.CHECKED: "待审批",
    Stage.PRINTED: "已内部编印",
    Stage.REVIEWING: "发布前审核中",
    Stage.PUBLISHED: "已公开发布",
    Stage.WITHDRAWN: "已撤下",
    Stage.ABANDONED: "不再编写",
}
WAY = (
    Milestone("drafted", "编写", frozenset({Stage.DRAFTED})),
    Milestone("marked", "去标识", frozenset({Stage.MARKED})),
    Milestone("checked", "审批", frozenset({Stage.CHECKED})),
    Milestone("printed", "编印", frozenset({Stage.PRINTED})),
    Milestone("published", "发布", frozenset({Stage.REVIEWING, Stage.PUBLISHED})),
)
ENDS = frozenset({Stage.PRINTED, Stage.PUBLISHED, Stage.WITHDRAWN, Stage.ABANDONED})
OPEN = frozenset(Stage) - ENDS
DUTIES = {
    "mark": "编写和去标识",
    "check_marks": "二次去标识",
    "approve_typical": "审批典型案例",
}
