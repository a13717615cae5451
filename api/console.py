"""What a person at a terminal reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from matching.config import PART_LABELS
from models.enums import Constraint, Rung, Screening

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


def print_file(facts: Mapping[str, Any]) -> None:
    """What of a file was not read, where there is such."""
    told = {
        f"读取工作表“{facts['sheet']}”，未读取": facts["unread_sheets"],
        "未识别的列": facts["unknown_columns"],
        "依法不读取的列": facts["dropped_columns"],
    }
    for words, names in told.items():
        if names:
            _say(f"{words}：{'、'.join(names)}")


def print_recommendations(answer: Mapping[str, Any]) -> None:
    """One person's list with reasons, or the certificate."""
    for item in answer["items"]:
        vacancy = item["vacancy"]
        _say(
            f"  {item['rank']}. {vacancy['title']}  {vacancy['employer']}  {vacancy['pay']}  "
            f"{vacancy['district_name']}  [{item['score']} 分 {item['confidence']['label']}，{item['rung']['label']}]"
        )
        for reason in item["reasons"]:
            _say(f"     - {reason}")
    if answer["certificate"]:
        print_certificate(answer["certificate"])


def print_certificate(certificate: Mapping[str, Any]) -> None:
    """Why fewer than three, and what would help."""
    out.print(f"  不足三个：{certificate['text']}")
    for entry in certificate["held_back"][:5]:
        out.print(f"     - 仅因“{entry['label']}”未能推荐的岗位：{entry['vacancies']} 个")


MOST_PASSED = 15  # of what was passed over


def print_replay(answer: Mapping[str, Any]) -> None:
    """A list of a past night made again: what it went by, each item, what was passed over, what was shown of it."""
    run, person = answer["run"], answer["seeker"]
    out.print(
        f"批次 {run['run']}（{run['date']}）：配置 {run['config']}，在招岗位 {run['vacancies']} 个，"
        f"程序 {run['version']}，快照 {run['snapshot']}"
    )
    said = "、".join(person["wishes"] or person["skills"]) or "未填写"
    floor = f"，不低于 {person['pay_floor']} 元/月" if person["pay_floor"] else ""
    changed = "，此后有改动" if person["changed_since"] else ""
    _say(f"{person['source']}:{person['external_id']} 当晚的资料（第 {person['revision']} 版{changed}）："
         f"{said}；{'、'.join(person['districts'])}（{person['mobility']}）{floor}")  # fmt: skip
    if answer["items"]:
        _print_replayed(answer["items"])
    if answer["certificate"]:
        _print_replayed_certificate(answer["certificate"])
    _print_passed(answer["passed_over"])
    for gone in answer["left"]:
        _say(f"  前一晚的“{gone['vacancy']['title']}”不再推荐：{gone['why']['label']}")
    for showing in answer["shown"]:
        same = "与存下的一致" if showing["as_recorded"] else "与存下的不一致"
        _say(f"  {showing['at'][:16]} {showing['client']} 看过第 {showing['rank']} 项"
             f"“{showing['vacancy']['title']}”，{same}")  # fmt: skip
    if answer["equal"]:
        out.print("结论：与当晚存下的逐项一致")
    else:
        out.print("[red]结论：与当晚存下的有出入，见上[/red]")


def _print_replayed(items: Sequence[Mapping[str, Any]]) -> None:
    table = _folding("项", "得分", "层级", "本人名单", "人数/名额", "前一晚", "核对")
    for item in items:
        vacancy, stored, again = item["vacancy"], item["recorded"], item["replayed"] or {}
        _say(
            f"  {item['rank']}. {vacancy['title']}  {vacancy['employer']}  {vacancy['pay']}  "
            f"{vacancy['district_name']}  {vacancy['source']}:{vacancy['external_id']}  [{vacancy['since']['label']}]"
        )
        for reason in item["reasons"] or ():
            _say(f"     - {reason}")
        differs = "、".join(one["label"] for one in item["differs"])
        table.add_row(
            str(item["rank"]), _both(stored["score"], again.get("score")), stored["rung"]["label"], _place(item),
            f"{item['load']}/{item['capacity']}", {True: "已有", False: "没有", None: "不详"}[item["kept"]],
            f"[red]不同：{differs}[/red]" if differs else "一致",
        )  # fmt: skip
    out.print(table)


def _folding(*columns: str) -> Table:
    """A table that cuts nothing, however narrow the terminal."""
    table = Table(box=SIMPLE)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _both(stored: int, again: int | None) -> str:
    return str(stored) if again == stored else f"存 {stored}，重算 {'—' if again is None else again}"


def _place(item: Mapping[str, Any]) -> str:
    return f"第 {item['place']} 位" if item["place"] else "—"


def _print_replayed_certificate(certificate: Mapping[str, Any]) -> None:
    differs = "、".join(one["label"] for one in certificate["differs"])
    _say(f"  不足三个：{certificate['text'] or '当晚没有说明，重算却不足三个'}")
    out.print(f"  [red]说明与重算的不同：{differs}[/red]" if differs else "  说明与重算的一致")


def _print_passed(passed: Mapping[str, Any]) -> None:
    """What stands before an item in the person's own list, and why it was not given."""
    if not passed["items"]:
        return
    total = sum(passed["counts"].values())
    out.print(
        f"本人名单里排在前面、当晚没有推荐的 {total} 个" + (f"，列出前 {MOST_PASSED} 个" if total > MOST_PASSED else "")
    )
    table = _folding("本人名单", "岗位", "得分", "人数/名额", "没有推荐的原因")
    for one in passed["items"][:MOST_PASSED]:
        title = escape(f"{one['vacancy']['title']}  {one['vacancy']['employer']}")
        table.add_row(_place(one), title, str(one["score"]), f"{one['load']}/{one['capacity']}", one["why"]["label"])
    out.print(table)


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
        table = Table("阶段", "秒", "CPU 秒", "内存峰值 MB")
        for name, seconds in report["seconds"].items():
            cpu = report["cpu_seconds"].get(name)
            used = "" if cpu is None else f"{cpu:.2f}"
            table.add_row(name, f"{seconds:.2f}", used, str(report["peak_mb"].get(name, "")))
        out.print(table)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A plain table."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*map(str, row))
    out.print(table)


def print_rerun(found: Mapping[str, Any]) -> None:
    """What other rules make of the vacancies, rule by rule."""
    tried = "（只列出，未改动）" if found["dry_run"] else ""
    out.print(
        f"规则 {found['rules_version']}：重新审核 {found['vacancies']} 个岗位，{found['changed']} 个有变化{tried}"
    )
    kept = found["decisions"]
    if kept["kept"] or kept["lapsed"]:
        out.print(f"人工结论：继续有效 {kept['kept']} 个，因规则新判为不得发布而失效 {kept['lapsed']} 个")
    columns = (*(level.value for level in Screening), "same")
    rows = [
        [rule, *(line.get(column, 0) for column in columns), " ".join(line["examples"])]
        for rule, line in sorted(found["rules"].items())
    ]
    if rows:
        print_rows(("规则", *(f"变为{level.label}" for level in Screening), "结论不变", "例"), rows)


STANDINGS = {
    "met": "符合", "unknown": "不明，视为符合", "missing": "欠缺", "bent": "放宽后符合", "barred": "不符合",
}  # fmt: skip


def print_trace(answer: Mapping[str, Any]) -> None:
    """One pair: the verdict and the reasons, what each side wants of the other, the limits, the parts."""
    out.print(answer["verdict"])
    for reason in answer.get("reasons", ()):
        _say(f"  - {reason}")
    _print_wants("本人想要的", answer.get("person_wants", ()), "岗位")
    _print_wants("岗位要求的", answer.get("vacancy_wants", ()), "本人")
    for match in answer.get("skills", ()):
        _say(f"    {match['skill']}：{match['label']}{'，' * bool(match['by'])}{match['by']}")
    if answer.get("related_trades"):
        _say(f"相近职业：{'、'.join(answer['related_trades'])}")
    for entry in answer["standings"]:
        out.print(f"  {entry['label']}：{STANDINGS[entry['standing']]}")
    for part in answer.get("parts", {}).values():
        out.print(f"  {part['label']}得分：{part['value']}/100")


def _print_wants(title: str, wants: Sequence[Mapping[str, str]], other: str) -> None:
    """One direction: what is wanted, what the other side has, how that stands."""
    if wants:
        out.print(title)
    for want in wants:
        _say(f"  {want['label']}：{want['asks']}；{other}：{want['has']}（{STANDINGS[want['standing']]}）")


def _say(text: str) -> None:
    """A line that others wrote part of: their brackets are no markup."""
    out.print(text, markup=False)


def _cause(name: str) -> str:
    """A cause of shortfall in Chinese."""
    return "多项条件共同限制" if name == "NONE" else Constraint(name).label


FIGURES = {"ndcg10": "nDCG@10", "p3": "P@3", "all3": "all3"}
PEERS = {"tfidf_words": "TF-IDF 全文词", "bm25_words": "BM25 全文词", "bm25_characters": "BM25 标题字"}
SHARES = {"characters_share": "标题字", "words_share": "全文词", "trades_share": "工种"}
SHOWN_GROUPS = 10  # at either end


def print_evaluation(figures: Mapping[str, Any]) -> None:
    """The quality on a judged set: beside peers, without each part, by group, by confidence word."""
    ours = f"{figures['n']} 人，每人前 {figures['k']} 个；不足三个的 {figures['fewer_than_3']} 人"
    _print_compared(f"排序质量（{ours}）", {"本系统": figures} | _renamed(figures["peers"], PEERS))
    _print_compared("去掉一部分之后", {"完整": figures} | _renamed(figures["ablation"], SHARES | PART_LABELS))
    out.print("差值是本系统减去该行，正数说明本系统更好。方括号里是按人重抽样的 95% 区间：不含零为显著，否则未定")
    _print_groups(figures["groups"])
    _print_calibration(figures["calibration"])


def _renamed(lines: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): line for name, line in lines.items()}


def _print_compared(title: str, lines: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table("", *FIGURES.values(), title=title, title_justify="left", box=SIMPLE)
    for name, line in lines.items():
        table.add_row(name, *(_compared(line, figure) for figure in FIGURES))
    out.print(table)


def _compared(line: Mapping[str, Any], figure: str) -> str:
    """A figure, and under it how far ours is ahead."""
    if "difference" not in line:
        return f"{line[figure]:.3f}"
    found = line["difference"][figure]
    word = "显著" if found["significant"] else "未定"
    return f"{line[figure]:.3f} {found['mean']:+.3f} {word}\n\\[{found['low']:+.3f}, {found['high']:+.3f}]"


def _print_groups(groups: Sequence[Mapping[str, Any]]) -> None:
    """The groups of occupations at both ends; all of them where there are few."""
    few = len(groups) <= 2 * SHOWN_GROUPS
    parts = {"": groups} if few else {"最差": groups[:SHOWN_GROUPS], "最好": groups[: -SHOWN_GROUPS - 1 : -1]}
    for end, lines in parts.items():
        title = f"职业组（共 {len(groups)} 组{'，' * bool(end)}{end}）"
        table = Table("组", "人数", *FIGURES.values(), title=title, title_justify="left", box=SIMPLE)
        for line in lines:
            table.add_row(escape(line["group"]), str(line["n"]), *(f"{line[figure]:.3f}" for figure in FIGURES))
        out.print(table)


def _print_calibration(lines: Sequence[Mapping[str, Any]]) -> None:
    table = Table(
        "结论词",
        "项数",
        "相近以上（≥1 级）",
        "正合意向（3 级）",
        title="结论词是否可信",
        title_justify="left",
        box=SIMPLE,
    )
    for line in lines:
        table.add_row(line["label"], str(line["items"]), _rate(line["acceptable"]), _rate(line["good"]))
    out.print(table)


def _rate(rate: Mapping[str, Any]) -> str:
    """A share with its interval; a dash where nothing was counted."""
    return "—" if rate["share"] is None else f"{rate['share']:.1%} \\[{rate['low']:.1%}, {rate['high']:.1%}]"


def print_fit(found: Mapping[str, Any]) -> None:
    """What learned weights are worth on each set, the weights themselves, and their tables for the configuration."""
    for name, lines in found["sets"].items():
        rows = {"现行权重": lines["present"], "交叉验证": lines["crossed"], "学自全部": lines["whole"]}
        rows |= {f"学自 {escape(other)}": line for other, line in lines["alone"].items()}
        _print_compared(f"{escape(name)}（{lines['present']['n']} 人）", rows)
    out.print(f"交叉验证：共 {found['groups']} 个职业组，每人都由没有见过其职业组的权重排序。差值是该行减去现行权重")
    _print_weights(found["weights"])
    out.print("结论：" + ("交叉验证有提高，且没有一个评判集变差" if found["holds"] else "没有可靠的提高，不必更换权重"))
    out.print(f"\n{found['toml']}", markup=False)
    out.print("采用：用以上两节换下配置副本（ZHIPEI_CONFIG）里的同名两节，再用 zhipei evaluate 核对。回退：换回原文件")


def _print_weights(weights: Mapping[str, Any]) -> None:
    labels = {name.removesuffix("_share"): label for name, label in SHARES.items()} | PART_LABELS
    named = {"现行": weights["present"], "学自全部": weights["whole"]}
    named |= {f"学自 {escape(name)}": found for name, found in weights["alone"].items()}
    named |= {f"第 {number} 折之外": found for number, found in enumerate(weights["folds"], 1)}
    columns = [labels[name] for values in weights["present"].values() for name in values]
    table = Table("权重", *columns, box=SIMPLE)
    for name, tables in named.items():
        table.add_row(name, *(str(value) for values in tables.values() for value in values.values()))
    out.print(table)


def print_delivered(counts: Mapping[str, int]) -> None:
    """What came of pushing vacancies to receivers."""
    words = {"delivered": "送达", "failed": "失败待重试", "dead": "放弃", "disabled": "停用的订阅"}
    out.print("，".join(f"{word} {counts[name]}" for name, word in words.items()))
