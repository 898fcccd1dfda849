"""Scripts in the answers of a model."""

import bad_replies
import pytest
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import BadAnswer, InputError, ServiceUnavailable
from audio_pipeline.http.deadline import Deadline
from audio_pipeline.text.script_checks import CHECKS
from direct import build, maker, settings
from script_requests import CUT_OFF, OLLAMA, TEXT, script


def test_the_pieces_of_the_stream_become_the_script(server):
    server.text = TEXT

    made = script(server)

    assert made.data == (TEXT + "\n").encode()
    assert made.checks == list(CHECKS)


def test_the_record_gets_tokens_durations_digest_and_version(server):
    made = script(server)

    assert made.model == "gemma3:4b"
    assert made.service["digest"] == "a" * 64 and made.service["version"] == "0.33.0"
    assert made.service["eval_count"] > 0 and made.service["load_duration"] == 500_000_000


def test_a_script_is_not_lost_for_want_of_a_version(server):
    normal = server.answer
    server.answer = lambda request: (
        normal(request) if request.path == "/api/chat" else stub_reply_500()
    )

    assert "version" not in script(server).service


def stub_reply_500():
    from replies import Reply

    return Reply(500)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>hm, blue</think>\n\n" + TEXT, TEXT),
        ("<THINK>a</THINK><think>b</think> " + TEXT, TEXT),
        ("The user wants a script.</think>" + TEXT, TEXT),
        ("<thinking>x</thinking>" + TEXT, TEXT),
        (f"<think></think>{TEXT}<|endoftext|><|im_start|>user\nMore!</think>other", TEXT),
        (f"<|channel>thought\nhm<channel|>{TEXT}<turn|>", TEXT),
        (f"<answer>{TEXT}</answer>", TEXT),
        (TEXT, TEXT),
    ],
)
def test_what_a_model_wrote_to_itself_is_taken_out(server, text, left):
    server.text = text

    assert script(server).data.decode() == left + "\n"


@pytest.mark.parametrize("text", ["", "   ", "<think>only thoughts</think>"])
def test_an_empty_script_is_a_bad_answer(server, text):
    server.text = text

    with pytest.raises(BadAnswer, match="wrote nothing; expected a script"):
        script(server)


def test_thoughts_without_an_end_are_a_bad_answer(server):
    server.text = "<think>and so on and so on"

    with pytest.raises(BadAnswer, match="thinking"):
        script(server)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("length", r"cut off \(length\) after max_tokens, 200"),
        ("load", "only loaded the model"),
        ("unload", "ended the script for the reason 'unload'"),
    ],
)
def test_an_answer_that_did_not_end_by_itself_is_no_script(server, reason, message):
    server.done_reason, server.text = reason, "The sky is blue because"

    with pytest.raises(BadAnswer, match=message):
        script(server)


def test_a_script_that_was_cut_off_is_kept_up_to_its_last_whole_sentence(server):
    server.done_reason, server.text = "length", CUT_OFF

    made = script(server)

    assert made.data.decode() == TEXT + "\n"
    assert made.service["cut_off"] is True


def test_less_than_half_of_a_script_is_not_kept(server):
    server.done_reason, server.text = "length", "Tea is hot. " + "It is also " * 10

    with pytest.raises(BadAnswer, match="cut off"):
        script(server)


def test_only_the_words_to_be_spoken_are_kept(server):
    server.text = f'Sure! Here is a script:\n\n# Sky\n\n[VISUAL: sky]\n\n**Narrator:** "{TEXT}" 🌞'

    assert script(server).data.decode() == f"Sky\n\n{TEXT}\n"


def test_the_name_of_the_check_that_failed_is_told(server):
    server.text = "I'm sorry, but I can't help with that."

    with pytest.raises(BadAnswer, match=r"is a refusal, .* \(script\.checks\.refusal\)$"):
        script(server)


def test_a_warning_is_told_and_stands_in_the_record(server, capsys):
    server.text = "Tea is hot. It was"
    levels = {**settings("script", "ollama").checks, "sentence": "warn"}

    made = script(server, checks=levels)

    assert "sentence" not in made.checks and "words" in made.checks
    assert made.service["warnings"][0].startswith("the script ends in mid-sentence")
    assert capsys.readouterr().out == f"warning: {made.service['warnings'][0]}\n"


def test_a_file_of_forbidden_terms_that_is_not_there_costs_no_answer(server):
    with pytest.raises(InputError, match=r"script\.forbidden: none\.txt cannot be read"):
        script(server, forbidden="none.txt")

    assert server.asked() == []


def test_the_script_is_in_the_language_of_the_topic_and_not_that_of_another(server, tmp_path):
    values = settings("script", "ollama", server.url, **OLLAMA)
    (tmp_path / "another.txt").write_text(server.text("x: Tea. ", None))
    server.text = (tmp_path / "another.txt").read_text()
    request = build("script", Topic("Chá", "cha", language="pt"), values)
    asking = maker("script", values, Topic("Tea", "tea"), output=tmp_path / "tea.txt")

    assert "another.txt" in asking(request, Attempt(1)).service["warnings"][0]
    with pytest.raises(BadAnswer, match=r"expected 'pt' \(script\.checks\.language\)"):
        maker("script", values, Topic("Chá", "cha", language="pt"))(request, Attempt(1))


def test_an_error_in_mid_stream_is_tried_again(server):
    server.fault, server.fault_times = "mid_stream_error", 1

    assert script(server).data
    assert len(server.asked()) == 2


def test_an_error_in_mid_stream_that_stays_is_told(server):
    server.fault = "mid_stream_error"

    with pytest.raises(
        ServiceUnavailable, match="an error was encountered while running the model"
    ):
        script(server)


def test_a_stream_without_its_last_line_is_not_a_script(server):
    server.fault = "no_end"

    with pytest.raises(ServiceUnavailable, match="its last line did not come"):
        script(server)


def test_loading_is_waiting_and_a_stall_is_not(server, monkeypatch):
    """Within the text, a fifth of timeout_s may pass without data; before it, all of timeout_s."""

    def late(handler):
        handler.stub.closing.wait(0.6)
        handler.send(handler.normal())

    def stalling(handler):
        reply = handler.normal()
        handler.head(200, reply.kind, {"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(reply.body[0]), reply.body[0]))
        handler.wfile.flush()
        bad_replies.hang(handler)

    server.fault, server.fault_times = late, 1
    assert script(server, timeout_s=2).data

    waits, usual = [], Deadline.wait_s
    monkeypatch.setattr(Deadline, "wait_s", lambda self: waits.append(usual(self)) or waits[-1])
    server.fault, server.fault_times = stalling, None
    with pytest.raises(ServiceUnavailable, match="fell silent in the middle of its answer"):
        script(server, timeout_s=2)
    assert waits[-1] <= 0.4 < waits[0]
