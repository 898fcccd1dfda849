"""Topics in CSV, TSV and YAML."""

from pathlib import Path

import pytest
from audio_pipeline.core.topics import Topic, read_topics
from audio_pipeline.errors import InputError

TEA = Topic("Tea, or coffee?", "tea", "pt-BR", None, 7, settings=(("script.max_tokens", 300),))
TABLES = {
    "topics.csv": 'topic,slug,language,seed,script.max_tokens\n"Tea, or coffee?",tea,pt-BR,7,300\nMilk,,,,\n',
    "german.csv": "\ufefftopic;slug;language;seed;script.max_tokens\r\nTea, or coffee?;tea;pt-BR;7;300\r\n\r\nMilk\r\n",
    "topics.tsv": "slug\ttopic\tlanguage\tseed\tscript.max_tokens\ntea\tTea, or coffee?\tpt-BR\t7\t300\n\tMilk\n",
    "topics.yaml": (
        "# Drinks\n- topic: Tea, or coffee?\n  slug: tea\n  language: pt-BR\n  seed: 7\n"
        "  script: {max_tokens: 300}\n- Milk\n"
    ),
    "dotted.yml": (
        "- {topic: 'Tea, or coffee?', slug: tea, language: pt-BR, seed: 7, script.max_tokens: 300}\n"
        "- topic: Milk\n"
    ),
}


@pytest.fixture(autouse=True)
def _in_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_gives_the_topics_of_lines(name):
    Path(name).write_text(TABLES[name], encoding="utf-8", newline="")

    assert read_topics(name) == ([TEA, Topic("Milk", "milk")], [])


@pytest.mark.parametrize("name", TABLES)
def test_topics_have_the_lines_of_the_table(name):
    Path(name).write_text(TABLES[name], encoding="utf-8", newline="")

    lines = [topic.line for topic in read_topics(name)[0]]

    found = Path(name).read_text(encoding="utf-8-sig").splitlines()
    assert ["Tea" in found[lines[0] - 1], "Milk" in found[lines[1] - 1]] == [True, True]


def test_a_long_table_in_yaml_is_no_bomb():
    rows = [f"- {{topic: Tea {n}, language: en, seed: {n}, preset: x}}\n" for n in range(12_000)]
    Path("topics.yaml").write_text("".join(rows))

    assert len(read_topics("topics.yaml")[0]) == 12_000


def test_a_row_with_languages_gives_a_topic_for_each():
    Path("topics.yaml").write_text("- {topic: Tea, language: 'en,de'}\n")

    assert [topic.slug for topic in read_topics("topics.yaml")[0]] == ["tea", "tea-de"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "a.csv:1: has no column 'topic'; expected a first line"),
        ("a.csv", "text,slug\nTea,tea\n", "a.csv:1: has no column 'topic'"),
        ("a.csv", "topic,topic\nTea,tea\n", "a.csv:1: has the column 'topic' twice"),
        ("a.csv", "topic,colour\nTea,red\n", "a.csv:1: has the unknown column 'colour'"),
        (
            "a.csv",
            "topic,script.engine\nTea,x\n",
            "a.csv:1: has the unknown column 'script.engine'",
        ),
        ("a.csv", "topic,slug\nTea,tea,x\n", "a.csv:2: has 3 cells, but the first line has 2"),
        ("a.csv", 'topic\n"Tea\n', "a.csv:2: is not a table: unexpected end of data"),
        ("a.csv", "topic,seed\nMilk,\nTea,x\n", "a.csv:3: has seed='x'; expected a whole number"),
        ("a.csv", "topic,seed\n,7\n", "a.csv:2: has no text"),
        ("a.csv", "topic\n#1 hits\n", "a.csv:2: has the text '#1 hits', which begins with '#'"),
        ("a.csv", 'topic\n"Tea\nand milk"\n', "a.csv:3: has the control character U+000A"),
        ("a.csv", b"topic\nCaf\xe9\n", "a.csv:2: is not UTF-8"),
        (
            "a.tsv",
            "topic\tvideo.aspect\nTea\t4:3\n",
            "a.tsv:2: has video.aspect='4:3'; expected one of",
        ),
        ("a.yaml", "topics: [Tea]\n", "a.yaml:1: is no list of topics"),
        ("a.yaml", "- Tea\n- 7\n", "a.yaml:2: is 7; expected '- topic: "),
        (
            "a.yaml",
            "- Tea\n- {topic: Milk, slug: Milk}\n",
            "a.yaml:2: has slug='Milk'; expected lower",
        ),
        (
            "a.yaml",
            "- Tea\n- {topic: Milk, script: {max_tokens: [1]}}\n",
            "a.yaml:2: has script.max_tok",
        ),
        (
            "a.yaml",
            "- Tea\n- {topic: Milk, language: no}\n",
            "a.yaml:2: has language='False'; expected a",
        ),
        (
            "a.yaml",
            "- {topic: Tea, script.max_tokens: 99, script: {max_tokens: 98}}\n",
            "a.yaml:1: gives script.max_tokens twice",
        ),
        ("a.yaml", '- "Tea \\ud800"\n', "a.yaml:1: has the control character U+D800"),
        ("a.yaml", "- {topic: Tea, language: 'en,de', text: a.md}\n", "a.yaml:1: has one text for"),
        ("a.yaml", "- Tea\n- [\n", "a.yaml:3: is not YAML"),
        ("a.yaml", "- &a [*a]\n", "a.yaml:1: is not YAML"),
        ("a.yaml", "[" * 2000, "a.yaml:1: is not YAML"),
        ("a.csv", "topic\n" + "x" * 200_000 + "\n", "a.csv:2: is not a table: field larger than"),
        ("a.csv", "topic\nTea\nTea!\n", "a.csv:3: has the slug 'tea' of line 2"),
    ],
)
def test_a_fault_is_told_with_its_line(name, content, message):
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(InputError) as caught:
        read_topics(name)

    assert str(caught.value).startswith(message)
