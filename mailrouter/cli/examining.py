"""The verb that looks at everything the router leans on: doctor."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mailrouter.cli.common import AsJson, ConfigFolder, app, config_in, sysexits

if TYPE_CHECKING:
    from mailrouter.doctor import Finding

_RESOLVER = "The DNS server to ask (ADDRESS or ADDRESS:PORT); else what this machine uses."


@app.command()
def doctor(
    json_: AsJson = False,
    resolver: Annotated[str, typer.Option("--resolver", metavar="ADDRESS", help=_RESOLVER)] = "",
    config: ConfigFolder = None,
) -> None:
    """Look at mailbox, relay, receipts, tokens, clock, disk, journal and DNS; exit 1 if something is wrong."""
    from mailrouter.doctor import examine

    with sysexits():
        findings = list(_told(examine(config_in(config), resolver), as_json=json_))
        wrong = [finding for finding in findings if finding.verdict == "error"]
        if not json_:
            warnings = sum(finding.verdict == "warning" for finding in findings)
            sys.stdout.write(f"{len(wrong)} wrong, {warnings} to look at, {len(findings)} looked at\n")
        if wrong:
            raise typer.Exit(1)


def _told(findings: "Iterator[Finding]", *, as_json: bool) -> "Iterator[Finding]":
    """The findings, each said as soon as it is there: some take their time."""
    for finding in findings:
        if as_json:
            sys.stdout.write(json.dumps(asdict(finding)) + "\n")
        else:
            sys.stdout.write(f"{finding.verdict:<8} {finding.part}: {finding.text}\n")
            if finding.remedy:
                sys.stdout.write(f"{'':8} → {finding.remedy}\n")
        sys.stdout.flush()
        yield finding
