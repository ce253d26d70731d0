"""Which ids identify one request, whatever their length."""

import pytest

from ai_usage.sources.request_id import identifies_request

OF_ONE_REQUEST = [
    "msg_01AbcdefghijklmnopqrstuA",
    "msg_01aAAAAAAAAAAAAAAAAAAA",
    "msg_016942AF9D54BEAFE874AC3D",
    "msg_bdrk_01Y6rVBdTGMPsC3gJtKoQkZz",
    "msg_vrtx_01Y6rVBdTGMPsC3gJtKoQkZz",
    "msg_9f8e7d6c5b4a39281706f5e4",
    "msg_1764590000123",  # a time in milliseconds
    "msg_2025120114301588fe5f9a7c3d4b21",
    "chatcmpl-1764590000123456",
    "chatcmpl-5f0c0000-0000-4000-8000-000000000001",
    "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWx",
    "chatcmpl-CkT0RZp9sLQmNyd3Vb4Xw2oGh1e",
    "cmpl-0123456789abcdef0123456789abcdef",
    "00000000-0000-4000-8000-000000000001",
    "8313807536837492492",
    "gen-1764590000-AbCdEfGhIjKlMnOpQrSt",
    "gen-1764590000-Zk3pQ9sT1vXy7bN5mWc2",
    "resp_68af1c2d9e3b4f5a6b7c8d9e",
    "kXyOaM-VFoGx_nvgPz",
    "call_h7Jk2LmN9pQr4StV",
    "req_011CaaaaaaaaaaaaaaaaaaA",
    "scripted-a1b2c3d4",
    "0b6c1f8e4a",
    "chatcmpl-child",
    "chatcmpl-sample2",
    "msg_00000000000000000017",  # no counter is written like this
    "ключ-8f3a9c2e",
]
OF_SEVERAL = [
    "",
    "1",
    "msg_1",
    "resp-12",
    "chatcmpl-7",
    "chatcmpl-14",
    "chatcmpl-613",
    "chatcmpl:613",
    "chatcmpl.000613",
    "chatcmpl613613",
    "chatCompletion-613",
    "CHATCMPL-613613",
    "cmpl-00012",
    "msg_00000000000000000000",
    "chatcmpl-1764590000",  # a time in seconds
    "gen-1764590000-3",
    "response_1_2_3",
    "scripted-1",
    "scripted-run-12",
    "local-model-response-99",
    "gpt4turbo-12",
    "qwen2-instruct-1024",
    "msg_placeholder",
    "chatcmpl-unknown",
    "assistant-message",
    "00000000012",
    "12345678901",
    "00000000-0000-0000-0000-000000000000",
    "--------------------",
    "сообщение-1",
    "abcde",
]


@pytest.mark.parametrize("answer_id", OF_ONE_REQUEST)
def test_an_id_with_a_random_part_or_a_fine_time_identifies(answer_id: str) -> None:
    assert identifies_request(answer_id)


@pytest.mark.parametrize("answer_id", OF_SEVERAL)
def test_a_counter_a_constant_a_second_or_a_short_id_does_not(answer_id: str) -> None:
    assert not identifies_request(answer_id)


@pytest.mark.parametrize("number", [0, 9, 10, 999, 65_535, 10**9])
@pytest.mark.parametrize("name", ["chatcmpl", "cmpl", "resp", "message", "scripted", "localServer"])
@pytest.mark.parametrize("separator", ["", "-", "_", ":", ".", "#", "--"])
def test_a_name_and_a_number_never_identify(name: str, separator: str, number: int) -> None:
    assert not identifies_request(f"{name}{separator}{number}")


def test_a_source_may_ask_for_longer_ids() -> None:
    assert identifies_request("0b6c1f8e4a")
    assert not identifies_request("0b6c1f8e4a", shortest=12)
    assert identifies_request("ключ-8f3a9c2e", shortest=17)
    assert not identifies_request("ключ-8f3a9c2e", shortest=18)


def test_a_long_id_takes_no_long_time() -> None:
    assert not identifies_request("chat" * 50_000 + "-7")
    assert identifies_request("aB" * 100_000)
