"""Scripts by the user: a file as it is, since its author knows what it is to say."""

from dataclasses import replace

from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import InputError
from audio_pipeline.settings import ScriptSettings
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.text import script_checks, speakers

_MOST_BYTES = 2**24


def maker(job: Job[ScriptSettings], path: str) -> Ask:
    """Return a function that takes the text of a file. Findings of the checks are warnings."""

    def ask(request: Request, _: Attempt) -> Artifact:
        try:
            text = files.read_bytes(path, _MOST_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from None
        text = text.replace("\r\n", "\n").strip()
        if not any(map(str.isalnum, text)):
            raise InputError(f"{path}: has no words; write the script there")
        checks = {
            name: "warn" if level == "error" else level
            for name, level in job.settings.checks.items()
        }
        language = job.topic.language or job.settings.language
        index = job.record.with_name(similarity_index.NAME)
        words = speakers.without(text, job.settings.speakers)
        passed, warnings = script_checks.run(
            words, language, replace(job.settings, checks=checks), job.output, index
        )
        for warning in warnings:
            print(f"warning: {warning}")
        service = {"warnings": warnings} if warnings else {}
        on_stored = script_checks.remember(job.settings, job.output, index)
        return Artifact((text + "\n").encode(), path, passed, service, on_stored)

    return ask
