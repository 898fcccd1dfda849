"""Extraction of the answer from a model's raw text: its first turn, without reasoning and control tokens.

Servers remove both if they know the model's chat template. Otherwise they are in the text, often followed by a further
turn that the model invented. A single pass over the tokens ends the turn at the first token after words, not counting
reasoning. Reasoning without an end is kept with its token, so that script_checks refuses it.

Sources: chat templates of ChatML, Llama 2 to 4, Gemma 1 to 4, Phi, Mistral, DeepSeek, Command, GLM, Granite, EXAONE,
Kimi, Hunyuan, Seed, InternLM, Apertus and of gpt-oss (harmony); prompts of Alpaca, Vicuna, Falcon and OpenAssistant.
"""

from dataclasses import dataclass, field

import regex

_FLAGS = regex.IGNORECASE | regex.MULTILINE
# Words in the name of any token of reasoning; see script_checks.
REASONING = r"(?:think|thought|reason|reflect|analysis|commentary|channel|scratch_?pad|monologue|unused9[45])"

_BLOCK = (
    r"(?:think(?:ing)?|thoughts?|thought_process|ant_?thinking|reason(?:ing)?|(?:self_)?reflection|scratch_?pad|analysis|"
    r"(?:inner|internal)_(?:monologue|thoughts?)|monologue_inner|chain_of_thought|cot|plan(?:ning)?|brainstorm(?:ing)?|"
    r"rationale|deliberation)"
)
_SPOKEN_BLOCK = r"(?:think(?:ing)?|thoughts?)"  # in square brackets; others are stage directions
_OF = r"[_▁ -]"
_NAMES = rf"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|cot|inner{_OF}monologue)"
_OPEN = (
    rf"<(?:\w{{1,12}}:)?{_BLOCK}(?:\s[^<>\n]{{0,200}})?(?<!/)>|\[{_SPOKEN_BLOCK}\]|◁{_BLOCK}▷|"
    rf"<[|｜](?:(?:begin|start){_OF}(?:of{_OF})?)?{_NAMES}(?:{_OF}(?:start|begin))?[|｜]>|"
    r"<\|channel>\s?(?:thought|thinking|analysis|commentary)\b|<unused94>|<\|inner_prefix\|>|"
    r"<\|channel\|>\s?(?:analysis|commentary)\b[^<\n]{0,80}(?:<\|constrain\|>[^<\n]{0,40})?<\|message\|>|"
    r"(?-i:assistant(?:analysis|commentary))|\A\s*+(?-i:Thinking\.\.\.)[ \t]*$"
)
_CLOSE = (
    rf"</(?:\w{{1,12}}:)?{_BLOCK}\s?>|\[/{_SPOKEN_BLOCK}\]|◁/{_BLOCK}▷|"
    rf"<[|｜](?:/|end{_OF}(?:of{_OF})?){_NAMES}[|｜]>|<[|｜]{_NAMES}{_OF}end[|｜]>|"
    r"<channel\|>|<unused95>|<\|inner_suffix\|>|^(?-i:\.\.\.done thinking\.)"
)
# The beginning of the answer, regardless of the text before it.
_ANSWER = (
    r"(?:<\|end\|>\s*)?(?:<\|start\|>assistant\s*)?<\|channel\|>\s?final\b[^<\n]{0,80}<\|message\|>|"
    rf"<[|｜](?:(?:begin|start){_OF}(?:of{_OF})?(?:solution|answer|response|output)|answer|response|content|final)[|｜]>|"
    r"(?-i:assistantfinal)|\A\s*+(?-i:final(?=\p{Lu}))"
)
_HEADER = (
    r"(?:<\|(?:im_start|start_header_id|header_start|start_of_role|start|begin|bom)\|>|<start_of_turn>|<\|turn>|<seed:bos>)"
    r"\s*"
)
_HEADER_END = r"\b(?:\s*<\|(?:end_header_id|header_end|end_of_role|im_sep|im_middle|message)\|>)?"
_ENDED = r"(?<=[.!?…\"”»)。！？؟।])"
_PARAGRAPH = rf"(?:\A\s*+|\n[ \t]*\n[ \t]*|{_ENDED}[ \t]*\n[ \t]*)\**"
_SAYS = r"\**[ \t]?:\**(?-i:(?![ \t]*\p{Ll}))"
_USER = (
    rf"{_HEADER}(?:user|system|human|developer|tool|ipython|observation|environment){_HEADER_END}|"
    r"<[|｜](?:hy_|im_)?(?:user|system|human|prompter|observation|tool)(?:_token|_start)?[|｜]>|"
    r"\[\|(?:user|system)\|\]|\[INST\]|\[SYSTEM_PROMPT\]|<<SYS>>|<role>(?:human|user|system)</role>|^<human>:|"
    r"^[ \t]*#{2,4}[ \t]*(?:(?:instructions?|human|user|system)[ \t]?:|input[ \t]?:[ \t]*$)|"
    rf"{_PARAGRAPH}(?-i:(?:GPT4 Correct )?User|USER|Human|HUMAN){_SAYS}|"
    rf"{_ENDED}[ \t](?-i:USER|HUMAN):(?=\s)|(?:^|{_ENDED})(?-i:user|human|system)[ \t]*$"
)
_ASSISTANT = (
    rf"{_HEADER}(?:assistant|model|chatbot|bot){_HEADER_END}|"
    r"<[|｜](?:hy_|im_)?(?:assistant|chatbot)(?:_token|_start)?[|｜]>(?:assistant<\|im_middle\|>)?|"
    r"\[\|assistant\|\]|\[/INST\]|<role>assistant</role>|^<bot>:|"
    r"^[ \t]*#{2,4}[ \t]*(?:assistant[ \t]?:|response[ \t]?:[ \t]*$)|"
    rf"{_PARAGRAPH}(?-i:(?:GPT4 Correct )?Assistant|ASSISTANT){_SAYS}|"
    rf"{_ENDED}[ \t](?-i:ASSISTANT):(?=\s)|(?:^|{_ENDED})(?-i:assistant|model)[ \t]*$"
)
_CONTROL = (
    r"<[|｜](?:im_(?:end|start|sep|middle)|end_?of_?(?:text|turn|prompt)|start_?of_?text|begin_of_text|e[o0][tm](?:_id)?|"
    r"end|start|begin|return|call|message|constrain|bos|eos|pad|sep|separator|"
    r"(?:start|end)_of_turn_token|end_of_role|role_end|(?:start|end)_header_id|header_(?:start|end)|(?:user|assistant)_end|"
    rf"(?:begin|end|start){_OF}of{_OF}(?:sentence|solution|answer|response|output)|end_(?:response|answer)|"
    r"turn|message_sep)[|｜]>|"
    r"</?s>|</?(?:end|start)_of_turn>|<\|turn>|<turn\|>|<(?:eos|bos|pad|unk|eot|eop|sop|eod|eoa|eoh)>|<[be]os_token>|"
    r"<end_of_(?:sentence|text|utterance)>|<seed:[be]os>|<</SYS>>|\[/SYSTEM_PROMPT\]|\[(?:EOS|BOS|EOT|gMASK)\]|"
    r"\[\|endofturn\|\]|\[UNUSED_TOKEN_\d{1,4}\]|^[ \t]*#{2,4}[ \t]*End[ \t]*$"
)
_STRUCK = r"(?<=[^\s>]\s?)<s>[^<>\n]{1,200}</s>"  # HTML, which can neither be spoken nor omitted
_EVENT = regex.compile(
    rf"(?P<struck>{_STRUCK})|(?P<answer>{_ANSWER})|(?P<open>{_OPEN})|(?P<close>{_CLOSE})|(?P<user>{_USER})|"
    rf"(?P<assistant>{_ASSISTANT})|(?P<control>{_CONTROL})",
    _FLAGS,
)
_HARMONY_END = regex.compile(r"<\|(?:end|return|call|start)\|>")
# Any token, known or not.
TOKEN = (
    r"<[|｜][^|｜<>\n]{1,40}[|｜]?>|<[^|｜<>\n]{1,40}[|｜]>|\[\|[^|\n\[\]]{1,40}\|\]|</?s>|\[/?INST\]|<</?SYS>>|"
    r"</?(?:end|start)_of_turn>|<(?:[be]os|pad|unk)>|<seed:\w{1,20}>|<unused\d{1,3}>|<reserved_\d{1,4}>|<extra_id_\d{1,4}>"
)
_AT_EDGE = rf"(?![<\[][^<>\n]{{0,40}}{REASONING}|{_USER})(?:{TOKEN})"
_FIRST_TOKENS = regex.compile(rf"\A(?:\s*+{_AT_EDGE})++\s*+", _FLAGS)
_LAST_TOKEN = regex.compile(rf"{_AT_EDGE}\Z", _FLAGS)
_WORD = regex.compile(r"[\p{L}\p{N}]")


def answer(text: str) -> str:
    """Return the words of the first turn. Text that may be reasoning is kept with its tokens."""
    scan = _Scan()
    position = 0
    for event in _EVENT.finditer(text):
        scan.words_up_to(text[position : event.start()])
        position = event.end()
        if scan.ends_at(event):
            break
    else:
        scan.words_up_to(text[position:])
    kept = _FIRST_TOKENS.sub("", "".join(scan.kept))
    while last := _LAST_TOKEN.search(kept := kept.rstrip(), max(0, len(kept) - 100)):
        kept = kept[: last.start()]
    return kept


@dataclass
class _Scan:
    """The state of the pass. kept: the answer so far; opened: kind and beginning in `kept` of each unclosed block.

    is_empty: True if the last of them has no text yet.
    """

    kept: list[str] = field(default_factory=list)
    opened: list[tuple[str, int]] = field(default_factory=list)
    is_empty: bool = False
    has_words: bool = False
    answered: bool = False

    def words_up_to(self, text: str) -> None:
        self.kept.append(text)
        self.is_empty = self.is_empty and not text.strip()
        if not self.opened and _WORD.search(text):
            self.has_words = True

    def ends_at(self, event: regex.Match[str]) -> bool:
        """True if the answer ends before this token."""
        token = event[0]
        if event["struck"]:
            self.kept.append(token)
        elif event["answer"]:
            return self._begin_answer()
        elif event["open"]:
            self._open(token)
        elif event["close"]:
            self._close(token)
        elif self.opened:
            self._within(token, is_assistant=bool(event["assistant"]))
        elif self.has_words:
            return True
        elif event["user"]:
            self.opened.append(("turn", len(self.kept)))
            self.kept.append(token)
        else:
            self.kept.append(" ")
        return False

    def _within(self, token: str, is_assistant: bool) -> None:
        """Handle a token within a block, which it may end."""
        outer = self.opened[0][0]
        if (outer == "turn" and is_assistant) or (outer == "harmony" and _HARMONY_END.match(token)):
            self._drop(0)
        else:
            self.kept.append(token)

    def _begin_answer(self) -> bool:
        if self.answered and self.has_words:
            return True
        self._forget()
        self.answered = True
        return False

    def _open(self, token: str) -> None:
        kind = _kind(token)
        repeated = bool(self.opened) and self.opened[-1][0] == kind
        if repeated and (
            kind == "harmony" or self.is_empty
        ):  # the next message, or a duplicate token
            return
        self.opened.append((kind, len(self.kept)))
        self.kept.append(token)
        self.is_empty = True

    def _close(self, token: str) -> None:
        kinds = [kind for kind, _ in self.opened]
        if not kinds:  # the server or the template removed its beginning
            self._forget()
        elif (kind := _kind(token)) in kinds:
            self._drop(len(kinds) - 1 - kinds[::-1].index(kind))
        else:
            self.kept.append(token)

    def _drop(self, block: int) -> None:
        """Remove a closed block, with all blocks within it."""
        del self.kept[self.opened[block][1] :]
        del self.opened[block:]
        self.kept.append("\n\n")

    def _forget(self) -> None:
        self.kept, self.opened, self.has_words = [], [], False


def _kind(token: str) -> str:
    """Return the kind of a block, the same for its beginning and end."""
    token = token.lower()
    for part in ("|message|", "assistant", "channel", "unused", "inner_p", "inner_s"):
        if part in token:
            return {"|message|": "harmony", "assistant": "harmony", "inner_s": "inner_p"}.get(
                part, part
            )
    if "think" in token or "thought" in token:
        return "think"
    return regex.sub(r"\s.*|[^a-z]|begin|start|end|of", "", token)
