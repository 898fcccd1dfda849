"""The Job of envs/container/kubernetes.yaml: its pod, by `podman play kube`, against stubs of its three services.

Further work of a kubelet is not covered: it gives the volume to the pod's group (fsGroup), where podman gives it to
the owner of the image's folder, and it starts another pod after a failure. Requirements: see conftest.py here.
"""

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sample_media
import yaml
from project import REPOSITORY
from service_stubs import OllamaStub, PiperStub, StableDiffusionStub

USER = 10001
# Settings without an option of `podman play kube`.
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
infra_image = "localhost/pause"
"""

MANIFESTS = list(yaml.safe_load_all((REPOSITORY / "envs/container/kubernetes.yaml").read_text()))
STORIES = {
    "café": (
        "O café nasceu nas montanhas da Etiópia e chegou ao Brasil no século dezoito. Pastores viram que as cabras "
        "ficavam mais alegres depois de comer aqueles frutos vermelhos. Hoje o país colhe mais grãos do que os outros."
    ),
    "céu": (
        "A luz do sol reúne todas as cores, e o ar espalha o azul muito mais do que o vermelho. Por isso vemos azul em "
        "todas as direções durante o dia. Ao entardecer a luz atravessa mais ar, e o horizonte fica laranja."
    ),
}


class Cluster:
    """The manifests, with the image built and the services given, played by podman."""

    def __init__(self, engine, folder: Path, services: list) -> None:
        self.engine, self.conf = engine, folder / "containers.conf"
        self.conf.write_text(CONTAINERS_CONF)
        job = next(each for each in MANIFESTS if each["kind"] == "Job")
        self.pod = {"apiVersion": "v1", "kind": "Pod", **copy.deepcopy(job["spec"]["template"])}
        self.pod["metadata"]["name"] = "pod"
        (self.container,) = self.pod["spec"]["containers"]
        self.container |= {"image": "localhost/pipeline", "imagePullPolicy": "Never"}
        for variable, service in zip(self.container["env"], services, strict=True):
            variable["value"] = service.url

    def play(self, *manifests: dict) -> None:
        command = self.engine.podman("play", "kube", "--network", "host", "-")
        result = subprocess.run(
            command,
            input=yaml.safe_dump_all(manifests, allow_unicode=True),
            env={**os.environ, "CONTAINERS_CONF": str(self.conf)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, result.stdout + result.stderr

    def run(self) -> tuple[int, str]:
        """Run one pod to its end; return its exit code and output."""
        self.play(*(each for each in MANIFESTS if each["kind"] == "ConfigMap"), self.pod)
        code = int(self.engine.call("podman", "wait", "pod-pipeline"))
        command = self.engine.podman("logs", "pod-pipeline")
        said = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        ).stdout
        self.about = json.loads(self.engine.call("podman", "inspect", "pod-pipeline"))[0]
        self.engine.call("podman", "pod", "rm", "--force", "pod")
        self.engine.call("podman", "volume", "rm", "audio-pipeline-input")  # of the ConfigMap
        return code, said


@pytest.fixture
def kubernetes(tmp_path: Path, engine) -> Iterator[Cluster]:
    # Replaces the image `pause`, which would be pulled.
    container = engine.call("buildah", "from", "localhost/pipeline")
    engine.call("buildah", "config", "--cmd", "sleep infinity", container)
    engine.call("buildah", "commit", "--quiet", container, "localhost/pause")
    engine.call("buildah", "rm", container)
    with (
        OllamaStub({"gemma3:4b": "1" * 64}) as llm,
        PiperStub(voices=["pt_BR-faber-medium"]) as tts,
        StableDiffusionStub() as sd,
    ):
        tts.sound = sample_media.speech
        llm.text = lambda prompt, seed: next(
            text for word, text in STORIES.items() if word in prompt
        )
        yield Cluster(engine, tmp_path, [llm, tts, sd])
    engine.call("podman", "pod", "rm", "--all", "--force")
    engine.call("podman", "volume", "rm", "--all", "--force")


def test_the_pod_of_the_job_makes_everything_and_the_next_pod_nothing(kubernetes):
    kubernetes.play(*(each for each in MANIFESTS if each["kind"] == "PersistentVolumeClaim"))

    code, said = kubernetes.run()

    assert code == 0 and "10 of 10 files" in said, said
    about = kubernetes.about
    assert about["HostConfig"]["ReadonlyRootfs"] and not about["EffectiveCaps"]
    assert about["HostConfig"]["Memory"] == 2 * 2**30
    volume = kubernetes.engine.call(
        "podman", "volume", "inspect", "--format", "{{.Mountpoint}}", "audio-pipeline-output"
    )
    made = sorted(Path(volume, "videos").glob("*.mp4"))
    assert [file.stem for file in made] == ["a-historia-do-cafe", "por-que-o-ceu-e-azul"]
    assert {file.stat().st_uid for file in made} == {USER}

    code, said = kubernetes.run()

    assert code == 0 and "Nothing to be done" in said, said


def test_a_volume_that_the_pod_may_not_write_is_told_in_one_line(kubernetes, tmp_path):
    """A hostPath, to which a kubelet applies no fsGroup."""
    (tmp_path / "host").mkdir()
    for volume in kubernetes.pod["spec"]["volumes"]:
        if "persistentVolumeClaim" in volume:
            del volume["persistentVolumeClaim"]
            volume["hostPath"] = {"path": str(tmp_path / "host"), "type": "Directory"}

    code, said = kubernetes.run()

    assert code == 1 and "Traceback" not in said
    assert [line for line in said.splitlines() if "error" in line] == [
        "error: data/output/records/.run: cannot be written (Permission denied); "
        "free some space, or make data/output writable"
    ]
