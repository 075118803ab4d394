"""A private Postfix: generated config, free ports, a folder of its own. Only root can start it."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.wire.certificates import Certificate
from tests.wire.dovecot import Dovecot, answers, free_port, program

NEEDS_ROOT = "Postfix wants root to start it"
MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}
myhostname = mail.gemeente.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
relay_domains = gemeente.example
relayhost = [127.0.0.1]:{sink}
transport_maps = inline:{{ {{ dorpsraden@gemeente.example = virtual: }} }}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ {{ dorpsraden@gemeente.example = mail/ }} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""
"""What is beside the page: where it runs, and where its mail goes: ours to Dovecot, all other to the sink."""

SERVICES = """\
{port} inet n - y - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Postfix before a Dovecot, with a port for mail from outside and one (`submission`) for logins over TLS.

    Start it before Dovecot listens for its logins: `queue` is where. What is not for the shared mailbox goes to `sink`,
    a port.
    """

    def __init__(self) -> None:
        self.port, self.submission = free_port(), free_port()
        self.root = Path(tempfile.mkdtemp(prefix="mr-postfix-", dir="/tmp"))
        self.root.chmod(0o755)
        for name in ("etc", "queue", "data", "log"):
            (self.root / name).mkdir()
        shutil.chown(self.root / "data", "postfix")
        self.queue = self.root / "queue"
        (self.queue / "private").mkdir(mode=0o700)
        shutil.chown(self.queue / "private", "postfix")

    def start(self, certificate: Certificate, server: Dovecot, sink: int, main: str, master: str) -> None:
        """Start; `main` and `master` are what its administrator wrote in main.cf and master.cf."""
        owner = (server.root / "mail").stat()
        text = MAIN.format(
            root=self.root, certificate=certificate.certificate, key=certificate.key, mail=server.root, sink=sink,
            uid=owner.st_uid, gid=owner.st_gid,
        )  # fmt: skip
        (self.root / "etc" / "main.cf").write_text(text + main)
        services = SERVICES.format(port=self.port) + master.replace("submission ", f"{self.submission} ", 1)
        (self.root / "etc" / "master.cf").write_text(services)
        self._run("start")
        deadline = time.monotonic() + 30
        while not (answers(self.port) and answers(self.submission)):
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        """What it wrote in its log."""
        path = self.root / "log" / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def remove(self) -> None:
        """End it, and leave nothing behind."""
        if (self.root / "etc" / "main.cf").exists():
            self._run("abort")
        shutil.rmtree(self.root)

    def _run(self, what: str) -> None:
        command = [program("postfix"), "-c", str(self.root / "etc"), what]
        path = "/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(command, capture_output=True, text=True, env={"PATH": path}, check=False)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}{self.log()}"


def may_start() -> bool:
    """Whether we are who may start it."""
    return os.geteuid() == 0
