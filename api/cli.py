"""The command line: what an operator or a nightly timer can tell the service to do."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import date as Date
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import Progress

from api import console
from api.settings import Settings
from models.enums import Role
from models.errors import NotFound, Refused, ZhipeiError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold personal data
    help="职配：公共就业服务的岗位推荐系统",
)
ingest_app = typer.Typer(no_args_is_help=True, help="导入岗位或人员文件")
export_app = typer.Typer(no_args_is_help=True, help="导出推荐结果")
fit_app = typer.Typer(no_args_is_help=True, help="从本服务自己的岗位或评判集学习（不在夜间批次里进行）")
template_app = typer.Typer(no_args_is_help=True, help="下载填写用的表格模板")
screening_app = typer.Typer(no_args_is_help=True, help="岗位审核")
client_app = typer.Typer(no_args_is_help=True, help="管理接口客户端（密钥只显示一次）")
app.add_typer(ingest_app, name="ingest")
app.add_typer(export_app, name="export")
app.add_typer(fit_app, name="fit")
app.add_typer(template_app, name="template")
app.add_typer(screening_app, name="screening")
app.add_typer(client_app, name="client")

Json = Annotated[bool, typer.Option("--json", help="以一个 JSON 文档输出")]
K = Annotated[int, typer.Option("--k", "-k", min=1, max=50, help="每人推荐数")]
RunName = Annotated[str, typer.Option("--run", help="批次编号，或 latest")]


def main() -> None:
    """Run a command; an error of ours is one clear line, never a traceback."""
    try:
        app()
    except ZhipeiError as error:
        for problem in error.problems:
            console.err.print(f"{problem.field}：{problem.message}。{problem.fix}")
        console.err.print(f"[red]{error.title}[/red]：{error.detail}")
        raise SystemExit(error.exit_code) from error
    except Exception as error:
        from api.trouble import is_of_database, told

        if not is_of_database(error):
            raise
        console.err.print(f"[red]数据库错误[/red]：{told(error)}")
        raise SystemExit(ZhipeiError.exit_code) from None  # the error itself may repeat a record


def _tell(document: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


@app.command()
def migrate() -> None:
    """建立或升级数据库结构."""
    Settings().database.migrate()
    console.out.print("数据库结构已是最新")


@dataclass(frozen=True)
class _Outs:
    """Where the verdicts and the refused rows of an import are written."""

    verdicts: Path | None
    refused: Path | None


def _import(path: Path, noun: Any, source: str | None, dry_run: bool, outs: _Outs, as_json: bool) -> None:
    from api.collecting import collect_seldom
    from api.imports import Counts, file_facts, open_file, taken_rows, write_verdicts
    from api.refused import refused_rows

    collect_seldom()
    settings, start = Settings(), time.perf_counter()
    found, counts = open_file(path, noun), Counts()
    told = taken_rows(settings, found, noun, source or path.stem, dry_run)
    with refused_rows(outs.refused, noun, found) if outs.refused else nullcontext() as refused:
        verdicts = refused.noting(told) if refused else (verdict for _, verdict in told)
        for verdict in write_verdicts(verdicts, outs.verdicts) if outs.verdicts else verdicts:
            counts.add(verdict)
    if as_json:
        _tell({**counts.as_dict(), "file": file_facts(found), "source": source or path.stem, "dry_run": dry_run})
    else:
        console.print_counts(counts.as_dict(), time.perf_counter() - start)
        console.print_file(file_facts(found))


File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="csv、xlsx、xls、ndjson 或 json")]
Source = Annotated[str | None, typer.Option(help="来源名称，缺省为文件名")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不入库")]
TemplateOut = Annotated[Path, typer.Argument(dir_okay=False, help=".xlsx")]
VerdictsOut = Annotated[Path | None, typer.Option("--verdicts", help="逐行结论写入此 csv")]
RefusedOut = Annotated[Path | None, typer.Option("--refused", help="退回的行写入此 xlsx，附原因，改好后可再次导入")]


@ingest_app.command("vacancies")
def ingest_vacancies(
    file: File, source: Source = None, dry_run: DryRun = False, verdicts: VerdictsOut = None,
    refused: RefusedOut = None, as_json: Json = False,
) -> None:  # fmt: skip
    """导入岗位文件，逐行给出结论."""
    _import(file, "vacancies", source, dry_run, _Outs(verdicts, refused), as_json)


@ingest_app.command("seekers")
def ingest_seekers(
    file: File, source: Source = None, dry_run: DryRun = False, verdicts: VerdictsOut = None,
    refused: RefusedOut = None, as_json: Json = False,
) -> None:  # fmt: skip
    """导入人员文件，逐行给出结论."""
    _import(file, "seekers", source, dry_run, _Outs(verdicts, refused), as_json)


@template_app.command("vacancies")
def template_vacancies(out: TemplateOut) -> None:
    """岗位表格模板：表头、示例、下拉选项、填写说明."""
    _template(out, "vacancies")


@template_app.command("seekers")
def template_seekers(out: TemplateOut) -> None:
    """人员表格模板：表头、示例、下拉选项、填写说明."""
    _template(out, "seekers")


def _template(out: Path, noun: Any) -> None:
    from ingest.templates import write_template

    if out.suffix.lower() != ".xlsx":
        raise Refused("模板文件名须以 .xlsx 结尾")
    write_template(noun, out, Settings().home_city)
    console.out.print(f"已写入 {out}")


@app.command()
def nightly(
    date: Annotated[str | None, typer.Option(help="按哪一天计算，缺省为今天（YYYY-MM-DD）")] = None,
    k: K = 3,
    candidates: Annotated[int, typer.Option(min=3, help="每人备选岗位数，安排名额时从中选")] = 100,
    workers: Annotated[
        int | None, typer.Option(min=1, help="并行线程数：缺省为本机核数；在集群上是每个任务的，缺省 1")
    ] = None,
    engine: Annotated[Literal["local", "spark"], typer.Option(help="在本机，或在 --master 的集群上")] = "local",
    master: Annotated[str | None, typer.Option(help="集群主节点：spark://主机:端口")] = None,
    as_json: Json = False,
) -> None:
    """夜间批次：为每个人推荐，核对总数后发布."""
    from api.reports import night_report
    from matching.loading import Night
    from matching.meaning import Meaning
    from matching.nightly import run_night
    from models.recommendation import Run

    if (engine == "spark") != (master is not None):
        raise typer.BadParameter("--engine spark 与 --master spark://主机:端口 要一起写", param_hint="--master")
    settings = Settings()
    moment = _moment(date)
    workers = workers or (1 if master else os.cpu_count() or 1)
    with _progress("推荐") as progress, _crew(master, workers) as crew:
        night = Night(settings.engine, settings.home_city, moment, max(k, 3), workers, settings.snapshot,
                      Meaning.stored(settings.meaning_file), settings.readings_file, max(candidates, k),
                      progress, settings.archive)  # fmt: skip
        run_id, stages = run_night(settings.database, night, crew)
    with settings.database.read() as session:
        report = night_report(session, session.get_one(Run, run_id))
    report |= asdict(stages)  # proving and publishing too
    _tell(report) if as_json else console.print_report(report, stages=True)


@contextmanager
def _crew(master: str | None, threads: int) -> Iterator[Any]:
    """Who is hired for a night: this process, or the cluster of a master."""
    if master is None:
        from matching.nightly import ALONE

        yield ALONE
        return
    try:
        from matching.cluster import cluster
    except ModuleNotFoundError as error:
        raise ZhipeiError(f"没有安装 {error.name}：请安装附加组件 spark（uv sync --extra spark）") from error
    with cluster(master, threads) as hire:
        yield hire


def _moment(date: str | None) -> Any:
    """The instant at which the night happens: now, or noon of another day."""
    from models.times import now, start_of

    if date is None:
        return now()
    try:
        return start_of(Date.fromisoformat(date)) + timedelta(hours=12)
    except ValueError as error:
        raise typer.BadParameter("日期应写作 YYYY-MM-DD", param_hint="--date") from error


@contextmanager
def _progress(label: str) -> Iterator[Any]:
    """A bar on a terminal, nothing elsewhere; always on stderr."""
    with Progress(console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
def recommend(seeker: str, k: K = 3, as_json: Json = False) -> None:
    """为一个人推荐（[来源:]编号），附理由."""
    settings = Settings()
    with settings.database.read() as session:
        person = _seeker(session, seeker)
        answer = _matching(settings, session).recommendations(session, person, k, fresh=True)
    _tell(answer) if as_json else console.print_recommendations(answer)


@app.command()
def why(seeker: str, vacancy: str, as_json: Json = False) -> None:
    """一个人与一个岗位（来源:编号）：被哪一条挡住，或排第几."""
    settings = Settings()
    source, colon, external_id = vacancy.partition(":")
    if not colon:
        raise typer.BadParameter("岗位应写作 来源:编号")
    with settings.database.read() as session:
        answer = _matching(settings, session).why(session, _seeker(session, seeker), source, external_id)
    _tell(answer) if as_json else console.print_trace(answer)


@app.command()
def replay(
    run: Annotated[str, typer.Argument(help="批次编号，或 latest")],
    seeker: Annotated[str, typer.Argument(help="[来源:]编号")],
    as_json: Json = False,
) -> None:
    """重放一个批次给一个人的推荐：用当晚的岗位、资料、配置重新计算，逐项核对；有出入时退出码为 3."""
    from api.replays import replay_list

    settings = Settings()
    with settings.database.read() as session:
        answer = replay_list(settings, session, run, _seeker(session, seeker))
    _tell(answer) if as_json else console.print_replay(answer)
    if not answer["equal"]:
        raise typer.Exit(3)


def _matching(settings: Settings, session: Any) -> Any:
    from api.live import LiveIndex
    from api.service import Matching
    from models.times import now

    index = LiveIndex(settings.engine, settings.snapshot, settings.meaning_file).current(session)
    return Matching(index, settings.engine, settings.home_city, now())


def _seeker(session: Any, name: str) -> Any:
    """The person called `name`: an external_id alone where one source knows it, else source:external_id."""
    from models.queries.seekers import find_seeker, sources_of

    sources = sources_of(session, name)
    if len(sources) > 1:
        raise Refused(f"编号不唯一，请写明来源：{'、'.join(f'{source}:{name}' for source in sources)}")
    source, _, external_id = (sources[0], "", name) if sources else name.partition(":")
    person = find_seeker(session, source, external_id)
    if person is None:
        raise NotFound("没有这个人：编号有误，或资料已依法删除")
    return person


@export_app.command("recommendations")
def export_recommendations(
    out: Annotated[Path, typer.Option(help=".csv 或 .xlsx")],
    run: RunName = "latest",
    shortfalls: Annotated[bool, typer.Option("--shortfalls", help="导出不足三个的说明")] = False,
    as_json: Json = False,
) -> None:
    """导出一个批次的推荐，或不足三个的说明."""
    from api import exports

    settings = Settings()
    with settings.database.read() as session:
        number = _run(session, run).id
        if shortfalls:
            columns, lines = exports.CERTIFICATE_COLUMNS, exports.certificate_lines(session, number)
        else:
            columns, lines = exports.ITEM_COLUMNS, exports.item_lines(session, number)
        count = exports.write_table(out, columns, lines)
    _tell({"run": number, "lines": count}) if as_json else console.out.print(f"已写入 {count} 行：{out}")


def _run(session: Any, name: str) -> Any:
    from models.enums import RunState
    from models.queries.runs import latest_run
    from models.recommendation import Run

    number = int(name) if name.isdecimal() else 0
    run = latest_run(session) if name == "latest" else session.get(Run, number)
    if run is None or run.state != RunState.PUBLISHED:
        raise NotFound("没有这个已发布的批次")
    return run


@app.command()
def report(
    run: RunName = "latest",
    out: Annotated[Path | None, typer.Option(help="写入 .xlsx 或 .csv")] = None,
    as_json: Json = False,
) -> None:
    """一个批次的指标：覆盖率、集中度、层级、不足原因、群体差异."""
    from api.exports import write_table
    from api.reports import flat, group_figures, night_report

    settings = Settings()
    with settings.database.read() as session:
        found = _run(session, run)
        figures = night_report(session, found)
        if out or as_json:  # what is printed has no groups
            figures |= {"groups": group_figures(session, found, settings.keyring)}
    if out:
        write_table(out, ("figure", "value"), flat(figures))
    _tell(figures) if as_json else console.print_report(figures, stages=True)


@fit_app.command("meaning")
def fit_meaning(as_json: Json = False) -> None:
    """从库中全部岗位学习词义（岗位名称与技能的联系），供推荐使用."""
    from api.fitting import fit_meaning as fit

    settings = Settings()
    counts = fit(settings)
    if as_json:
        _tell(counts)
    else:
        console.out.print(
            f"岗位 {counts['vacancies']} 个：学到名称片段 {counts['titles']} 个、技能词 {counts['skills']} 个，"
            f"已写入 {settings.meaning_file}"
        )


@fit_app.command("weights")
def fit_weights(
    folders: Annotated[list[Path], typer.Argument(exists=True, file_okay=False, help="评判集，可有几个：一起学习")],
    out: Annotated[Path | None, typer.Option(help="学到的权重写入此 toml（新文件），供并入配置")] = None,
    as_json: Json = False,
) -> None:
    """用评判集学习文本权重，按职业组交叉验证。只算出来，不改动现行配置."""
    from api.fitting import fit_weights as fit

    if out and out.exists():
        raise Refused(f"{out} 已经存在：请写入新文件，旧的权重留作回退")
    with _progress("学习权重") as progress:
        found = fit(Settings(), folders, progress)
    if out:
        out.write_text(found["toml"], "utf-8")
    _tell(found) if as_json else console.print_fit(found)


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="vacancies、seekers、qrels 三个 csv")],
    k: Annotated[int, typer.Option("--k", min=1, max=100)] = 10,
    run_out: Annotated[Path | None, typer.Option(help="排序结果写入此 csv")] = None,
    as_json: Json = False,
) -> None:
    """用评判集衡量排序质量，与通行方法对照，并逐项去掉、分组、核对结论词."""
    from api.judged import evaluate as judge
    from api.judged import write_run

    with _progress("评判") as progress:
        figures, lists = judge(Settings(), folder, k, progress)
    if run_out:
        write_run(lists, run_out)
    _tell(figures) if as_json else console.print_evaluation(figures)


@screening_app.command("rerun")
def screening_rerun(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出变化，不改动")] = False, as_json: Json = False
) -> None:
    """审核规则更新后，用现行规则重新审核全部在招岗位，列出各条规则带来的变化."""
    from ingest.screening_rerun import Rerun, rerun
    from models.times import now

    settings = Settings()
    with _progress("重新审核") as progress:
        found = rerun(settings.database, Rerun(settings.rules, now(), dry_run, lambda done: progress(done, None)))
    found = {"rules_version": settings.rules.identity, "dry_run": dry_run, **found}
    _tell(found) if as_json else console.print_rerun(found)


@app.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """启动接口服务（文档页在 /docs）."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from api.app import create_app
    from api.doors import Door

    create_app(Settings())  # refuses here, in one line, what it would refuse in every worker
    told: Any = {"factory": True, "host": host, "port": port, "access_log": False, "log_config": None}
    if workers == 1:
        uvicorn.run("api.app:from_environment", **told)
        return
    try:
        door: Any = Door(host, port)  # what uvicorn gives each worker in place of a socket
    except OSError as error:
        raise ZhipeiError(f"不能在 {host}:{port} 提供服务：{error.strerror}，请换一个端口或地址") from error
    Multiprocess(uvicorn.Config("api.app:from_environment", workers=workers, **told), [door]).run()


@app.command()
def deliver(
    once: Annotated[bool, typer.Option("--once", help="送完现在该送的就结束（供 cron 使用）；缺省一直运行")] = False,
    as_json: Json = False,
) -> None:
    """把重点企业和重大项目岗位推送给订阅者：签名、按序、重试，可以同时运行几个."""
    from api.observability import configure_logs
    from api.outbox import deliver_until_told, deliverer_of

    configure_logs()
    deliverer = deliverer_of(Settings())
    try:
        counts = deliver_until_told(deliverer, once)
    finally:
        deliverer.database.close()
    told = {name: counts[name] for name in ("delivered", "failed", "dead", "disabled")}
    _tell(told) if as_json else console.print_delivered(told)
    if deliverer.troubled:
        raise ZhipeiError(f"有 {len(deliverer.troubled)} 个订阅因系统原因未能处理，见日志")


@client_app.command("create")
def client_create(
    name: str,
    role: Annotated[Role, typer.Option(help="system、broker、counsellor 或 office")],
    source: Annotated[str | None, typer.Option(help="采集系统的来源")] = None,
    district: Annotated[str | None, typer.Option(help="职业指导员的行政区划代码")] = None,
    as_json: Json = False,
) -> None:
    """新建客户端并显示密钥（只显示这一次）."""
    from api.security import create_client

    with Settings().database.write() as session:
        key = create_client(session, name, role, source, district)
    _tell_key(name, key, as_json)


@client_app.command("rotate")
def client_rotate(name: str, as_json: Json = False) -> None:
    """换一个新密钥，旧的立即失效."""
    from api.security import rotate_client

    with Settings().database.write() as session:
        key = rotate_client(session, name)
    _tell_key(name, key, as_json)


def _tell_key(name: str, key: str, as_json: bool) -> None:
    _tell({"name": name, "key": key}) if as_json else console.out.print(f"{name} 的密钥（只显示这一次）：\n{key}")


@client_app.command("revoke")
def client_revoke(name: str) -> None:
    """停用客户端."""
    from api.security import revoke_client

    with Settings().database.write() as session:
        revoke_client(session, name)
    console.out.print(f"已停用 {name}")


@client_app.command("list")
def client_list(as_json: Json = False) -> None:
    """列出客户端."""
    from api.security import list_clients

    columns = ("name", "role", "source", "district", "created_at", "revoked_at")
    with Settings().database.read() as session:
        rows = [[getattr(client, column) for column in columns] for client in list_clients(session)]
    if as_json:
        _tell([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        console.print_rows(columns, [["" if cell is None else cell for cell in row] for row in rows])


@app.command()
def demo(
    people: Annotated[int, typer.Option(min=1)] = 2000,
    vacancies: Annotated[int, typer.Option(min=1)] = 1500,
    seed: int = 7,
    db: Path = Path("zhipei-demo.db"),
) -> None:
    """生成样例市场，跑一晚，展示推荐、理由和不足三个的说明."""
    from api.demo import run_demo

    with _progress("样例市场") as progress:
        run_demo(people, vacancies, seed, db, progress)


if __name__ == "__main__":
    main()
