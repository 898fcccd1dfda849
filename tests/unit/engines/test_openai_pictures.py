"""Pictures by OpenAI's protocol: sizes that a server names or refuses, and pictures behind a link."""

import json

import bad_replies
import pytest
import sample_media
from audio_pipeline.engines import picture_sizes
from audio_pipeline.errors import BadAnswer, RequestRefused
from direct import ask
from replies import Reply, json_reply

# Sizes of pictures


@pytest.mark.parametrize(
    ("model", "wanted", "sent"),
    [
        ("gpt-image-1", (1280, 720), "1536x1024"),
        ("gpt-image-1-mini", (720, 1280), "1024x1536"),
        ("openai/gpt-image-1", (1024, 1024), "1024x1024"),
        ("dall-e-3", (1280, 720), "1792x1024"),
        ("dall-e-3", (600, 600), "1024x1024"),
        ("dall-e-2", (300, 300), "512x512"),
        ("dall-e-2", (1280, 720), "1024x1024"),
        ("flux.1-schnell", (1280, 720), "1280x720"),
    ],
)
def test_the_nearest_size_of_the_model_is_asked_for_and_fitted(hosted, model, wanted, sent):
    hosted.models = [model]
    made = ask("image", "openai", hosted.url, model=model, width=wanted[0], height=wanted[1])

    assert hosted.asked()[0].body["size"] == sent
    assert made.service.get("resized_from", sent) == sent
    assert made.data[16:24] == b"".join(side.to_bytes(4, "big") for side in wanted)


REFUSED_SIZE = (
    "Invalid value: '1280x720'. Supported values are: '1024x1024', '1536x1024', and 'auto'."
)


def test_a_server_that_names_its_sizes_gets_the_nearest_for_the_rest_of_the_run(hosted):
    hosted.models, normal = ["mine"], hosted.answer
    hosted.answer = lambda request: (
        json_reply({"error": {"message": REFUSED_SIZE, "param": "size"}}, 400)
        if request.body and request.body["size"] not in ("1024x1024", "1536x1024")
        else normal(request)
    )

    for _ in range(2):
        made = ask("image", "openai", hosted.url, model="mine", width=1280, height=720)

    assert [request.body["size"] for request in hosted.asked()] == [
        "1280x720",
        "1536x1024",
        "1536x1024",
    ]
    assert made.service["resized_from"] == "1536x1024"


@pytest.mark.parametrize(
    "said",
    [
        "size must be between 256x256 and 2048x2048",
        "size: a multiple of 64x64",
        "no such size",
        "bad 512x512",
    ],
)
def test_a_size_that_is_refused_without_another_is_told(hosted, said):
    hosted.models = ["mine"]
    hosted.fault = bad_replies.status(400, json.dumps({"error": said}).encode())

    with pytest.raises(RequestRefused, match=said):
        ask("image", "openai", hosted.url, model="mine", width=1280, height=720)
    assert len(hosted.asked()) == 1


@pytest.mark.parametrize("wanted", [(1, 4096), (4096, 1), (1280, 720)])
def test_there_is_always_a_nearest_size(wanted):
    for sizes in picture_sizes._SIZES.values():
        assert picture_sizes._nearest(wanted, sizes) in sizes


# Pictures behind a link


def linked(hosted, link: str, picture: bytes = b"") -> None:
    """Let the server answer with a link to a picture of its own."""
    normal = hosted.answer

    def reply(request):
        if request.path == "/files/1.png?sig=a":
            return Reply(body=picture or sample_media.picture("x", 1, 256, 256), kind="image/png")
        if request.path == "/v1/images/generations":
            return json_reply({"data": [{"url": link}]})
        return normal(request)

    hosted.answer = reply


def draw(hosted):
    hosted.models = ["mine"]
    return ask("image", "openai", hosted.url, model="mine")


@pytest.mark.parametrize(
    "link",
    ["{host}/files/1.png?sig=a", "/files/1.png?sig=a", "http://localhost:{port}/files/1.png?sig=a"],
)
def test_a_picture_is_fetched_from_the_same_server(hosted, link):
    linked(hosted, link.format(host=hosted.url.removesuffix("/v1"), port=hosted.port))

    assert draw(hosted).data[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_picture_in_the_link_itself_is_taken(hosted):
    data = sample_media.base64_of(sample_media.picture("x", 1, 256, 256))
    linked(hosted, f"data:image/png;base64,{data}")

    assert draw(hosted).data[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data?key=SECRET", "https://cdn.example/1.png?sig=SECRET",
        "http://127.0.0.1:1/1.png?SECRET", "file:///etc/SECRET", "//cdn.example/SECRET", "http://[::1/SECRET",
        "http://user:SECRET@cdn.example/", "ftp://127.0.0.1/SECRET",
        # Addresses that requests and urllib parse differently.
        r"http://cdn.example\@127.0.0.1:{port}/SECRET", r"//cdn.example\@127.0.0.1:{port}/SECRET",
        r"http://cdn.example\\@localhost:{port}/SECRET", "htt\tp://cdn.example/SECRET", " //cdn.example/SECRET",
    ],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_told_and_not_followed(hosted, link):
    linked(hosted, link.format(port=hosted.port))

    with pytest.raises(
        BadAnswer, match=r"sent a link to .*; expected the content itself"
    ) as caught:
        draw(hosted)
    assert "SECRET" not in str(caught.value)
    assert all(request.path == "/v1/images/generations" for request in hosted.asked())
