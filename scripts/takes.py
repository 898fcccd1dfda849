"""List the takes of a file, put an earlier one back, or ask for another.

A take that was paid for stays in the answer cache. Recordings and translations have takes sentence by sentence, scenes
and the sections of a script one by one: --sentence, --scene and --section name one.
"""

import argparse
import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_pipeline.cli.command_line import run
from audio_pipeline.core import answer_cache, production
from audio_pipeline.core import record as records
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.attempts import Attempt, WantedAnswer, numbered
from audio_pipeline.core.attempts import numbers as attempt_numbers
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Choice
from audio_pipeline.core.record import Record, unit_of
from audio_pipeline.core.request import Request, differences
from audio_pipeline.core.stage import Job, make
from audio_pipeline.errors import InputError
from audio_pipeline.files import sha256_of
from audio_pipeline.project import Project, load_by_arguments
from audio_pipeline.sanitize import excerpt

_WAIT_S = 10
_LOOK_AHEAD = 10  # takes beyond the highest of this project, which others may have requested


@dataclass(frozen=True)
class Part:
    """A part of a file with takes of its own.

    number: from 1, as the user counts; wanted: its answer, of the chosen take; latest: the highest take so far.
    """

    number: int
    wanted: WantedAnswer
    latest: int

    @property
    def standing(self) -> int:
        return self.wanted.take

    @property
    def name(self) -> str:
        return unit_of(self.wanted.unit)

    @property
    def text(self) -> str:
        """The sentence that is spoken or translated, or the prompt of a picture; "" for texts."""
        unit, kind = self.wanted.unit, self.wanted.kind
        prompt = str(unit.get("prompt", ""))
        if kind == "translation":  # the sentence ends the prompt
            return prompt.rpartition("\n")[2]
        return str(unit.get("text") or (prompt if kind == "picture" else ""))

    def request(self, number: int) -> Request:
        return numbered(self.wanted.unit, number)


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", metavar="STAGE", help="script, prompt, audio, image or scenes")
    parser.add_argument("slug", metavar="SLUG", help="of the topic, as in the file's name")
    parser.add_argument(
        "--sentence",
        "--scene",
        "--section",
        type=int,
        metavar="K",
        dest="part",
        help="of a file, from 1",
    )
    wish = parser.add_mutually_exclusive_group()
    wish.add_argument("--use", type=int, metavar="N", help="put take N back, without a request")
    wish.add_argument("--new", action="store_true", help="have the next run request another take")
    project, arguments = load_by_arguments(parser)
    stage, slug = arguments.stage, arguments.slug
    file = FileTakes(project, stage, slug)
    parts = file.parts
    if (number := arguments.part) is not None:
        parts = [part for part in parts if part.number == number]
        if not file.part or not parts:
            raise InputError(file.without_part(number))
    if arguments.new:
        names = [part.name for part in parts] if file.part else []
        production.want_another_take(stage, Path(file.path), file.record_path, names, _WAIT_S)
        subject = f"{file.part} {number} of {file.path}" if number else file.path
        return f"the next run makes another take of {subject}; the present one stays until then"
    if arguments.use is not None:
        return file.use(arguments.use, parts)
    return "\n".join(file.listed(parts, detailed=bool(number) or not file.part))


class FileTakes:
    """The takes of one file of a project. Raises InputError: the stage or the topic is unknown, or has no takes."""

    def __init__(self, project: Project, stage: str, slug: str) -> None:
        _check(project, stage, slug)
        self.path = project.file(stage, slug)
        self.record_path = Path(project.record(stage, slug))
        self._project, self._stage, self._slug = project, stage, slug
        self._cache = answer_cache.of(project.config)
        record = records.load(self.record_path)
        request = project.request(stage, slug, record)
        if request is None:
            raise InputError(f"{self.path}: its sources are missing; run first")
        self._outdated = differences(record.request, request) if record else []
        self._is_wanted = bool(record and (record.again or record.deleted))
        attempt = Attempt(None, record.take if record else 0, record)
        one = project.stages[stage]
        self.part = one.part_of(request)
        answers = list(one.answers(request, attempt, CacheIndex(self._cache)))
        numbers = one.part_numbers(request, len(answers))
        self.parts = [
            Part(number, answer, _latest(answer, record))
            for number, answer in zip(numbers, answers, strict=True)
        ]
        if not self.parts:
            raise InputError(
                f"{stage}: its files are made here, without a service, and have no takes to choose"
            )

    def without_part(self, number: int) -> str:
        """Say that there is no part of this number."""
        noun = self.part or "sentence"
        numbers = [part.number for part in self.parts] if self.part else []
        text = f"--{noun} is {number}; {self.path} has {len(numbers)} {noun}s"
        if numbers != list(range(1, len(numbers) + 1)):
            text += f" with a picture of its own: {min(numbers)} to {max(numbers)}"
        return text

    def listed(self, parts: Sequence[Part], detailed: bool) -> Iterator[str]:
        """Yield the lines of the list. detailed: each take on a line of its own."""
        yield f"{self.path}{'' if os.path.exists(self.path) else ': missing'}"
        if self._is_wanted:
            yield "another take is wanted: the next run makes it; --use N withdraws that"
        if self._outdated:
            yield f"made from another request ({self._changes()}); these are the takes for the present one"
        for part in parts:
            takes = self._takes(part)
            if not detailed:
                others = ", ".join(f"[{n}]" if n == part.standing else f"{n}" for n in takes)
                yield f"{part.number:>4}  takes {others or 'none'}  {excerpt(part.text, 60)}"
                continue
            if self.part:
                yield f"  {excerpt(part.text, 200)}"
            yield f"  {'take':>6}  {'time':20}  {'seed':>10}  engine"
            for take, (request, answer) in takes.items():
                marked = f"*{take}" if take == part.standing else f"{take}"
                yield (
                    f"  {marked:>6}  {answer.time:20}  {request.get('seed', '–')!s:>10}  "
                    f"{request['engine']} {excerpt(answer.model, 60)}"
                )
        if detailed and not any(self._takes(part) for part in parts):
            yield "  no take is in the cache"

    def use(self, take: int, parts: Sequence[Part]) -> str:
        """Make the file from this take of the parts, without a request."""
        if self._outdated and os.path.exists(self.path):
            raise InputError(
                f"{self.path}: was made from another request ({self._changes()}); run first, "
                "or give the options of the run, like --configfile FILE"
            )
        having = [part for part in parts if take in self._takes(part)]
        if all(part.standing == take for part in parts) and self._is_as_recorded():
            return f"take {take} of {self.path} stands already"
        if not having:
            known = sorted({number for part in parts for number in self._takes(part)})
            raise InputError(
                f"{self.path}: take {take} is not in the cache, which has "
                f"{', '.join(map(str, known)) or 'none'}"
            )
        for part in self.parts:
            if not self._is_cached(part, take if part in having else part.standing):
                where = f"{self.part} {part.number}" if self.part else "its answer"
                raise InputError(f"{self.path}: {where} is not in the cache; run first")
        choice = Choice(None if self.part else take, {part.name: take for part in having})
        line = make(self._project.stages[self._stage], self._job(), choice)
        if line.startswith("kept"):
            raise InputError(f"{line}; delete the file to make it again")
        return f"{line}: take {take}"

    def _is_as_recorded(self) -> bool:
        """True if the file is there, not edited by hand, and no other take is wanted."""
        record = records.load(self.record_path)
        known = record and os.path.isfile(self.path) and record.sha256 == sha256_of(self.path)
        return bool(known) and not self._is_wanted

    def _changes(self) -> str:
        return f"{' and '.join(self._outdated[:5])} changed"

    def _takes(self, part: Part) -> dict[int, tuple[Request, Answer]]:
        """Return take → request and answer of those in the cache."""
        found = {}
        for take in range(part.latest + 1 + _LOOK_AHEAD):
            for number in attempt_numbers(take):
                request = part.request(number)
                answer = self._cache.get(part.wanted.kind, request)
                if answer and answer.data:
                    found[take] = (request, answer)
                    break
        return found

    def _is_cached(self, part: Part, take: int) -> bool:
        return any(
            self._cache.has(part.wanted.kind, part.request(number))
            for number in attempt_numbers(take)
        )

    def _job(self) -> Job[Any]:
        project, stage, slug = self._project, self._stage, self._slug
        inputs = project.all_inputs(stage, slug).items()
        return Job(
            topic=project.topics[slug],
            settings=project.settings_of(stage, slug),
            config=project.config_of(slug),
            files={role: Path(project.file(*source)) for role, source in inputs},
            output=Path(self.path),
            record=self.record_path,
        )


def _latest(answer: WantedAnswer, record: Record | None) -> int:
    """Return the highest take of an answer that this project has asked for."""
    if record and (known := record.takes.get(unit_of(answer.unit))):
        return max(known)
    return max(answer.take, record.latest if record else 0)


def _check(project: Project, stage: str, slug: str) -> None:
    """Check the names on the command line. Raises InputError."""
    if stage not in project.stages:
        names = [
            name
            for name, each in project.stages.items()
            if each.answer_noun(project.settings_of(name))
        ]
        raise InputError(f"there is no stage {stage!r}; expected {', '.join(names)}")
    if slug not in project.topics:
        near = difflib.get_close_matches(slug, project.topics, 3) or list(project.topics)[:3]
        raise InputError(
            f"{project.config.topics} has no topic with the slug {slug!r}; it has {', '.join(near)}, …"
        )
    if not project.has(stage, slug):
        raise InputError(f"the topic {slug!r} has no file of the stage {stage}")


if __name__ == "__main__":
    run(main)
