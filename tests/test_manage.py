"""The command line from the outside: what it says, how it ends, and what it leaves alone."""

import asyncio
import fcntl
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from click.testing import CliRunner, Result

from domain.people import roster
from domain.people.roster import Row
from kit.embedded import Postgres
from kit.settings import Settings
from manage import cli
from models import File, FileState
from models.database import connected, insert
from tests.servers import Servers

SECRETS = {"MASTER_KEY": "m" * 32, "INDEX_KEY": "i" * 32}


@pytest.fixture
def environment(province_url: str, tmp_path: Path) -> dict[str, str]:
    """A copy of the demo province without cases."""
    return {"DATABASE_URL": province_url, "ANCHOR_PATH": str(tmp_path / "anchors.jsonl"), "PROFILE": "demo"}


def run(environment: dict[str, str], *words: str, typed: str | None = None) -> Result:
    """Run a command; what it raises beside its own end is raised."""
    result = CliRunner().invoke(cli, words, env=environment, input=typed)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_every_command_has_help_in_chinese() -> None:
    def walk(command: object, *words: str) -> Iterator[tuple[str, ...]]:
        yield words
        for name, below in getattr(command, "commands", {}).items():
            yield from walk(below, *words, name)

    for words in walk(cli):
        said = run({}, *words, "--help").output
        assert any("一" <= sign <= "鿿" for sign in said), words


def test_the_demo_is_refused_in_production() -> None:
    servers = {
        "DATABASE_URL": "postgres://nobody@localhost/none",
        "REDIS_URL": "redis://none",
        "PUBLIC_URL": "https://x",
    }
    result = run({"PROFILE": "production"} | SECRETS | servers, "demo")
    assert (result.exit_code, result.output) == (1, "生产环境不得装载演示数据\n")


def test_a_wrong_setting_is_named() -> None:
    result = run({"PROFILE": "holiday"}, "demo")
    assert (result.exit_code, "设置有误 PROFILE" in result.output) == (1, True)


def test_the_demo_goes_on_and_the_audit_finds_what_was_altered(environment: dict[str, str], servers: Servers) -> None:
    assert run(environment, "demo", "--cases", "1").exit_code == 0
    shown = run(environment, "demo", "--cases", "3")
    assert (shown.exit_code, "共 3 件" in shown.output, "演示举报件 3/3" in shown.output) == (0, True, True)
    assert run(environment, "audit", "anchor").output == "锚定 3 件\n"
    sound = run(environment, "audit", "verify")
    assert (sound.exit_code, "校验 3 件" in sound.output, "没有异常" in sound.output) == (0, True, True)

    async def alter() -> str:
        name = environment["DATABASE_URL"].partition("@/")[2].partition("?")[0]
        owner = await asyncpg.connect(servers.postgres.url(name))
        try:
            await owner.execute("SET session_replication_role = replica")  # triggers sleep
            await owner.execute("UPDATE entry SET at = at - interval '1 day' WHERE seq = 1")
            number: str = await owner.fetchval("SELECT number FROM matter LIMIT 1")
            return number
        finally:
            await owner.close()

    number = asyncio.run(alter())
    broken = run(environment, "audit", "verify", "--number", number)
    assert (broken.exit_code, f"{number} 第 1 条" in broken.output) == (1, True)
    assert run(environment, "audit", "verify", "--number", "JB2026-00000000").exit_code == 1


def test_a_roster_with_a_bad_row_changes_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    good = Row(2, kind="单位", unit="620102-x", unit_name="城关区某某办", region="620102", since="2026-01-01")
    bad = Row(3, kind="单位", unit="620102-y", unit_name="", region="990102", since="2026-01-01")
    file = tmp_path / "roster.csv"
    file.write_bytes(roster.written([good, bad]))
    refused = run(environment, "roster", "import", str(file))
    assert (refused.exit_code, "第 3 行" in refused.output, "没有写入" in refused.output) == (1, True, True)
    file.write_bytes(roster.written([good]))
    tried = run(environment, "roster", "import", str(file), "--dry-run")
    assert (tried.exit_code, "单位：新增 1" in tried.output) == (0, True)
    assert "单位：新增 1" in run(environment, "roster", "import", str(file)).output
    assert "单位：新增 0" in run(environment, "roster", "import", str(file)).output


def test_lost_lawsuits_are_listed_once(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "lawsuits.csv"
    heading = "单位编码,案号,审理机关,裁判日期,败诉情形,败诉原因"
    good = "620102-market,（2026）甘7101行初12号,兰州铁路运输法院,2026-05-06,处罚决定被撤销,程序违法"
    file.write_text(f"{heading}\n{good}\nnowhere,1号,法院,2026-05-06,败诉,原因\n", encoding="utf-8")
    refused = run(environment, "lawsuits", "import", str(file))
    assert (refused.exit_code, "第 3 行" in refused.output, "一件也没有列入" in refused.output) == (1, True, True)
    file.write_text(f"{heading}\n{good}\n", encoding="utf-8")
    for more, told in (("--dry-run",), "列入 1 件，已有 0 件"), ((), "列入 1 件"), ((), "列入 0 件，已有 1 件"):
        assert told in run(environment, "lawsuits", "import", str(file), *more).output


def test_the_roster_template_is_a_roster(tmp_path: Path) -> None:
    rows = roster.rows_of("t.csv", run({}, "roster", "template").stdout_bytes)
    assert [row.kind for row in rows] == ["单位", "任职"]


def test_rules_and_days(environment: dict[str, str], tmp_path: Path) -> None:
    assert run(environment, "rules", "load").output == "规则没有变化\n"
    assert "更新 0 天" in run(environment, "calendar", "load").output
    file = tmp_path / "days.csv"
    file.write_text("day,working,name,source\n2026-11-23,false,雪灾停工,省政府通告\n", encoding="utf-8")
    assert run(environment, "calendar", "correct", str(file)).output == "更正 1 天\n"
    assert "更新 0 天" in run(environment, "calendar", "load").output  # a correction stays
    file.write_text("day,working,name,source\n2026-11-23,perhaps,,x\n", encoding="utf-8")
    assert run(environment, "calendar", "correct", str(file)).exit_code == 1


def test_accounts(environment: dict[str, str]) -> None:
    typed = "Long-enough-1\nLong-enough-1\n"
    made = run(environment, "account", "create", "62-intake.registrar1", "wang", typed=typed)
    assert (made.exit_code, "动态口令密钥" in made.output, "Long-enough" in made.output) == (0, True, False)
    assert run(environment, "account", "disable", "wang").output == "账号 wang 已停用\n"
    assert run(environment, "account", "enable", "wang").output == "账号 wang 已恢复\n"
    invited = run(environment, "account", "invite", "wang", typed="13800000001\n").output
    assert re.search(r"（wang）的邀请码（只显示一次，.*）：([0-9A-Z]{4}-){2}[0-9A-Z]{4}\n$", invited)
    assert run(environment, "account", "invite", "wang", typed="1380\n").exit_code == 1
    assert run(environment, "account", "invite", "li", typed="13800000001\n").exit_code == 1
    assert run(environment, "account", "lost", "wang").output == "账号 wang 的微信绑定和登录已全部终止\n"
    assert run(environment, "account", "lost", "li").exit_code == 1
    assert run(environment, "account", "disable", "li").exit_code == 1
    assert run(environment, "account", "create", "nobody", "li", typed=typed).exit_code == 1


def test_pictures_of_codes(environment: dict[str, str], tmp_path: Path) -> None:
    """Without an account at WeChat there is the ordinary link's; and no code is no code."""
    assert run(environment, "codes", "list").exit_code == 0
    missing = run(environment, "codes", "picture", "AAAAAAAA", "--to", str(tmp_path / "code.png"))
    assert (missing.exit_code, "没有找到这个二维码" in missing.output) == (1, True)


def test_what_the_docs_are_made_from() -> None:
    settings = run({}, "settings").output
    assert all(f"| `{name.upper()}` |" in settings for name in Settings.model_fields)
    assert json.loads(run({}, "openapi").output)["openapi"].startswith("3.1")
    assert "/healthz" in run({}, "routes").output


def test_the_servers_of_a_run_are_used_and_one_that_starts_is_waited_for() -> None:
    with tempfile.TemporaryDirectory(prefix="yijian-manage-") as name:
        var = Path(name)
        var.chmod(0o755)
        environment = {"VAR": name, "DATABASE_URL": "", "PROFILE": "demo"}
        postgres = Postgres(var / "postgres", durable=False)
        with (var / "run.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            early = run(environment, "audit", "verify")
            assert (early.exit_code, "稍后再试" in early.output) == (1, True)
            postgres.start()
            try:
                assert "数据库已是最新" in run(environment, "migrate").output
                assert run(environment, "audit", "verify").output == "校验 0 件 0 条办理记录：没有异常\n"
                assert postgres.is_up()
            finally:
                postgres.stop()
        assert "规则没有变化" in run(environment, "migrate").output  # a server of its own, stopped at the end
        assert not postgres.is_up()


async def made_failed(url: str) -> UUID:
    """A file whose tries are used up."""
    async with connected(url, pool=1):
        row = File(
            id=uuid4(), matter_id=None, owner="person:x", purpose="evidence_photo", media_type="image/jpeg", bytes=7,
            stored="originals/x", state=FileState.FAILED, problem="file_not_processed", attempts=10,
            facts={"error": "ScannerAway"}, created_on=date(2026, 11, 22),
        )  # fmt: skip
        await insert([row])
    return row.id


def test_dead_letters_are_listed_and_repeated(environment: dict[str, str]) -> None:
    url = environment["DATABASE_URL"]
    assert run(environment, "files").output == "处理失败的附件 0 个\n"
    one, other = asyncio.run(made_failed(url)), asyncio.run(made_failed(url))
    listed = run(environment, "files").output
    assert f"{one}  2026-11-22  evidence_photo  7 字节  ScannerAway" in listed
    assert listed.endswith("处理失败的附件 2 个\n")
    assert run(environment, "files", "retry").exit_code == 1
    assert run(environment, "files", "retry", str(one), "--all").exit_code == 1
    again = run(environment, "files", "retry", str(one))
    assert (again.exit_code, again.output) == (0, "重新处理 1 个附件\n")
    assert run(environment, "files", "retry", str(one)).exit_code == 1, "it is no dead letter any more"
    assert str(other) in run(environment, "files").output
    assert run(environment, "files", "retry", "--all").output == "重新处理 1 个附件\n"

    async def states() -> set[tuple[str, int]]:
        async with connected(url, pool=1):
            return {(file.state, file.attempts) for file in await File.all()}

    assert asyncio.run(states()) == {("quarantined", 0)}


def test_suggestions_are_learned_and_reported(environment: dict[str, str]) -> None:
    assert "还没有模型" in run(environment, "suggest", "report").output
    learned = run(environment, "suggest", "train")
    assert learned.exit_code == 0, learned.output
    told = run(environment, "suggest", "report").output
    assert "模型第 1 版" in told
    assert re.search(r"留出检验 75 篇：准确率 \d+\.\d%，macro-F1 0\.\d{3}", told)
    assert "最常见的混淆" in told
    assert "实际研判中采用类别建议：0/0" in told
    assert run(environment, "suggest", "index").output == "等待编入索引：0 段\n"
    assert run(environment, "audit", "copy", "AAAAA-BBBBB").exit_code == 1
