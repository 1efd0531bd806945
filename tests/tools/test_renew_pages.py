"""A block of results in a page; that the pages are up to date is in test_readme.py."""

import pytest

from srgan.errors import UserError
from tools.renew_pages import BEGIN, END, renewed


@pytest.fixture
def page(tmp_path):
    """A function that writes a page."""

    def write(text):
        (tmp_path / "page.md").write_text(text)
        return tmp_path / "page.md"

    return write


def test_what_stands_between_the_comments_is_replaced(page):
    assert renewed(page(f"before\n{BEGIN}old\n{END}\nafter\n"), "new\n") == f"before\n{BEGIN}new\n{END}\nafter\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [("text\n", BEGIN), (f"{BEGIN}old\n", END), (f"old\n{END}\n", BEGIN), (f"{END}\n{BEGIN}old\n", END)],
)
def test_a_page_without_a_comment_is_named(page, text, missing):
    with pytest.raises(UserError, match=rf"page\.md: .* {missing.strip()}"):
        renewed(page(text), "new\n")
