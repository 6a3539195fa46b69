"""Real servers of IRC for tests: on free ports of 127.0.0.1, each in a folder of its own.

They start once for a class, in setUpClass, and end by their pid.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile

import certificates
from harness import SOON, poll_until
from proxies import free_port

NGIRCD = """
[Global]
Name = irc.test.example
Info = test
AdminEMail = nobody@example.org
Listen = 127.0.0.1
Ports = {port}
{user}
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = {cert}
KeyFile = {key}
DHFile = {folder}/dh.pem
Ports = {tls_port}
[Channel]
Name = #locked
Modes = +tnk secret
"""

INSPIRCD = """
<server name="irc.test.example" description="test" network="TestNet" id="1TT">
<admin name="t" nick="t" email="nobody@example.org">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="tls">
<bind address="127.0.0.1" port="{link_port}" type="servers">
<module name="ssl_gnutls"><module name="sslinfo">
<sslprofile name="tls" provider="gnutls" certfile="{cert}" keyfile="{key}" requestclientcert="yes"
 hash="sha256">
<module name="cap"><module name="ircv3"><module name="ircv3_accounttag">
<module name="ircv3_batch"><module name="ircv3_chghost"><module name="ircv3_ctctags">
<module name="ircv3_echomessage"><module name="ircv3_invitenotify">
<module name="ircv3_labeledresponse"><module name="ircv3_msgid"><module name="ircv3_servertime">
<module name="setname"><module name="namesx"><module name="redirect"><module name="chanhistory">
<module name="botmode"><module name="services_account"><module name="sasl">
<module name="spanningtree"><module name="svshold">
<link name="services.test.example" ipaddr="127.0.0.1" port="{link_port}" allowmask="127.0.0.0/8"
 sendpass="linkpw" recvpass="linkpw">
<uline server="services.test.example" silent="yes"><sasl target="services.test.example">
<connect name="main" allow="127.0.0.0/8" timeout="20" pingfreq="60" threshold="1000"
 commandrate="100000" localmax="50" globalmax="50" useident="no" resolvehostnames="no">
<log method="file" type="*" level="default" target="{folder}/says">
<pid file="{folder}/pid"><files motd="/dev/null">
"""

MODULES = (
    "backend/opensex protocol/inspircd crypto/pbkdf2v2 nickserv/main nickserv/register "
    "nickserv/identify nickserv/cert nickserv/ghost saslserv/main saslserv/plain saslserv/external"
)
ATHEME = """
serverinfo {{ name = "services.test.example"; desc = "s"; numeric = "00A"; recontime = 1;
 netname = "TestNet"; hidehostsuffix = "u.example"; adminname = "t";
 adminemail = "nobody@example.org"; registeremail = "nobody@example.org"; mta = "/bin/true";
 loglevel = {{ error; info; network; }}; maxlogins = 10; maxusers = 10; mdlimit = 10;
 emaillimit = 10; emailtime = 300; auth = none; casemapping = rfc1459; }};
uplink "irc.test.example" {{ host = "127.0.0.1"; send_password = "linkpw";
 receive_password = "linkpw"; port = {link_port}; }};
nickserv {{ nick = "NickServ"; user = "NickServ"; host = "services.test.example"; real = "n"; }};
saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "services.test.example"; real = "s"; }};
general {{ }};
"""


def program(name):
    """Where it is; the folders of administrators are not in everybody's PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise AssertionError(f"{name} is not installed; ./dev setup test does that")
    return found


def root():
    return os.geteuid() == 0


class RealServer:
    """A program in a folder of its own. Servers that refuse root run as nobody if need be."""

    def __init__(self, as_nobody=False):
        self.folder = tempfile.mkdtemp(prefix="twx-irc-")
        self._process, self._options = None, {}
        if as_nobody and root():
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def says(self):
        with open(self.path("output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def run(self, *command):
        with open(self.path("output"), "wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                **self._options,
            )

    def check_alive(self):
        if self._process.poll() is not None:
            raise AssertionError(
                f"{self._process.args} ended with {self._process.returncode}: {self.says()}"
            )

    def wait_listening(self, port):
        def listens():
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", port), SOON).close()
            except ConnectionRefusedError:
                return False
            return True

        poll_until(listens, f"{self._process.args[0]} listens")

    def stop(self):
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(SOON)
        shutil.rmtree(self.folder)


class Ngircd(RealServer):
    """Its channel #locked has the key `secret`."""

    def __init__(self):
        super().__init__()
        self.port, self.tls_port = free_port(), free_port()
        good = certificates.good()
        # Without parameters it would make some, which can take a minute.
        group = ("-algorithm", "DH", "-pkeyopt", "group:ffdhe2048")
        certificates.openssl("genpkey", "-genparam", *group, "-out", self.path("dh.pem"))
        user = "ServerUID = root\nServerGID = root" if root() else ""
        text = NGIRCD.format(
            port=self.port,
            tls_port=self.tls_port,
            user=user,
            cert=good.cert,
            key=good.key,
            folder=self.folder,
        )
        try:
            self.run(program("ngircd"), "-n", "-f", self.write("conf", text))
            self.wait_listening(self.port)
            self.wait_listening(self.tls_port)
        except BaseException:
            self.stop()
            raise


class Inspircd(RealServer):
    def __init__(self):
        super().__init__()
        self.port, self.tls_port, self.link_port = free_port(), free_port(), free_port()
        good = certificates.good()
        text = INSPIRCD.format(
            port=self.port,
            tls_port=self.tls_port,
            link_port=self.link_port,
            cert=good.cert,
            key=good.key,
            folder=self.folder,
        )
        as_root = ["--runasroot"] if root() else []
        conf = self.write("conf", text)
        try:
            self.run(program("inspircd"), *as_root, "--nofork", f"--config={conf}")
            self.wait_listening(self.port)
            self.wait_listening(self.tls_port)
        except BaseException:
            self.stop()
            raise


class Atheme(RealServer):
    """Services for an Inspircd: accounts, and logins over SASL."""

    def __init__(self, inspircd):
        super().__init__(as_nobody=True)
        loads = "".join(f'loadmodule "modules/{name}";\n' for name in MODULES.split())
        conf = self.write("conf", loads + ATHEME.format(link_port=inspircd.link_port))
        places = ("-D", self.folder, "-l", self.path("log"), "-p", self.path("pid"))
        try:
            self.run(program("atheme-services"), "-n", "-c", conf, *places)
        except BaseException:
            self.stop()
            raise
