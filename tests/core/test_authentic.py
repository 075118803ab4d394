"""Whose word counts on where a mail is from."""

import pytest

from mailrouter.core.reading.authentic import verdict

OURS = ("received", "from mail.oosterdorp.example by mx.gemeente.example with ESMTPS id 1; Mon, 4 Jul 2022")
STORE = ("received", "from mx.gemeente.example by store.gemeente.example with LMTP id 2; Mon, 4 Jul 2022")
FOREIGN = ("received", "from laptop by mail.oosterdorp.example with ESMTPSA id 3; Mon, 4 Jul 2022")
PASS = "mx.gemeente.example; spf=pass smtp.mailfrom=oosterdorp.example; dmarc=pass header.from=oosterdorp.example"
FAIL = "mx.gemeente.example; dmarc=fail (p=none) header.from=oosterdorp.example"
EXCHANGE = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dkim=none; {} header.from=oosterdorp.example"
EXCHANGE_HOP = ("received", "from a.outlook.com by b.eurprd01.prod.outlook.com with HTTPS; Mon, 4 Jul 2022")


def result(value: str) -> tuple[str, str]:
    return "authentication-results", value


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([result(PASS), OURS, FOREIGN], "pass"),
        ([STORE, OURS, result(PASS), FOREIGN], "pass"),
        ([result(FAIL), OURS], "fail"),
        ([result(FAIL), result(PASS), OURS], "fail"),
        ([OURS, FOREIGN, result(PASS)], "none"),
        ([result(PASS.replace("mx.gemeente", "mx.evil")), OURS], "none"),
        ([result(PASS.replace("from=oosterdorp", "from=evil")), OURS], "none"),
        ([result("mx.gemeente.example; none"), OURS], "none"),
        ([result("mx.gemeente.example; spf=fail (x; dmarc=pass) smtp.mailfrom=x"), OURS], "none"),
        ([result('mx.gemeente.example; spf=fail smtp.mailfrom="x; dmarc=pass "@x'), OURS], "none"),
        ([result("MX.Gemeente.example 1; DMARC=Pass header.from=oosterdorp.example")], "pass"),
        ([], "none"),
    ],
)
def test_only_our_own_server_is_believed(headers: list[tuple[str, str]], expected: str) -> None:
    """The topmost field with the trusted name, above the first foreign Received, decides."""
    assert verdict(headers, "mx.gemeente.example", "oosterdorp.example") == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([EXCHANGE_HOP, result(EXCHANGE.format("dmarc=pass action=none")), EXCHANGE_HOP, FOREIGN], "pass"),
        ([result(EXCHANGE.format("dmarc=fail action=quarantine"))], "fail"),
        ([result(EXCHANGE.format("dmarc=bestguesspass action=none") + ";compauth=pass reason=109")], "pass"),
        ([result(EXCHANGE.format("dmarc=pass action=none") + ";compauth=fail reason=001")], "fail"),
        ([result(EXCHANGE.format("dmarc=none action=none") + ";compauth=softpass reason=202")], "none"),
        ([FOREIGN, result(EXCHANGE.format("dmarc=pass"))], "none"),
        ([result(PASS)], "none"),
    ],
)
def test_exchange_online_writes_no_name(headers: list[tuple[str, str]], expected: str) -> None:
    """With "exchange-online" the topmost field without a name decides, compauth included."""
    assert verdict(headers, "exchange-online", "oosterdorp.example") == expected


def test_without_trust_nothing_is_said() -> None:
    """Trust "none", or a mail without a sender, gives no verdict."""
    assert verdict([result(PASS)], "none", "oosterdorp.example") == "none"
    assert verdict([result(PASS)], "mx.gemeente.example", "") == "none"
