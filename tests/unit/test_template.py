import pytest
from audio_pipeline.core.template import render
from audio_pipeline.errors import InputError


@pytest.fixture
def template(tmp_path):
    """Return a function that writes a template and returns its path."""

    def of(content: bytes | str) -> str:
        path = tmp_path / "prompt.j2"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return of


def test_the_values_are_put_in(template):
    path = template("Explain {{ topic }} in {{ language }}.")

    assert render(path, topic="tea", language="en") == "Explain tea in en."


def test_white_space_at_the_ends_is_dropped(template):
    assert render(template("\n  {{ topic }} \n\n"), topic="tea") == "tea"


def test_a_byte_order_mark_is_no_part_of_the_prompt(template):
    assert render(template(b"\xef\xbb\xbfAbout {{ topic }}"), topic="tea") == "About tea"


def test_windows_line_ends_give_the_same_prompt(template, tmp_path):
    other = tmp_path / "windows.j2"
    other.write_bytes(b"One\r\n{{ topic }}\r\nthree\r\n")

    assert render(str(other), topic="tea") == render(
        template("One\n{{ topic }}\nthree"), topic="tea"
    )


@pytest.mark.parametrize(
    "topic",
    [
        "{{ 7*7 }}",
        "{% for x in y %}",
        "{# comment #}",
        "%s %(x)s",
        "$(rm -rf /)",
        "\"quotes\" & 'more' <b>",
        "../../etc/passwd",
        "{{ ''.__class__ }}",
    ],
)
def test_a_topic_is_text_and_never_a_template(template, topic):
    assert render(template("<{{ topic }}>"), topic=topic) == f"<{topic}>"


def test_an_undefined_variable_is_named_with_its_line_and_the_known_ones(template):
    path = template("One\n{{ topic }}\n{{ topik }}")

    with pytest.raises(InputError) as caught:
        render(path, topic="tea", language="en")

    assert str(caught.value) == (
        f"{path}:3: 'topik' is undefined; the variables are topic, language"
    )


def test_an_undefined_attribute_is_an_error(template):
    with pytest.raises(InputError, match=r"prompt\.j2:1: .* has no attribute 'title2'"):
        render(template("{{ topic.title2 }}"), topic="tea")


def test_a_syntax_error_is_named_with_its_line(template):
    with pytest.raises(InputError, match=r"prompt\.j2:2: unexpected '}'"):
        render(template("One\n{{ topic }"), topic="tea")


def test_an_unclosed_block_is_an_error(template):
    with pytest.raises(InputError, match=r"prompt\.j2:1: "):
        render(template("{% if topic %}x"), topic="tea")


@pytest.mark.parametrize(
    "content",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ topic.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ range(1000000000) | list }}",
        "{{ 1 / 0 }}",
        "{{ topic + 1 }}",
    ],
)
def test_what_a_template_must_not_do_is_an_input_error_of_one_line(template, content):
    with pytest.raises(InputError) as caught:
        render(template(content), topic="tea")

    assert "prompt.j2" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["{{ [1, 2, 3] | random }}", "{{ lipsum() }}"])
def test_a_template_cannot_give_another_prompt_each_time(template, content):
    with pytest.raises(InputError):
        render(template(content), topic="tea")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.j2: cannot be read \(No such file"):
        render(str(tmp_path / "none.j2"), topic="tea")


def test_a_file_in_another_encoding_is_named(template):
    with pytest.raises(InputError, match=r"prompt\.j2: is not UTF-8; save it as UTF-8"):
        render(template(b"caf\xe9 {{ topic }}"), topic="tea")


@pytest.mark.parametrize(
    "content", ["", " \n", "{# nothing #}", "{% if topic == 'x' %}{{ topic }}{% endif %}"]
)
def test_a_template_that_gives_no_text_is_refused(template, content):
    with pytest.raises(InputError, match=r"prompt\.j2: renders to nothing; expected a prompt"):
        render(template(content), topic="tea")
