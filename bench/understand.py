"""What reading a mail costs: CPU milliseconds over mails in a folder, or over the demo's samples.

.venv/bin/python bench/understand.py [FOLDER]
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median, quantiles

from mailrouter.config import load
from mailrouter.core.understand import Job, understand
from mailrouter.demo.samples import samples


def main() -> None:
    """Read every mail once to warm up and once for the figures."""
    routing = load(Path(__file__).parent.parent / "config").routing
    if len(sys.argv) > 1:
        raws = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("*.eml"))]
    else:
        raws = [sample.raw for sample in samples()]
    moment = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
    costs = []
    for again in (False, True):
        for raw in raws:
            start = time.process_time()
            understand(Job(raw, len(raw), moment), routing)
            if again:
                costs.append(1000 * (time.process_time() - start))
    worst = quantiles(costs, n=20)[-1]
    print(f"{len(costs)} mails: mean {mean(costs):.1f} ms, median {median(costs):.1f} ms, 95 % {worst:.1f} ms CPU")


if __name__ == "__main__":
    main()
