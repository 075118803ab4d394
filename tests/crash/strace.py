"""Stops a process at each system call that changes something, so that whoever started it can count, and kill.

strace counts the calls of each thread by itself, so it cannot kill at the k-th of a process. But it can have each call
end in SIGSTOP, which stops all threads; the parent hears of it, and lets them go on or not. The call itself was made.
"""

import shutil
import subprocess

_CALLS = (
    "sendto", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "unlinkat",
    "rename", "renameat", "renameat2", "mkdir", "mkdirat",
)  # fmt: skip
_LIST = ",".join(f"?{call}" for call in _CALLS)  # not every machine has all of them
STOPPING = (
    *("strace", "--follow-forks", "--quiet=all", "--output=/dev/null"),
    *(f"--trace={_LIST}", f"--inject={_LIST}:signal=SIGSTOP"),
)


def missing() -> str:
    """Why strace cannot be used here; empty when it can."""
    if not shutil.which("strace"):
        return "strace is not installed (Debian: apt install strace)"
    tried = subprocess.run([*STOPPING, "true"], capture_output=True, text=True)
    return tried.stderr.strip() or f"strace ended with {tried.returncode}" if tried.returncode else ""
