"""Real web servers for tests: each in a folder of its own, on free ports of 127.0.0.1."""

import os
import sys

import certificates
from harness import Daemon, poll_until
from proxies import free_port

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors warn;
events {{}}
http {{
  log_format said "$connection $request_method $request_uri $status";
  access_log {folder}/log said;
  client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2;
  uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  default_type application/octet-stream; keepalive_requests 10000; sendfile on;
  server {{
    listen 127.0.0.1:{port} backlog=1024; listen 127.0.0.1:{tls_port} ssl backlog=1024;
    ssl_certificate {cert}; ssl_certificate_key {key};
    root {folder}/root;
    location /gzip/ {{ alias {folder}/root/; gzip on; gzip_min_length 1; gzip_types *; }}
    location /moved {{ return 301 /page; }}
    location /login/ {{
      alias {folder}/root/; auth_basic here; auth_basic_user_file {folder}/users;
    }}
    location /echo {{ client_max_body_size 0; proxy_pass http://127.0.0.1:{port}/taken; }}
    location /taken {{ client_max_body_size 0; return 200 "taken $http_content_length\\n"; }}
  }}
}}
"""


class WebServer(Daemon):
    """A program that serves the folder `root` until the test ends."""

    def __init__(self, case, command, port):
        super().__init__(case, command, port, case.path("server-says"), cwd=case.path("root"))


def make_root(case, files):
    """The folder that is served, with these files."""
    os.makedirs(case.path("root"), exist_ok=True)
    for name, data in files.items():
        case.file("root/" + name, data)


class Nginx(WebServer):
    def __init__(self, case):
        self.tls_port = free_port()
        self._log = case.path("log")
        good, port = certificates.good(), free_port()
        case.file("users", b"me:{PLAIN}secret\n")
        text = NGINX.format(
            folder=case.folder, port=port, tls_port=self.tls_port, cert=good.cert, key=good.key
        )
        path = case.file("nginx.conf", text.encode())
        # What it says before it has read its configuration would go to /var/log.
        super().__init__(case, ["/usr/sbin/nginx", "-e", case.path("errors"), "-c", path], port)

    def url(self, target):
        return f"http://127.0.0.1:{self.port}{target}"

    def tls_url(self, target):
        return f"https://127.0.0.1:{self.tls_port}{target}"

    def log(self, count):
        """Its last `count` requests: (connection, method, URI, status)."""

        def lines():
            with open(self._log, encoding="ascii") as file:
                return [line.split() for line in file]

        return poll_until(lambda: lines()[-count:] if len(lines()) >= count else None, "it is logged")


class PythonServer(WebServer):
    def __init__(self, case):
        port = free_port()
        command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
        super().__init__(case, command, port)

    def url(self, target):
        return f"http://127.0.0.1:{self.port}{target}"


class OpensslServer(WebServer):
    """`how` is -WWW, -HTTP or -www."""

    def __init__(self, case, how, *options):
        good, port = certificates.good(), free_port()
        command = ["openssl", "s_server", how, "-accept", f"127.0.0.1:{port}", "-cert", good.cert]
        super().__init__(case, [*command, "-key", good.key, *options], port)

    def url(self, target):
        return f"https://127.0.0.1:{self.port}{target}"
