"""A private Dovecot 2.3: generated config, free ports, a folder of its own, run as root or not."""

import grp
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from tests.wire.certificates import Certificate
from tests.wire.mailserver import MailServer

CAPABILITIES = ("IMAP4rev1", "SASL-IR", "ID", "ENABLE", "LITERAL+", "NAMESPACE", "UIDPLUS", "MOVE", "IDLE", "UNSELECT")

CONFIG = """\
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
default_vsz_limit = 1G
mail_max_userip_connections = 100
mail_location = maildir:{root}/mail
mail_uid = {mail_uid}
mail_gid = {mail_gid}
first_valid_uid = {first_uid}
imap_capability = {capabilities}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=plain {root}/users
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={root}/home
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""

AS_ROOT = """\
default_internal_user = dovecot
default_login_user = dovenull
"""

AS_USER = """\
default_internal_user = {name}
default_internal_group = {group}
default_login_user = {name}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
}}
"""

WITH_TOKENS = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
"""

INTROSPECTION = """\
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""

WITH_RIGHTS = """\
imap_capability = {capabilities} ACL
mail_plugins = acl
protocol imap {{
  mail_plugins = acl imap_acl
}}
plugin {{
  acl = vfile:{root}/acl
}}
"""

WITH_TLS = """\
ssl_cert = <{certificate}
ssl_key = <{key}
"""


class Dovecot(MailServer):
    """Dovecot with one maildir.

    `without` names capabilities it does not announce; `prefix` and `separator` are those of its folders. With a
    certificate STARTTLS is offered on `port`, and TLS spoken on `tls_port`. `tokens` is the URL at which it asks what a
    token is worth; then it takes `mechanisms` besides passwords. `rights` are lines of an ACL file; `more` is added to
    its config.
    """

    def __init__(
        self,
        certificate: Certificate | None = None,
        without: Collection[str] = (),
        separator: str = "/",
        prefix: str = "",
        tokens: str = "",
        mechanisms: str = "xoauth2 oauthbearer",
        rights: str = "",
        more: str = "",
    ) -> None:
        self.port, self.tls_port = free_port(), 0 if certificate is None else free_port()
        # Its sockets must fit in 108 bytes and its mail user must get in: pytest's own folders are too deep and closed.
        self.root = Path(tempfile.mkdtemp(prefix="mr-dovecot-", dir="/tmp"))
        self.root.chmod(0o755)
        self._config = self.root / "dovecot.conf"
        self._tokens, self._mechanisms, self._rights = tokens, f"plain login {mechanisms if tokens else ''}", rights
        self._more = more
        self._write_config(certificate, [name for name in CAPABILITIES if name not in without], separator, prefix)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.remove()
            raise

    def start(self) -> None:
        """Start on the ports chosen at first, and wait until it answers."""
        for port in filter(None, (self.port, self.tls_port)):
            wait_until_free(port)
        self._process = subprocess.Popen([program("dovecot"), "-F", "-c", self._config], start_new_session=True)
        deadline = time.monotonic() + 20
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot does not start:\n{self.log()}")
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)
            self._kill()  # connections outlive their master

    def restart(self) -> None:
        self.stop()
        self.start()

    def kick(self) -> None:
        command = [program("doveadm"), "-c", self._config, "kick", self.user]
        code = subprocess.run(command, check=False, capture_output=True).returncode
        assert code in (0, 68), self.log()  # 68: nobody was connected

    def remove(self) -> None:
        """End it at once, and leave nothing behind."""
        self._kill()  # a polite end takes Dovecot a second
        shutil.rmtree(self.root)

    def _kill(self) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def logs(self, text: str) -> bool:
        """Whether it logs `text`; it may take a moment to do so."""
        deadline = time.monotonic() + 10
        while text not in self.log() and time.monotonic() < deadline:
            time.sleep(0.01)
        return text in self.log()

    def log(self) -> str:
        """What Dovecot wrote in its log."""
        path = self.root / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _write_config(
        self, certificate: Certificate | None, capabilities: list[str], separator: str, prefix: str
    ) -> None:
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        text = CONFIG.format(
            root=self.root,
            ssl="yes" if certificate else "no",
            mail_uid=owner.pw_uid,
            mail_gid=owner.pw_gid,
            first_uid=1 if os.geteuid() == 0 else 0,
            capabilities=" ".join(capabilities),
            mechanisms=self._mechanisms,
            separator=separator,
            prefix=prefix,
            port=self.port,
            tls_port=self.tls_port,
        )
        if os.geteuid() == 0:
            text += AS_ROOT
        else:
            text += AS_USER.format(name=owner.pw_name, group=grp.getgrgid(owner.pw_gid).gr_name)
        if certificate:
            text += WITH_TLS.format(certificate=certificate.certificate, key=certificate.key)
        if self._tokens:
            text += WITH_TOKENS.format(root=self.root)
            (self.root / "oauth2.conf").write_text(INTROSPECTION.format(url=self._tokens))
        if self._rights:
            text += WITH_RIGHTS.format(root=self.root, capabilities=" ".join(capabilities))
            (self.root / "acl").write_text(self._rights)
        self._config.write_text(text + self._more)
        (self.root / "users").write_text(f"{self.user}:{self.password}\n")
        for name in ("mail", "home"):
            (self.root / name).mkdir()
            os.chown(self.root / name, owner.pw_uid, owner.pw_gid)


def program(name: str) -> str:
    """The path of one of Dovecot's programs; /usr/sbin is not on everybody's path. Empty when it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin") or ""


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on, and that no connection is given: the kernel's own begin at 32768."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(port: int) -> bool:
    """Whether somebody listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_free(port: int) -> None:
    """Wait until a server that stopped has let go of its port."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
