"""How far `mailrouter explain --json` agrees with what is known of a collection of mails.

.venv/bin/python bench/agreement.py CORPUS_DIR

CORPUS_DIR holds `truth.jsonl`: a line `{"file": …, "truth": {…}}` a mail, with what another library or a person found
in it: `subject`, `from` (a list), `message_id`, `attachments` (names), `texts` (of all its text parts), `text_file`,
`kind`. The product runs as users run it, with one worker, so that the time between two objects is the time of one mail.

Each fact is compared strictly (equal but for white space) and fairly (`comparing.py` has the rules); the bars are about
the fair comparison. Every miss is listed, and every agreement that is not literal, with its reason.

A bounce or feedback report is found if it is held for a bounce, a delay or feedback. Exit status 1 below 97 % of the
facts, 99 % of the bounces and reports, above 1 % others wrongly held for automatic, 10 s for a mail or 600 MB.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparing import Fact, compare, one_line

ROOT = Path(__file__).parent.parent
BATCH = 100
MOST_SECONDS, MOST_MEMORY = 10.0, 600_000
"""Wall time for a mail, and KB for a process."""
LEAST_FACTS, LEAST_BOUNCES, MOST_FALSE = 0.97, 0.99, 0.01
NOT_DELIVERED = ("bounce", "delayed", "feedback")
ORDINARY = ("normal", "not-bounce", None)

REALLY = {
    "raw_email_with_mimepart_without_content_type": "a delay report of Sendmail (multipart/report)",
    "__msg_05.txt": "a report that a mail was not delivered (multipart/report)",
    "__msg_16.txt": "a report that a mail was not delivered (multipart/report)",
    "__msg_25.txt": "a report that a mail was not delivered (multipart/report)",
    "__msg_42.txt": "from the Mail Delivery Subsystem, returning a mail",
    "__msg_43.txt": "a report that a mail was not delivered (multipart/report)",
    "GnuPG 2.1.20 released": "a mail of a list (List-Id, Precedence: list)",
    "thirdparty__014": "a mail of a list (List-Id, Precedence: list)",
}
"""Mails without a label that are automatic all the same, by looking at them."""


@dataclass(frozen=True)
class Verdict:
    """What a mail is labelled as, what it was held for and why."""

    file: str
    label: str | None
    read: str | None
    because: str

    @property
    def really(self) -> str:
        """Why it is automatic all the same, "" if it is not."""
        return next((reason for name, reason in REALLY.items() if name in self.file), "")


def main(corpus: Path) -> int:
    """Run the product over the corpus, compare, tell, judge."""
    truths = [json.loads(line) for line in (corpus / "truth.jsonl").read_text("utf-8").splitlines()]
    told, seconds = explain([corpus / truth["file"] for truth in truths])
    facts = [fact for truth, mail in zip(truths, told, strict=False) for fact in compare(corpus, truth, mail["mail"])]
    tell_facts(facts)
    found, false = tell_automatic(truths, told)
    agreed = sum(fact.fair for fact in facts) / len(facts)
    slowest = max(range(len(seconds)), key=seconds.__getitem__)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"\nobjects {len(told)} of {len(truths)}; mean {1000 * sum(seconds) / len(seconds):.0f} ms a mail")
    print(f"slowest mail {seconds[slowest]:.2f} s: {truths[slowest]['file']}; largest process {memory / 1000:.0f} MB")
    sound = len(told) == len(truths) and seconds[slowest] <= MOST_SECONDS and memory <= MOST_MEMORY
    return 0 if sound and agreed >= LEAST_FACTS and found >= LEAST_BOUNCES and false <= MOST_FALSE else 1


def explain(paths: list[Path]) -> tuple[list[Any], list[float]]:
    """The objects of `explain --json`, and the wall seconds each took (the first of a batch starts the program)."""
    told, seconds = [], []
    command = [ROOT / ".venv/bin/mailrouter", "explain", "--json", "--config", ROOT / "config"]
    environment = os.environ | {"MAILROUTER_LIMITS__WORKERS": "1", "PYTHONUNBUFFERED": "1"}
    for first in range(0, len(paths), BATCH):
        batch = paths[first : first + BATCH]
        with subprocess.Popen(
            [*command, *batch], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        ) as process:
            assert process.stdout
            last = time.monotonic()
            for line in process.stdout:
                seconds.append(time.monotonic() - last)
                last = time.monotonic()
                told.append(json.loads(line))
        assert process.returncode == 0, f"explain ended with {process.returncode}"
        assert [mail["file"] for mail in told[first:]] == [str(path) for path in batch], "not one object a file"
    return told, seconds


def tell_facts(facts: list[Fact]) -> None:
    """Every miss and every reading we hold to be the better one, then the counts."""
    for title, shown in (
        ("MISSES", [fact for fact in facts if not fact.fair]),
        ("AGREED, BUT NOT LITERALLY", [fact for fact in facts if fact.fair and fact.note]),
    ):
        print(f"{title}: {len(shown)}")
        for fact in shown:
            compared = f"expected {short(fact.expected)}, got {short(fact.got)}"
            print(f"  {fact.file}: {fact.kind}: {compared} {fact.note}".rstrip())
    print("\nfact           stated  strict    fair")
    for kind in ("subject", "from", "message_id", "attachment", "text", "text_file", ""):
        chosen = [fact for fact in facts if kind in ("", fact.kind)]
        strict, fair = (sum(fact.strict for fact in chosen), sum(fact.fair for fact in chosen)) if chosen else (0, 0)
        shares = f"  {100 * strict / len(chosen):.1f} % strict, {100 * fair / len(chosen):.1f} % fair" if chosen else ""
        print(f"{kind or 'all':12}  {len(chosen):7} {strict:7} {fair:7}{shares}")


def short(value: object) -> str:
    text = ascii(one_line(value) if isinstance(value, str) else value)
    return text if len(text) <= 110 else f"{text[:110]}…"


def tell_automatic(truths: list[dict[str, Any]], told: list[dict[str, Any]]) -> tuple[float, float]:
    """The shares of bounces and reports found, and of other mails wrongly held for automatic."""
    verdicts = [
        Verdict(truth["file"], truth["truth"].get("kind"), mail["automatic"], mail["because"][0])
        for truth, mail in zip(truths, told, strict=False)
    ]
    print("\nautomatic mail, as labelled → as read")
    for (label, read), count in sorted(Counter((v.label, v.read) for v in verdicts).items(), key=str):
        print(f"  {label or '-':12} → {read or '-':12} {count:5}")
    reports = [v for v in verdicts if v.label in ("bounce", "feedback")]
    missed = [v for v in reports if v.read not in NOT_DELIVERED]
    others = [v for v in verdicts if v.label in ORDINARY]
    held = [v for v in others if v.read is not None]
    wrong = [v for v in held if not v.really]
    for title, shown in (("NOT FOUND", missed), ("HELD FOR AUTOMATIC", held)):
        print(f"{title}: {len(shown)}")
        for v in shown:
            really = f" REALLY: {v.really}" if v.really else ""
            print(f"  {v.file}: {v.label or '-'} → {v.read or '-'}: {short(v.because)}{really}")
    for label in ("bounce", "feedback"):
        lost, whole = (sum(v.label == label for v in among) for among in (missed, reports))
        print(f"{label}: {whole - lost} of {whole} found")
    found = 1 - len(missed) / len(reports)
    print(f"bounces and feedback reports: {len(reports) - len(missed)} of {len(reports)} found, {100 * found:.2f} %")
    print(f"others held for automatic: {len(held)} of {len(others)}, {100 * len(held) / len(others):.2f} %")
    print(f"  of which really are, by looking at them: {len(held) - len(wrong)}")
    print(f"  wrongly: {len(wrong)}, {100 * len(wrong) / len(others):.2f} %")
    return found, len(wrong) / len(others)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
