"""Suggestions for whoever screens: the model is trained, and how good it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from commands.running import Failed, with_database
from kit.settings import ROOT, Profile, Settings

SAMPLES = ROOT / "demo" / "complaints.jsonl"


@click.group(help="研判建议：训练模型，查看准确率。")
def suggest() -> None:
    """Suggestions for whoever screens."""


@suggest.command(
    help="用本单位已办结的举报件和规则文本训练类别建议模型，并在留出的文本上检验；同样的文本得到同样的模型。"
)
@click.option("--samples", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="另加样例（每行一个 JSON：text、category），可重复；演示环境默认用自带样例。")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="随机种子。")
def train(samples: tuple[Path, ...], seed: int) -> None:
    """In use at once: the web process looks for the newest."""
    from domain.cases import learning

    given = list(samples) or ([SAMPLES] if Settings().profile is not Profile.PRODUCTION else [])
    model = with_database(lambda _: learning.learned(given, seed))
    click.echo(f"模型第 {model.version} 版，{model.texts} 篇文本，SHA-256 {model.sha256.hex()}")
    _accuracy(model.report)


@suggest.command(help="最新模型在留出文本上的准确率，以及实际研判中建议被采用的比例。")
def report() -> None:
    """As it was measured when the model was trained."""

    async def found(_: Settings) -> tuple[Any, Mapping[str, int]]:
        from domain.cases import suggesting
        from models import SuggestModel

        return await SuggestModel.all().order_by("-version").first(), await suggesting.in_life()

    model, life = with_database(found)
    if model is None:
        raise Failed("还没有模型，请先 manage.py suggest train")
    click.echo(
        f"模型第 {model.version} 版，{model.trained_on} 训练，{model.texts} 篇文本，SHA-256 {model.sha256.hex()}"
    )
    _accuracy(model.report)
    for name, label in (("categories", "类别"), ("tiers", "紧急程度")):
        click.echo(f"实际研判中采用{label}建议：{life[f'{name}_followed']}/{life[name]}")


@suggest.command(help="还有多少段原文等待后台进程编入相似件索引。")
def index() -> None:
    """The worker's lag."""
    from domain.cases import indexing

    click.echo(f"等待编入索引：{with_database(lambda _: indexing.waiting())} 段")


def _accuracy(told: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not told["held_out"]:
        click.echo("没有可供检验的文本")
        return
    click.echo(f"留出检验 {told['held_out']} 篇：准确率 {told['accuracy']:.1%}，macro-F1 {told['macro_f1']:.3f}")
    for name, tally in told["sources"].items():
        called = {"case": "办结件", "sample": "样例"}[name]
        click.echo(
            f"  {called} {tally['texts']} 篇：首选正确 {tally['right']}，前三位中有正确的 {tally['among_three']}"
        )
    table = Table("类别", "篇数", "正确", "给出", title="按类别")
    for code, tally in told["categories"].items():
        table.add_row(code, str(tally["texts"]), str(tally["right"]), str(tally["given"]))
    Console().print(table)
    confused = "，".join(f"{right}→{given} {times}" for right, given, times in told["confused"])
    click.echo(f"最常见的混淆（应为→给出）：{confused or '无'}")
