"""`mailrouter doctor`: looks at everything the router leans on, and says of each thing what is wrong and what to do.

It works beside a running daemon. What it changes: it makes the folders that the router would make, and it sends one
letter to `receipts.address`, which ends in the receipt folder and in no books.
"""

from mailrouter.doctor.examination import examine
from mailrouter.doctor.finding import Finding

__all__ = ["Finding", "examine"]
