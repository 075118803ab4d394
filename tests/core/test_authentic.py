"""Whose word counts on where a mail is from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailrouter.core.reading.authentic import verdict

OURS = ("received", "from mail.oosterdorp.example by mx.gemeente.example with ESMTPS id 1; Mon, 4 Jul 2022")
STORE = ("received", "from mx.gemeente.example by store.gemeente.example with LMTP id 2; Mon, 4 Jul 2022")
FOREIGN = ("received", "from laptop by mail.oosterdorp.example with ESMTPSA id 3; Mon, 4 Jul 2022")
PASS = "mx.gemeente.example; spf=pass smtp.mailfrom=oosterdorp.example; dmarc=pass header.from=oosterdorp.example"
FAIL = "mx.gemeente.example; dmarc=fail (p=none) header.from=oosterdorp.example"
EXCHANGE = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dkim=none; {} header.from=oosterdorp.example"
EXCHANGE_HOP = ("received", "from a.outlook.com by b.eurprd01.prod.outlook.com with HTTPS; Mon, 4 Jul 2022")

EXCHANGE_DOOR = ("received", "from mail.oosterdorp.example by c.mail.protection.outlook.com id 4; Mon, 4 Jul 2022")


def result(value: str) -> tuple[str, str]:
    return "authentication-results", value


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([result(PASS), OURS, FOREIGN], "pass"),
        ([STORE, OURS, result(PASS), FOREIGN], "pass"),
        ([result(FAIL), OURS], "fail"),
        ([result(FAIL), result(PASS), OURS], "fail"),
        ([result(PASS), result(FAIL), OURS], "fail"),
        ([result("mx.gemeente.example; spf=pass smtp.mailfrom=x"), result(FAIL), OURS], "fail"),
        ([result("mx.gemeente.example; spf=pass smtp.mailfrom=x"), OURS, result(FAIL), FOREIGN], "fail"),
        ([result("mx.gemeente.example; spf=pass smtp.mailfrom=x"), result(PASS), OURS], "none"),
        ([result(PASS), result("mx.gemeente.example; spf=pass smtp.mailfrom=x"), OURS], "pass"),
        ([result(PASS), OURS, FOREIGN, result(FAIL)], "pass"),
        ([result(PASS), result(FAIL.replace("mx.gemeente", "mx.elders")), OURS], "pass"),
        ([OURS, FOREIGN, result(PASS)], "none"),
        ([result(PASS.replace("mx.gemeente", "mx.evil")), OURS], "none"),
        ([result(PASS.replace("from=oosterdorp", "from=evil")), OURS], "none"),
        ([result("mx.gemeente.example; none"), OURS], "none"),
        ([result("mx.gemeente.example; spf=fail (x; dmarc=pass) smtp.mailfrom=x"), OURS], "none"),
        ([result('mx.gemeente.example; spf=fail smtp.mailfrom="x; dmarc=pass "@x'), OURS], "none"),
        ([result("mx.gemeente.example; spf=fail (\\) ; dmarc=pass x) smtp.mailfrom=x")], "none"),
        ([result('mx.gemeente.example; spf=pass (van "x) smtp.mailfrom=y; dmarc=fail (z")')], "fail"),
        ([result("mx.gemeente.example; dmarc=pass; dmarc=fail header.from=oosterdorp.example")], "fail"),
        ([result("mx.gemeente.example; dmarc=pass; dmarc=none header.from=oosterdorp.example")], "none"),
        ([result(FAIL.replace("from=oosterdorp", "from=elders"))], "fail"),
        ([result(PASS.replace("from=oosterdorp", "from=nieuws.oosterdorp"))], "none"),
        ([result(PASS.replace("dmarc=pass", "dmarc=temperror"))], "none"),
        ([result(PASS.replace("dmarc=pass", "dmarc=permerror"))], "none"),
        ([result(PASS.replace("dmarc=pass", "dmarc = pass (p=none)"))], "pass"),
        ([result(PASS.replace("from=oosterdorp.example", "from=Oosterdorp.Example."))], "pass"),
        ([result("MX.Gemeente.example 1; DMARC=Pass header.from=oosterdorp.example")], "pass"),
        ([result("mx.gemeente.example (v1) 1 ; dmarc/2=pass (p=none) header.from=oosterdorp.example")], "pass"),
        ([result("mx.gemeente.example.elders.example; dmarc=pass header.from=oosterdorp.example")], "none"),
        ([result("elders.example (mx.gemeente.example); dmarc=pass header.from=oosterdorp.example")], "none"),
        ([result(" ; ;; = ; dmarc ; (("), result(PASS)], "pass"),
        ([], "none"),
    ],
)
def test_only_our_own_server_is_believed(headers: list[tuple[str, str]], expected: str) -> None:
    """Above the first foreign Received: any field with the trusted name fails a mail, only the topmost passes it."""
    assert verdict(headers, "mx.gemeente.example", "oosterdorp.example") == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([EXCHANGE_HOP, result(EXCHANGE.format("dmarc=pass action=none")), EXCHANGE_HOP, FOREIGN], "pass"),
        ([result(EXCHANGE.format("dmarc=fail action=quarantine"))], "fail"),
        ([result(EXCHANGE.format("dmarc=bestguesspass action=none") + ";compauth=pass reason=109")], "pass"),
        ([result(EXCHANGE.format("dmarc=pass action=none") + ";compauth=fail reason=001")], "fail"),
        ([result(EXCHANGE.format("dmarc=none action=none") + ";compauth=softpass reason=202")], "none"),
        ([result("spf=pass smtp.mailfrom=x"), result(EXCHANGE.format("dmarc=fail")), EXCHANGE_DOOR], "fail"),
        ([result(EXCHANGE.format("dmarc=pass")), result("dmarc=none;compauth=fail"), EXCHANGE_DOOR], "fail"),
        ([result("spf=pass smtp.mailfrom=x"), result(EXCHANGE.format("dmarc=pass")), EXCHANGE_DOOR], "none"),
        ([FOREIGN, result(EXCHANGE.format("dmarc=pass"))], "none"),
        ([EXCHANGE_DOOR, result(EXCHANGE.format("dmarc=pass"))], "none"),
        (
            [result(EXCHANGE.format("dmarc=fail")), EXCHANGE_DOOR, EXCHANGE_HOP, result(EXCHANGE.format("dmarc=pass"))],
            "fail",
        ),
        ([result(EXCHANGE.format("dmarc=none") + ";compauth=fail reason=001"), EXCHANGE_DOOR], "fail"),
        ([result(EXCHANGE.format("dmarc=none") + ";compauth=none reason=451"), EXCHANGE_DOOR], "none"),
        ([result(EXCHANGE.format("dmarc=bestguesspass action=none")), EXCHANGE_DOOR], "none"),
        ([result(EXCHANGE.format("dmarc=pass").replace("from=oosterdorp", "from=elders")), EXCHANGE_DOOR], "none"),
        ([result(EXCHANGE.format("x.example; dmarc=pass action=none")), EXCHANGE_DOOR], "pass"),
        ([result(PASS)], "none"),
    ],
)
def test_exchange_online_writes_no_name(headers: list[tuple[str, str]], expected: str) -> None:
    """With "exchange-online" the fields without a name count, compauth included, and only the topmost can pass."""
    assert verdict(headers, "exchange-online", "oosterdorp.example") == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("by 2002:a05:6a10:1234:b0:2c5:1234:5678 with SMTP id 5", "pass"),
        ("by [10.1.2.3] with ESMTP", "pass"),
        ("by [IPv6:fd00::1] with ESMTP", "pass"),
        ("by localhost with LMTP", "pass"),
        ("by gemeente.example with LMTP", "pass"),
        ("by 2002:5db8:6a10:: with SMTP id 5", "none"),
        ("by [93.184.216.34] with ESMTP", "none"),
        ("by mx-gemeente.example with ESMTP", "none"),
        ("by store with LMTP", "none"),
        ("from mx.gemeente.example with ESMTP", "none"),
    ],
)
def test_servers_of_ours_pass_a_mail_on(by: str, expected: str) -> None:
    """Hosts in our domain and addresses inside a network are ours; a Received of any other ends what we believe."""
    assert verdict([("received", by), result(PASS)], "mx.gemeente.example", "oosterdorp.example") == expected


def test_an_international_domain_is_the_same_in_both_forms() -> None:
    """What our server says of a domain in its own letters is about the same domain in ASCII."""
    said = result("mx.gemeente.example; dmarc=pass header.from=dörp.example")
    assert verdict([said], "mx.gemeente.example", "xn--drp-sna.example") == "pass"


@given(st.text(alphabet='()"\\;= \tdmarc=passfail/header.fromx', max_size=60))
def test_any_value_gives_a_verdict(value: str) -> None:
    """Whatever stands in the field, reading it ends; and what stands in a comment or in quotes passes nothing."""
    field = result(f"mx.gemeente.example; {value}")
    assert verdict([field], "mx.gemeente.example", "oosterdorp.example") in ("pass", "fail", "none")
    hidden = value.replace("(", "").replace(")", "").replace('"', "").replace("\\", "")
    for inside in (f"({hidden})", f'"{hidden}"'):
        field = result(f"mx.gemeente.example; spf=none {inside}")
        assert verdict([field], "mx.gemeente.example", "oosterdorp.example") == "none"


def test_without_trust_nothing_is_said() -> None:
    """Trust "none", or a mail without a sender, gives no verdict."""
    assert verdict([result(PASS)], "none", "oosterdorp.example") == "none"
    assert verdict([result(PASS)], "mx.gemeente.example", "") == "none"
