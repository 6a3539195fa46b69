"""How each program is called: in the form that its users would call the right one."""

import shutil
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """Command lines, in which {port}, {ca}, {path} are filled in; None: it has no such thing."""

    name: str
    connect: str
    half_open: str | None = None
    tls: str | None = None
    udp: str | None = None
    connect_timeout: str | None = None  # of 1 s
    idle_timeout: str | None = None  # of 1 s
    listen: str | None = None
    listen_anywhere: str | None = None  # on a port of the system's choice, which it says
    listen_unix: str | None = None
    https: str | None = None

    def program(self):
        return "nc.openbsd" if self.name == "nc" else self.name

    def installed(self):
        return bool(shutil.which(self.program()))

    def version(self):
        if self.name == "nc":
            said = subprocess.run(["nc.openbsd", "-h"], capture_output=True, text=True, check=False)
            return said.stderr.split("\n")[0]
        option = "-V" if self.name == "socat" else "--version"
        said = subprocess.run([self.name, option], capture_output=True, text=True, check=False)
        lines = (said.stdout or said.stderr).split("\n")
        line = lines[1] if self.name == "socat" else lines[0]
        return " ".join(line.replace("Ncat: Version", "ncat").replace("version ", "").split()[:2])


SOCAT_TLS = "socat - OPENSSL:localhost:{port},cafile={ca}"
NCAT_TLS = "ncat --ssl --ssl-verify --ssl-trustfile {ca} localhost {port}"

TOOLS = (
    Tool(
        "twx",
        connect="twx connect 127.0.0.1 {port}",
        half_open="twx connect --half-open 127.0.0.1 {port}",
        tls="twx connect --cacert {ca} tls://localhost:{port}",
        udp="twx connect udp://127.0.0.1:{port}",
        connect_timeout="twx connect --connect-timeout 1 127.0.0.1 {port}",
        idle_timeout="twx connect --idle-timeout 1 127.0.0.1 {port}",
        listen="twx serve echo 127.0.0.1:{port}",
        listen_anywhere="twx serve echo 127.0.0.1:0",
        listen_unix="twx serve echo {path}",
        https="twx fetch --cacert {ca} https://localhost:{port}/",
    ),
    Tool(
        "nc",
        connect="nc.openbsd -N 127.0.0.1 {port}",
        half_open="nc.openbsd -N 127.0.0.1 {port}",
        udp="nc.openbsd -u -W 1 127.0.0.1 {port}",
        connect_timeout="nc.openbsd -N -w 1 127.0.0.1 {port}",
        idle_timeout="nc.openbsd -N -w 1 127.0.0.1 {port}",
        listen="nc.openbsd -l 127.0.0.1 {port}",
        listen_anywhere="nc.openbsd -lv 127.0.0.1 0",
        listen_unix="nc.openbsd -lU {path}",
    ),
    Tool(
        "ncat",
        connect="ncat 127.0.0.1 {port}",
        half_open="ncat 127.0.0.1 {port}",
        tls=NCAT_TLS,
        udp="ncat -u 127.0.0.1 {port}",
        connect_timeout="ncat -w 1 127.0.0.1 {port}",
        idle_timeout="ncat -i 1 127.0.0.1 {port}",
        listen="ncat -l 127.0.0.1 {port}",
        listen_anywhere="ncat -lv 127.0.0.1 0",
        listen_unix="ncat -lU {path}",
    ),
    Tool(
        "socat",
        connect="socat - TCP:127.0.0.1:{port}",
        half_open="socat - TCP:127.0.0.1:{port}",
        tls=SOCAT_TLS,
        udp="socat - UDP:127.0.0.1:{port}",
        connect_timeout="socat - TCP:127.0.0.1:{port},connect-timeout=1",
        idle_timeout="socat -T 1 - TCP:127.0.0.1:{port}",
        listen="socat TCP-LISTEN:{port},bind=127.0.0.1 -",
        listen_anywhere="socat -d -d TCP-LISTEN:0,bind=127.0.0.1 -",
        listen_unix="socat UNIX-LISTEN:{path} -",
    ),
    Tool(
        "curl",
        connect="curl -sSN telnet://127.0.0.1:{port}",
        connect_timeout="curl -sS --connect-timeout 1 telnet://127.0.0.1:{port}",
        https="curl -sS --cacert {ca} https://localhost:{port}/",
    ),
)
