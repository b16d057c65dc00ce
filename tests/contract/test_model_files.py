"""Model files: whole or not at all, never altered unnoticed, and always a way out."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from monitor.adapters import model_arrays
from monitor.adapters.model_files import ModelFiles
from monitor.classify import Head, Model
from monitor.classify.features import CUE_FEATURES
from monitor.config import shipped
from monitor.errors import ModelError


def model(version: str = "a-1", weight: float = 0.25) -> Model:
    """Give a small model."""
    head = Head(
        words=np.array([weight, -0.5], dtype=np.float32),
        cues=np.zeros(len(CUE_FEATURES), dtype=np.float32),
        keywords=np.array([1.0, 0.5], dtype=np.float32),
        intercept=-1.5,
        slope=1.25,
        offset=-2.0,
        threshold=0.3,
        gate=0.001,
    )
    return Model(
        version=version,
        languages=("en",),
        vocabulary=("naïve", "quay"),
        idf=np.array([1.0, 2.0], dtype=np.float32),
        scale=np.ones(len(CUE_FEATURES), dtype=np.float32),
        heads={"harbours": head},
        general=head,
    )


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    """Give a folder with one model, in use."""
    made = ModelFiles(tmp_path / "models")
    made.save(model(), {"version": "a-1"})
    made.point("a-1")
    return made


def test_a_model_comes_back_as_it_went(files: ModelFiles) -> None:
    """Numbers, words and topics survive the round trip exactly."""
    found = files.load()

    assert (found.version, found.languages, found.vocabulary) == ("a-1", ("en",), ("naïve", "quay"))
    assert np.array_equal(model().heads["harbours"].words, found.heads["harbours"].words)
    assert tuple(
        getattr(found.heads["harbours"], name) for name in ("intercept", "slope", "offset", "threshold", "gate")
    ) == (-1.5, 1.25, -2.0, 0.3, 0.001)
    assert found.head("unknown") is found.general
    assert files.card() == {"version": "a-1"}


def test_saving_the_same_twice_is_no_change_and_something_else_is_refused(files: ModelFiles) -> None:
    """A version never changes once it is written."""
    files.save(model(), {"version": "a-1"})

    with pytest.raises(ModelError, match="versions never change"):
        files.save(model(weight=0.5), {})
    assert files.versions() == ["a-1"]


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    """So that a digest in a card can be checked by training again."""
    folders = [ModelFiles(tmp_path / name).save(model(), {}) for name in ("one", "two")]

    assert len({(folder / "model.npz").read_bytes() for folder in folders}) == 1
    assert len({(folder / "model.json").read_bytes() for folder in folders}) == 1


def test_the_pointer_moves_only_to_what_loads(files: ModelFiles) -> None:
    """A rollback to something broken would stop the service."""
    with pytest.raises(ModelError, match="there is no model 'b-1'"):
        files.point("b-1")

    assert files.current() == "a-1"


def test_a_folder_without_a_pointer_uses_the_shipped_models(files: ModelFiles, tmp_path: Path) -> None:
    """A fresh installation works, and own versions stand beside the shipped ones."""
    own = ModelFiles(tmp_path / "own", files.folder)
    own.save(model("own-1"), {})

    assert own.current() == "a-1"
    assert own.load().version == "a-1"
    assert own.versions() == ["a-1", "own-1"]


def test_no_model_anywhere_says_what_to_do(tmp_path: Path) -> None:
    """The message names the folder and the way out."""
    with pytest.raises(ModelError, match=r"no model in .*nowhere.*monitor train"):
        ModelFiles(tmp_path / "nowhere").load()


def test_altered_arrays_are_refused(files: ModelFiles) -> None:
    """One flipped bit is enough."""
    path = files.folder / "a-1" / "model.npz"
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 1
    path.write_bytes(packed)

    with pytest.raises(ModelError, match=r"model a-1 was altered: model\.npz.*models list"):
        files.load()


def test_truncated_arrays_are_refused(files: ModelFiles) -> None:
    """As after a full disk."""
    path = files.folder / "a-1" / "model.npz"
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(ModelError, match="altered"):
        files.load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 3}, "has format 3, this program reads 2: update"),
        ({"format": 1}, r"has format 1, this program reads 2: remove `current` .* then `monitor train`"),
        ({"languages": ["fr"]}, r"altered: model\.json"),
        ({"digest": "0" * 64}, r"altered: model\.json"),
    ],
)
def test_an_altered_description_is_refused(files: ModelFiles, change: dict[str, object], message: str) -> None:
    """A threshold edited by hand is as dangerous as a flipped bit; a newer format is told apart."""
    path = files.folder / "a-1" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(ModelError, match=message):
        files.load()


def test_a_renamed_version_is_refused(files: ModelFiles) -> None:
    """A verdict names the model that gave it: the name must be the folder's."""
    (files.folder / "a-1").rename(files.folder / "b-1")

    with pytest.raises(ModelError, match="model b-1 was altered"):
        files.load("b-1")


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """And no half-written version stays behind."""
    (tmp_path / "models").write_text("a file, not a folder")

    with pytest.raises(ModelError, match="model a-1 cannot be written to"):
        ModelFiles(tmp_path / "models").save(model(), {})


@pytest.mark.parametrize("name", ["model.json", "model.npz"])
def test_a_missing_file_is_one_clear_line(files: ModelFiles, name: str) -> None:
    """No traceback, one line, with the way out."""
    (files.folder / "a-1" / name).unlink()

    with pytest.raises(ModelError, match=r"a-1.*models list") as caught:
        files.load("a-1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "../../etc", "a-1\nb", "{"])
def test_a_pointer_that_names_nothing_is_refused(files: ModelFiles, text: str) -> None:
    """It never leads out of the folder."""
    (files.folder / "current").write_text(text)

    with pytest.raises(ModelError, match="no name of a model version"):
        files.load()


def test_json_that_is_no_object_is_refused(files: ModelFiles) -> None:
    """Whatever stands in the file, the message is ours."""
    (files.folder / "a-1" / "model.json").write_text("[]")

    with pytest.raises(ModelError, match="holds no object"):
        files.load()


def test_a_model_of_another_feature_version_is_refused_and_the_way_out_leads_out(
    files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade that changed the features: without `current` the shipped model is in use; the old one is still there."""
    with monkeypatch.context() as older:
        older.setattr(model_arrays, "CUE_FEATURES", [*CUE_FEATURES[:-1], ("a feature of old", None)])
        files.save(model("old-1"), {})
    (files.folder / "current").write_text("old-1\n")
    upgraded = ModelFiles(files.folder, shipped=shipped("models"))

    with pytest.raises(ModelError, match=r"old-1 was trained on other features .* remove `current`") as told:
        upgraded.load()
    (files.folder / "current").unlink()

    assert "`monitor train`" in str(told.value)
    assert upgraded.load().version == upgraded.shipped()
    assert "old-1" in upgraded.versions()


def test_old_versions_are_deleted_past_a_damaged_card(files: ModelFiles) -> None:
    """What a kept version refines stays too; a card that cannot be read is no reason to keep everything."""
    for name, refines in (("20260301-1", "a-1"), ("20260301-2", "a-1"), ("20260302-1", "20260301-1")):
        files.save(model(name), {"refines": refines})
    for age, name in enumerate(("20260302-1", "20260301-2", "20260301-1")):
        os.utime(files.folder / name / "model.json", (1e9 - age, 1e9 - age))
    (files.folder / "a-1" / "card.json").write_text("{")

    gone = files.prune(1)

    assert gone == ["20260301-2"]
    assert files.versions() == ["20260301-1", "20260302-1", "a-1"]
