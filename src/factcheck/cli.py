"""The command line: each command reads its options, makes one library call and shows what comes back."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from factcheck import __version__
from factcheck.errors import EXIT_BAD_ROWS, EXIT_FAILED, FactcheckError
from factcheck.records import Statement

if TYPE_CHECKING:
    from datetime import datetime

    from factcheck.batch import Progress, Summary
    from factcheck.checker import FactChecker

_WIDTH = 100
_TOLD_WORDS = 8
_QUIET_SECONDS = 10.0
"""Between two lines of progress where there is no terminal to draw a bar on."""


class _Commands(click.Group):
    """A group whose commands answer an error of the library with one line and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except FactcheckError as error:
            click.echo(f"Error: {_shown(str(error))}", err=True)
            ctx.exit(error.exit_code)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which somebody meets them."""
        return list(self.commands)


def _examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


_model = click.option("--model", metavar="BUNDLE", help="Folder of a bundle, or the name of a shipped one.  [default: the best shipped]")
_statements = click.option("--statements", metavar="FILE", help="Statement base, CSV or JSON Lines.  [default: the one that ships]")
_known_claims = click.option(
    "--statements", metavar="FILE", help="Statement base, or fact-checked claims with id and text.  [default: the base that ships]"
)
_max_error = click.option(
    "--max-error",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Decide only as many claims as keep the share of wrong verdicts under this, with 95 % confidence.  [default: the bundle's]",
)
_as_of = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Use only statements published by then and still valid."
)
_answer_format = click.option(
    "--format", "style", type=click.Choice(["table", "json", "jsonl", "csv"]), default="table", show_default=True, help="How to print."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _where_pair(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, str] | None:
    """Return COLUMN=VALUE as a mapping."""
    column, equals, wanted = (value or "").partition("=")
    if value and not equals:
        raise click.BadParameter(f"{value!r} is not COLUMN=VALUE", ctx, param)
    return {column: wanted} if value else None


_text_column = click.option("--text-column", default="claim", show_default=True, metavar="COLUMN", help="The claims.")
_where = click.option("--where", metavar="COLUMN=VALUE", callback=_where_pair, help="Take only rows with this value, such as split=test.")
_limit = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Take the first N rows only.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH})
@click.version_option(__version__, prog_name="factcheck")
def main() -> None:
    """Check claims against dated, citable statements of authorities. Offline, on a CPU.

    A verdict is decision support: read the statement that it cites before you act on it.
    """


# ---------------------------------------------------------------------------------------------------------------------
# Checking
# ---------------------------------------------------------------------------------------------------------------------


@main.command(epilog=_examples('factcheck check "5G causes COVID-19"', "factcheck check --format json - < claims.txt"))
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@_model
@_statements
@_max_error
@_as_of
@_answer_format
def check(
    texts: Sequence[str], model: str | None, statements: str | None, max_error: float | None, as_of: datetime | None, style: str
) -> None:
    """Check claims; each TEXT is one, and - reads one a line from standard input."""
    checker = _load(model, statements, max_error=max_error, as_of=as_of)
    verdicts = checker.stream(_claims(texts))
    _print_answers((verdict.to_dict() for verdict in verdicts), style, _verdict_lines, _verdict_cells)


_TABLES = ["csv", "tsv", "jsonl", "json", "parquet", "xlsx"]


def _fail_on(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, float]:
    """Return the least probability by verdict of VERDICT[:PROBABILITY]."""
    least: dict[str, float] = {}
    for value in values:
        label, _, probability = value.partition(":")
        try:
            least[label.strip().upper()] = float(probability or 0)
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is not VERDICT or VERDICT:PROBABILITY, as in REFUTES:0.9", ctx, param) from error
    return least


@main.command(
    epilog=_examples(
        "factcheck batch posts.csv -o verdicts.csv",
        "factcheck batch posts.jsonl.gz --text-column body -o - | head",
        "factcheck batch 'posts-*.parquet' -o verdicts.xlsx --sample 500 --seed 1",
        "factcheck batch posts.csv -o verdicts.csv --resume",
        "factcheck batch posts/ -o verdicts/ --engine spark",
    )
)
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.option("-o", "--output", "target", required=True, metavar="OUT", help="Where to write; - is standard output.")
@click.option("--text-column", default="text", show_default=True, metavar="COLUMN", help="Column that holds the claims.")
@click.option("--id-column", metavar="COLUMN", help="Column that names a row in error messages.")
@click.option("--input-format", type=click.Choice(_TABLES), help="By default from the ending of IN.")
@click.option("--format", "output_format", type=click.Choice(_TABLES), help="By default from the ending of OUT.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of the input; the output is always UTF-8.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Processes that check.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of an encoder, in a single process.  [default: one a processor; with workers, one]",
)
@_limit
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Take N random rows only, in their order.")
@click.option("--seed", "random_state", type=int, default=0, show_default=True, metavar="S", help="Of the sample.")
@click.option("--resume", is_flag=True, help="Go on where the same command was cut off.")
@click.option("--summary", "summary_file", metavar="FILE", help="Write counts, seconds, errors by kind and fingerprint as JSON.")
@click.option(
    "--fail-on",
    metavar="VERDICT[:PROBABILITY]",
    multiple=True,
    callback=_fail_on,
    help="End with exit code 1 if a row has this verdict, at least so probable. May be repeated.",
)
@click.option(
    "--engine",
    type=click.Choice(["spark", "dask"]),
    help="Check a folder of Parquet into another, on the cluster that Spark or Dask is set up for, else on all cores.",
)
@_model
@_statements
@_max_error
@_as_of
@click.pass_context
def batch(
    ctx: click.Context,
    /,
    sources: Sequence[str],
    target: str,
    model: str | None,
    statements: str | None,
    threads: int | None,
    max_error: float | None,
    as_of: datetime | None,
    summary_file: str | None,
    engine: str | None,
    **options: Any,
) -> None:
    """Check every row of the tables IN and write it to OUT with its verdict, probability, reason and statement.

    CSV, TSV, JSON and JSON Lines, packed by gzip or zstd or not, Parquet and Excel; - for standard input. Several files, or a
    pattern in quotes, are read as one table. All columns are carried through. With --engine, IN and OUT are folders of Parquet.

    Exit code: 0 done, 1 failed or a row fits --fail-on, 2 wrong usage or unreadable input, 3 done, but some rows could not be
    checked; they have the reason "error".
    """
    from factcheck.lines import same_file
    from factcheck.tables import find_sources

    if summary_file and (Path(summary_file).is_dir() or not Path(summary_file).absolute().parent.is_dir()):
        raise click.BadParameter(f"{summary_file}: cannot be written; give a file in a folder that exists", param_hint="--summary")
    places = (summary_file, Path(summary_file).absolute().parent) if summary_file else ()  # of an engine the input is a folder
    if any(same_file(place, name) for place in places for name in (*find_sources(sources), target)):
        raise click.BadParameter(f"{summary_file}: is the input or the output; give another name", param_hint="--summary")
    if engine:
        summary = _run_engine(ctx, engine, sources, target, model=model, statements=statements)
    else:
        summary = _run_here(
            sources, target, model=model, statements=statements, threads=threads, max_error=max_error, as_of=as_of, **options
        )
    if summary_file:
        try:
            Path(summary_file).write_text(_json_text(summary.to_dict(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise FactcheckError(f"{summary_file}: the summary cannot be written: {error.strerror}; the rows are in {target}") from error
    counts = ", ".join(f"{count} {label}" for label, count in summary.verdicts.items())
    _say(f"{summary.rows} rows in {summary.seconds:.1f} s: {counts}; {summary.errors} with an error.")
    if summary.errors:
        kinds = ", ".join(f"{count} {kind}" for kind, count in summary.errors_by_kind.items())
        _say(f"Rows with an error say what is wrong in factcheck_error ({kinds}).")
    if summary.flagged:
        _say(f"{summary.flagged} rows have a verdict of --fail-on.")
        ctx.exit(EXIT_FAILED)
    if summary.errors:
        ctx.exit(EXIT_BAD_ROWS)


def _run_here(
    sources: Sequence[str],
    target: str,
    *,
    model: str | None,
    statements: str | None,
    threads: int | None,
    max_error: float | None,
    as_of: datetime | None,
    **options: Any,
) -> Summary:
    from factcheck.batch import run
    from factcheck.checker import FactChecker
    from factcheck.journal import unfinished

    checker = _load(model, statements, threads, max_error=max_error, as_of=as_of)
    day = as_of.date() if as_of else None
    load = partial(FactChecker.load, model, statements=statements, threads=1, max_error=max_error, as_of=day)
    try:
        with _progress() as tell:
            return run(checker, sources, target, load=load, progress=tell, **options)
    except KeyboardInterrupt:
        if target != "-" and unfinished(target).exists():
            _say("Stopped. The same command with --resume goes on.")
        raise


_OF_ENGINES = ("sources", "target", "engine", "text_column", "fail_on", "summary_file", "model", "statements")


def _run_engine(ctx: click.Context, engine: str, sources: Sequence[str], target: str, **options: Any) -> Summary:
    for option in ctx.command.params:
        if option.name not in _OF_ENGINES and ctx.get_parameter_source(str(option.name)) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"{option.opts[0]} does not go with --engine; leave it away, or check without an engine")
    if len(sources) > 1 or "-" in (*sources, target):
        raise click.UsageError("--engine reads one folder of Parquet files and writes another; give the names of the two")
    _say_default(options["model"])
    check_folder = import_module(f"factcheck.{engine}").check_folder
    summary: Summary = check_folder(*sources, target, text_column=ctx.params["text_column"], fail_on=ctx.params["fail_on"], **options)
    return summary


@main.command(epilog=_examples('factcheck explain "5G causes COVID-19"'))
@click.argument("text")
@_model
@_statements
@_max_error
@_as_of
@_json
def explain(
    text: str,
    model: str | None,
    statements: str | None,
    max_error: float | None,
    as_of: datetime | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Check a claim and show which of its words, and of the statement's, carried the verdict."""
    from factcheck.explanation import explain as explained

    found = explained(_load(model, statements, max_error=max_error, as_of=as_of), text).to_dict()
    click.echo(_json_text(found, indent=2) if as_json else "\n".join(map(_shown, _explanation_lines(found))))


@main.command(epilog=_examples("factcheck recheck verdicts.csv --statements new.csv"))
@click.argument("verdicts")
@click.option("--text-column", default="text", show_default=True, metavar="COLUMN", help="Column that holds the claims.")
@_model
@_statements
@_max_error
@_as_of
@_answer_format
def recheck(
    verdicts: str,
    text_column: str,
    model: str | None,
    statements: str | None,
    max_error: float | None,
    as_of: datetime | None,
    style: str,
) -> None:
    """List which verdicts of a batch change with other statements, another bundle or another version, and why."""
    from factcheck.rechecking import Tally
    from factcheck.rechecking import recheck as rechecked

    tally = Tally()
    changes = rechecked(_load(model, statements, max_error=max_error, as_of=as_of), verdicts, text_column=text_column, tally=tally)
    _print_answers((change.to_dict() for change in changes), style, _change_lines, _change_cells)
    _say(f"{tally.changed} of {tally.rows} verdicts change; {tally.skipped} rows were left out: they have no verdict or cannot be read.")


@main.command(epilog=_examples('factcheck match "masts burn in Leeds" -k 3', 'factcheck match "post" --statements fact_checks.jsonl'))
@click.argument("text")
@click.option("-k", type=click.IntRange(min=1), default=5, show_default=True, help="How many statements at the most.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Leave out what was published before, or has no date.")
@_model
@_known_claims
@_answer_format
def match(text: str, k: int, since: datetime | None, model: str | None, statements: str | None, style: str) -> None:
    """Show the statements nearest to TEXT, and how it stands to each: the same claim, its opposite, a word about it.

    "confirmed" is surely the same claim, "suggested" is worth a look. A rating goes over to a post that makes the same claim, to no other.
    """
    found = _load(model, _known(statements)).match(text, k, since=since.date() if since else None)
    _print_answers((item.to_dict() for item in found), style, _match_lines, _match_cells)


@main.command(
    epilog=_examples(
        "factcheck report verdicts.jsonl -o report.html --summary summary.json",
        "factcheck report verdicts.csv -o report.html --text-column body --date-column posted",
    )
)
@click.argument("verdicts")
@click.option("-o", "--output", "target", required=True, metavar="PAGE", help="HTML file to write; one that is there is replaced.")
@click.option("--text-column", default="text", show_default=True, metavar="COLUMN", help="Column that holds the claims.")
@click.option("--date-column", metavar="COLUMN", help="Column that holds the day of each post; shows the myths over time.")
@click.option("--summary", metavar="FILE", help="What batch wrote with --summary: which bundle and statements answered.")
@click.option("--statements", metavar="FILE", help="Statement base that names the topics.  [default: the one that ships]")
@click.option("--input-format", type=click.Choice(_TABLES), help="By default from the ending of VERDICTS.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of VERDICTS.")
def report(verdicts: str, target: str, **options: Any) -> None:
    """Write what a batch found, VERDICTS, as one page to read and hand on.

    Counts, the myths that stood out, posts that repeat each other, what no statement settles, and a table to search. The page is one
    file without anything from elsewhere. JSON, JSON Lines and Parquet tell most; needs pip install 'claim-factcheck[report]'.
    """
    from factcheck.report import write

    done = write(verdicts, target, **options)
    listed = "" if done.listed == done.rows else f", the first {done.listed} of them listed"
    _say(f"{target}: {done.rows} rows{listed}; {done.size // 1000:,} kB.")


@main.command(epilog=_examples("factcheck review verdicts.jsonl --open", "factcheck review verdicts.csv -o anna.jsonl --reviewer Anna"))
@click.argument("verdicts")
@click.option("-o", "--output", "target", metavar="FILE", help="Decisions, appended line by line.  [default: VERDICTS.decisions.jsonl]")
@click.option("--reviewer", metavar="NAME", help="Who decides.  [default: the name of the user]")
@click.option("--text-column", default="text", show_default=True, metavar="COLUMN", help="Column that holds the claims.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the page on 127.0.0.1.  [default: one that is free]")
@click.option("--open", "browse", is_flag=True, help="Open the page in the browser too.")
@click.option("--input-format", type=click.Choice(_TABLES), help="By default from the ending of VERDICTS.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of VERDICTS.")
def review(verdicts: str, target: str | None, browse: bool, **options: Any) -> None:  # noqa: FBT001
    """Confirm or correct what a batch found, VERDICTS, text by text with the keyboard, on a page of this machine.

    The page is on 127.0.0.1 alone; its address is printed. First come the texts for which most rows are expected to be wrong. Every
    decision is a line of FILE at once; the same command goes on where it was. Ctrl-C ends it. Needs pip install 'claim-factcheck[review]'.
    """
    from factcheck.review import serve

    def ready(address: str) -> None:
        _say(f"Open {address}\nCtrl-C ends the review.")
        if browse:
            click.launch(address)

    done = serve(verdicts, target, tell=_say, ready=ready, **options)
    _say(f"{done.decided} of {done.texts} texts are decided, in {done.target}.")


@main.command(epilog=_examples("factcheck agreement anna.jsonl ben.jsonl", "factcheck agreement anna.jsonl ben.jsonl -o both.jsonl --json"))
@click.argument("first")
@click.argument("second")
@click.option("-o", "--output", "target", metavar="FILE", help="Write the decisions of both as one file too, by time.")
@_json
def agreement(first: str, second: str, target: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Compare what two people decided in factcheck review: Cohen's kappa over the texts that both judged, and where they differ."""
    from factcheck.corrections import agreement as compared
    from factcheck.corrections import merge, read
    from factcheck.lines import same_file
    from factcheck.output import write_whole

    if target and any(same_file(target, path) for path in (first, second)):
        raise click.BadParameter(f"{target}: is an input; give another name", param_hint="--output")
    one, other = (read(path, tell=_say) for path in (first, second))
    found = compared(one, other)
    if target:
        write_whole(Path(target), b"".join(decision.to_line() for decision in merge(one, other)).decode("ascii"))
    click.echo(_json_text(found.to_dict(), indent=2) if as_json else "\n".join(map(_shown, _agreement_lines(found.to_dict()))))


# ---------------------------------------------------------------------------------------------------------------------
# Training and measuring
# ---------------------------------------------------------------------------------------------------------------------


@main.command(
    epilog=_examples(
        "factcheck train recipes/linear.toml -o models/mine",
        "factcheck train recipes/linear.toml --corrections decisions.jsonl -o models/new",
        "factcheck train tweets.csv --text-column tweet --label-column label -o models/tweets",
    )
)
@click.argument("source", metavar="RECIPE.toml|TABLE")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder of the bundle.")
@click.option("--text-column", metavar="COLUMN", help="Of a TABLE: the texts.")
@click.option("--label-column", metavar="COLUMN", help="Of a TABLE: the labels, any names.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of a TABLE: which fifth is held out for the metrics.")
@click.option(
    "--base", metavar="FOLDER", help="Of an encoder's RECIPE: model or bundle to begin with.  [default: the recipe's, from the hub]"
)
@click.option("--checkpoints", metavar="FOLDER", help="Of an encoder's RECIPE.  [default: DIR.checkpoints]")
@click.option("--corrections", metavar="FILE", help="With a RECIPE: decisions that factcheck review wrote; they join its train split.")
def train(
    source: str,
    output: str,
    text_column: str | None,
    label_column: str | None,
    random_state: int,
    base: str | None,
    checkpoints: str | None,
    corrections: str | None,
) -> None:
    """Train a checker from a recipe, or a claim-only text classifier from a labelled table, and write its bundle.

    A claim-only classifier learns how the texts of each label are written; it cites no statement. An encoder takes hours on a CPU;
    a training that was cut off goes on from its last checkpoint. With an encoder's bundle as the --base
    only the recipe's last stage is run.
    """
    from factcheck import training

    say = partial(click.echo, err=True)
    if source.endswith(".toml"):
        training.train(source, output, base=base, checkpoints=checkpoints, corrections=corrections, say=say)
        return
    if corrections:
        raise click.UsageError("--corrections goes with a recipe: they speak of statements, which a classifier of texts does not know")
    if not (text_column and label_column):
        raise click.UsageError("a table needs --text-column and --label-column; a recipe ends in .toml")
    training.train_claims(source, output, text_column=text_column, label_column=label_column, random_state=random_state, say=say)


@main.group(cls=_Commands)
def evaluate() -> None:
    """Measure on a labelled file: pairs, claims or matching."""


@evaluate.command(epilog=_examples("factcheck evaluate pairs dev.jsonl --json"))
@click.argument("file")
@_text_column
@click.option("--evidence-column", default="evidence", show_default=True, metavar="COLUMN", help="The evidence.")
@click.option("--label-column", default="label", show_default=True, metavar="COLUMN", help="SUPPORTS, REFUTES or NOT ENOUGH INFO.")
@_limit
@_model
@_json
def pairs(file: str, model: str | None, as_json: bool, **options: Any) -> None:  # noqa: FBT001 (a flag of the command line)
    """Score the pair verifier on claims with evidence."""
    from factcheck.evaluation import evaluate_pairs

    _print_report(evaluate_pairs(_load(model), file, **options), as_json=as_json)


@evaluate.command(
    epilog=_examples(
        "factcheck evaluate claims data/claims.csv --where split=test",
        "factcheck evaluate claims val.csv --model models/tweets --text-column tweet",
    )
)
@click.argument("file")
@_text_column
@click.option("--label-column", default="label", show_default=True, metavar="COLUMN", help="Labels of a verdict, or the classifier's own.")
@_where
@_limit
@_model
@_statements
@_max_error
@_json
def claims(file: str, model: str | None, statements: str | None, max_error: float | None, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    """Score verdicts, or a claim-only classifier, on labelled claims."""
    from factcheck.evaluation import evaluate_claims, load_model

    _print_report(evaluate_claims(load_model(model, statements=statements, max_error=max_error), file, **options), as_json=as_json)


@evaluate.command(epilog=_examples("factcheck evaluate matching queries.jsonl --statements fact_checks.jsonl --json"))
@click.argument("file")
@_model
@_known_claims
@_limit
@_json
def matching(file: str, model: str | None, statements: str | None, limit: int | None, as_json: bool) -> None:  # noqa: FBT001
    """Score the search on queries (query_id, query, statement_id) and the statements that they should find."""
    from factcheck.evaluation import evaluate_matching

    _print_report(evaluate_matching(_load(model, _known(statements)), file, limit=limit), as_json=as_json)


def _print_kinds(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    """Print the kinds of perturbations and leave."""
    if value:
        from factcheck.robustness import kinds_table

        click.echo(kinds_table())
        ctx.exit()


@main.command(
    epilog=_examples(
        "factcheck robustness data/claims.csv --where split=test",
        "factcheck robustness mine.csv --kinds typos,homoglyphs,negated-verb --fail-under 0.9",
        "factcheck robustness --list",
    )
)
@click.argument("file")
@_text_column
@click.option("--label-column", default="label", show_default=True, metavar="COLUMN", help="Labels of a verdict.")
@_where
@_limit
@click.option("--kinds", metavar="KIND,...", help="Perturbations to try.  [default: all]")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_print_kinds, help="Print the kinds and leave.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of the perturbations.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 1), metavar="RATE", help="End with exit code 1 if a kind with enough claims passes less often."
)
@_model
@_statements
@_json
@click.pass_context
def robustness(
    ctx: click.Context,
    /,
    file: str,
    model: str | None,
    statements: str | None,
    kinds: str | None,
    fail_under: float | None,
    as_json: bool,  # noqa: FBT001
    **options: Any,
) -> None:
    """Perturb labelled claims - typos, disguises, denials, other numbers - and see what the verdicts do.

    For each kind of perturbation: how often the verdict is one that may follow, how often it is decisive and the wrong one.
    """
    from factcheck.robustness import below, markdown, run

    report = run(_load(model, statements), file, kinds=kinds.split(",") if kinds else None, **options)
    click.echo(_json_text(report) if as_json else markdown(report))
    if fail_under is not None and (failed := below(report, fail_under)):
        rates = ", ".join(f"{name} ({report['kinds'][name]['rate']:.3f})" for name in failed)
        click.echo(f"Passed less often than {fail_under}: {rates}.", err=True)
        ctx.exit(EXIT_FAILED)


@main.command(
    epilog=_examples(
        "factcheck compare models/live models/new --on data/claims.csv --where split=test",
        "factcheck compare models/live models/new --on mine.csv --promote models/live",
    )
)
@click.argument("old")
@click.argument("new")
@click.option("--on", "file", required=True, metavar="FILE", help="Labelled claims that neither was trained or calibrated on.")
@_text_column
@click.option("--label-column", default="label", show_default=True, metavar="COLUMN", help="Labels of a verdict.")
@_where
@_limit
@click.option("--kinds", metavar="KIND,...", help="Perturbations to try, as in robustness; none for none.  [default: six of them]")
@click.option("--sample", type=click.IntRange(min=1), default=500, show_default=True, metavar="N", help="Claims to perturb, at the most.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of all that is drawn.")
@click.option("--promote", metavar="DIR", help="Copy NEW to this folder, unless it is worse.")
@click.option("--force", is_flag=True, help="Promote a worse one too.")
@_statements
@_json
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    old: str,
    new: str,
    file: str,
    kinds: str | None,
    promote: str | None,
    force: bool,  # noqa: FBT001
    statements: str | None,
    as_json: bool,  # noqa: FBT001
    **options: Any,
) -> None:
    """Compare the bundle NEW with OLD, folders or shipped names, on the same labelled claims: better, no worse, or worse.

    Worse is a macro-F1 that falls, or a share of wrong verdicts that rises, of the decided claims or of a kind of perturbation, shown with
    95 % confidence.

    Exit code: 0 not worse, or promoted with --force; 1 worse, or failed; 2 wrong usage or unreadable input.
    """
    from factcheck import comparison

    if force and not promote:
        raise click.UsageError("--force goes with --promote DIR")
    options["kinds"] = comparison.TRIED if kinds is None else () if kinds == "none" else kinds.split(",")
    report = comparison.compare(_load(old, statements), _load(new, statements), file, **options)
    click.echo(_json_text(report) if as_json else "\n".join(map(_shown, comparison.markdown(report).split("\n"))))
    if promote:
        comparison.promote(report, new, promote, force=force)
        _say(f"{promote}: holds {new} now.")
    elif report["outcome"] == comparison.Outcome.WORSE:
        ctx.exit(EXIT_FAILED)


# ---------------------------------------------------------------------------------------------------------------------
# The statement base and the labelled claims
# ---------------------------------------------------------------------------------------------------------------------


@main.group(cls=_Commands, name="statements")
def statements_group() -> None:
    """Keep a statement base: lint, add, build, diff, import."""


@statements_group.command(name="lint", epilog=_examples("factcheck statements lint data/statements.csv --stats"))
@click.argument("file", required=False)
@click.option("--stats", is_flag=True, help="Print counts by topic and publisher too.")
@click.pass_context
def lint_statements(ctx: click.Context, file: str | None, stats: bool) -> None:  # noqa: FBT001
    """List everything that is wrong with a base, by row and column; exit code 1 when something is."""
    from factcheck import statements

    problems = statements.lint(file)
    if stats and all(problem.usable for problem in problems):
        click.echo(_json_text(statements.stats(statements.read_statements(file)), indent=2))
    _print_problems(ctx, problems, "statements")


@statements_group.command(
    epilog=_examples('factcheck statements add base.csv --id emf-100 --topic 5g-emf --publisher WHO --url https://www.who.int/ "..."')
)
@click.argument("file")
@click.argument("statement")
@click.option("--id", "identifier", required=True, prompt=True, help="Unique in the base.")
@click.option("--publisher", required=True, prompt=True, help="The authority.")
@click.option("--url", required=True, prompt=True, help="Where it says so; http or https.")
@click.option("--topic", required=True, prompt=True, help="A word to group by.")
@click.option("--published", default="", metavar="DATE", help="ISO date, where it is known.")
@click.option("--valid-until", default="", metavar="DATE", help="ISO date, where it ends.")
@click.option("--force", is_flag=True, help="Add it beside a near-duplicate or a contradiction.")
def add(file: str, statement: str, identifier: str, force: bool, **fields: str) -> None:  # noqa: FBT001
    """Add a STATEMENT to the base FILE, unless it nearly repeats or contradicts one that is there."""
    from factcheck import statements

    new = statements.statement_from({"id": identifier, "statement": statement, **fields})
    for similar in statements.add(file, new, force=force):
        click.echo(f"Warning: {_shown(str(similar))}", err=True)
    click.echo(f"Added {identifier} to {file}.", err=True)


@statements_group.command(
    epilog=_examples("factcheck statements build fact_checks.jsonl -o checks", 'factcheck match "post" --statements checks')
)
@click.argument("file")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder of the built base; one that is there is brought up to date.")
@_model
def build(file: str, output: str, model: str | None) -> None:
    """Index the base FILE once, so that it opens in a moment and takes little memory: for thousands of statements and more.

    Of a base that was built before only what is new is read. It works with the bundle that it was built for.
    """
    from factcheck import bases
    from factcheck.statements import read_known_claims

    done = bases.build(read_known_claims(file), output, _load(model, ()).index)
    click.echo(f"{done['statements']} statements in {output}: {done['read']} read, {done['removed']} removed.", err=True)


@statements_group.command(epilog=_examples("factcheck statements diff old.csv new.csv --json"))
@click.argument("old")
@click.argument("new")
@_json
def diff(old: str, new: str, as_json: bool) -> None:  # noqa: FBT001
    """Show what changed from one base to another: added, removed, reworded, re-dated, another source."""
    from factcheck import statements

    difference = statements.diff(statements.read_statements(old), statements.read_statements(new))
    changes = {
        name: [_change(item) for item in getattr(difference, name)] for name in ("added", "removed", "reworded", "redated", "resourced")
    }
    if as_json:
        click.echo(_json_text(changes))
        return
    for name, items in changes.items():
        for item in items:
            shown = item.get("new", item)
            click.echo(_shown(f"{name:9} {shown['id']}  {shown['statement']}"))


@statements_group.command(
    name="import", epilog=_examples("factcheck statements import facts.csv --map statement=fact --map publisher=source -o base.csv")
)
@click.argument("file")
@click.option("-o", "--output", required=True, metavar="BASE", help="The base to extend; it is begun when it does not exist.")
@click.option("--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="Column of the base = column of FILE.")
@click.option("--force", is_flag=True, help="Import near-duplicates and contradictions too.")
def import_statements(file: str, output: str, mapping: Sequence[str], force: bool) -> None:  # noqa: FBT001
    """Import statements from a CSV or JSON Lines FILE; nothing is written when one row is bad."""
    from factcheck import statements

    split = [item.partition("=") for item in mapping]
    if wrong := [item for item, (_, equals, _) in zip(mapping, split, strict=True) if not equals]:
        raise click.BadParameter(f"{wrong[0]!r} is not COLUMN=FIELD", param_hint="--map")
    added = statements.import_rows(file, {column: name for column, _, name in split}, output, force=force)
    click.echo(f"Imported {len(added)} statements into {output}.", err=True)


# ---------------------------------------------------------------------------------------------------------------------
# ClaimReview
# ---------------------------------------------------------------------------------------------------------------------


_ratings = click.option("--ratings", metavar="FILE", help="Your own labels of ratings, TOML or CSV, over those that ship.")


@main.group(cls=_Commands, name="claimreview")
def claimreview_group() -> None:
    """Read others' fact checks and publish your own: import, export, lint."""


@claimreview_group.command(
    name="import",
    epilog=_examples(
        "factcheck claimreview import feed.json pages/*.html -o known.jsonl", 'factcheck match "post" --statements known.jsonl'
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="OUT", help="Table of known claims, .csv, .jsonl or .ndjson; replaced.")
@_ratings
@_json
@click.pass_context
def import_claimreview(ctx: click.Context, files: Sequence[str], output: str, ratings: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Make a table of known claims of ClaimReview feeds, pages, saved search answers and tables.

    JSON-LD, HTML and Fact Check Tools answers are recognised by what they hold, packed with gzip or not; tables by .csv or .tsv.
    What was left out is counted on stderr, and a document that cannot be read makes the exit code 3.
    """
    from factcheck.claimreview import import_reviews

    if as_json and output == "-":
        raise click.UsageError("--json prints on standard output too; give -o a file")
    done = import_reviews(files, output, ratings=ratings)
    if as_json:
        click.echo(_json_text(done.to_dict()))
    else:
        for line in done.lines():
            click.echo(_shown(line), err=True)
    if done.fault_count:
        ctx.exit(EXIT_BAD_ROWS)


@claimreview_group.command(
    name="export",
    epilog=_examples('factcheck claimreview export decided.csv -o reviews.json --publisher "My Desk" --publisher-url https://desk.example'),
)
@click.argument("table")
@click.option("-o", "--output", required=True, metavar="OUT", help="By its ending .json, .jsonl or .html (script elements); replaced.")
@click.option("--publisher", required=True, metavar="NAME", help="Your own name.")
@click.option("--publisher-url", required=True, metavar="URL", help="Your own site; every review must stand on it.")
@_ratings
@click.pass_context
def export_claimreview(ctx: click.Context, table: str, output: str, publisher: str, publisher_url: str, ratings: str | None) -> None:
    """Write the confirmed rows of TABLE (claim, url, rating, label, date, confirmed) as ClaimReview."""
    from factcheck.claimreview import export_reviews

    done = export_reviews(table, output, publisher=publisher, publisher_url=publisher_url, ratings=ratings)
    for fault in done.faults:
        click.echo(_shown(str(fault)), err=True)
    click.echo(f"{done.written} reviews written; {done.unconfirmed} rows not confirmed; {done.refused} confirmed rows refused.", err=True)
    if done.refused:
        ctx.exit(EXIT_BAD_ROWS)


@claimreview_group.command(name="lint", epilog=_examples("factcheck claimreview lint reviews.json page.html"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.pass_context
def lint_claimreview(ctx: click.Context, files: Sequence[str]) -> None:
    """List what a consumer of ClaimReview would reject or misread; exit code 1 when there is something."""
    from factcheck.claimreview import lint_reviews

    _print_problems(ctx, lint_reviews(files), "reviews")


# ---------------------------------------------------------------------------------------------------------------------
# Research sets
# ---------------------------------------------------------------------------------------------------------------------


@main.group(cls=_Commands, name="data")
def data_group() -> None:
    """Get research sets and convert them: list, fetch, convert, predictions."""


@data_group.command(name="list", epilog=_examples("factcheck data list", "factcheck data list --json"))
@_json
def list_datasets(as_json: bool) -> None:  # noqa: FBT001
    """Show the research sets: what is made of each, licence, page, the files that are read, and whether fetch gets them."""
    from factcheck.datasets import describe

    sets = describe()
    if as_json:
        click.echo(_json_text(sets, indent=2))
        return
    click.echo(f"{'name':17} {'made into':13} {'fetch':11} licence")
    for about in sets:
        click.echo(f"{about['name']:17} {about['kind']:13} {about['fetch']:11} {about['licence']}")
        click.echo(f"{'':17} {about['home']}")
        click.echo(f"{'':17} {about['files']}")


@data_group.command(epilog=_examples("factcheck data fetch check-covid -o raw/check-covid"))
@click.argument("name")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder for the files; made where it is not there.")
def fetch(name: str, output: str) -> None:
    """Download the files of the set NAME whose checksum is known; the other commands of this group use no network.

    Over https, no more bytes than the file has, kept under its name only when its checksum is right. After a break the same
    command goes on where it stopped. For other sets it says what to download by hand.
    """
    from factcheck import datasets

    for file in datasets.fetch(name, output):
        click.echo(f"{file}: complete, with the checksum that is known.", err=True)


@data_group.command(
    epilog=_examples(
        "factcheck data convert scifact claims_dev.jsonl corpus.jsonl -o scifact.dev.jsonl",
        "factcheck data convert fever train.jsonl 'wiki-pages/*.jsonl' -o fever.jsonl",
        "factcheck data convert climate-fever climate-fever-dataset-r1.jsonl -o climate.jsonl --split",
    )
)
@click.argument("name")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="OUT", help="Table to write, by its ending; - is standard output, JSON Lines.")
@click.option("--split", is_flag=True, help="Write OUT's train, dev and test, of which no two share a claim or evidence.")
def convert(name: str, files: Sequence[str], output: str, split: bool) -> None:  # noqa: FBT001
    """Make one table of the FILEs of the set NAME, in any order: pairs, claims, matching, known claims or statements.

    What was left out is counted on stderr. `factcheck data list` names the sets and the files that are read.
    """
    from factcheck import datasets

    for line in datasets.convert(name, files, output, split=split).lines():
        click.echo(_shown(line), err=True)


@data_group.command(
    epilog=_examples(
        "factcheck data convert scifact-corpus corpus.jsonl -o sentences.jsonl",
        "factcheck batch claims_dev.jsonl --text-column claim --statements sentences.jsonl -o verdicts.jsonl",
        "factcheck data predictions scifact verdicts.jsonl -o predictions.jsonl",
    )
)
@click.argument("name", metavar="fever|scifact")
@click.argument("verdicts")
@click.option("-o", "--output", required=True, metavar="OUT", help="JSON Lines for the official scorer; - is standard output.")
@click.option("--id-column", default="id", show_default=True, metavar="COLUMN", help="Column with the set's own ids.")
def predictions(name: str, verdicts: str, output: str, id_column: str) -> None:
    """Write VERDICTS, the JSON Lines of a batch, as predictions for the set's official scorer."""
    from factcheck.datasets import write_predictions

    written = write_predictions(name, verdicts, output, id_column=id_column)
    click.echo(f"{written} predictions for the scorer of {name}.", err=True)


# ---------------------------------------------------------------------------------------------------------------------
# Labelled claims
# ---------------------------------------------------------------------------------------------------------------------


@main.group(cls=_Commands, name="claims")
def claims_group() -> None:
    """Keep a table of labelled claims: lint."""


@claims_group.command(name="lint", epilog=_examples("factcheck claims lint data/claims.csv --stats"))
@click.argument("file", required=False)
@click.option("--statements", "base", metavar="FILE", help="The base that they are tied to.  [default: the one that ships]")
@click.option("--stats", is_flag=True, help="Print counts by label, kind, topic and split too.")
@click.pass_context
def lint_claims(ctx: click.Context, file: str | None, base: str | None, stats: bool) -> None:  # noqa: FBT001
    """List everything that is wrong with labelled claims, by row and column; exit code 1 when something is."""
    from factcheck import claims as library
    from factcheck.statements import read_statements

    problems = library.lint_claims(file, read_statements(base))
    if stats and all(problem.usable for problem in problems):
        click.echo(_json_text(library.claim_stats(library.read_claims(file)), indent=2))
    _print_problems(ctx, problems, "claims")


@main.command(epilog=_examples("factcheck info", "factcheck info --model models/mine --json"))
@_model
@_statements
@_json
def info(model: str | None, statements: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Show which bundle and which statement base answer, and their versions."""
    from factcheck.checker import default_model
    from factcheck.statements import stats

    checker = _load(model, statements)
    base = stats(checker.statements)
    trained_on = checker.manifest.get("training", {}).get("statements", {}).get("sha256")
    about: dict[str, Any] = {
        "version": __version__,
        "bundle": {
            "name": checker.manifest.get("name"),
            "sha256": checker.fingerprint["bundle"],
            "why": "it was asked for" if model else default_model()[1] or "it is the best that ships, and all it needs is installed",
            **_without(checker.manifest, "files", "name"),
        },
        "statements": {
            "sha256": checker.fingerprint["statements"],
            "same_as_in_training": trained_on == checker.fingerprint["statements"],
            **base,
        },
    }
    if as_json:
        click.echo(_json_text(about))
        return
    click.echo(f"factcheck {__version__}")
    click.echo(f"bundle      {about['bundle']['name']} ({checker.manifest['kind']}), sha256 {checker.fingerprint['bundle']}")
    click.echo(f"            {about['bundle']['why']}")
    click.echo(f"thresholds  {', '.join(f'{name} {value:.2f}' for name, value in checker.manifest.get('thresholds', {}).items())}")
    click.echo(f"statements  {base['statements']} from {len(base['publishers'])} publishers, sha256 {checker.fingerprint['statements']}")
    for topic, count in base["topics"].items():
        click.echo(f"            {count:4} {_shown(topic)}")


# ---------------------------------------------------------------------------------------------------------------------
# Reading and showing
# ---------------------------------------------------------------------------------------------------------------------


def _load(
    model: str | None,
    statements: Any = None,
    threads: int | None = None,
    *,
    max_error: float | None = None,
    as_of: datetime | None = None,
) -> FactChecker:
    from math import isinf

    from factcheck.checker import FactChecker

    _say_default(model)
    day = as_of.date() if as_of else None
    checker = FactChecker.load(model, statements=statements, threads=threads, max_error=max_error, as_of=day)
    if max_error and isinf(checker.rule.threshold_):
        seen = len(checker.rule.confidences_)
        _say(
            f"--max-error {checker.rule.max_error:g} cannot be kept: no threshold does so on {seen} calibration claims; nothing is decided."
        )
    return checker


def _say_default(model: str | None) -> None:
    from factcheck.checker import default_model

    if model is None and (why := default_model()[1]):
        click.echo(f"Using the bundle {default_model()[0]!r}; {why}", err=True)


def _known(statements: str | None) -> str | Sequence[Statement] | None:
    """Return the folder of a built base as it is, and what a table holds."""
    from factcheck.statements import read_known_claims

    return read_known_claims(statements) if statements and not Path(statements).is_dir() else statements


def _claims(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        if text == "-":
            lines = (line.decode("utf-8", errors="replace").strip("\ufeff \t\r\n") for line in sys.stdin.buffer)
            yield from (line for line in lines if line)
        else:
            yield text


def _print_answers(
    rows: Iterable[Mapping[str, Any]],
    style: str,
    lines: Callable[[Mapping[str, Any]], Iterable[str]],
    cells: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> None:
    """Print answers as they come; json is one list."""
    if style == "json":
        click.echo(_json_text(list(rows), indent=2))
    elif style == "csv":
        from factcheck.output import RowWriter

        columns = tuple(cells({}))
        with RowWriter("-", format="csv", columns=columns, added=columns) as writer:
            for row in rows:
                written = cells(row)
                writer.write({name: _shown(str(cell)) for name, cell in written.items()} if sys.stdout.isatty() else written)
    else:
        for row in rows:
            click.echo(_json_text(row) if style == "jsonl" else "\n".join([*map(_shown, lines(row)), ""]))


def _verdict_cells(verdict: Mapping[str, Any]) -> dict[str, Any]:
    statement = verdict.get("statement") or {}
    own = {name: verdict.get(name, "") for name in ("claim", "verdict", "probability", "reason")}
    return {**own, "statement_id": statement.get("id", ""), **_citation_cells(statement), "error": verdict.get("error", "")}


def _match_cells(found: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: found.get(name, "") for name in ("id", "score", "strength", "relation", "stance", "rating")}
    return {**own, **_citation_cells(found)}


def _citation_cells(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {name: statement.get(name, "") for name in ("statement", "publisher", "url", "published")}


def _verdict_lines(verdict: Mapping[str, Any]) -> Iterator[str]:
    yield from textwrap.wrap(verdict["claim"], _WIDTH) or ["(empty)"]
    if verdict["error"]:
        yield f"  ERROR  {verdict['error']}"
        return
    likeliest, probability = max(verdict["probabilities"].items(), key=lambda item: item[1])
    if verdict["reason"] == "low_probability":
        yield f"  {verdict['verdict']}  ({likeliest} is likeliest at {probability:.0%}: not sure enough to say so)"
    else:
        yield f"  {verdict['verdict']}  {verdict['probability']:.0%}  ({_WHY[verdict['reason']]})"
    if reported := verdict["reports_claim"]:
        yield from textwrap.wrap(f"it only reports: {reported}", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
    if statement := verdict["statement"]:
        yield from _cited(statement)
        if sentence := verdict["evidence"][0]["sentence"]:
            yield from textwrap.wrap(f"of this: {sentence}", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
        if span := verdict["span"]:
            said = verdict["claim"][slice(*span)]
            yield from textwrap.wrap(f"on the sentence: {said}", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")


def _explanation_lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield from _verdict_lines(found["verdict"])
    evidence = found["explained"]
    if not evidence:
        yield "  Nothing was read: no statement is relevant enough."
        return
    if not found["verdict"]["statement"]:
        yield "  The most relevant statement:"
        yield from _cited(evidence)
    shares = ", ".join(f"{name} {value:.0%}" for name, value in evidence["probabilities"].items())
    needed = found["thresholds"]
    yield f"  The pair alone: {shares}; relevance {evidence['score']:.2f} ({needed['relevance']:.2f} is needed to be read)"
    if needed["probability"] < 1:
        yield f"  A label needs a probability of {needed['probability']:.0%} (max-error {found['max_error']:g})"
    else:
        yield f"  No label is given: nothing keeps max-error {found['max_error']:g}"
    yield f"  Words for {found['stance']} (+) and against it (-), by how much the log-odds fall without them:"
    for name in ("claim_words", "statement_words"):
        told = sorted(found[name], key=lambda word: -abs(word["weight"]))[:_TOLD_WORDS]
        listed = ", ".join(f"{word['text']} {word['weight']:+.1f}" for word in told)
        yield from textwrap.wrap(f"{name.partition('_')[0]}: {listed}", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")


def _change_lines(change: Mapping[str, Any]) -> Iterator[str]:
    yield from textwrap.wrap(change["claim"], _WIDTH) or ["(empty)"]
    yield f"  row {change['row']}: {change['old']} -> {change['new']}  ({change['why']})"
    for side in ("old", "new"):
        if change[f"{side}_statement"]:
            said = f"{side}: {change[f'{side}_statement']}"
            yield from textwrap.wrap(said, _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")


def _change_cells(change: Mapping[str, Any]) -> dict[str, Any]:
    names = ("row", "claim", "old", "new", "why", "old_statement_id", "new_statement_id", "old_statement", "new_statement")
    return {name: change.get(name, "") for name in names}


def _agreement_lines(found: Mapping[str, Any]) -> Iterator[str]:
    kappa = "not defined: no text in common, or one label everywhere" if found["kappa"] is None else f"{found['kappa']:.3f}"
    yield f"texts that both judged  {found['texts']}"
    yield f"the same label          {found['same']}"
    yield f"kappa                   {kappa}"
    for pair in found["disagreements"]:
        yield ""
        yield from textwrap.wrap(pair[0]["text"], _WIDTH) or ["(empty)"]
        for own in pair:
            said = f"{own['reviewer']}: {own['label']}" + (f"; {own['note']}" if own["note"] else "")
            yield from textwrap.wrap(said, _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
        yield f"    the tool: {pair[0]['verdict']}  {pair[0]['probability']:.0%}"


def _match_lines(found: Mapping[str, Any]) -> Iterator[str]:
    relation = f"{found['relation']} {found['relations'][found['relation']]:.0%}"
    yield "  ".join(filter(None, (f"{found['score']:.2f}", found["strength"], relation, found["id"])))
    if found["rating"]:
        yield f"    rated: {found['rating']}"
    yield from _cited(found)


def _cited(statement: Mapping[str, Any]) -> Iterator[str]:
    yield from textwrap.wrap(statement["statement"], _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
    yield "    " + ", ".join(filter(None, (statement["publisher"], statement["published"], statement["url"])))


_WHY = {
    "decided": "the statement below decides it",
    "no_relevant_statement": "no statement of the base settles it",
    "conflicting_evidence": "statements disagree; the strongest is below",
    "not_a_claim": "not a claim in English: a question, a fragment, a report of what others say, or nothing to check",
    "outdated_statement": "the statement is older than the claim",
}


def _print_report(report: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(_json_text(report))
        return
    for name, value in report.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            click.echo(f"{name:14} {value:.4f}" if isinstance(value, float) else f"{name:14} {value}")
    for label, part in report.get("per_label", {}).items():
        click.echo(f"{label:16} precision {part['precision']:.3f}  recall {part['recall']:.3f}  f1 {part['f1']:.3f}  n {part['support']}")
    if "interval" in report:
        click.echo(f"macro_f1, 95 % interval: {report['interval'][0]:.3f} to {report['interval'][1]:.3f}")


def _print_problems(ctx: click.Context, problems: Sequence[object], what: str) -> None:
    for problem in problems:
        click.echo(_shown(str(problem)), err=True)
    click.echo(f"{len(problems)} problems in the {what}." if problems else f"No problems in the {what}.", err=True)
    if problems:
        ctx.exit(EXIT_FAILED)


def _change(item: Statement | tuple[Statement, Statement]) -> dict[str, Any]:
    return {"old": item[0].to_dict(), "new": item[1].to_dict()} if isinstance(item, tuple) else item.to_dict()


def _without(mapping: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}


def _shown(text: str) -> str:
    """Return text that cannot steer a terminal or hide its order: what is not printable becomes U+FFFD, line breaks spaces."""
    return "".join(c if c.isprintable() else " " if c in "\n\r\t" else "\ufffd" for c in text)


def _json_text(value: Any, indent: int | None = None) -> str:
    """Return JSON in which what is not printable stands escaped, so that it cannot steer a terminal and nothing is lost."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(c if c.isprintable() or c == "\n" else "\\u007f" if c == "\x7f" else json.dumps(c)[1:-1] for c in text)


def _say(text: str, *, nl: bool = True) -> None:
    """Print to standard error. That nobody reads it any more is no reason to end a batch: from then on it goes nowhere."""
    try:
        click.echo(text, err=True, nl=nl)
    except OSError:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, sys.stderr.fileno())  # else the interpreter fails when it flushes what is left
            os.close(nothing)


class _progress:  # noqa: N801 (used as a function)
    """Draw a bar on a terminal, else a line now and then, always on stderr."""

    def __enter__(self) -> Callable[[Progress], None]:
        self._bar = sys.stderr.isatty()
        self._last = time.monotonic()
        self._drawn = False
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._drawn and self._bar:
            _say("")

    def _tell(self, progress: Progress) -> None:
        now = time.monotonic()
        if not self._bar and now - self._last < _QUIET_SECONDS:
            return
        self._last, self._drawn = now, True
        rate = progress.rows / progress.seconds if progress.seconds else 0.0
        parts = [f"{progress.rows} rows", f"{rate:.0f}/s"]
        if progress.fraction:
            left = progress.seconds / progress.fraction - progress.seconds
            parts[:0] = ["[" + "#" * int(20 * progress.fraction) + "." * (20 - int(20 * progress.fraction)) + f"] {progress.fraction:4.0%}"]
            parts.append(f"{left:.0f} s left")
        parts += [f"{count} {label}" for label, count in sorted(progress.verdicts.items())]
        line = "  ".join(parts)
        if self._bar:
            with contextlib.suppress(OSError):  # the terminal has gone
                _say(f"\r{line[: os.get_terminal_size(2).columns - 1]}\x1b[K", nl=False)
        else:
            _say(line)
