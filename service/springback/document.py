"""A mail laid out for the rules: sentences in normal form, each with its place."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from springback.cited import split_cited
from springback.message import Message
from springback.normal import normalise, original_span
from springback.sentences import split_sentences

_OPENING = 6  # sentences of the text that count as its opening


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as written, the place it stands in, and whether it opens the letter."""

    place: str
    text: str
    opening: bool = False

    @property
    def is_own(self) -> bool:
        """Return whether the mail's writer wrote it in this mail."""
        return self.place in ("subject", "text")

    @property
    def asks(self) -> bool:
        """Return whether it is a question."""
        return self.text.rstrip("\"'\u201d\u2019\u201c)] ").endswith(("?", "\u037e", "\u061f"))

    def stands_in(self, places: Iterable[str]) -> bool:
        """Return whether a rule that looks at these places looks at this sentence."""
        return any(place.lower() == self.place or (place == "opening" and self.opening) for place in places)


@dataclass(frozen=True, slots=True)
class Document:
    """All sentences of a mail, and their normal forms joined as the patterns expect them."""

    sentences: tuple[Sentence, ...]
    joined: bytes
    starts: tuple[int, ...]

    def sentence_at(self, offset: int) -> int:
        """Return the index of the sentence that holds the byte at this offset."""
        return bisect_right(self.starts, offset) - 1

    def as_written(self, index: int, start: int, end: int) -> str:
        """Return the words of a sentence as they were written, for a byte span in `joined`."""
        base = self.starts[index] + 1
        before = self.joined[base:start].decode()
        words = self.joined[start:end].decode()
        text = self.sentences[index].text
        first, last = original_span(text, len(before), len(before) + len(words))
        return text[first:last]


def lay_out(message: Message, fields: Iterable[str] = ()) -> Document:
    """Return the document of a mail; `fields` names header fields that rules look at."""
    own, cited = split_cited(message.text)
    sentences = [Sentence("subject", text) for text in split_sentences(message.subject)]
    for number, text in enumerate(split_sentences(own)):
        sentences.append(Sentence("text", text, opening=number < _OPENING))
    for place, part in (("cited", cited), ("quoted", message.quoted), ("forwarded", message.forwarded)):
        sentences += [Sentence(place, text) for text in split_sentences(part)]
    if message.sender:
        sentences.append(Sentence("sender", str(message.sender)))
    for field in fields:
        value = message.headers.text(field)
        if value:
            sentences.append(Sentence(f"header:{field}", value))
    return document_of(sentences)


def document_of(sentences: Iterable[Sentence]) -> Document:
    """Return the document of these sentences."""
    kept = tuple(sentences)
    lines = [f" {normalise(sentence.text)} ".encode() for sentence in kept]
    starts: list[int] = []
    position = 0
    for line in lines:
        starts.append(position)
        position += len(line) + 1
    return Document(kept, b"\n".join(lines), tuple(starts))
