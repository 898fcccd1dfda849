"""Project with three stub services, and the requests made to them."""

import itertools
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import sample_media
import yaml
from project import REPOSITORY, Project, Run
from service_stubs import OllamaStub, PiperStub, StableDiffusionStub
from waiting import LONGEST_S

TOPICS = ["Alpha waves", "Beta decay", "Gamma rays", "Delta wings", "Omega points"]
SLUGS = {topic.split()[0].lower(): topic.lower().replace(" ", "-") for topic in TOPICS}
THREE = "Alpha waves\nBeta decay\nGamma rays\n"
EVERY = {"alpha", "beta", "gamma"}

Asked = tuple[
    set[str], set[str], set[str]
]  # first words of the topics: language model, speech, pictures


class Studio(Project):
    """Project with stubs. Each text of the model names its topic and differs from the last, unless `same_words`."""

    def __init__(self, folder: Path, topics: str = THREE) -> None:
        config = {
            "script": {"engine": "ollama", "model": "m1:1b", "template": "config/script.j2"},
            "audio": {"engine": "piper", "voice": "en_US-anna", "split": "none"},
            "image": {"engine": "stable-diffusion", "template": "config/image.j2"},
            "subtitles": {"enabled": False},
            "video": {"enabled": False},
            "http": {"tries": 1, "connect_timeout_s": 2},
        }
        config["image"] |= {"width": 256, "height": 256, "steps": 5, "sampler": "Euler a"}
        super().__init__(folder, topics, config)
        (folder / "config/script.j2").write_text("Write about {{ topic }}.")
        (folder / "config/image.j2").write_text("{{ topic }}: {{ first_sentence }}")
        self.serve()

    @classmethod
    def copy(cls, original: "Studio", folder: Path) -> "Studio":
        """Copy the data to another folder, with new servers."""
        shutil.copytree(original.folder, folder)
        studio = cls.__new__(cls)
        studio.folder, studio.environment = folder, {}
        studio.config = {key: dict(value) for key, value in original.config.items()}
        studio.serve(first_version=100)
        return studio

    def serve(self, first_version: int = 1) -> None:
        models = {"m1:1b": "1" * 64, "m2:1b": "2" * 64}
        self.llm = OllamaStub(models).__enter__()
        self.tts = PiperStub(voices=["en_US-anna", "en_US-bert"]).__enter__()
        self.sd = StableDiffusionStub(["first", "second"]).__enter__()
        self.same_words, self._versions = False, itertools.count(first_version)
        self.llm.text = self.text
        self.tts.sound = sample_media.speech
        self.point_to_servers()

    def point_to_servers(self) -> None:
        self.config["script"]["url"] = self.llm.url
        self.config["audio"]["url"] = self.tts.url
        self.config["image"]["url"] = self.sd.url

    def close(self) -> None:
        for stub in (self.llm, self.tts, self.sd):
            stub.__exit__()

    def text(self, prompt: str, seed: int | None) -> str:
        version = "always the same" if self.same_words else f"version {next(self._versions)}"
        (name,) = (topic for topic in TOPICS if topic in prompt)
        return f"This is all about {name}, {version}. It has two sentences of plain words."

    def asked(self) -> Asked:
        """Return the requests since the last call, by service. Fails if a request was made twice."""
        texts = (
            [request.body["messages"][-1]["content"] for request in self.llm.asked()],
            [request.body["text"] for request in self.tts.asked()],
            [request.body["prompt"] for request in self.sd.asked()],
        )
        for stub in (self.llm, self.tts, self.sd):
            stub.requests.clear()
        names = []
        for these in texts:
            found = [word for text in these for word in SLUGS if word in text.lower()]
            twice = [word for word, times in Counter(found).items() if times > 1]
            assert not twice, f"asked for more than once: {twice}"
            assert len(found) == len(these)
            names.append(set(found))
        return tuple(names)

    def succeed(self, *arguments: str) -> Run:
        run = self.run(*arguments)
        assert run.code == 0, run.output
        assert "Traceback" not in run.output, run.output
        return run

    def program(self, name: str, *arguments: str) -> subprocess.CompletedProcess:
        """Run a program of scripts/ with the project's configuration."""
        (self.folder / "config/config.yaml").write_text(yaml.safe_dump(self.config))
        command = [sys.executable, str(REPOSITORY / "scripts" / name), *arguments]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=LONGEST_S
        )

    def record_of(self, stage: str, name: str) -> dict:
        return self.record(stage, SLUGS[name])

    def file(self, stage: str, name: str) -> Path:
        return self.path(stage, SLUGS[name])
