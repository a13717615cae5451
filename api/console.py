"""What a person at a terminal reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from models.enums import Constraint, Rung

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, highlight=False)

EFFECTS = {"created": "新增", "updated": "更新", "unchanged": "未变", "outdated": "过期版本", "none": "未入库"}
VERDICTS = {
    "ok": "可推荐", "needs_completion": "待补充", "in_review": "待复核", "blocked": "不得发布", "invalid": "退回",
}  # fmt: skip


def print_counts(counts: Mapping[str, Any], seconds: float) -> None:
    """What came of an import."""
    out.print(f"共 {counts['rows']} 行，用时 {seconds:.1f} 秒")
    out.print("结论：" + "，".join(f"{VERDICTS[name]} {n}" for name, n in counts["verdicts"].items()))
    out.print("入库：" + "，".join(f"{EFFECTS[name]} {n}" for name, n in counts["effects"].items()))
    for rule, n in list(counts["rules"].items())[:8]:
        out.print(f"  {rule}：{n}")


def print_recommendations(answer: Mapping[str, Any]) -> None:
    """One person's list with reasons, or the certificate."""
    for item in answer["items"]:
        vacancy = item["vacancy"]
        out.print(
            f"  {item['rank']}. {vacancy['title']}  {vacancy['employer']}  {vacancy['pay']}  "
            f"{vacancy['district_name']}  [{item['score']} 分 {item['confidence']['label']}]"
        )
        for reason in item["reasons"]:
            out.print(f"     - {reason}")
    if answer["certificate"]:
        print_certificate(answer["certificate"])


def print_certificate(certificate: Mapping[str, Any]) -> None:
    """Why fewer than three, and what would help."""
    out.print(f"  不足三个：{certificate['text']}")
    for entry in certificate["held_back"][:5]:
        out.print(f"     - 仅因“{entry['label']}”未能推荐的岗位：{entry['vacancies']} 个")


def print_report(report: Mapping[str, Any], stages: bool) -> None:
    """The figures of a night; what the stages cost only where it is asked for."""
    people = report["registered"] + report["seeker_only"]
    out.print(f"批次 {report['run']}（{report['date']}）：在招岗位 {report['vacancies']} 个")
    out.print(
        f"应服务 {people} 人（登记失业 {report['registered']}，求职登记 {report['seeker_only']}）"
        f" = 得到三个以上 {report['with_three']} + 不足三个的说明 {report['shortfalls']}"
    )
    out.print(
        f"岗位覆盖率 {report['coverage_at_3']:.1%}，推荐集中度（基尼）{report['gini_at_3']:.3f}，"
        f"单个岗位最多推荐 {report['maximum_load']} 次"
    )
    out.print("推荐层级：" + "，".join(f"{Rung(name).label} {n}" for name, n in report["rungs"].items()))
    if report["shortfalls_by_cause"]:
        causes = (f"{_cause(name)} {n}" for name, n in report["shortfalls_by_cause"].items())
        out.print("不足三个的主要原因：" + "，".join(causes))
    if stages:
        table = Table("阶段", "秒", "内存峰值 MB")
        for name, seconds in report["seconds"].items():
            table.add_row(name, f"{seconds:.2f}", str(report["peak_mb"].get(name, "")))
        out.print(table)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A plain table."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*map(str, row))
    out.print(table)


def print_trace(answer: Mapping[str, Any]) -> None:
    """One pair: the verdict, the limits, the parts."""
    out.print(answer["verdict"])
    words = {"met": "符合", "unknown": "不明，视为符合", "bent": "放宽后符合", "barred": "不符合"}
    for entry in answer["standings"]:
        out.print(f"  {entry['label']}：{words[entry['standing']]}")
    for part in answer.get("parts", {}).values():
        out.print(f"  {part['label']}得分：{part['value']}/100")


def _cause(name: str) -> str:
    """A cause of shortfall in Chinese."""
    return "多项条件共同限制" if name == "NONE" else Constraint(name).label
