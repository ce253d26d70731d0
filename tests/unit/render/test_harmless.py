import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ai_usage.render.as_csv import report_csv
from ai_usage.render.as_json import report_document, to_text
from ai_usage.render.harmless import harmless, harmless_cell
from tests.unit.render import examples

ANY = st.text(st.characters(codec=None, categories=None, min_codepoint=0))


@given(ANY)
def test_no_text_can_move_a_terminal_or_hide(text: str) -> None:
    shown = harmless(text)
    assert not [sign for sign in shown if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(shown) & set("\u202a\u202e\u2066\u2069\u200f\ufeff\u200b")
    shown.encode("utf-8")


@given(ANY)
def test_no_cell_begins_a_formula(text: str) -> None:
    assert harmless_cell(text).lstrip()[:1] not in ("=", "+", "-", "@")


def test_plain_text_stays_as_it_is() -> None:
    for text in ("", "shop-api", "Büro 東京 👨‍👩‍👧", "a=b"):
        assert harmless(text) == harmless_cell(text) == text
    assert harmless("\x1b[31m") == "\\x1b[31m"
    assert harmless_cell("=1+1") == "'=1+1"


def test_csv_of_a_report_is_exact() -> None:
    first, *_, last = report_csv(examples.models()).splitlines()
    assert first == (
        "vendor,model,requests,input_tokens,cache_read_input_tokens,cache_creation_5m_input_tokens,"
        "cache_creation_1h_input_tokens,output_tokens,reasoning_output_tokens,total_tokens,cost_usd,unpriced_tokens,"
        "reasoning_unknown_requests"
    )
    assert last == "kimi,'=evil[red]\\x1b[31m,3,999,0,0,0,1000,250,1999,,1999,0"


def test_json_holds_no_sign_that_a_terminal_obeys() -> None:
    text = to_text(report_document(examples.models()) | {"more": "\x7f\x9b\u202e"})
    assert text.isascii()
    assert not [sign for sign in text if ord(sign) < 32 and sign != "\n"]
    assert "\x7f" not in text
