"""A stage of three new files (tests/echo_stage) takes part in everything, and every stage is complete."""

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from audio_pipeline.core.stage import OF_ORIGINAL, SPOKEN
from audio_pipeline.stages import registry
from project import REPOSITORY, Run
from stub_project import Studio
from waiting import LONGEST_S

FILES = {
    "stage.py": "scripts/audio_pipeline/stages/echo.py",
    "program.py": "scripts/make_echo.py",
    "rule.smk": "rules/echo.smk",
}
SCHEMA = "config/schemas/config.schema.yaml"
ECHO = "data/output/echoes/alpha-waves.txt"


class Checkout:
    """Copy of the workflow with the stage, and a project with two topics, one of which gets a file of it."""

    def __init__(self, workflow: Path, studio: Studio) -> None:
        self.workflow, self.studio, self.folder = workflow, studio, studio.folder

    def snakemake(self, *arguments: str) -> Run:
        return self._run(
            "-m", "snakemake", "-s", f"{self.workflow}/Snakefile", "--cores", "2", *arguments
        )

    def program(self, name: str, *arguments: str) -> Run:
        return self._run(f"{self.workflow}/scripts/{name}.py", *arguments)

    def again(self, folder: Path) -> "Checkout":
        return Checkout(self.workflow, Studio.copy(self.studio, folder))

    def _run(self, *command: str) -> Run:
        self.studio.write_config()
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_S,
        )
        return Run(done.returncode, done.stdout)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory):
    workflow = tmp_path_factory.mktemp("workflow")
    for name in ("rules", "scripts", "config", "profiles"):
        shutil.copytree(REPOSITORY / name, workflow / name)
    shutil.copy(REPOSITORY / "Snakefile", workflow)
    (workflow / "envs").mkdir()
    shutil.copy(REPOSITORY / "envs/environment.yaml", workflow / "envs")
    for source, target in FILES.items():
        shutil.copy(REPOSITORY / "tests/echo_stage" / source, workflow / target)
    with open(workflow / "config/config.yaml", "a") as file:
        file.write("\necho:\n  times: 2\n")
    schema = yaml.safe_load((workflow / SCHEMA).read_text())
    times = {"type": "integer", "minimum": 1, "maximum": 9}
    schema["properties"]["echo"] = {"type": "object", "properties": {"times": times}}
    (workflow / SCHEMA).write_text(yaml.safe_dump(schema))
    studio = Studio(tmp_path_factory.mktemp("new") / "work", "Alpha waves | seed=7\nBeta decay\n")
    yield Checkout(workflow, studio)
    studio.close()


@pytest.fixture(scope="module")
def built(empty: Checkout) -> Checkout:
    run = empty.snakemake()
    assert run.code == 0, run.output
    assert "1 echo (echo)" in run.output
    empty.studio.asked()
    return empty


@pytest.fixture
def mine(built: Checkout, tmp_path: Path):
    """Copy the built project."""
    mine = built.again(tmp_path / "work")
    yield mine
    mine.studio.close()


def test_its_files_are_few_and_short() -> None:
    lines = [(REPOSITORY / "tests/echo_stage" / name).read_text().count("\n") for name in FILES]
    assert len(lines) == 3 and sum(lines) <= 60


def test_a_dry_run_and_a_plan_show_it(empty: Checkout) -> None:
    assert f"{ECHO}  (missing)" in empty.snakemake("-n").output
    assert re.search(r"^echo +1 to make \(1 new\)", empty.program("plan").output, re.MULTILINE)


def test_its_target_makes_what_it_needs(empty: Checkout, tmp_path: Path) -> None:
    mine = empty.again(tmp_path / "work")
    shutil.rmtree(mine.folder / "data/output", ignore_errors=True)
    run = mine.snakemake("echoes")
    assert run.code == 0, run.output
    assert mine.studio.asked() == ({"alpha"}, set(), set())
    text = (mine.folder / "data/output/scripts/alpha-waves.txt").read_text()
    assert (mine.folder / ECHO).read_text() == 2 * text
    mine.studio.close()


def test_it_is_made_with_a_record_for_the_topic_that_has_it(built: Checkout) -> None:
    assert built.studio.record("echo", "alpha-waves")["request"]["times"] == 2
    assert [path.name for path in (built.folder / "data/output/echoes").iterdir()] == [
        "alpha-waves.txt"
    ]
    assert built.snakemake().nothing_to_do
    status = built.program("status").output
    assert re.search(r"^ +echo +1 +0 +0 +0 +0$", status, re.MULTILINE), status
    assert "0 to make" in built.program("plan").output
    doctor = built.program("check_services")
    assert doctor.code == 0, doctor.output


def test_a_setting_of_it_makes_it_alone_again(mine: Checkout) -> None:
    mine.studio.config["echo"] = {"times": 3}
    run = mine.snakemake("-n")
    assert f"{ECHO}  (echo: times changed)" in run.output
    assert mine.snakemake().code == 0
    assert mine.studio.asked() == (set(), set(), set())
    assert (mine.folder / ECHO).read_text().count("All about") == 0
    assert mine.studio.record("echo", "alpha-waves")["request"]["times"] == 3


def test_an_edited_file_of_it_is_kept(mine: Checkout) -> None:
    (mine.folder / ECHO).write_text("By hand.\n")
    mine.studio.config["echo"] = {"times": 3}
    run = mine.snakemake()
    assert f"kept: {ECHO} was edited by hand" in run.output
    assert (mine.folder / ECHO).read_text() == "By hand.\n"


def test_a_deleted_file_of_it_is_the_next_take(mine: Checkout) -> None:
    (mine.folder / ECHO).unlink()
    assert mine.snakemake().code == 0
    assert mine.studio.record("echo", "alpha-waves")["take"] == 1


def test_it_is_in_the_catalogue_on_the_page_and_in_a_report(mine: Checkout) -> None:
    with open(mine.folder / "data/output/catalog.csv", encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["stage"] == "echo"]
    assert [(row["path"], row["state"]) for row in rows] == [("echoes/alpha-waves.txt", "made")]
    page = (mine.folder / "data/output/index.html").read_text()
    assert "echoes/alpha-waves.txt" in page and "Echo" in page
    assert mine.snakemake("--report", "report.html").code == 0
    assert "Echoes" in (mine.folder / "report.html").read_text()


def test_it_is_pruned_with_its_topic(mine: Checkout) -> None:
    mine.studio.topics("Beta decay\n")
    assert f"would remove {ECHO}" in mine.program("prune").output
    assert mine.program("prune", "--delete").code == 0
    assert not (mine.folder / ECHO).exists()


@pytest.mark.parametrize("name", registry.every())
def test_a_stage_is_complete(name: str) -> None:
    """Its program has its inputs as options, and its rule passes them."""
    stage = registry.every()[name]
    options = [f"--{role}" for role in (*stage.sources, "topic", "record", "output")]
    program = REPOSITORY / f"scripts/{stage.rule}.py"
    said = subprocess.run([sys.executable, program, "--help"], capture_output=True, text=True)
    assert said.returncode == 0 and all(option in said.stdout for option in options)
    rule = (REPOSITORY / f"rules/{name}.smk").read_text()
    assert f"rule {stage.rule}:" in rule and f'PIPELINE.parts("{name}")' in rule
    assert f"/{stage.rule}.py " in rule
    stem = stage.path.rpartition(".")[0]
    outputs = [stage.path, *(stem + ending for ending in stage.beside)]
    assert re.findall(r'parts\.output\("(.*?)"\)', rule) == outputs
    assert re.findall(r'(\w+)=parts\.input\("\1"\)', rule) == list(stage.sources)
    given = stage.sources if "{params.inputs:q}" in rule else ()
    assert all(option in rule for option in options if option[2:] not in given)
    before = [one.name for one in registry.every().values() if one.order < stage.order]
    own = {source for role, source in stage.sources.items() if role not in OF_ORIGINAL}
    assert own <= {SPOKEN, *before}, "made from what comes later in the order"
    assert stage.path.count("{slug}") == 1 and stage.beside == tuple(
        f".{e[1:]}" for e in stage.beside
    )


def test_stages_differ_in_what_names_them() -> None:
    stages = registry.every().values()
    for of in ("order", "path", "rule", "target", "title"):
        assert len({getattr(stage, of) for stage in stages}) == len(stages)
