"""Topics in tables: .csv and .tsv with a column for each attribute, .yaml with a list."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from audio_pipeline.core import topic_attributes, topic_settings, yaml_files
from audio_pipeline.core.yaml_files import short_repr
from audio_pipeline.errors import InputError

SUFFIXES = (".csv", ".tsv", ".yaml", ".yml")
_TEXT = "topic"  # the column with the text

Row = tuple[int, str, dict[str, Any]]  # line, text, and attributes as they are written


def rows(data: bytes, suffix: str) -> Iterator[Row]:
    """Yield the topics of a table. Raises InputError: it is no table of topics; TableFault: at a line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableFault(line, "is not UTF-8; save the file as UTF-8") from None
    yield from _of_yaml(text) if suffix in (".yaml", ".yml") else _of_columns(text, suffix)


class TableFault(InputError):
    """A fault of a whole table. line: where it was found."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def _of_columns(text: str, suffix: str) -> Iterator[Row]:
    head = text.partition("\n")[0]
    separator = "\t" if suffix == ".tsv" else ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        _check_header(names)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(names):
                raise TableFault(
                    reader.line_num,
                    f"has {len(cells)} cells, but the first line has {len(names)}; "
                    f"put a text with {separator!r} in quotes",
                )
            values = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            yield (
                reader.line_num,
                values.pop(_TEXT, ""),
                {name: value for name, value in values.items() if value},
            )
    except csv.Error as error:
        raise TableFault(reader.line_num, f"is not a table: {error}; check its quotes") from None


def _check_header(names: list[str]) -> None:
    """Check the names of columns. Raises TableFault."""
    if _TEXT not in names:
        raise TableFault(
            1,
            f"has no column {_TEXT!r}; expected a first line with the names of columns, like topic,language",
        )
    for number, name in enumerate(names):
        if name in names[:number]:
            raise TableFault(1, f"has the column {short_repr(name)} twice; keep one of them")
        if name not in (_TEXT, *topic_attributes.KEYS) and not topic_settings.is_key(name):
            raise TableFault(
                1,
                f"has the unknown column {short_repr(name)}; expected one of {_TEXT}, "
                f"{', '.join(topic_attributes.KEYS)}, or a key of the configuration like script.max_tokens",
            )


def _of_yaml(text: str) -> Iterator[Row]:
    try:
        items = yaml_files.parse_items(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        line = mark.line + 1 if mark else 1
        raise TableFault(line, f"is not YAML: {problem}; check quotes and indentation") from None
    if items is None:
        raise TableFault(1, "is no list of topics; expected lines like '- topic: How bread rises'")
    for line, item in items:
        if isinstance(item, str):
            yield line, item, {}
            continue
        if not isinstance(item, dict) or not isinstance(item.get(_TEXT), str):
            raise TableFault(line, f"is {short_repr(item)}; expected '- topic: How bread rises'")
        values = {str(key): value for key, value in item.items() if key != _TEXT}
        nested = {key: value for key, value in values.items() if isinstance(value, Mapping)}
        plain = {key: value for key, value in values.items() if key not in nested}
        inner = dict(topic_settings.flat(nested))
        if twice := plain.keys() & inner.keys():
            raise TableFault(line, f"gives {min(twice)} twice; give it once")
        yield line, item[_TEXT], {**plain, **inner}
