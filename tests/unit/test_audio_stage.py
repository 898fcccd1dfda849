"""The three Pipers, OpenAI's speech, long texts, and WAV files that only look right."""

import itertools
import json
import struct

import bad_replies
import pytest
import sample_media
from audio_pipeline.errors import BadAnswer, InputError, RequestRefused, ServiceUnavailable
from audio_pipeline.sound import decoding, wav
from audio_pipeline.sound.chunks import MOST_WORDS
from direct import ask
from service_stubs import JOE, OpenAIStub, PiperStub, piper_voice

SENTENCE = "The quick brown fox jumps over the lazy dog. "


@pytest.fixture(params=["old", "1.4", "1.8"])
def piper(request):
    with PiperStub(request.param) as stub:
        yield stub


@pytest.fixture
def new():
    with PiperStub() as stub:
        yield stub


def speak(stub, script=SENTENCE, **changes):
    return ask("audio", "piper", stub.url, script=script, **changes)


# Requests


@pytest.mark.parametrize(("dialect", "path"), [("1.4", "/"), ("1.8", "/synthesize")])
def test_piper_is_sent_exactly_this(dialect, path):
    with PiperStub(dialect) as stub:
        speak(stub, length_scale=1.2, noise_scale=0.5, noise_w_scale=0.6)

        (request,) = stub.asked()
    assert (request.method, request.path) == ("POST", path)
    assert request.body == {
        "text": SENTENCE.strip(), "voice": JOE,
        "length_scale": 1.2, "noise_scale": 0.5, "noise_w_scale": 0.6,
    }  # fmt: skip


def test_the_old_server_gets_the_text_itself_and_never_json():
    with PiperStub("old") as stub:
        speak(stub, script="A história — “do café”.")

        (request,) = stub.asked()
    assert request.body.decode() == "A história — “do café”."
    assert request.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_nothing_is_spoken_to_find_out_which_server_it_is(piper):
    speak(piper)

    assert len(piper.asked()) == 1
    assert {request.path for request in piper.requests if request.method == "GET"} <= {
        "/voices",
        "/info",
    }


def test_the_sound_is_what_the_server_sent(piper):
    made = speak(piper)

    assert made.data == sample_media.tone(SENTENCE.strip())
    assert made.service["duration_s"] == 1.32 and "sent_as" not in made.service
    assert made.checks[:3] == ["pcm", "rate", "silence"]


def test_openai_is_sent_exactly_this():
    with OpenAIStub() as stub:
        ask("audio", "openai", stub.url, script=SENTENCE, voice="alloy", length_scale=1.25)

        (request,) = stub.asked()
    assert request.path == "/v1/audio/speech"
    assert request.body == {
        "model": "tts-1", "voice": "alloy", "input": SENTENCE.strip(), "speed": 0.8, "response_format": "wav",
    }  # fmt: skip


# Voices and speakers


@pytest.mark.parametrize("dialect", ["1.4", "1.8"])
def test_an_unknown_voice_is_an_error_and_not_the_default_voice(dialect):
    with PiperStub(dialect) as stub:
        with pytest.raises(
            RequestRefused,
            match=r"has no voice 'de_DE-x-low'; it has en_US-joe-medium, pt_BR-faber",
        ):
            speak(stub, voice="de_DE-x-low")

        assert not stub.asked()


@pytest.mark.parametrize(("speaker", "number"), [(0, 0), (2, 2), ("2", 2), ("anna", 1)])
def test_a_speaker_goes_by_number_or_name(new, speaker, number):
    new.voices[JOE] = piper_voice(JOE, {"joe": 0, "anna": 1, "max": 2})
    speak(new, speaker=speaker)

    assert new.asked()[0].body["speaker_id"] == number


@pytest.mark.parametrize(
    ("speaker", "message"),
    [(3, "expected 0 to 2"), ("eve", "the voice en_US-joe-medium has joe, anna, max")],
)
def test_a_speaker_that_is_not_there_is_an_error(new, speaker, message):
    new.voices[JOE] = piper_voice(JOE, {"joe": 0, "anna": 1, "max": 2})

    with pytest.raises(InputError, match=message):
        speak(new, speaker=speaker)

    assert not new.asked()


# Texts that cannot be spoken


@pytest.mark.parametrize("text", ["", "...", "?", "-", " \n", "\x00", "—!", "\ud800", "🎉"])
def test_a_text_without_a_word_is_told_and_not_sent(piper, text):
    with pytest.raises(InputError, match="has no word that can be spoken; edit it, or delete it"):
        speak(piper, script=text)

    assert not piper.asked()


def test_a_failure_of_piper_points_to_its_log(new):
    new.fault = "500_html"

    with pytest.raises(
        ServiceUnavailable, match="Internal Server Error; see Piper's own log for the reason"
    ):
        speak(new)


def test_raw_phonemes_and_control_characters_are_taken_out(new):
    speak(new, script="Say [[h@loU]] now\x07.\x00")

    assert new.asked()[0].body["text"] == "Say [h at loU] now."


# Long texts


@pytest.mark.parametrize("text", [SENTENCE * 16, "Word " * 150, "x" * 1500])
def test_a_text_of_usual_length_is_one_request(new, text):
    speak(new, script=text)

    assert len(new.asked()) == 1


def test_ten_thousand_words_are_spoken_in_passages_and_joined(new):
    second = sample_media.tone("", rate_hz=8000)[44:]
    new.sound = lambda text: wav.plain(second * (len(text) // 40 + 1), 8000, 1)
    names = (
        "".join(letters)
        for letters in itertools.product("bdfgklmnpt", "aeiou", "bdfgklmnpt", "aeiou")
    )
    text = "".join(SENTENCE.replace("The", f"The {name}") for name in itertools.islice(names, 1000))

    made = speak(new, script=text)

    sent = [request.body["text"] for request in new.asked()]
    assert " ".join(sent).split() == text.split()
    assert max(len(part.split()) for part in sent) <= MOST_WORDS
    assert made.service["passages"] == len(sent) and 60 < len(sent) < 80
    assert made.service["duration_s"] == sum(len(part) // 40 + 1 for part in sent)


def test_passages_of_different_formats_are_put_into_one_and_that_is_said(new, capsys):
    new.sound = lambda text: sample_media.tone(
        text, rate_hz=16000 if "last" in text else 22050, channels=2 if "last" in text else 1
    )

    made = speak(new, script=SENTENCE * 17 + "The last one.")

    assert wav.parse(made.data).rate_hz == 22050 and wav.parse(made.data).channels == 1
    assert made.service["formats"] == ["22050 Hz, mono", "16000 Hz, stereo"]
    assert (
        "the sound came in 22050 Hz, mono and 16000 Hz, stereo; resampled to 22050 Hz"
        in capsys.readouterr().out
    )


# Services with a limit of characters


def refusing(
    most: int, said: str = "input should have at most {most} characters", status: int = 400
):
    """Return a service that accepts no more than so many characters at once."""

    def fault(handler):
        asked = handler.stub.requests[-1].body
        if len(asked.get("input", asked.get("text"))) <= most:
            return handler.send(handler.normal())
        body = json.dumps({"detail": said.format(most=most)}).encode()
        bad_replies.status(status, body)(handler)

    return fault


LONG = "Since air scatters blue light more than any other, we see it so, " * 4 + "at least today."


@pytest.mark.parametrize("split", ["sentence", "paragraph", "none"])
@pytest.mark.parametrize(
    ("said", "status"),
    [("input should have at most {most} characters", 400), ("text too long", 422), ("", 413)],
)
def test_a_text_that_is_refused_as_too_long_is_divided(said, status, split, capsys):
    with OpenAIStub() as stub:
        stub.fault = refusing(200, said, status)
        made = ask("audio", "openai", stub.url, script=LONG, voice="alloy", split=split)
        sent = [request.body["input"] for request in stub.asked()]

    taken = [text for text in sent if len(text) <= 200]
    assert " ".join(taken) == LONG and len(sent) == len(taken) + 1
    assert [text for _, _, text in made.service["sentences"]] == [LONG]
    assert "dividing the text; set audio.max_characters:" in capsys.readouterr().out


def test_a_limit_is_remembered_for_the_next_sentences(new):
    new.fault = refusing(200)
    speak(new, script=f"{LONG} {LONG} {LONG}", split="sentence")

    sent = [request.body["text"] for request in new.asked()]
    assert [len(text) > 200 for text in sent].count(True) == 1


def test_a_limit_that_is_configured_is_never_exceeded(new):
    new.fault = refusing(100)
    speak(new, script=LONG, split="sentence", max_characters=100)

    assert all(len(request.body["text"]) <= 100 for request in new.asked())


def test_a_service_that_refuses_every_length_is_not_asked_for_ever():
    with OpenAIStub() as stub:
        stub.fault = refusing(0, "text too long")
        with pytest.raises(RequestRefused, match="text too long"):
            ask("audio", "openai", stub.url, script=LONG, voice="alloy")

        assert len(stub.asked()) <= 6


def test_other_refusals_divide_nothing():
    with OpenAIStub() as stub:
        stub.fault = refusing(0, "the voice is unknown")
        with pytest.raises(RequestRefused, match="the voice is unknown"):
            ask("audio", "openai", stub.url, script=LONG, voice="alloy")

        assert len(stub.asked()) == 1


# WAV files


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return (
        struct.pack("<4sI", name, len(body) if size is None else size)
        + body
        + b"\0" * (len(body) % 2)
    )


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def form(coding=1, channels=1, rate_hz=22050, bits=16) -> bytes:
    frame = channels * bits // 8
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", coding, channels, rate_hz, rate_hz * frame, frame, bits)
    )


SAMPLES = struct.pack("<8h", *range(0, 8000, 1000))


@pytest.mark.parametrize(
    "data",
    [
        riff(form(), chunk(b"data", SAMPLES)),
        riff(chunk(b"LIST", b"INFOx"), form(), chunk(b"fact", b"1234"), chunk(b"data", SAMPLES)),
        riff(form(), chunk(b"data", SAMPLES, 0xFFFFFFFF)),
        riff(form(), chunk(b"data", SAMPLES, 0x7FFFFFFF)),
        riff(form(), chunk(b"data", SAMPLES), chunk(b"LIST", b"after")),
        riff(
            chunk(
                b"fmt ",
                struct.pack("<HHIIHHHHIH14s", 0xFFFE, 1, 22050, 44100, 2, 16, 22, 16, 4, 1, b"x"),
            ),
            chunk(b"data", SAMPLES),
        ),
    ],
    ids=["plain", "more chunks", "streamed", "streamed, too", "trailer", "extensible"],
)
def test_every_form_of_16_bit_pcm_becomes_a_plain_file(data):
    assert decoding.decoded(data)[0] == riff(form(), chunk(b"data", SAMPLES))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "begins with"),
        (b"RIFF", "begins with"),
        (b"<!doctype html>", "begins with b'<!doctype ht'; expected a WAV file"),
        (b"ID3\x04 an MP3", "begins with"),
        (b"OggS", "begins with"),
        (riff(), "without sound"),
        (riff(form()), "without sound"),
        (riff(chunk(b"data", SAMPLES)), "without sound"),
        (riff(form(), chunk(b"data", b"")), "0 of 0 bytes"),
        (riff(form(), chunk(b"data", SAMPLES, 4000)), "16 of 4000 bytes; expected all of it"),
        (riff(form(), chunk(b"data", SAMPLES + b"x")), "17 bytes, not a whole number of samples"),
        (riff(form(channels=2), chunk(b"data", SAMPLES[:6])), "not a whole number of samples"),
        (riff(form(bits=12), chunk(b"data", SAMPLES)), "12 bits in coding 1"),
        (riff(form(coding=3, bits=16), chunk(b"data", SAMPLES)), "16 bits in coding 3"),
        (riff(form(coding=6), chunk(b"data", SAMPLES)), "coding 6"),
        (riff(form(coding=17, bits=4), chunk(b"data", SAMPLES)), "4 bits in coding 17"),
        (riff(form(bits=24), chunk(b"data", SAMPLES)), "16 bytes, not a whole number of samples"),
        (riff(form(rate_hz=0), chunk(b"data", SAMPLES)), "0 Hz"),
        (riff(form(channels=0), chunk(b"data", SAMPLES)), "0 channels"),
        (riff(form(channels=6), chunk(b"data", SAMPLES)), "6 channels"),
    ],
)
def test_what_only_looks_like_a_sound_is_refused(data, message):
    with pytest.raises(BadAnswer, match=message):
        decoding.decoded(data)[0]


def test_an_odd_length_from_a_server_is_refused_with_its_cause(new):
    """--sentence-silence 0.25 at 22,050 Hz is half a sample too long, which turns the rest into noise."""
    new.sound = lambda text: riff(form(), chunk(b"data", SAMPLES + b"\0"))

    with pytest.raises(BadAnswer, match="start Piper with a --sentence-silence of"):
        speak(new)


def test_a_bad_answer_is_not_kept_in_any_dialect(piper):
    piper.fault = bad_replies.FAULTS["html_200"]

    with pytest.raises(BadAnswer, match="begins with b'<!doctype ht'"):
        speak(piper)
