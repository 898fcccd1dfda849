"""Sources in each format that is accepted, and what is told of those that cannot be read."""

import io
import zipfile
from pathlib import Path

import direct
import pytest
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import EngineError, InputError

SENTENCE = "Octopuses have three hearts, and their blood is blue."
_DOCX = {
    "[Content_Types].xml": (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="word/document.xml"/></Relationships>'
    ),
    "word/document.xml": (
        '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body><w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p></w:body></w:document>"
    ),
}
_EPUB = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    ),
    "book.opf": (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Hearts</dc:title></metadata>'
        '<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    ),
    "a.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{SENTENCE}</p></body></html>',
}


def archive(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return data.getvalue()


def pdf(text: str) -> bytes:
    """Return a document of one page with a line of text."""
    content = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return data + head + table + end % (len(objects) + 1, len(data))


HTML = f"<html><head><script>alert('x')</script></head><body><h1>Hearts</h1><p>{SENTENCE}</p></body></html>"
FORMATS = {
    "a.md": f"# Hearts\r\n\r\n![A picture](x.png)[{SENTENCE}](https://example.org)\r\n".encode(),
    "a.txt": b"\xef\xbb\xbf" + SENTENCE.encode(),
    "a.html": HTML.encode(),
    "a.htm": HTML.encode("utf-16"),
    "a.docx": archive(_DOCX),
    "a.epub": archive(_EPUB),
    "a.pdf": pdf(SENTENCE),
}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that makes the text of a source."""
    monkeypatch.chdir(tmp_path)

    def of(name: str, data: bytes, most: int = 5000, text: str = "Octopus hearts"):
        Path(name).write_bytes(data)
        topic = Topic(text, "octopus", source=name)
        tokens = most / 2.5 + 600
        values = direct.settings("source", context_tokens=int(tokens), max_tokens=200)
        request = direct.build("source", topic, values)
        return direct.artifact(direct.maker("source", values, topic), request)

    return of


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_its_text_alone(read, name):
    text = read(name, FORMATS[name]).data.decode()

    assert SENTENCE in text.replace("\n", " ")
    assert not any(rest in text for rest in ("alert", "https", "x.png", "<p>", "\r", "\ufeff"))


def test_a_source_that_is_too_long_is_cut_down_to_what_matters_and_told(read, capfd):
    filler = "".join(
        f"Paragraph {number} is about the price of bread.\n\n" for number in range(300)
    )

    made = read("a.md", f"{filler}{SENTENCE}\n\n{filler}".encode(), most=2000)

    assert SENTENCE in made.data.decode() and len(made.data) <= 2001
    kept, of = made.service["parts"]
    assert of == 601 and kept < 60
    assert f"a.md: {kept} of 601 parts are used" in capfd.readouterr().out


UNREADABLE = {
    "no words": (
        "a.md",
        b" \n# --\n",
        "has no text; a scanned document needs text recognition first",
    ),
    "Latin-1": ("a.txt", b"caf\xe9", "is not UTF-8; save it as UTF-8"),
    "no PDF": ("a.pdf", b"no document", "is no valid .pdf file; save it again"),
    "a broken PDF": ("a.pdf", FORMATS["a.pdf"][:200], "is no valid .pdf file"),
    "no DOCX": ("a.docx", b"x", "is no valid file of its kind (File is not a zip file)"),
    "an EPUB without a book": (
        "a.epub",
        archive({"mimetype": "x"}),
        "is no valid file of its kind (it has no META-INF",
    ),
    "a bomb": ("a.docx", b"", "has 300 MB unpacked; expected at most 256"),
    "too long": ("a.txt", b"x" * 10_000_001, "has 10000001 characters; expected at most 10000000"),
}


def bomb() -> bytes:
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("word/document.xml", "w") as entry,
    ):
        for _ in range(300):
            entry.write(bytes(2**20))
    return data.getvalue()


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_told(read, case):
    name, data, message = UNREADABLE[case]

    with pytest.raises(InputError) as caught:
        read(name, data or bomb())

    assert str(caught.value).startswith(f"{name}: {message}")


def test_a_missing_library_is_told_with_the_command_that_installs_it(read, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "markitdown", None)

    with pytest.raises(EngineError, match=r"--require-hashes -r envs/sources\.txt"):
        read("a.pdf", FORMATS["a.pdf"])
