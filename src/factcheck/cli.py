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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from factcheck import __version__
from factcheck.errors import EXIT_BAD_ROWS, EXIT_FAILED, FactcheckError
from factcheck.records import Statement

if TYPE_CHECKING:
    from datetime import datetime

    from factcheck.batch import Progress
    from factcheck.checker import FactChecker

_WIDTH = 100
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
_answer_format = click.option(
    "--format", "style", type=click.Choice(["table", "json", "jsonl", "csv"]), default="table", show_default=True, help="How to print."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
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
@_answer_format
def check(texts: Sequence[str], model: str | None, statements: str | None, style: str) -> None:
    """Check claims; each TEXT is one, and - reads one a line from standard input."""
    checker = _load(model, statements)
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
@_model
@_statements
@click.pass_context
def batch(
    ctx: click.Context,
    /,
    sources: Sequence[str],
    target: str,
    model: str | None,
    statements: str | None,
    threads: int | None,
    summary_file: str | None,
    **options: Any,
) -> None:
    """Check every row of the tables IN and write it to OUT with its verdict, probability, reason and statement.

    CSV, TSV, JSON and JSON Lines, packed by gzip or zstd or not, Parquet and Excel; - for standard input. Several files, or a
    pattern in quotes, are read as one table. All columns are carried through.

    Exit code: 0 done, 1 failed or a row fits --fail-on, 2 wrong usage or unreadable input, 3 done, but some rows could not be
    checked; they have the reason "error".
    """
    from factcheck.batch import run
    from factcheck.checker import FactChecker
    from factcheck.journal import unfinished
    from factcheck.lines import same_file
    from factcheck.tables import find_sources

    if summary_file and (Path(summary_file).is_dir() or not Path(summary_file).absolute().parent.is_dir()):
        raise click.BadParameter(f"{summary_file}: cannot be written; give a file in a folder that exists", param_hint="--summary")
    if summary_file and any(same_file(summary_file, name) for name in (*find_sources(sources), target)):
        raise click.BadParameter(f"{summary_file}: is the input or the output; give another name", param_hint="--summary")
    checker = _load(model, statements, threads)
    load = partial(FactChecker.load, model, statements=statements, threads=1)
    try:
        with _progress() as tell:
            summary = run(checker, sources, target, load=load, progress=tell, **options)
    except KeyboardInterrupt:
        if target != "-" and unfinished(target).exists():
            _say("Stopped. The same command with --resume goes on.")
        raise
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


# ---------------------------------------------------------------------------------------------------------------------
# Training and measuring
# ---------------------------------------------------------------------------------------------------------------------


@main.command(
    epilog=_examples(
        "factcheck train recipes/linear.toml -o models/mine",
        "factcheck train tweets.csv --text-column tweet --label-column label -o models/tweets",
    )
)
@click.argument("source", metavar="RECIPE.toml|TABLE")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder of the bundle.")
@click.option("--text-column", metavar="COLUMN", help="Of a TABLE: the texts.")
@click.option("--label-column", metavar="COLUMN", help="Of a TABLE: the labels, any names.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of a TABLE: which fifth is held out for the metrics.")
@click.option("--base", metavar="FOLDER", help="Of an encoder's RECIPE: the model to begin with.  [default: the recipe's, from the hub]")
@click.option("--checkpoints", metavar="FOLDER", help="Of an encoder's RECIPE.  [default: DIR.checkpoints]")
def train(
    source: str,
    output: str,
    text_column: str | None,
    label_column: str | None,
    random_state: int,
    base: str | None,
    checkpoints: str | None,
) -> None:
    """Train a checker from a recipe, or a claim-only text classifier from a labelled table, and write its bundle.

    A claim-only classifier learns how the texts of each label are written; it cites no statement. An encoder takes hours on a CPU;
    a training that was cut off goes on from its last checkpoint.
    """
    from factcheck import training

    say = partial(click.echo, err=True)
    if source.endswith(".toml"):
        training.train(source, output, base=base, checkpoints=checkpoints, say=say)
        return
    if not (text_column and label_column):
        raise click.UsageError("a table needs --text-column and --label-column; a recipe ends in .toml")
    training.train_claims(source, output, text_column=text_column, label_column=label_column, random_state=random_state, say=say)


@main.group(cls=_Commands)
def evaluate() -> None:
    """Measure on a labelled file: pairs, claims or matching."""


@evaluate.command(epilog=_examples("factcheck evaluate pairs dev.jsonl --json"))
@click.argument("file")
@click.option("--text-column", default="claim", show_default=True, metavar="COLUMN", help="The claims.")
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
@click.option("--text-column", default="claim", show_default=True, metavar="COLUMN", help="The claims.")
@click.option("--label-column", default="label", show_default=True, metavar="COLUMN", help="Labels of a verdict, or the classifier's own.")
@click.option("--where", metavar="COLUMN=VALUE", help="Take only rows with this value, such as split=test.")
@_limit
@_model
@_statements
@_json
def claims(file: str, model: str | None, statements: str | None, where: str | None, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    """Score verdicts, or a claim-only classifier, on labelled claims."""
    from factcheck.evaluation import evaluate_claims, load_model

    column, equals, value = (where or "").partition("=")
    if where and not equals:
        raise click.BadParameter(f"{where!r} is not COLUMN=VALUE", param_hint="--where")
    report = evaluate_claims(load_model(model, statements=statements), file, where={column: value} if where else None, **options)
    _print_report(report, as_json=as_json)


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


def _load(model: str | None, statements: Any = None, threads: int | None = None) -> FactChecker:
    from factcheck.checker import FactChecker, default_model

    if model is None and (why := default_model()[1]):
        click.echo(f"Using the bundle {default_model()[0]!r}; {why}", err=True)
    return FactChecker.load(model, statements=statements, threads=threads)


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
    if statement := verdict["statement"]:
        yield from _cited(statement)
        if sentence := verdict["evidence"][0]["sentence"]:
            yield from textwrap.wrap(f"of this: {sentence}", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
        if span := verdict["span"]:
            said = verdict["claim"][slice(*span)]
            yield from textwrap.wrap(f"on the sentence: {said}", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")


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
    "not_a_claim": "not a claim in English: a question, a fragment, or nothing to check",
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
