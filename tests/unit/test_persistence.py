"""Bundles come back as they were saved, and whatever was not saved by us is refused before it can do harm."""

import hashlib
import io
import json
import os
import pickle
import struct
import sys
import zipfile

import numpy as np
import pytest

from factcheck import persistence
from factcheck.errors import BundleError, InputError
from factcheck.persistence import FORMAT, copy_bundle, load_bundle, save_bundle


def content():
    return {
        "manifest": {"kind": "demo", "labels": ["SUPPORTS", "REFUTES"]},
        "arrays": {
            "weights": {"coef": np.arange(6, dtype=np.float32).reshape(2, 3), "file": np.array(["é", "word"]), "scale": np.float64(2.5)},
            "index": {"indptr": np.array([0, 2, 5]), "empty": np.zeros((0, 4))},
        },
        "documents": {"rule": {"gate": 0.25, "names": ["a", None, True]}, "vocabulary": ["krankheit", "😷"]},
        "texts": {"card.md": "# Card\n"},
    }


@pytest.fixture
def bundle(tmp_path):
    save_bundle(tmp_path / "model", **content())
    return tmp_path / "model"


def manifest_of(bundle):
    return json.loads((bundle / "manifest.json").read_bytes())


def set_manifest(bundle, **changes):
    (bundle / "manifest.json").write_text(json.dumps(manifest_of(bundle) | changes), encoding="utf-8")


def plant(bundle, name, payload, listed_as=None):
    """Put a file into a bundle as somebody would who also mends the manifest."""
    (bundle / name).write_bytes(payload)
    entry = {"sha256": hashlib.sha256(payload).hexdigest(), "bytes": len(payload)}
    set_manifest(bundle, files=manifest_of(bundle)["files"] | {listed_as or name: entry})


def zipped(members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, payload in members:
            archive.writestr(name, payload)
    return buffer.getvalue()


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def npy_header(shape, descr="<f8"):
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def tree(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder):
    return [path.name for path in folder.iterdir()]


# --- Saving ----------------------------------------------------------------------------------------------------------


def test_a_bundle_comes_back_as_it_was_saved(bundle):
    given, loaded = content(), load_bundle(bundle)
    assert loaded.path == bundle
    assert loaded.documents == given["documents"]
    assert {key: loaded.manifest[key] for key in given["manifest"]} == given["manifest"]
    assert loaded.manifest["format"] == FORMAT
    assert isinstance(loaded.manifest["factcheck"], str)
    assert set(loaded.manifest["files"]) == {"weights.npz", "index.npz", "rule.json", "vocabulary.json", "card.md"}
    assert {name: set(members) for name, members in loaded.arrays.items()} == {
        "weights": {"coef", "file", "scale"},
        "index": {"indptr", "empty"},
    }
    for name, members in given["arrays"].items():
        for key, array in members.items():
            np.testing.assert_array_equal(loaded.arrays[name][key], array, strict=True)
    assert (bundle / "card.md").read_text(encoding="utf-8") == "# Card\n"
    assert loaded.sha256 == hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()


def test_numpy_reads_the_arrays_without_us(bundle):
    with np.load(bundle / "weights.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["coef"], content()["arrays"]["weights"]["coef"])


def test_loaded_arrays_can_be_written_to(bundle):
    load_bundle(bundle).arrays["weights"]["coef"][0, 0] = 7


def test_the_same_content_gives_the_same_bytes_whatever_the_order_and_memory_layout(bundle, tmp_path):
    other = content()
    weights = other["arrays"]["weights"]
    other["arrays"] = {"index": other["arrays"]["index"], "weights": dict(reversed(weights.items()))}
    other["arrays"]["weights"]["coef"] = np.asfortranarray(weights["coef"])
    save_bundle(tmp_path / "again", **other)
    assert tree(tmp_path / "again") == tree(bundle)


def test_saving_over_a_bundle_replaces_it_and_leaves_nothing_beside_it(bundle, tmp_path):
    save_bundle(bundle, manifest={}, arrays={}, documents={"only": 1})
    assert set(tree(bundle)) == {"manifest.json", "only.json"}
    assert names(tmp_path) == ["model"]


def test_saving_makes_the_folders_above_and_uses_an_empty_one(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for folder in (tmp_path / "a" / "b", tmp_path / "c" / "d"):
        save_bundle(folder, manifest={}, arrays={}, documents={})
        assert load_bundle(folder).documents == {}


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json"])
def test_a_folder_that_is_no_bundle_is_not_replaced(tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text('{"name": "my web app"}', encoding="utf-8")
    before = tree(tmp_path / "mine")
    with pytest.raises(InputError, match="not a bundle, so it is not replaced"):
        save_bundle(tmp_path / "mine", **content())
    assert tree(tmp_path / "mine") == before


def test_a_bundle_with_somebodys_own_file_in_it_is_not_replaced(bundle):
    (bundle / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"also holds 'notes\.txt'"):
        save_bundle(bundle, **content())


def test_a_file_is_not_replaced(tmp_path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="a bundle is a folder"):
        save_bundle(tmp_path / "file", **content())


def test_a_failure_while_writing_leaves_the_former_bundle_and_no_rest(bundle, tmp_path, monkeypatch):
    before = tree(bundle)

    def full(_self, _content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        save_bundle(bundle, manifest={}, arrays={}, documents={})
    assert tree(bundle) == before
    assert names(tmp_path) == ["model"]


def test_a_failure_of_the_last_rename_brings_the_former_bundle_back(bundle, tmp_path, monkeypatch):
    before, rename = tree(bundle), type(bundle).rename
    calls = []

    def second_fails(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr("pathlib.Path.rename", second_fails)
    with pytest.raises(OSError, match="Permission denied"):
        save_bundle(bundle, manifest={}, arrays={}, documents={})
    assert tree(bundle) == before
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arrays": {"w": {"a": np.array([{}], dtype=object)}}}, "dtype object"),
        ({"arrays": {"w": {"a": np.array(["2020-01-01"], dtype="M8[D]")}}}, "dtype datetime64"),
        ({"arrays": {"w": {"../a": np.ones(1)}}}, "not a name for an array"),
        ({"arrays": {"../w": {"a": np.ones(1)}}}, "not a name for a file"),
        ({"arrays": {"w": {f"a{i}": np.ones(1) for i in range(persistence.MAX_MEMBERS + 1)}}}, "the limit is 256"),
        ({"documents": {"manifest": {}}}, "not a name for a file"),
        ({"documents": {"d": {1: "one"}}}, "the key 1 is not a string"),
        ({"documents": {"d": [{"deep": {None: 0}}]}}, "the key None is not a string"),
        ({"documents": {"d": float("nan")}}, "cannot be written as JSON"),
        ({"documents": {"d": np.float32(1)}}, "cannot be written as JSON"),
        ({"documents": {"A": 1, "a": 2}}, "differ in more than case"),
        ({"documents": {f"d{i}": i for i in range(persistence.MAX_FILES + 1)}}, "at most 64 files"),
        ({"texts": {"card.json": "{}"}}, "belongs under arrays, documents or networks"),
        ({"texts": {"docs/card.md": ""}}, "not a name for a file"),
        ({"manifest": {"format": 1}}, "format cannot be given"),
        ({"manifest": {"long": "x" * persistence.MAX_MANIFEST_BYTES}}, "move what is long"),
    ],
)
def test_what_would_not_come_back_the_same_is_not_saved(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        save_bundle(tmp_path / "model", **(content() | change))
    assert names(tmp_path) == []


@pytest.mark.parametrize("limit", ["MAX_FILE_BYTES", "MAX_UNPACKED_BYTES"])
def test_what_would_be_too_large_to_load_is_not_saved(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(persistence, limit, 100)
    with pytest.raises(InputError, match="the limit"):
        save_bundle(tmp_path / "model", manifest={}, arrays={"w": {"a": np.random.default_rng(0).random(20)}}, documents={})


def test_a_lone_surrogate_in_a_document_survives(tmp_path):
    save_bundle(tmp_path / "model", manifest={}, arrays={}, documents={"d": ["\ud83d"]})
    assert load_bundle(tmp_path / "model").documents["d"] == ["\ud83d"]


# --- Copying ---------------------------------------------------------------------------------------------------------


def test_a_copy_has_the_same_bytes_and_leaves_behind_what_the_manifest_does_not_list(bundle, tmp_path):
    before = tree(bundle)
    (bundle / "notes.txt").write_text("mine", encoding="utf-8")
    copy_bundle(bundle, tmp_path / "live/copy")
    assert tree(tmp_path / "live/copy") == before
    assert names(tmp_path / "live") == ["copy"]


def test_a_copy_replaces_a_bundle_and_nothing_else(bundle, tmp_path):
    save_bundle(tmp_path / "live", manifest={"kind": "old"}, arrays={}, documents={"x": 1})
    copy_bundle(bundle, tmp_path / "live")
    assert tree(tmp_path / "live") == tree(bundle)
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not a bundle"):
        copy_bundle(bundle, tmp_path / "papers")
    assert names(tmp_path / "papers") == ["letter.txt"]


def test_a_damaged_bundle_or_another_than_is_meant_is_not_copied(bundle, tmp_path):
    meant = load_bundle(bundle).sha256
    copy_bundle(bundle, tmp_path / "live", sha256=meant)
    before = tree(tmp_path / "live")
    with pytest.raises(BundleError, match="changed meanwhile"):
        copy_bundle(bundle, tmp_path / "live", sha256="0" * 64)
    file = next(path for path in bundle.iterdir() if path.suffix == ".npz")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BundleError, match="cut off"):
        copy_bundle(bundle, tmp_path / "live", sha256=meant)
    assert tree(tmp_path / "live") == before
    assert set(names(tmp_path)) == {"model", "live"}


def test_a_copy_that_fails_leaves_the_former_bundle(bundle, tmp_path, monkeypatch):
    save_bundle(tmp_path / "live", manifest={"kind": "old"}, arrays={}, documents={"x": 1})
    before = tree(tmp_path / "live")
    monkeypatch.setattr("pathlib.Path.write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        copy_bundle(bundle, tmp_path / "live")
    assert tree(tmp_path / "live") == before
    assert set(names(tmp_path)) == {"model", "live"}


# --- Loading: the manifest -------------------------------------------------------------------------------------------


def test_a_missing_folder_a_file_and_a_folder_without_manifest_each_say_so(tmp_path):
    with pytest.raises(BundleError, match="no such folder"):
        load_bundle(tmp_path / "absent")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BundleError, match="is a file"):
        load_bundle(tmp_path / "file")
    with pytest.raises(BundleError, match=r"no manifest\.json"):
        load_bundle(tmp_path)


def test_a_newer_format_names_both_versions_and_the_way_out(bundle):
    set_manifest(bundle, format=FORMAT + 1, factcheck="99.1", files="of another shape")
    with pytest.raises(BundleError, match=r"format 2, written by factcheck 99\.1, is newer.*pip install -U"):
        load_bundle(bundle)


@pytest.mark.parametrize("number", [None, True, "1", 1.0, 0, -1, [1]])
def test_a_format_that_is_no_positive_whole_number_is_refused(bundle, number):
    set_manifest(bundle, format=number)
    with pytest.raises(BundleError, match="'format' is"):
        load_bundle(bundle)


@pytest.mark.parametrize("version", [None, "", 1])
def test_a_manifest_without_the_version_that_wrote_it_is_refused(bundle, version):
    set_manifest(bundle, factcheck=version)
    with pytest.raises(BundleError, match="'factcheck' is"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe{}", b'{"format": NaN}', b'{"format": 1, "format": 1}', b"[" * 100_000, b"1" * 5_000],
    ids=["empty", "cut", "not-utf8", "nan", "key-twice", "deep", "huge-number"],
)
def test_a_manifest_that_is_not_json_is_refused(bundle, text):
    (bundle / "manifest.json").write_bytes(text)
    with pytest.raises(BundleError, match="not JSON that a bundle may hold"):
        load_bundle(bundle)


def test_a_manifest_that_is_no_object_is_refused(bundle):
    (bundle / "manifest.json").write_bytes(b"[]")
    with pytest.raises(BundleError, match="must hold a JSON object, not a list"):
        load_bundle(bundle)


def test_a_huge_manifest_is_refused_without_reading_it_whole(bundle):
    with (bundle / "manifest.json").open("wb") as file:
        file.truncate(persistence.MAX_MANIFEST_BYTES + 1)
    with pytest.raises(BundleError, match="more than 1048576 bytes"):
        load_bundle(bundle)


ENTRY = {"sha256": "0" * 64, "bytes": 1}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, "must be an object of file names"),
        (["weights.npz"], "must be an object of file names"),
        ({f"f{i}.md": ENTRY for i in range(persistence.MAX_FILES + 1)}, "lists 65 files"),
        ({"a.md": "0" * 64}, "exactly 'sha256' and 'bytes'"),
        ({"a.md": {"sha256": "0" * 64}}, "exactly 'sha256' and 'bytes'"),
        ({"a.md": ENTRY | {"code": "import os"}}, "exactly 'sha256' and 'bytes'"),
        ({"a.md": ENTRY | {"sha256": None}}, "not 64 hexadecimal digits"),
        ({"a.md": ENTRY | {"sha256": "0" * 63}}, "not 64 hexadecimal digits"),
        ({"a.md": ENTRY | {"bytes": "1"}}, "the size of 'a.md' is '1'"),
        ({"a.md": ENTRY | {"bytes": True}}, "the size of 'a.md' is True"),
        ({"a.md": ENTRY | {"bytes": -1}}, "the size of 'a.md' is -1"),
        ({"a.md": ENTRY | {"bytes": persistence.MAX_FILE_BYTES + 1}}, "allowed are 0 to"),
        ({"a.md": ENTRY, "A.md": ENTRY}, "differ only in case"),
    ],
)
def test_a_listing_of_another_shape_is_refused(bundle, files, message):
    set_manifest(bundle, files=files)
    with pytest.raises(BundleError, match=message):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.json",
        "/etc/passwd",
        "sub/part.json",
        "sub\\part.json",
        "..",
        ".",
        ".hidden",
        "",
        "C:secret.json",
        "a\x00.json",
        "a.json\n",
        "manifest.json",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_refused_before_it_is_opened(bundle, name):
    (bundle.parent / "secret.json").write_text("{}", encoding="utf-8")
    (bundle / "sub").mkdir()
    (bundle / "sub" / "part.json").write_text("{}", encoding="utf-8")
    set_manifest(bundle, files={name: {"sha256": hashlib.sha256(b"{}").hexdigest(), "bytes": 2}})
    with pytest.raises(BundleError, match="only plain names"):
        load_bundle(bundle)


# --- Loading: the files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["weights.npz", "rule.json", "card.md"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: missing"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["weights.npz", "rule.json", "card.md"])
def test_a_changed_byte_is_noticed(bundle, name):
    payload = bytearray((bundle / name).read_bytes())
    payload[len(payload) // 2] ^= 1
    (bundle / name).write_bytes(payload)
    with pytest.raises(BundleError, match=f"{name}: sha256 .* it was changed"):
        load_bundle(bundle)


def test_a_file_that_was_cut_off_is_noticed(bundle):
    (bundle / "weights.npz").write_bytes((bundle / "weights.npz").read_bytes()[:-10])
    with pytest.raises(BundleError, match=r"weights\.npz: .*changed or cut off"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["weights.npz", "manifest.json"])
def test_a_git_lfs_pointer_is_recognised(bundle, name):
    (bundle / name).write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n", encoding="utf-8")
    with pytest.raises(BundleError, match=r"Git-LFS pointer.*git lfs pull"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["rule.json", "manifest.json"])
def test_a_symbolic_link_is_refused_even_to_the_right_content(bundle, name):
    (bundle / name).rename(bundle.parent / "elsewhere")
    (bundle / name).symlink_to(bundle.parent / "elsewhere")
    with pytest.raises(BundleError, match=f"{name}: is a symbolic link"):
        load_bundle(bundle)


def test_a_folder_or_a_pipe_in_place_of_a_file_is_refused_without_waiting(bundle):
    (bundle / "rule.json").unlink()
    os.mkfifo(bundle / "rule.json")
    with pytest.raises(BundleError, match="not a regular file"):
        load_bundle(bundle)


def test_a_file_that_the_manifest_does_not_list_is_never_opened(bundle):
    os.mkfifo(bundle / "model.pkl")  # opening it would wait for ever
    (bundle / "extra.json").write_bytes(b"not json")
    assert "extra" not in load_bundle(bundle).documents


@pytest.mark.parametrize("payload", [b"{", b"\xff", b"Infinity", b'{"a": 1, "a": 2}', b"[" * 100_000])
def test_a_listed_document_that_is_not_json_is_refused(bundle, payload):
    plant(bundle, "rule.json", payload)
    with pytest.raises(BundleError, match=r"rule\.json: not JSON"):
        load_bundle(bundle)


# --- Loading: arrays that somebody else packed -----------------------------------------------------------------------


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self):
        return exec, ("import sys; sys.factcheck_bomb = True",)


def went_off():
    return vars(sys).pop("factcheck_bomb", False)


def test_the_bomb_of_these_tests_is_live():
    pickle.loads(pickle.dumps(Bomb()))
    assert went_off()


@pytest.mark.parametrize("kind", ["object-array", "bare-pickle", "pickle-named-npz"])
def test_a_planted_pickle_is_refused_and_not_run(bundle, kind):
    payload = {
        "object-array": lambda: zipped([("coef.npy", npy(np.array([Bomb()], dtype=object), allow_pickle=True))]),
        "bare-pickle": lambda: zipped([("coef.npy", pickle.dumps(Bomb()))]),
        "pickle-named-npz": lambda: pickle.dumps(Bomb()),
    }[kind]()
    plant(bundle, "weights.npz", payload)
    with pytest.raises(BundleError, match=r"pickled Python objects|no array as numpy writes it|not a whole \.npz"):
        load_bundle(bundle)
    assert not went_off()


def test_a_pickle_among_the_listed_files_is_not_read_as_anything(bundle):
    plant(bundle, "model.pkl", pickle.dumps(Bomb()))
    loaded = load_bundle(bundle)
    assert not went_off()
    assert "model" not in loaded.arrays | loaded.documents


@pytest.mark.parametrize("keep", [0, 10, 0.5, -30])
def test_a_truncated_archive_is_refused_even_with_a_matching_manifest(bundle, keep):
    whole = (bundle / "weights.npz").read_bytes()
    plant(bundle, "weights.npz", whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(BundleError, match=r"not a whole \.npz archive"):
        load_bundle(bundle)


def test_a_flipped_byte_inside_a_compressed_array_is_refused_even_with_a_matching_manifest(bundle):
    payload = bytearray(zipped([("coef.npy", npy(np.random.default_rng(0).random(50)))]))
    payload[200] ^= 0xFF
    plant(bundle, "weights.npz", bytes(payload))
    with pytest.raises(BundleError, match=r"not a whole \.npz archive"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["../coef.npy", "/coef.npy", "sub/coef.npy", "coef.txt", "coef", ".npy", "coef.npy/"])
def test_a_member_with_a_path_or_another_ending_is_refused(bundle, name):
    plant(bundle, "weights.npz", zipped([(name, npy(np.ones(1)))]))
    with pytest.raises(BundleError, match=r"only plainly named \.npy arrays"):
        load_bundle(bundle)


def test_two_members_of_one_name_are_refused(bundle):
    with pytest.warns(UserWarning, match="Duplicate name"):
        payload = zipped([("coef.npy", npy(np.ones(1))), ("coef.npy", npy(np.zeros(1)))])
    plant(bundle, "weights.npz", payload)
    with pytest.raises(BundleError, match="two arrays of one name"):
        load_bundle(bundle)


def test_too_many_members_are_refused(bundle):
    plant(bundle, "weights.npz", zipped([(f"a{i}.npy", npy(np.ones(1))) for i in range(persistence.MAX_MEMBERS + 1)]))
    with pytest.raises(BundleError, match="257 arrays, the limit is 256"):
        load_bundle(bundle)


def test_a_zip_bomb_is_refused_from_its_directory(bundle, monkeypatch):
    monkeypatch.setattr(persistence, "MAX_UNPACKED_BYTES", 1 << 20)
    payload = zipped([("coef.npy", npy_header((1 << 18,)) + bytes(8 << 18))])
    assert len(payload) < 1 << 14
    plant(bundle, "weights.npz", payload)
    with pytest.raises(BundleError, match="unpacks to 2097"):
        load_bundle(bundle)


def test_the_limit_on_unpacked_bytes_holds_for_all_archives_together(bundle, monkeypatch):
    sizes = [sum(m.file_size for m in zipfile.ZipFile(bundle / name).infolist()) for name in ("weights.npz", "index.npz")]
    monkeypatch.setattr(persistence, "MAX_UNPACKED_BYTES", sum(sizes))
    load_bundle(bundle)
    monkeypatch.setattr(persistence, "MAX_UNPACKED_BYTES", sum(sizes) - 1)
    with pytest.raises(BundleError, match="unpacks to"):
        load_bundle(bundle)


def test_a_directory_that_understates_the_unpacked_size_is_refused(bundle):
    honest = npy(np.zeros(100_000))
    payload = bytearray(zipped([("coef.npy", honest)]))
    size, claimed = struct.pack("<I", len(honest)), struct.pack("<I", 200)
    assert payload.count(size) == 2  # of the member and of the directory
    plant(bundle, "weights.npz", bytes(payload.replace(size, claimed)))
    with pytest.raises(BundleError, match=r"not a whole \.npz archive"):
        load_bundle(bundle)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_numpy_never_uses_is_refused(bundle, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("coef.npy", npy(np.ones(1)))
    plant(bundle, "weights.npz", buffer.getvalue())
    with pytest.raises(BundleError, match="encrypted or packed"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (npy_header((1 << 40,)) + bytes(8), "claims shape"),
        (npy_header((-1,)) + bytes(8), "claims shape"),
        (npy_header((1,)) + bytes(16), "claims shape"),
        (npy_header((1 << 40,), "<U0"), "dtype"),
        (npy_header((1,), "<M8[D]") + bytes(8), "dtype"),
        (npy_header((1,), "|V8") + bytes(8), "dtype"),
        (npy_header((1,), "|O") + b"cos\nsystem\n", "pickled Python objects"),
        (npy_header("__import__('os')") + bytes(8), "no array as numpy writes it"),
        (b"\x93NUMPY\x09\x00" + bytes(20), "no array as numpy writes it"),
        (b"", "no array as numpy writes it"),
        (b"\x93NUM", "no array as numpy writes it"),
    ],
)
def test_an_array_whose_header_lies_is_refused_before_memory_is_taken(bundle, member, message):
    plant(bundle, "weights.npz", zipped([("coef.npy", member)]))
    with pytest.raises(BundleError, match=message):
        load_bundle(bundle)


def test_importing_the_module_imports_no_model_library(run_python):
    assert (
        run_python("import sys, factcheck.persistence; print({'sklearn', 'scipy', 'pandas', 'nltk'} & set(sys.modules))").strip() == "set()"
    )


def test_a_network_comes_back_as_its_bytes(tmp_path):
    save_bundle(tmp_path / "b", manifest={}, arrays={}, documents={}, networks={"verifier": b"\x08\x09\x00bytes"})
    assert (tmp_path / "b/verifier.onnx").read_bytes() == b"\x08\x09\x00bytes"
    assert load_bundle(tmp_path / "b").networks == {"verifier": b"\x08\x09\x00bytes"}


def test_a_changed_network_is_refused(tmp_path):
    save_bundle(tmp_path / "b", manifest={}, arrays={}, documents={}, networks={"verifier": b"bytes"})
    (tmp_path / "b/verifier.onnx").write_bytes(b"bytez")
    with pytest.raises(BundleError, match=r"verifier\.onnx: sha256 .* it was changed"):
        load_bundle(tmp_path / "b")
