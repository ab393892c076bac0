"""What Spark and Dask share: one checker everywhere, a row for every cell, and a folder that is complete or not there."""

import threading
import time
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factcheck import answers
from factcheck.answers import ADDED, held
from factcheck.batch import run
from factcheck.checker import FactChecker
from factcheck.errors import BundleError, FactcheckError, InputError
from factcheck.frames import cells_of, prepare, run_folder, tasks
from factcheck.statements import read_statements

TEXTS = ["5G masts spread the coronavirus", "My sister bakes bread on Sundays", None, "", "x" * 6_000, "5G masts spread the coronavirus"]


def prepared(columns=("id", "text"), column="text", **options):
    return prepare(columns, column, **{"model": "linear", "statements": None, **options})


@pytest.fixture(scope="module")
def check():
    return prepared()


def write_posts(folder, texts=TEXTS, files=2, **columns):
    folder.mkdir()
    table = pa.table({"id": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string()), **columns})
    step = -(-len(texts) // files)
    for number in range(files):
        pq.write_table(table.slice(number * step, step), folder / f"posts-{number}.parquet")
    return folder


def test_the_added_columns_are_those_of_the_parquet_file_of_a_batch(check, tmp_path):
    source = write_posts(tmp_path / "posts", files=1)
    run(FactChecker.load("linear"), source / "posts-0.parquet", tmp_path / "out.parquet")
    batch = pq.read_table(tmp_path / "out.parquet").select(ADDED)
    added = pa.Table.from_batches([check.added(TEXTS)])
    assert added.schema.equals(batch.schema)
    place = "factcheck_error"
    assert added.drop_columns(place).to_pylist() == batch.drop_columns(place).to_pylist()
    wanted = [error and "the row" + error.partition(f"row {number}")[2] for number, error in enumerate(batch[place].to_pylist(), 1)]
    assert added[place].to_pylist() == wanted
    assert [bool(error) for error in wanted] == [False, False, True, False, True, False]


def test_what_is_no_text_is_a_row_with_an_error(check):
    rows = check.added(["5G masts spread the coronavirus", None, 7, b"\xff"]).to_pylist()
    assert [row["factcheck_verdict"] for row in rows] == ["REFUTES", None, None, None]
    assert [row["factcheck_error"] for row in rows[1:]] == [
        "the row has no 'text'; give the claim as a text",
        "the row has a int and no text in 'text'; give the claim as a text",
        "the row has a bytes and no text in 'text'; give the claim as a text",
    ]


def test_cells_without_any_text_need_no_checker(check):
    assert replace(check, model="/nowhere").added([None, None]).num_rows == 2


def test_text_that_is_not_utf_8_comes_as_its_bytes_and_the_others_as_they_are():
    column = pa.array([b"bees", None, b"\xff\xfe"], pa.binary()).view(pa.string())
    assert cells_of(column) == ["bees", None, b"\xff\xfe"]
    assert cells_of(pa.array(["bees", None])) == ["bees", None]


@pytest.mark.parametrize("name", ["bundle", "statements", "version"])
def test_a_worker_with_another_checker_answers_nothing(check, name):
    other = replace(check, fingerprint={**check.fingerprint, name: "other"})
    with pytest.raises(BundleError, match=f"this worker has the {name} .* where the work began with other; install one version"):
        other.added(["5G masts spread the coronavirus"])


def test_statements_of_one_s_own_travel_or_are_named_by_their_whole_path(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.csv").write_bytes((root / "data" / "statements.csv").read_bytes())
    whole = read_statements(None)
    by_path, by_value, shipped = prepared(statements="base.csv"), prepared(statements=iter(whole)), prepared()
    assert by_path.statements == str(tmp_path / "base.csv")
    assert by_value.statements == tuple(whole)
    assert by_path.fingerprint == by_value.fingerprint == shipped.fingerprint
    fewer = prepared(statements=[one for one in whole if one.topic == "space-earth"])
    assert fewer.added(TEXTS[:1]).to_pylist()[0]["factcheck_verdict"] == "NOT ENOUGH INFO"


def test_a_bundle_of_one_s_own_is_named_by_its_whole_path_and_a_shipped_one_by_its_name(root, monkeypatch):
    monkeypatch.chdir(root / "models")
    assert prepared(model="linear").model == str(root / "models" / "linear")
    monkeypatch.chdir(root)
    assert prepared(model="linear").model == "linear"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("id", "txt"), "no column 'text'; the columns are 'id', 'txt'; did you mean column 'txt'"),
        (("text", "text"), "two columns are called 'text'; rename one"),
        (("text", "Factcheck_URL"), "has the column 'Factcheck_URL', which is added; rename it"),
    ],
)
def test_columns_that_do_not_fit_are_said_before_anything_runs(columns, words):
    with pytest.raises(InputError, match=words):
        prepared(columns)


def test_a_process_loads_a_checker_once_whatever_its_threads_and_holds_one(monkeypatch):
    monkeypatch.setattr(answers, "_HELD", {})
    loaded = []

    def load():
        time.sleep(0.05)
        loaded.append(object())
        return loaded[-1]

    threads = [threading.Thread(target=held, args=(load, "a")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 1
    assert held(load, "a") is loaded[0]
    assert held(load, "b") is loaded[1]
    assert {"b": loaded[1]} == answers._HELD


# ---------------------------------------------------------------------------------------------------------------------
# From folder to folder, by an engine that is none
# ---------------------------------------------------------------------------------------------------------------------


def write_here(files, folder, check, rows):
    folder.mkdir()
    for number, file in enumerate(files):
        table = pq.read_table(file)
        added = check.added(cells_of(table["text"]))
        whole = pa.table([*table.columns, *added.columns], names=[*table.column_names, *added.schema.names])
        pq.write_table(whole, folder / f"part-{number}.parquet")


def run_here(source, target, write=write_here, **options):
    return run_folder(source, target, write, **{"text_column": "text", "model": "linear", "statements": None, "fail_on": None, **options})


def test_a_folder_is_checked_into_another_and_counted(tmp_path):
    source = write_posts(tmp_path / "posts")
    (source / ".hidden.parquet").write_bytes(b"")
    summary = run_here(source, tmp_path / "out", fail_on={"REFUTES": 0.5, "SUPPORTS": 0})
    assert pq.ParquetDataset(tmp_path / "out").read().column("id").to_pylist() == list(range(6))
    assert (summary.rows, summary.errors, summary.errors_by_kind, summary.flagged) == (6, 2, {"check": 1, "text": 1}, 2)
    assert summary.verdicts == {"NOT ENOUGH INFO": 2, "REFUTES": 2}
    assert summary.reasons["error"] == 2
    assert summary.fingerprint == FactChecker.load("linear").fingerprint
    assert run_here(source, tmp_path / "surer", fail_on={"REFUTES": 1.0}).flagged == 0


def lose(files, folder, check, rows):
    write_here(files[:1], folder, check, rows)


def full(files, folder, check, rows):
    write_here(files[:1], folder, check, rows)
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("write", "words"), [(lose, "3 rows came out of 6"), (full, "no space left on device")])
def test_a_folder_that_is_not_complete_is_not_there(tmp_path, write, words):
    source = write_posts(tmp_path / "posts")
    with pytest.raises(FactcheckError, match=f"out: {words}; nothing was left under this name"):
        run_here(source, tmp_path / "out", write)
    assert [path.name for path in tmp_path.iterdir()] == ["posts"]


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("posts/posts-0.parquet", "out", "is no folder; --engine reads a folder of Parquet files"),
        ("nowhere", "out", "nowhere: does not exist"),
        ("empty", "out", "holds no Parquet file"),
        ("posts", "empty", "empty: is already there; give another name"),
        ("posts", "far/out", "far does not exist; create it first"),
        ("mixed", "out", "other.parquet: lacks the column 'id'"),
        ("broken", "out", "other.parquet: is not Parquet"),
    ],
)
def test_folders_that_do_not_fit_are_said_before_anything_runs(tmp_path, source, target, words):
    write_posts(tmp_path / "posts")
    (tmp_path / "empty").mkdir()
    for name in ("mixed", "broken"):
        write_posts(tmp_path / name, files=1).joinpath("posts-0.parquet").rename(tmp_path / name / "a.parquet")
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "mixed" / "other.parquet")
    (tmp_path / "broken" / "other.parquet").write_text("id,text\n")
    with pytest.raises(InputError, match=words):
        run_here(tmp_path / source, tmp_path / target, lambda *_: pytest.fail("it ran"))


def test_options_of_a_folder_are_checked_as_those_of_a_batch(tmp_path):
    source = write_posts(tmp_path / "posts")
    with pytest.raises(InputError, match="no verdict 'FALSE'"):
        run_here(source, tmp_path / "out", fail_on={"FALSE": 0})
    with pytest.raises(InputError, match="no column 'body'"):
        run_here(source, tmp_path / "out", text_column="body")


def test_many_rows_are_many_tasks_and_few_no_more_than_there_are_cores():
    assert [tasks(rows, 8) for rows in (0, 1, 5_000, 100_000, 1_000_000_000)] == [1, 1, 5, 8, 20_000]
