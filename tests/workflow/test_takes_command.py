"""`takes.py`: earlier takes stay in the cache, and can be put back; another one is asked for without losing any."""

import shutil
import subprocess
import sys

import pytest
from project import REPOSITORY, Run
from stub_project import SLUGS
from stub_sentences import INTRO, Sentences
from waiting import LONGEST_S


def takes(project: Sentences, *arguments: str) -> Run:
    project.write_config()
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts/takes.py"), *arguments],
        cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST_S,
    )  # fmt: skip
    assert "Traceback" not in done.stdout, done.stdout
    return Run(done.returncode, done.stdout)


def numbers(listing: str) -> list[str]:
    """Return the first words of the lines of a table of takes."""
    return [
        line.split()[0]
        for line in listing.splitlines()
        if line[-1:] and line.split()[0].strip("*").isdigit()
    ]


@pytest.mark.parametrize("stage", ["script", "image"])
def test_a_second_take_and_the_first_one_back(sentences, stage):
    if stage == "script":
        sentences.text = lambda prompt, seed: (
            f"Alpha and {seed} are told here. There is more to say about it now."
        )
        sentences.llm.text = sentences.text
    file = sentences.file(stage, "alpha")
    first = file.read_bytes()
    file.unlink()
    sentences.succeed()
    second = file.read_bytes()
    sentences.requests()

    listing = takes(sentences, stage, SLUGS["alpha"])
    assert listing.code == 0 and numbers(listing.output) == ["0", "*1"], listing.output
    back = takes(sentences, stage, SLUGS["alpha"], "--use", "0")
    assert back.code == 0, back.output
    assert file.read_bytes() == first
    assert sentences.record_of(stage, "alpha")["take"] == 0
    sentences.succeed()
    assert sentences.requests() == (0, [], 0)
    assert sentences.run().nothing_to_do

    takes(sentences, stage, SLUGS["alpha"], "--use", "1")
    assert file.read_bytes() == second
    file.unlink()
    sentences.succeed()
    assert sentences.record_of(stage, "alpha")["take"] == 2
    assert second != file.read_bytes() != first


def test_another_take_is_made_by_the_next_run_and_the_file_stays_until_then(sentences):
    file = sentences.file("image", "alpha")
    before = file.read_bytes()

    told = takes(sentences, "image", SLUGS["alpha"], "--new")

    assert told.code == 0 and "the next run makes another take" in told.output
    assert file.read_bytes() == before
    assert "image" in sentences.run("-n").output
    sentences.succeed()
    assert sentences.requests() == (0, [], 1)
    assert sentences.record_of("image", "alpha")["take"] == 1
    assert file.read_bytes() != before


def test_a_sentence_has_takes_of_its_own(sentences):
    file = sentences.file("audio", "alpha")
    before = file.read_bytes()
    assert takes(sentences, "audio", SLUGS["alpha"], "--sentence", "2", "--new").code == 0
    assert file.read_bytes() == before
    sentences.succeed("audio")
    assert sentences.requests() == (0, ["Alpha are a topic of their own."], 0)
    assert [take for _, _, take in sentences.record_of("audio", "alpha")["answers"]] == [0, 1, 0, 0]

    listing = takes(sentences, "audio", SLUGS["alpha"]).output
    assert "   2  takes 0, [1]  Alpha are a topic of their own." in listing
    assert f"   1  takes [0]  {INTRO}" in listing
    detailed = takes(sentences, "audio", SLUGS["alpha"], "--sentence", "2").output
    assert numbers(detailed) == ["0", "*1"]

    assert takes(sentences, "audio", SLUGS["alpha"], "--sentence", "2", "--use", "0").code == 0
    assert file.read_bytes() == before
    assert sentences.run("audio").nothing_to_do
    sentences.config["audio"]["loudness_lufs"] = -20
    sentences.succeed("audio")
    assert sentences.requests() == (0, [], 0)
    assert [take for _, _, take in sentences.record_of("audio", "alpha")["answers"]] == [0] * 4
    takes(sentences, "audio", SLUGS["alpha"], "--sentence", "2", "--new")
    sentences.succeed("audio")
    assert [take for _, _, take in sentences.record_of("audio", "alpha")["answers"]] == [0, 2, 0, 0]


def test_the_chosen_take_of_a_sentence_survives_another_voice(sentences):
    takes(sentences, "audio", SLUGS["alpha"], "--sentence", "2", "--new")
    sentences.succeed("audio")
    chosen = sentences.file("audio", "alpha").read_bytes()
    for voice in ("en_US-bert", "en_US-anna"):
        sentences.config["audio"]["voice"] = voice
        sentences.succeed("audio")

    assert sentences.file("audio", "alpha").read_bytes() == chosen


def test_a_take_that_stands_is_left_and_other_settings_are_refused(sentences):
    alpha = SLUGS["alpha"]
    assert (
        "take 0 of data/output/audio/alpha-waves.wav stands already"
        in takes(sentences, "audio", alpha, "--use", "0").output
    )
    takes(sentences, "audio", alpha, "--sentence", "2", "--new")
    listing = takes(sentences, "audio", alpha)
    assert "another take is wanted: the next run makes it" in listing.output
    assert takes(sentences, "audio", alpha, "--sentence", "2", "--use", "0").code == 0
    assert sentences.run("audio").nothing_to_do
    sentences.config["audio"]["length_scale"] = 1.25
    before = sentences.file("audio", "alpha").read_bytes()

    refused = takes(sentences, "audio", alpha, "--use", "0")

    assert (
        refused.code == 1
        and "was made from another request (length_scale changed); run first" in refused.output
    )
    assert sentences.file("audio", "alpha").read_bytes() == before
    assert "length_scale changed" in takes(sentences, "audio", alpha).output


def test_what_was_edited_by_hand_is_kept(sentences):
    file = sentences.file("script", "alpha")
    file.write_text("My own words, which nobody else has written.\n")

    for wish in (["--new"], ["--use", "0"]):
        run = takes(sentences, "script", SLUGS["alpha"], *wish)
        assert run.code == 1 and "edited by hand" in run.output and "delete" in run.output
    assert file.read_text().startswith("My own words")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nope", "alpha-waves"], "error: there is no stage 'nope'; expected script, audio, image"),
        (["script", "nope"], "has no topic with the slug 'nope'"),
        (["image", "alpha-waves", "--use", "7"], "take 7 is not in the cache, which has 0"),
        (
            ["image", "alpha-waves", "--sentence", "1"],
            "--sentence is 1; data/output/images/alpha-waves.png has 0 sentences",
        ),
        (["audio", "alpha-waves", "--sentence", "9"], "has 4 sentences"),
    ],
)
def test_a_mistake_is_one_line(sentences, arguments, told):
    run = takes(sentences, *arguments)

    assert run.code == 1 and told in run.output and run.output.count("\n") == 1


def test_without_the_cache_nothing_is_put_back(sentences):
    before = sentences.file("audio", "alpha").read_bytes()
    shutil.rmtree(sentences.folder / "data/cache")

    run = takes(sentences, "audio", SLUGS["alpha"], "--use", "1")

    assert run.code == 1 and "take 1 is not in the cache, which has none" in run.output
    assert sentences.file("audio", "alpha").read_bytes() == before
