"""The pages that people read, and what stands in them: links, commands, settings."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("*.md", "docs/*.md", "pretrained/*.md", "data/*.md")
    for path in REPOSITORY.glob(pattern)
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BETWEEN = {"|", "||", "&", "&&", ";"}


def text_of(page: str) -> str:
    """A page as it is written."""
    return (REPOSITORY / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Its blocks of code in a language."""
    return [body for name, body in FENCE.findall(text_of(page)) if name == language]


def code_spans(page: str) -> list[str]:
    """The code within its sentences and tables."""
    return re.findall(r"`([^`]+)`", FENCE.sub("", text_of(page)).replace("\n", " "))


def links(page: str) -> list[str]:
    """Where its links and pictures lead, if not to the web."""
    return re.findall(r"\]\((?!https?://)([^)\s]+)\)", FENCE.sub("", text_of(page)))


def anchors(page: str) -> set[str]:
    """The names that GitHub gives its headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(shell: str) -> Iterator[list[str]]:
    """The commands of a shell script, each as its words, without variables set before it and redirections."""
    for line in re.sub(r"(\\|(?<=\|))\n", " ", shell).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word not in BETWEEN:
                words.append(word)
            elif words:
                yield _plain(words)
                words = []


def _plain(words: list[str]) -> list[str]:
    while re.match(r"\w+=", words[0]):
        words = words[1:]
    return words[: words.index(">")] if ">" in words else words
