"""A Spark frame with its verdicts: the same rows as one process gives, on two executors of which one is killed in the middle."""

import importlib.util
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factcheck import spark
from factcheck.batch import run
from factcheck.checker import FactChecker
from factcheck.frames import prepare

if importlib.util.find_spec("pyspark") is None:
    pytest.skip("needs the extra spark", allow_module_level=True)
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("needs Java", allow_module_level=True)

SPARK = '''
import json, os, signal, sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from factcheck import spark
from factcheck.errors import FactcheckError

folder = Path(sys.argv[1])


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kill_once(batches):
    """Kill the executor that holds the row 120, the first time that one does, when its rows have been checked."""
    for batch in batches:
        if 120 in batch.column(0).to_pylist():
            try:
                (folder / "killed").touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                executor = parent_of(os.getppid())  # this is a child of Spark's daemon for Python, which is the executor's
                (folder / "killed").write_text(Path(f"/proc/{executor}/cmdline").read_text())
                os.kill(executor, signal.SIGKILL)
        yield batch


def error_of(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except FactcheckError as error:
        return [type(error).__name__, str(error)]


options = {"spark.ui.enabled": "false", "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH", ""), "spark.sql.files.maxPartitionBytes": "8k"}
options |= {"spark.log.level": "OFF"}
options |= dict.fromkeys(("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"), "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
builder = SparkSession.builder.master("local-cluster[2,1,1024]")
for name, value in options.items():
    builder = builder.config(name, value)
session = builder.getOrCreate()
try:
    jobs = lambda: len(session.sparkContext.statusTracker().getJobIdsForGroup())
    posts = session.read.parquet(f"file://{folder}/posts")
    before = jobs()
    errors = {
        "absent": error_of(spark.check_frame, posts, "body"),
        "number": error_of(spark.check_frame, posts, "account"),
        "ours": error_of(spark.check_frame, posts.withColumn("Factcheck_Url", posts.text), "text"),
    }
    frame = spark.check_frame(posts, "text", model="linear")
    said = {"errors": errors, "jobs": jobs() - before, "partitions": frame.rdd.getNumPartitions()}
    session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # for the year 3000; a folder sees to that itself
    frame.mapInArrow(kill_once, frame.schema).write.parquet(f"file://{folder}/frame")
    session.conf.unset("spark.sql.parquet.outputTimestampType")
    said["killed"] = (folder / "killed").read_text()
    said["summary"] = spark.check_folder(folder / "posts", folder / "out", model="linear").to_dict()
    errors["damaged"] = error_of(spark.check_folder, folder / "damaged", folder / "never", model="linear")
    right = spark._checked
    spark._checked = lambda df, check: right(df, replace(check, fingerprint={**check.fingerprint, "bundle": "another"}))
    errors["another"] = error_of(spark.check_folder, folder / "posts", folder / "never", model="linear")
finally:
    session.stop()
print(json.dumps(said))
'''


@pytest.fixture(scope="module")
def two_executors(tmp_path_factory, write_odd_posts, run_cluster):
    """What two executors made of a folder of posts, and one process."""
    folder = tmp_path_factory.mktemp("spark")
    write_odd_posts(folder / "posts")
    said = run_cluster(SPARK, folder)
    run(FactChecker.load("linear"), str(folder / "posts" / "*.parquet"), folder / "one.parquet")
    return folder, said


def test_an_executor_killed_in_the_middle_loses_no_row_and_no_verdict_differs(two_executors, rows_by_id):
    folder, said = two_executors
    assert "CoarseGrainedExecutorBackend" in said["killed"]
    assert said["partitions"] >= 4
    assert rows_by_id(folder / "frame") == rows_by_id(folder / "one.parquet")


def test_a_folder_comes_out_as_one_process_writes_it(two_executors, rows_by_id):
    folder, said = two_executors
    one, many = pq.read_table(folder / "one.parquet"), pq.ParquetDataset(folder / "out").read()
    assert many.schema.equals(one.schema)
    assert rows_by_id(folder / "out") == rows_by_id(folder / "one.parquet")
    assert (said["summary"]["rows"], said["summary"]["errors_by_kind"]) == (200, {"check": 1, "text": 4})


def test_a_column_that_does_not_fit_is_said_before_any_job_runs(two_executors):
    _, said = two_executors
    kind, words = said["errors"]["absent"]
    assert (kind, words.partition(";")[0]) == ("InputError", "the table: there is no column 'body'")
    kind, words = said["errors"]["number"]
    assert (kind, words.partition(";")[0]) == ("InputError", "the table: the column 'account' holds bigint and no text")
    kind, words = said["errors"]["ours"]
    assert (kind, words) == ("InputError", "the table: has the column 'Factcheck_Url', which is added; rename it")
    assert said["jobs"] == 0


def test_an_executor_with_another_bundle_ends_the_job_in_its_own_words(two_executors):
    _, said = two_executors
    kind, words = said["errors"]["another"]
    assert kind == "FactcheckError"
    assert words.startswith("Spark: the job failed: factcheck.errors.BundleError: this worker has the bundle ")
    assert "where the work began with another; install one version of claim-factcheck everywhere" in words


def test_a_file_that_is_damaged_ends_the_job_and_leaves_nothing(two_executors):
    folder, said = two_executors
    kind, words = said["errors"]["damaged"]
    assert kind == "FactcheckError"
    assert "posts-0.parquet" in words
    assert not (folder / "never").exists()
    assert not list(folder.glob(".factcheck-*"))


def test_a_batch_of_spark_is_answered_in_pieces(monkeypatch):
    monkeypatch.setattr(spark, "PIECE", 3)
    batch = pa.RecordBatch.from_pydict({"n": list(range(8)), "text": [f"Post number {i}" for i in range(8)]})
    check = prepare(["n", "text"], "text", model="linear", statements=None)
    answered = list(spark._answered(iter([batch, batch.slice(0, 0)]), check=check, place=1))
    assert [piece.num_rows for piece in answered] == [3, 3, 2]
    assert pa.Table.from_batches(answered).select(["n", "text"]).to_pylist() == batch.to_pylist()
    assert all(piece.column("factcheck_reason").null_count == 0 for piece in answered)
