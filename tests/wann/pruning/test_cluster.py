"""Cells on a Ray cluster."""

import json

import pytest

from wann.errors import WannError
from wann.pruning.comparison import compare

pytest.importorskip("ray", reason="Ray is not installed")

SMALL = (
    "support.rings_task:TASK",
    "--hidden",
    "6",
    "--epochs",
    "3",
    "--seeds",
    "0",
    "--compressions",
    "3",
    "--methods",
    "synflow",
    "magnitude",
    "random+shuffled",
)


@pytest.mark.slow
def test_a_cluster_makes_the_same_networks(tmp_path, capsys):
    for backend in ("serial", "ray"):
        compare.main(
            [*SMALL, "--out", str(tmp_path / backend), "--backend", backend, "--workers", "1"]
        )
    files = sorted((tmp_path / "serial" / "cells").iterdir())
    assert len(files) == 2 * 5
    for file in files:
        other = tmp_path / "ray" / "cells" / file.name
        if file.suffix == ".npz":
            assert other.read_bytes() == file.read_bytes()
        else:
            assert json.loads(other.read_text()) | {"seconds": 0} == json.loads(
                file.read_text()
            ) | {"seconds": 0}


@pytest.mark.slow
def test_a_saliency_that_fails_on_a_cluster_is_one_line(tmp_path):
    for name, message in (
        ("exits", "failed .SystemExit"),
        ("writes_inputs", "failed .ValueError"),
        ("nothing", "gave"),
    ):
        options = (
            *SMALL[:-4],
            "--methods",
            f"support.own_saliencies:{name}",
            "--backend",
            "ray",
            "--workers",
            "1",
        )
        with pytest.raises(
            WannError, match=f"^saliency 'support.own_saliencies:{name}': {message}"
        ):
            compare.main([*options, "--out", str(tmp_path / name)])
