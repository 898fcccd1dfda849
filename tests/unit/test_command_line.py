"""Exit of a stage program after an error of the operating system."""

import errno
import os
import shutil
import tempfile

import pytest
from audio_pipeline.cli import command_line

FULL = "the disk is full; free some space and run again"


def line_of(error: OSError) -> str:
    def main() -> str:
        raise error

    with pytest.raises(SystemExit) as ended:
        command_line.run(main)
    return str(ended.value)


def test_the_file_is_named():
    error = OSError(errno.ENOSPC, "No space left on device", "data/output/audio/tea.wav")
    assert line_of(error) == f"error: data/output/audio/tea.wav: {FULL}"


@pytest.mark.parametrize("temporary_is_full", [True, False])
def test_a_write_that_names_no_file_is_laid_to_the_fullest_disk(
    tmp_path, monkeypatch, temporary_is_full
):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(
        command_line.shutil,
        "disk_usage",
        lambda folder: usage._replace(free=0 if temporary_is_full == (folder == str(tmp_path)) else 9),
    )  # fmt: skip

    place = tmp_path if temporary_is_full else os.getcwd()
    assert line_of(OSError(errno.ENOSPC, "No space left on device")) == f"error: {place}: {FULL}"


def test_other_faults_without_a_file_say_so():
    assert line_of(OSError(errno.EIO, "Input/output error")) == "error: a file: Input/output error"
