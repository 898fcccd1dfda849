"""Rebuild after each kind of change: up to date, changed → exactly these files, up to date again.

Each case is a function that changes a built project, and the requests that follow (language model, speech,
pictures). The rule itself is scripts/audio_pipeline/staleness.py.
"""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from project import REPOSITORY
from stub_project import EVERY, SLUGS, THREE, Asked, Studio

NONE: Asked = (set(), set(), set())
ALL: Asked = (EVERY, EVERY, EVERY)
Change = Callable[[Studio], None]


def setting(stage: str, **values) -> Change:
    return lambda studio: studio.config.setdefault(stage, {}).update(values)


def topics(text: str | bytes) -> Change:
    return lambda studio: studio.topics(text)


def template(name: str, text: str) -> Change:
    return lambda studio: (studio.folder / "config" / name).write_text(text) and None


def touch(*paths: str) -> Change:
    def change(studio: Studio) -> None:
        for path in paths:
            found = list(studio.folder.glob(path))
            assert found, path
            for file in found:
                os.utime(file, (time.time() + 1, time.time() + 1))

    return change


def delete(stage: str, name: str) -> Change:
    return lambda studio: studio.file(stage, name).unlink()


def edit(name: str) -> Change:
    words = f"By hand: something else about {name.capitalize()}. With two sentences.\n"
    return lambda studio: studio.file("script", name).write_text(words) and None


def all_of(*changes: Change) -> Change:
    def change(studio: Studio) -> None:
        for one in changes:
            one(studio)

    return change


def same_words(studio: Studio) -> None:
    """Let the model repeat its earlier texts from now on."""
    texts = {name: studio.file("script", name).read_text().strip() for name in EVERY}
    studio.llm.text = lambda prompt, seed: next(
        text for name, text in texts.items() if name in prompt.lower()
    )


def forget_snakemake(studio: Studio) -> None:
    shutil.rmtree(studio.folder / ".snakemake")


def another_server(studio: Studio) -> None:
    urls = {"script": studio.llm.url, "audio": studio.tts.url, "image": studio.sd.url}
    for stage, url in urls.items():
        studio.config[stage]["url"] = url.replace("127.0.0.1", "localhost")


def swap_scales(studio: Studio) -> None:
    studio.config["audio"] |= {"noise_scale": 0.8, "noise_w_scale": 0.667}


def behind_alpha(attributes: str) -> Change:
    return topics(f"Alpha waves | {attributes}\nBeta decay\nGamma rays\n")


def as_table(studio: Studio) -> None:
    (studio.folder / "data/input/topics.csv").write_text(
        "topic,seed\nAlpha waves,\nBeta decay,\nGamma rays,\n"
    )
    studio.config["topics"] = "data/input/topics.csv"


def own_text(text: str) -> Change:
    return lambda studio: (studio.folder / "mine.txt").write_text(text) and None


def source(name: str, text: str) -> Change:
    def change(studio: Studio) -> None:
        path = studio.folder / "data/input/sources" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    return change


def with_source(text: str) -> Change:
    """Build again with a template that has the source, and a source of Alpha waves; then change that to a text."""

    def change(studio: Studio) -> None:
        template(
            "script.j2", "Write about {{ topic }}.{% if source %} Facts: {{ source }}{% endif %}"
        )(studio)
        source("alpha-waves.md", FACTS)(studio)
        studio.succeed()
        assert studio.asked() == (ONE, ONE, ONE)
        source("alpha-waves.md", text)(studio)

    return change


def stubborn(name: str) -> str:
    return f"Alpha waves{' | voice=en_US-bert' * (name == 'alpha')}\nBeta decay\nGamma rays\n"


ONE = {"alpha"}
FACTS = "They were found by Hans Berger.\n"
CASES: dict[str, tuple[Change, Asked]] = {
    "nothing": (lambda studio: None, NONE),
    "inputs touched": (touch("data/input/topics.txt", "config/*"), NONE),
    "scripts touched": (touch("data/output/scripts/*"), NONE),
    "everything made touched": (touch("data/output/scripts/*", "data/output/audio/*"), NONE),
    "a topic added": (topics(THREE + "Delta wings\n"), ({"delta"},) * 3),
    "two topics added in front": (
        topics("Omega points\nDelta wings\n" + THREE),
        ({"delta", "omega"},) * 3,
    ),
    "topics reordered": (topics("Gamma rays\nAlpha waves\nBeta decay\n"), NONE),
    "a comment and blank lines": (topics("# new\n\n" + THREE.replace("\n", "\n\n")), NONE),
    "CRLF and BOM": (topics(b"\xef\xbb\xbf" + THREE.replace("\n", "\r\n").encode()), NONE),
    "same slug, other text": (
        topics(THREE.replace("Alpha waves", "Alpha waves revisited | slug=alpha-waves")),
        (ONE, ONE, ONE),
    ),
    "prompt template edited": (template("script.j2", "Tell me about {{ topic }}."), ALL),
    "prompt template renders the same": (
        template("script.j2", "{# comment #}Write about {{ topic }}.\n\n"),
        NONE,
    ),
    "prompt template edited, same words come": (
        all_of(template("script.j2", "Tell me about {{ topic }}."), same_words),
        (EVERY, set(), set()),
    ),
    "model": (setting("script", model="m2:1b"), ALL),
    "temperature": (setting("script", temperature=0.9), ALL),
    "token limit": (setting("script", max_tokens=300), ALL),
    "system prompt": (setting("script", system_prompt="You are a poet."), ALL),
    "script seed": (setting("script", seed=7), ALL),
    "model, same words come": (
        all_of(setting("script", model="m2:1b"), same_words),
        (EVERY, set(), set()),
    ),
    "default voice": (setting("audio", voice="en_US-bert"), (set(), EVERY, set())),
    "one topic's voice": (topics(stubborn("alpha")), (set(), ONE, set())),
    "one topic's token limit": (behind_alpha("script.max_tokens=300"), (ONE, ONE, ONE)),
    "one topic's model": (behind_alpha("script.model=m2:1b"), (ONE, ONE, ONE)),
    "one topic's pace and size": (
        behind_alpha("audio.length_scale=1.2 image.width=320"),
        (set(), ONE, ONE),
    ),
    "one topic's checks": (behind_alpha("script.checks.sentence=off script.max_words=500"), NONE),
    "a setting that a topic has anyway": (behind_alpha("script.temperature=0.3"), NONE),
    "a preset": (
        all_of(
            setting("presets", slow={"audio": {"length_scale": 1.2}}), behind_alpha("preset=slow")
        ),
        (set(), ONE, set()),
    ),
    "a preset that no topic names": (
        setting("presets", slow={"audio": {"length_scale": 1.2}}),
        NONE,
    ),
    "the same topics as a table": (as_table, NONE),
    "a source, which the template does not use": (source("alpha-waves.md", FACTS), NONE),
    "a source of no topic": (source("other.md", FACTS), NONE),
    "a source changed": (with_source("They were found in Jena.\n"), (ONE, ONE, ONE)),
    "a source with other line ends": (with_source(FACTS.replace("\n", "\r\n\r\n")), NONE),
    "a source touched": (with_source(FACTS), NONE),
    "a text of one's own": (
        all_of(own_text("Alpha waves by hand. Two sentences."), behind_alpha("text=mine.txt")),
        (set(), ONE, ONE),
    ),
    "length scale": (setting("audio", length_scale=1.3), (set(), EVERY, set())),
    "two values swapped": (swap_scales, (set(), EVERY, set())),
    "a term that one text has": (
        setting("lexicon", en={"decay": "dee-kay"}),
        (set(), {"beta"}, set()),
    ),
    "a term that no text has": (setting("lexicon", en={"Nguyen": "win"}), NONE),
    "steps": (setting("image", steps=9), (set(), set(), EVERY)),
    "size": (setting("image", width=320), (set(), set(), EVERY)),
    "sampler": (setting("image", sampler="Euler"), (set(), set(), EVERY)),
    "checkpoint": (setting("image", checkpoint="second"), (set(), set(), EVERY)),
    "negative prompt": (setting("image", negative_prompt="people"), (set(), set(), EVERY)),
    "image template": (template("image.j2", "Painting of {{ topic }}"), (set(), set(), EVERY)),
    "url": (another_server, NONE),
    "timeouts and attempts": (
        all_of(
            setting("script", timeout_s=9, attempts=5),
            setting("audio", timeout_s=9, attempts=5),
            setting("image", timeout_s=9, attempts=5),
            setting("http", tries=2, connect_timeout_s=1),
        ),
        NONE,
    ),
    "caps": (setting("caps", llm=3, tts=2, sd=2), NONE),
    "credentials": (
        lambda studio: studio.environment.update(OLLAMA_API_KEY="k", SD_SERVER_AUTH="a:b"),
        NONE,
    ),
    "a recording deleted": (delete("audio", "alpha"), (set(), ONE, set())),
    "a picture deleted": (delete("image", "alpha"), (set(), set(), ONE)),
    "a script deleted": (delete("script", "alpha"), (ONE, ONE, ONE)),
    "a script deleted, same words come": (
        all_of(same_words, delete("script", "alpha")),
        (ONE, set(), set()),
    ),
    "a script edited by hand": (edit("alpha"), (set(), ONE, ONE)),
    "a script edited, then the model changed": (
        all_of(edit("alpha"), setting("script", model="m2:1b")),
        ({"beta", "gamma"}, EVERY, EVERY),
    ),
    ".snakemake deleted": (forget_snakemake, NONE),
    ".snakemake deleted and the voice changed": (
        all_of(forget_snakemake, setting("audio", voice="en_US-bert")),
        (set(), EVERY, set()),
    ),
    ".snakemake deleted and the model changed": (
        all_of(forget_snakemake, setting("script", model="m2:1b")),
        ALL,
    ),
    "a topic removed": (topics("Alpha waves\nBeta decay\n"), NONE),
}


@pytest.mark.parametrize("name", CASES)
def test_after_a_change_exactly_what_it_concerns_is_made_again(name: str, studio: Studio) -> None:
    change, expected = CASES[name]
    change(studio)
    studio.succeed()
    assert studio.asked() == expected
    again = studio.run()
    assert again.nothing_to_do, again.output
    assert studio.asked() == NONE


def test_a_change_taken_back_makes_nothing(studio: Studio) -> None:
    path = studio.folder / "config/script.j2"
    before = path.read_text()
    path.write_text("Tell me about {{ topic }}.")
    studio.succeed("-n")
    path.write_text(before)
    assert studio.run().nothing_to_do
    assert studio.asked() == NONE


def test_a_topic_removed_and_put_back_makes_nothing(studio: Studio) -> None:
    studio.topics("Alpha waves\nBeta decay\n")
    assert studio.run().nothing_to_do
    studio.topics(THREE)
    assert studio.run().nothing_to_do
    assert studio.asked() == NONE


def test_an_edited_script_is_named_and_kept_when_the_model_changes(studio: Studio) -> None:
    edit("alpha")(studio)
    studio.config["script"]["model"] = "m2:1b"
    before = studio.file("script", "alpha").read_bytes()
    run = studio.succeed()
    assert studio.file("script", "alpha").read_bytes() == before
    assert "scripts/alpha-waves.txt was edited by hand" in run.output


def test_a_script_placed_before_the_first_run_is_spoken_and_drawn(empty: Studio) -> None:
    path = empty.file("script", "alpha")
    path.parent.mkdir(parents=True)
    path.write_text("Placed by hand about Alpha. It has two sentences.\n")
    before = path.read_bytes()
    empty.succeed()
    assert empty.asked() == ({"beta", "gamma"}, EVERY, EVERY)
    assert path.read_bytes() == before
    assert empty.run().nothing_to_do


@pytest.mark.parametrize("stage", ["script", "image"])
def test_a_deleted_file_is_the_next_take_with_the_next_seed(stage: str, studio: Studio) -> None:
    first = studio.record_of(stage, "alpha")
    for take in (1, 2):
        studio.file(stage, "alpha").unlink()
        studio.succeed()
        record = studio.record_of(stage, "alpha")
        assert (record["take"], record["seed"]) == (take, first["seed"] + take)
        assert record["request"] == first["request"]


def test_data_copied_to_another_place_is_current_there(studio: Studio, tmp_path: Path) -> None:
    copy = Studio.copy(studio, tmp_path / "elsewhere")
    for path in copy.folder.rglob("*"):  # as by cp without -p, in any order
        os.utime(path)
    shutil.rmtree(copy.folder / ".snakemake")
    assert copy.run().nothing_to_do
    assert copy.asked() == NONE
    copy.close()


def test_files_from_the_future_are_kept(studio: Studio) -> None:
    future = time.time() + 86400
    for path in studio.folder.glob("data/output/*/*.*"):
        os.utime(path, (future, future))
    before = studio.files()
    assert studio.run().nothing_to_do
    studio.config["audio"]["voice"] = "en_US-bert"
    studio.succeed()
    assert studio.asked() == (set(), EVERY, set())
    assert studio.files().keys() == before.keys()
    assert studio.run().nothing_to_do


def test_a_fresh_checkout_of_the_workflow_over_the_same_data_makes_nothing(
    studio: Studio, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    for name in ("Snakefile", "rules", "scripts", "config", "profiles", "envs"):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copyfile
        copy(REPOSITORY / name, checkout_path(checkout, name))
    for path in [*checkout.rglob("*.py"), *checkout.rglob("*.smk"), checkout / "Snakefile"]:
        path.write_text(path.read_text() + "\n# changed\n")
    run = studio.run("-s", str(checkout / "Snakefile"))
    assert run.nothing_to_do, run.output
    assert studio.asked() == NONE


def checkout_path(checkout: Path, name: str) -> Path:
    checkout.mkdir(exist_ok=True)
    return checkout / name


@pytest.mark.parametrize("arguments", [["-F"], ["-R", "synthesize_audio"], ["--forceall"]])
def test_forcing_snakemake_asks_no_service_for_the_same_request(
    arguments: list[str], studio: Studio
) -> None:
    before = studio.files()
    studio.succeed(*arguments)
    assert studio.asked() == NONE
    assert studio.files() == before


@pytest.mark.parametrize(
    "arguments", [["--touch"], ["--cores", "1"], ["--until", "generate_script"], ["-q", "rules"]]
)
def test_other_ways_to_call_make_nothing_again(arguments: list[str], studio: Studio) -> None:
    before = studio.files()
    studio.succeed(*arguments)
    assert studio.asked() == NONE
    assert studio.files() == before


def test_one_file_can_be_asked_for(studio: Studio) -> None:
    studio.config["script"]["model"] = "m2:1b"
    studio.succeed("data/output/audio/alpha-waves.wav")
    assert studio.asked() == (ONE, ONE, set())
    studio.succeed("data/output/images/alpha-waves.png")
    assert studio.asked() == (set(), set(), ONE)


@pytest.mark.parametrize("target, expected", [("scripts", 0), ("audio", 1), ("images", 2)])
def test_one_stage_can_be_asked_for(target: str, expected: int, empty: Studio) -> None:
    empty.succeed(target)
    asked = empty.asked()
    assert asked[0] == EVERY and asked[expected] == EVERY
    assert sum(map(len, asked)) == (3 if expected == 0 else 6)


def test_a_dry_run_names_the_reason_and_changes_nothing(studio: Studio) -> None:
    before = studio.files()
    studio.config["audio"]["voice"] = "en_US-bert"
    run = studio.succeed("-n")
    assert "audio: voice changed" in run.output
    assert studio.files() == before and studio.asked() == NONE


def test_topics_are_finished_in_the_order_of_the_file_but_for_two_at_the_same_door(empty):
    empty.topics("".join(f"{topic}\n" for topic in ("Gamma rays", "Alpha waves", "Beta decay")))
    empty.succeed()
    spoken = [request.body["text"].lower() for request in empty.tts.asked()]
    names = [next(word for word in SLUGS if word in text) for text in spoken]
    in_order = ["gamma", "alpha", "beta"]
    swapped = (["alpha", "gamma", "beta"], ["gamma", "beta", "alpha"])
    assert names == in_order or names in swapped
