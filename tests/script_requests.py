"""Requests for scripts to stub servers."""

from direct import ask

OLLAMA = {"model": "gemma3:4b", "system_prompt": ""}
TEXT = "The sky is blue because air scatters blue light more than red light."
CUT_OFF = f"**Narrator:** {TEXT} It is black at night, because"


def script(server, **changes):
    return ask("script", "ollama", server.url, **{**OLLAMA, **changes})


def chat(hosted, **changes):
    return ask("script", "openai", hosted.url, **{"model": "a-model", **changes})
