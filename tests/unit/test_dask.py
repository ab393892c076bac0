"""A Dask frame with its verdicts: the same rows as one process gives, on two workers of which one is killed in the middle."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

dd = pytest.importorskip("dask.dataframe", reason="needs the extra dask")
pytest.importorskip("distributed", reason="needs the extra dask")

from factcheck import dask
from factcheck.answers import ADDED
from factcheck.batch import run
from factcheck.checker import FactChecker
from factcheck.dask import check_frame
from factcheck.errors import InputError
from factcheck.frames import added_schema, prepare

TEXTS = ["5G masts spread the coronavirus", "My sister bakes bread on Sundays", None, "5G masts spread the coronavirus"]


def checked(series, **options):
    frame = dd.from_pandas(pd.DataFrame({"n": range(len(series)), "text": series}), npartitions=2, sort=False)
    return check_frame(frame, "text", model="linear", **options)


@pytest.mark.parametrize(
    "kind", ["str", "object", pd.StringDtype("python"), pd.ArrowDtype(pa.string()), pd.ArrowDtype(pa.large_string())], ids=str
)
def test_text_of_any_type_is_checked_and_what_is_missing_is_an_error(kind):
    frame = checked(pd.Series(TEXTS, dtype=kind, index=[9, 8, 7, 7])).compute(scheduler="sync")
    assert list(frame.index) == [9, 8, 7, 7]
    assert list(frame["n"]) == [0, 1, 2, 3]
    assert frame["factcheck_verdict"].fillna("").tolist() == ["REFUTES", "NOT ENOUGH INFO", "", "REFUTES"]
    assert frame["factcheck_error"].iloc[2] == "the row has no 'text'; give the claim as a text"


def test_a_cell_that_is_no_text_is_an_error_of_its_row():
    from dask import config

    with config.set({"dataframe.convert-string": False}):
        frame = checked(pd.Series(["5G masts spread the coronavirus", 7, float("nan"), pd.NA], dtype=object)).compute(scheduler="sync")
    assert frame["factcheck_verdict"].iloc[0] == "REFUTES"
    assert frame["factcheck_error"].iloc[1] == "the row has a int and no text in 'text'; give the claim as a text"
    assert set(frame["factcheck_error"].iloc[2:]) == {"the row has no 'text'; give the claim as a text"}


def test_the_frame_knows_its_types_before_it_runs():
    frame = checked(pd.Series(TEXTS))
    wanted = {field.name: pd.ArrowDtype(field.type) for field in added_schema()}
    assert list(frame.columns) == ["n", "text", *ADDED]
    assert {name: frame.dtypes[name] for name in ADDED} == wanted
    assert {name: kind for name, kind in frame.compute(scheduler="sync").dtypes.items() if name in wanted} == wanted


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("body", "no column 'body'; the columns are 'n', 'text'"),
        ("n", "the column 'n' holds int64 and no text; name the column of the claims"),
    ],
)
def test_a_column_that_does_not_fit_is_said_before_anything_runs(column, words):
    frame = dd.from_pandas(pd.DataFrame({"n": [1], "text": ["a"]}), npartitions=1)
    with pytest.raises(InputError, match=words):
        check_frame(frame, column, model="linear")


KILLED = '''
import json, logging, os, signal, sys
from pathlib import Path

import dask.dataframe as dd
from distributed import Client, LocalCluster

from factcheck.dask import check_folder, check_frame
from factcheck.errors import FactcheckError

folder = Path(sys.argv[1])


def kill_once(frame):
    """Kill the worker that holds the row 120, the first time that one does, when its partition has been checked."""
    if len(frame) and 120 in set(frame["id"]):
        try:
            (folder / "killed").touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            (folder / "killed").write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
    return frame


if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=logging.CRITICAL) as cluster:
        with Client(cluster) as client:
            before = sorted(worker["pid"] for worker in client.run(lambda: {"pid": os.getpid()}).values())
            posts = dd.read_parquet(sorted(folder.glob("posts/*.parquet")), dtype_backend="pyarrow")
            frame = check_frame(posts, "text", model="linear")
            frame.map_partitions(kill_once, meta=frame._meta).to_parquet(folder / "frame", write_index=False)
            summary = check_folder(folder / "posts", folder / "out", model="linear")
            try:
                check_folder(folder / "damaged", folder / "never", model="linear")
            except FactcheckError as error:
                damaged = str(error)
            print(json.dumps({"before": before, "partitions": frame.npartitions, "killed": int((folder / "killed").read_text()), "damaged": damaged, "summary": summary.to_dict()}))
'''


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory, write_odd_posts, run_cluster):
    """What two workers made of a folder of posts, and one process."""
    folder = tmp_path_factory.mktemp("dask")
    write_odd_posts(folder / "posts")
    said = run_cluster(KILLED, folder)
    run(FactChecker.load("linear"), str(folder / "posts" / "*.parquet"), folder / "one.parquet")
    return folder, said


def test_a_worker_killed_in_the_middle_loses_no_row_and_no_verdict_differs(two_workers, rows_by_id):
    folder, said = two_workers
    assert said["killed"] in said["before"]
    assert said["partitions"] == 8
    assert rows_by_id(folder / "frame") == rows_by_id(folder / "one.parquet")


def test_a_folder_comes_out_as_one_process_writes_it(two_workers, rows_by_id):
    folder, said = two_workers
    one, many = pq.read_table(folder / "one.parquet"), pq.ParquetDataset(folder / "out").read()
    assert many.schema.equals(one.schema)
    assert rows_by_id(folder / "out") == rows_by_id(folder / "one.parquet")
    assert (said["summary"]["rows"], said["summary"]["errors_by_kind"]) == (200, {"check": 1, "text": 4})


def test_a_file_that_is_damaged_ends_the_job_and_leaves_nothing(two_workers):
    folder, said = two_workers
    assert said["damaged"].endswith("; nothing was left under this name")
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["damaged", "frame", "out", "posts"]


def test_a_partition_is_answered_in_pieces(monkeypatch):
    monkeypatch.setattr(dask, "PIECE", 3)
    frame = pd.DataFrame({"text": [f"Post number {i}" for i in range(8)]}, index=range(8, 0, -1))
    answered = dask._answered(frame, prepare(["text"], "text", model="linear", statements=None))
    assert list(answered.index) == list(frame.index)
    assert answered["text"].tolist() == frame["text"].tolist()
    assert answered["factcheck_reason"].notna().all()
