"""Guidelines as HTML: what of Markdown is shown, and that nothing in it runs or loads."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from memeclip_core.app.guidelines import outline_guidelines
from memeclip_core.app.guidelines import render_guidelines as render_of_project
from memeclip_core.tasks import Label, Task, TaskSet

PICTURE = "ab" * 32


def render_guidelines(text: str) -> str:
    return render_of_project(text, "cats")


class Found(HTMLParser):
    """What a browser would find in some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_markdown_becomes_the_elements_that_it_names():
    text = "# Look\n\n**whole** *it* ~~not~~ `code`\nsame line\n\n- one\n- two\n\n> said\n\n---\n"
    assert render_guidelines(text) == (
        "<h3>Look</h3>\n<p><strong>whole</strong> <em>it</em> <s>not</s> <code>code</code>\n"
        "same line</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<blockquote>\n<p>said</p>\n"
        "</blockquote>\n<hr>\n"
    )
    assert render_guidelines("7. seven") == '<ol start="7">\n<li>seven</li>\n</ol>\n'
    assert render_guidelines("##### deep\n") == "<h6>deep</h6>\n"
    assert render_guidelines(" \n") == ""


def test_a_table_keeps_how_its_columns_are_aligned():
    html = render_guidelines("| a | b |\n|:-:|--:|\n| 1 | **2** |\n")
    assert '<th align="center">a</th>\n<th align="right">b</th>' in html
    assert '<td align="center">1</td>\n<td align="right"><strong>2</strong></td>' in html


def test_an_upload_of_the_project_is_shown():
    html = render_guidelines(f"a ![**Hate** & “pride”]({PICTURE}) b")
    address = f"api/v1/projects/cats/guidelines/{PICTURE}"
    assert html == f'<p>a <img src="{address}" alt="Hate &amp; “pride”"> b</p>\n'
    assert "projects/a%20b/" in render_of_project(f"![x]({PICTURE})", "a b")


def test_any_other_picture_is_a_link_to_it():
    out = 'target="_blank" rel="noopener noreferrer"'
    assert render_guidelines("![a *b*](https://a.b/c.png)") == (
        f'<p><a href="https://a.b/c.png" {out}>a <em>b</em></a></p>\n'
    ).replace("<em>b</em>", "*b*")
    assert ">https://a.b/c.png</a>" in render_guidelines("![](https://a.b/c.png)")
    for address in (PICTURE[1:], PICTURE.upper(), f"/{PICTURE}", "api/v1/me"):
        html = render_guidelines(f"![x]({address})")
        assert "<img" not in html
        assert "href" not in html


def test_links_leave_the_page_open_and_tell_nobody_where_they_came_from():
    out = 'target="_blank" rel="noopener noreferrer"'
    assert f'<a href="https://a.b/c" {out}>' in render_guidelines("[x](https://a.b/c)")
    assert f'<a href="http://a.b" {out}>' in render_guidelines("<http://a.b>")
    assert f'<a href="mailto:a@b.c" {out}>' in render_guidelines("[x](mailto:a@b.c)")


@pytest.mark.parametrize("address", ["/logout", "x.html", "#top", "//a.b", "javascript:alert(1)"])
def test_a_link_to_anything_else_leads_nowhere(address):
    assert "href" not in render_guidelines(f"[x]({address})")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<style>* { display: none }</style>",
        "two <img src=x onerror=alert(1)>",
        '<a href="https://a.b" onclick="alert(1)">x</a>',
        '<p style="position: fixed">x</p>',
        "![x](https://a.b/c.png)",
        "![x](data:image/svg+xml;base64,AAAA)",
        "| a |\n|:-:|\n| <iframe src=x> |\n",
        '[x](https://a.b "onclick=alert(1)")',
        "```<img src=x>\n</code><script>alert(1)</script>\n```",
    ],
)
def test_nothing_in_it_runs_or_loads(text):
    found = Found()
    found.feed(render_guidelines(text))
    assert found.tags <= {"p", "a", "pre", "code", "table", "thead", "tr", "th", "tbody", "td"}
    assert found.attributes <= {"href", "target", "rel", "align", "title"}


def test_half_a_character_is_no_reason_to_show_nothing():
    assert render_guidelines("a\ud800b") == "<p>a?b</p>\n"


def test_an_outline_has_a_row_for_each_label_and_room_for_an_example():
    labels = (
        Label(name="a", display="Yes | sure", prompt="", value="1", hint="It\nis."),
        Label(name="b", display="No", prompt="", value="0"),
    )
    task = Task(key="one", title="Is it?", kind="multiclass", labels=labels, column="one")
    html = render_guidelines(outline_guidelines(TaskSet(key="t", title="T", tasks=(task,))))
    assert "<h3>Is it?</h3>" in html
    assert "<th>answer</th>\n<th>when it is right</th>\n<th>example</th>" in html
    assert "<td>Yes | sure</td>\n<td>It is.</td>\n<td></td>" in html
    assert "<td>No</td>\n<td></td>\n<td></td>" in html
