"""What is measured of twx fetch, with nginx on loopback as the server; the limit is curl."""

import os
from dataclasses import dataclass
from statistics import median

import measure
from subjects import Subject, installed

GIB = 1 << 30

# The directives that Debian's nginx.conf has for answers; no log, and connections live.
NGINX = """
daemon off; master_process off; worker_rlimit_nofile 4096; pid {folder}/pid-PORT;
error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; default_type application/octet-stream;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:PORT backlog=1024{tls}; root {folder}/root;
    ssl_certificate {pem}; ssl_certificate_key {pem};
  }}
}}
"""


@dataclass
class Site:
    """Where the pages are, and the server that has them."""

    folder: str
    command: tuple
    scheme: str


def site(setup, tls):
    folder = setup.folder()
    root = os.path.join(folder, "root")
    os.makedirs(root, exist_ok=True)
    with open(os.path.join(root, "large"), "wb") as large:
        large.truncate(size(setup))
    with open(os.path.join(root, "page"), "wb") as page:
        page.write(b"x" * 1024)
    template = os.path.join(folder, f"nginx-{'tls' if tls else 'plain'}")
    text = NGINX.format(folder=folder, tls=" ssl" if tls else "", pem=setup.certificate())
    with open(template, "w", encoding="ascii") as file:
        file.write(text)
    script = 'sed "s/PORT/$1/" "$2" >"$2-$1" && exec /usr/sbin/nginx -e stderr -c "$2-$1"'
    command = ("sh", "-c", script, "sh", "{port}", template)
    return Site(folder, command, "https" if tls else "http")


def size(setup):
    return GIB // 8 if setup.quick else GIB


def clients(setup, *names):
    """Quiet, without a configuration, certificates not looked at: they would measure the list."""
    folder, name = "{folder}", "{name}"
    all_of_them = (
        Subject("twx", (setup.twx, "fetch", "-k", "-s", "-o", "{out}", "{url}")),
        Subject("curl", ("curl", "-q", "-k", "-s", "-o", "{out}", "{url}")),
        Subject("wget", ("wget", "--no-config", "--no-check-certificate", "-q", "-O", "{out}", "{url}")),
        Subject(
            "aria2",
            ("aria2c", "--no-conf=true", "--check-certificate=false", "-q", "--file-allocation=none",
             "--allow-overwrite=true", "-d", folder, "-o", name, "{url}"),
        ),
    )
    return installed([subject for subject in all_of_them if subject.name in names])


def several(setup):
    """A thousand URLs, each body to standard output; wget has one connection."""
    urls = ("{url}",) * 1000
    return installed(
        [
            Subject("twx", (setup.twx, "fetch", "-s", "-Z", "--parallel-max", "50", *urls)),
            Subject("curl", ("curl", "-q", "-s", "-Z", "--parallel-max", "50", *urls)),
            Subject("wget", ("wget", "--no-config", "-q", "-O", "/dev/null", *urls)),
        ]
    )


def command_of(subject, place, server, page, out):
    values = {
        "url": f"{place.scheme}://127.0.0.1:{server.port}/{page}",
        "out": out,
        "folder": os.path.dirname(out),
        "name": os.path.basename(out),
    }
    return [word.format_map(values) for word in subject.command]


def run(command):
    wall, cpu, status = measure.run(command)
    if status != 0:
        raise measure.BenchError(f"exit status {status}")
    return wall, cpu


def large(setup, subject, tls=False, to_file=True):
    """Nothing is pinned, as for users."""
    place = site(setup, tls)
    out = os.path.join(place.folder, "out") if to_file else "/dev/null"
    with measure.Server(place.command) as server:
        try:
            wall, cpu = run(command_of(subject, place, server, "large", out))
            if to_file and os.stat(out).st_size != size(setup):
                raise measure.BenchError("bytes lost")
        finally:
            if to_file and os.path.exists(out):
                os.unlink(out)
    gigabytes = size(setup) / 1e9
    return {"CPU s/GB": cpu / gigabytes, "GB/s": gigabytes / wall}


def page(setup, subject, tls=False):
    """A whole process. The quickest run counts for wall, as in startup."""
    place = site(setup, tls)
    out = os.path.join(place.folder, "out")
    with measure.Server(place.command) as server:
        command = command_of(subject, place, server, "page", out)
        runs = [run(command) for _ in range(5 if setup.quick else 15)]
        return {
            "wall ms": min(wall for wall, _ in runs) * 1e3,
            "CPU ms": median(cpu for _, cpu in runs) * 1e3,
            "M instructions": measure.program_instructions(command) / 1e6,
        }


def many(setup, subject):
    place = site(setup, False)
    with measure.Server(place.command) as server:
        wall, cpu = run(command_of(subject, place, server, "page", "/dev/null"))
    return {"CPU us/URL": cpu * 1e3, "wall ms": wall * 1e3}
