"""Container files checked by linters, by their schema, and for rules that no schema expresses."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "envs/container"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
TEXT = (FOLDER / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
FETCHERS = {"fetch-model", "fetch-voice"}  # one-off tasks
SERVERS = sorted(SERVICES.keys() - FETCHERS - {"pipeline"})
VARIABLE = r"\$\{(\w+)(?::-([^}]*))?\}"


def check(*command: str) -> None:
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr


def tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_the_dockerfile_passes_its_linter():
    check(tool("hadolint"), "envs/container/Dockerfile")


def test_the_compose_file_follows_the_specification():
    check(
        tool("check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        "envs/container/compose.yaml",
    )


def test_every_target_runs_as_a_user_without_rights_on_the_slim_python():
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]

    assert re.search(r"^ARG BASE=python:3\.11-slim$", DOCKERFILE, re.M)
    assert [stage.split()[0] for stage in stages] == ["${BASE}", "base", "base"]
    for stage in stages[1:]:
        assert re.findall(r"^USER (.+)$", stage, re.M) == ["10001:10001"]


def test_whatever_is_installed_into_an_image_is_checked_by_its_hash():
    commands = re.findall(r"pip install [^&;\n]*", DOCKERFILE)

    assert len(commands) == 3 and all("--require-hashes -r " in each for each in commands)


def test_the_image_refuses_a_target_behind_the_configuration_as_the_makefile_does():
    command = "python scripts/check_arguments.py --install"

    assert (
        command in DOCKERFILE
        and command.removeprefix("python ") in (REPOSITORY / "Makefile").read_text()
    )
    assert DOCKERFILE.index("COPY scripts scripts") < DOCKERFILE.index(command)


def test_the_image_has_the_conda_files_that_the_rules_name():
    named = {
        name
        for rules in (REPOSITORY / "rules").glob("*.smk")
        for name in re.findall(r'"\.\./(envs/.+?)"', rules.read_text())
    }

    assert named and all(name.endswith(".yaml") for name in named)
    assert re.search(r"^COPY .*envs/\*\.yaml envs/$", DOCKERFILE, re.M)


def test_only_what_the_dockerfile_copies_is_sent_to_the_builder():
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M)
    sources = {source for line in copied for source in line.split()}
    first, *rest = [
        line
        for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    let_in = {line[1:] for line in rest if line.startswith("!")}

    assert first == "*" and "**/.env*" in rest[len(let_in) :]
    assert {re.sub(r"\w+\.txt$", "*.txt", source) for source in sources} == let_in
    assert not any(source.startswith(("data/output", ".")) for source in sources)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "pids"}
    assert (
        service["init"] and "pids_limit" not in service
    )  # Docker Compose refuses it beside deploy's
    assert not {"ports", "privileged", "network_mode", "pid", "ipc", "devices"} & service.keys()
    assert "docker.sock" not in str(service)


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_built_here_or_pinned_by_a_tag(name):
    image = re.sub(VARIABLE, r"\2", SERVICES[name]["image"])
    repository, _, tag = image.rpartition(":")

    assert repository and tag and tag != "latest"
    assert ("build" in SERVICES[name]) == (tag == "local")


def test_what_is_built_is_a_target_of_the_dockerfile():
    for service in SERVICES.values():
        if build := service.get("build"):
            assert (FOLDER / build["context"]).resolve() == REPOSITORY
            assert (REPOSITORY / build["dockerfile"]).is_file()
            assert f" AS {build['target']}\n" in DOCKERFILE


def test_servers_have_no_way_out_and_what_has_one_serves_nobody():
    assert COMPOSE["networks"]["services"] == {"internal": True}
    for name in SERVICES:
        assert SERVICES[name]["networks"] == ["outside" if name in FETCHERS else "services"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_tells_its_health(name):
    assert not any(" " in word for word in SERVICES[name]["healthcheck"]["test"])  # see piper's
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_can_come_true(name):
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        if condition["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert condition["condition"] == "service_completed_successfully"
            assert other in FETCHERS and SERVICES[other]["restart"] == "no"
        if SERVICES[other].get("profiles"):
            assert condition["required"] is False


def test_the_pipeline_waits_for_every_server_and_knows_its_address():
    pipeline = SERVICES["pipeline"]
    hosts = {re.fullmatch(r"http://(.+):\d+", url)[1] for url in pipeline["environment"].values()}

    assert pipeline["depends_on"].keys() == set(SERVERS) == hosts


def test_volumes_are_declared_and_used():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service["volumes"]
        if isinstance(volume, str)
    }

    assert used == COMPOSE["volumes"].keys()


def test_only_the_output_the_answers_and_the_fetched_models_can_be_written():
    writable = set()
    for name, service in SERVICES.items():
        for volume in service["volumes"]:
            if isinstance(volume, str):
                if not volume.endswith(":ro"):
                    writable.add((name, volume))
            elif not volume.get("read_only"):
                writable.add((name, volume["source"]))

    assert writable == {
        ("pipeline", "../../data/output"),
        ("pipeline", "../../data/cache"),
        ("fetch-model", "models:/models"),
        ("fetch-voice", "voices:/cache"),
    }


def test_the_example_of_env_names_the_variables_with_their_defaults():
    lines = (FOLDER / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert example.pop("COMPOSE_PROFILES") == ""  # read by Docker Compose itself
    assert example == dict(re.findall(VARIABLE, TEXT))


def test_what_is_fetched_is_what_the_services_are_asked_for():
    settings = yaml.safe_load((REPOSITORY / "config/services.yaml").read_text())
    defaults = dict(re.findall(VARIABLE, TEXT))

    assert defaults["OLLAMA_MODEL"] == settings["script"]["model"]
    assert defaults["PIPER_VOICE"] == settings["audio"]["voice"]
    assert (REPOSITORY / defaults["CONFIG"]).is_file()


def test_an_env_file_is_not_committed():
    assert "/envs/container/.env" in (REPOSITORY / ".gitignore").read_text().splitlines()


def test_the_manifests_follow_the_schemas_of_kubernetes():
    check(tool("kubernetes-validate"), "--strict", "envs/container/kubernetes.yaml")


def test_the_pod_is_confined_and_runs_the_profile():
    manifests = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    pod = next(each for each in manifests if each["kind"] == "Job")["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsUser"] == 10001 and pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["command"] == ["snakemake", "--workflow-profile", "profiles/kubernetes"]
    assert {variable["name"] for variable in container["env"]} == SERVICES["pipeline"][
        "environment"
    ].keys()


def test_the_profile_of_kubernetes_is_taken(tmp_path):
    (tmp_path / "data/input").mkdir(parents=True)
    (tmp_path / "data/input/topics.txt").write_text("Tea\n")
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    command = [sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile"), "-n"]
    command += ["--workflow-profile", str(REPOSITORY / "profiles/kubernetes")]

    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    said = result.stdout + result.stderr

    assert result.returncode == 0, said
    for rule in ("generate_script", "synthesize_audio", "generate_image"):
        assert re.search(rf"^{rule} +1$", said, re.M)


def test_the_profile_of_kubernetes_keeps_what_every_profile_must():
    default, own = (
        yaml.safe_load((REPOSITORY / f"profiles/{name}/config.yaml").read_text())
        for name in ("default", "kubernetes")
    )

    assert {key for key in default if own.get(key) != default[key]} == {"cores"}
