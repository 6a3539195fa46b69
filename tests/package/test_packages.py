"""What `./dev package` has made, as those who install it have it.

Environment: TWX_TREE is the folder with the packages. As root everything is tried; what needs a
namespace is skipped where there are none.
"""

import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = pathlib.Path(os.environ["TWX_TREE"])
CONSUMER = ROOT / "tests/install/consumer"
VERSION = (TREE / "release.txt").read_text().splitlines()[0]
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="twx-packages-"))
unittest.addModuleCleanup(shutil.rmtree, SCRATCH)


def only(pattern):
    (found,) = TREE.glob(pattern)
    return found


def output(*command, **options):
    done = subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=250, **options,
    )  # fmt: skip
    assert done.returncode == 0, f"{shlex.join(map(str, command))}:\n{done.stdout}"
    return done.stdout


def unpack_tarball():
    with tarfile.open(only("twx-*.tar.gz")) as archive:
        archive.extractall(SCRATCH)
    return SCRATCH / only("twx-*.tar.gz").name.removesuffix(".tar.gz")


TARBALL = unpack_tarball()
STATIC = TARBALL / "bin/twx"
os.environ["TWX"] = str(STATIC)
sys.path.insert(0, str(ROOT / "tests/end_to_end"))
from harness import Case, own_hosts, own_name_server, random_bytes, require  # noqa: E402


def deb(name):
    return only(f"{name}_*.deb")


class Unpacked(Case):
    """One folder with both Debian packages, for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.root = SCRATCH / "root"
        for name in ("twx", "libtwx-dev"):
            output("dpkg-deb", "-x", deb(name), cls.root)
        cls.twx = cls.root / "usr/bin/twx"

    def field(self, package, name):
        return output("dpkg-deb", "-f", deb(package), name).strip()


class DebianPackages(Unpacked):
    def test_lintian_has_nothing_to_say(self):
        output("lintian", "--allow-root", "--fail-on", "error,warning", deb("twx"), deb("libtwx-dev"))

    def test_they_say_what_they_are(self):
        for package, section in (("twx", "net"), ("libtwx-dev", "libdevel")):
            self.assertEqual(self.field(package, "Section"), section)
            self.assertEqual(self.field(package, "Version"), VERSION.replace("-", "~", 1) + "-0twx1")
            self.assertRegex(self.field(package, "Maintainer"), r"\w+ <[^@ ]+@[^@ ]+>")

    def test_the_program_shares_libc_only(self):
        self.assertRegex(self.field("twx", "Depends"), r"\Alibc6 \(>= 2\.\d+\)\Z")
        self.assertIn("openssl (= ", self.field("twx", "Built-Using"))

    def test_the_library_depends_on_what_it_must_be_linked_with(self):
        depends = self.field("libtwx-dev", "Depends").split(", ")
        for package in ("libssl-dev", "libboost-url1.81-dev", "libpsl-dev", "zlib1g-dev"):
            self.assertIn(package, depends)
        self.assertNotIn("libstdc++-12-dev", depends)

    def test_sums_are_those_of_the_files(self):
        for package in ("twx", "libtwx-dev"):
            sums = output("dpkg-deb", "-I", deb(package), "md5sums").splitlines()
            self.assertGreater(len(sums), 3)
            for line in sums:
                wanted, name = line.split("  ")
                self.assertEqual(hashlib.md5((self.root / name).read_bytes()).hexdigest(), wanted)

    def test_dpkg_installs_and_removes_them(self):
        if os.geteuid() != 0:
            self.skipTest("root installs")
        root = pathlib.Path(self.folder) / "root"
        (root / "var/lib/dpkg/info").mkdir(parents=True)
        (root / "var/lib/dpkg/updates").mkdir()
        (root / "var/lib/dpkg/status").touch()
        dpkg = ["dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless"]
        output(*dpkg, "-i", deb("twx"), deb("libtwx-dev"))
        self.assertEqual(output(*dpkg, "--verify"), "")
        output(*dpkg, "-P", "twx", "libtwx-dev")
        self.assertFalse((root / "usr/bin/twx").exists())


class InstalledProgram(Unpacked):
    def test_version(self):
        self.assertTrue(output(self.twx, "--version").startswith(f"twx {VERSION}\n"))

    def test_bytes_go_there_and_back(self):
        data = random_bytes(1 << 20)
        server = self.serve("echo", command=[str(self.twx)])
        result = self.run_connect(
            ("127.0.0.1", server.port), input=data, command=(str(self.twx),)
        )
        self.assertQuiet(result, data)


class InstalledLibrary(Unpacked):
    def test_consumers_are_built_by_cmake_and_run(self):
        build = self.folder + "/build"
        output("cmake", "-G", "Ninja", "-S", CONSUMER, "-B", build,
               f"-DCMAKE_PREFIX_PATH={self.root}/usr")  # fmt: skip
        output("ninja", "-C", build, "echo", "page")
        self.assertEqual(output(build + "/echo"), "hello")
        self.assertEqual(output(build + "/page"), "Connection refused\n")

    def test_a_consumer_is_built_by_pkg_config_and_runs(self):
        path = next(self.root.rglob("twx.pc")).parent
        flags = output("pkg-config", "--static", "--cflags", "--libs", "twx",
                       env={**os.environ, "PKG_CONFIG_PATH": str(path)}).split()  # fmt: skip
        program = self.folder + "/echo"
        output("g++", "-std=c++20", CONSUMER / "echo.cc", *flags, "-o", program)
        self.assertEqual(output(program), "hello")


class StaticProgram(Case):
    def test_it_shares_no_library_and_lies_anywhere(self):
        headers = output("readelf", "-Wld", STATIC)
        self.assertNotIn("INTERP", headers)
        self.assertNotIn("NEEDED", headers)
        self.assertIn("DYN (", headers)

    def test_it_is_stripped_and_small(self):
        self.assertNotIn(".symtab", output("readelf", "-WS", STATIC))
        self.assertLessEqual(STATIC.stat().st_size, 10 * 1000 * 1000)

    def test_version(self):
        self.assertTrue(output(STATIC, "--version").startswith(f"twx {VERSION}\n"))

    def test_what_a_start_runs_lies_together(self):
        """Of packaging/start_order.txt most is there still, and within 512 KiB."""
        names = (ROOT / "packaging/start_order.txt").read_text().splitlines()[1:]
        lines = output("nm", TREE / "packaging/twx").splitlines()
        places = {line.split()[-1]: int(line.split()[0], 16) for line in lines if line[0] != " "}
        found = sorted(places[name] for name in names if name in places)
        together = [place for place in found if place < found[0] + 512 * 1024]
        self.assertGreater(len(together), 0.8 * len(names))

    def test_papers_are_there(self):
        for name in ("README.md", "LICENSE", "CHANGELOG.md", "licences/libssl-dev"):
            self.assertTrue((TARBALL / name).stat().st_size, name)

    def test_bytes_go_there_and_back(self):
        data = random_bytes(1 << 20)
        server = self.serve("echo")
        self.assertQuiet(self.run_connect(("127.0.0.1", server.port), input=data), data)


class NamesOfTheStaticProgram(Case):
    """By /etc/hosts and a name server, with no file of the C library's in reach."""

    def serve_page(self):
        page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        return self.peer(lambda sock: (sock.recv(4096), sock.sendall(page)))

    def test_from_a_file(self):
        peer = self.serve_page()
        command = [*own_hosts(self, "127.0.0.1 some.test"), STATIC]
        self.assertQuiet(self.run_twx("fetch", f"http://some.test:{peer.port}/", command=command),
                         b"hello")  # fmt: skip

    def test_where_nothing_else_is_installed(self):
        """A root with two files: the program and /etc/hosts."""
        root = pathlib.Path(self.folder) / "bare"
        (root / "etc").mkdir(parents=True)
        (root / "etc/hosts").write_text("127.0.0.1 some.test\n")
        shutil.copy(STATIC, root / "twx")
        prefix = ["unshare", "-r", "chroot", str(root), "/twx"]
        require(["unshare", "-r"])
        peer = self.serve_page()
        self.assertQuiet(self.run_twx("fetch", f"http://some.test:{peer.port}/", command=prefix),
                         b"hello")  # fmt: skip

    def test_from_a_name_server(self):
        command = [*own_name_server(self, "answer"), STATIC]
        result = self.run_connect(("some.test", 9), command=command)
        self.assertFails(result, 7, "connect some.test:9: Connection refused")
        command = [*own_name_server(self, "nxdomain"), STATIC]
        result = self.run_connect(("some.test", 9), command=command)
        self.assertFails(result, 6, "connect some.test:9: Name not found")

    def test_modules_that_are_configured_are_not_loaded(self):
        """Each would bring a second C library, of perhaps another version."""
        nsswitch = self.file("nsswitch", b"hosts: mymachines mdns4_minimal resolve files myhostname\n")
        trace = self.path("trace")
        script = f'mount --bind {nsswitch} /etc/nsswitch.conf && exec "$@"'
        prefix = ["unshare", "-rm", "sh", "-c", script, "sh"]
        require(prefix)
        command = [*prefix, "strace", "-f", "-e", "trace=%file", "-o", trace, STATIC]
        result = self.run_connect(("localhost", self.unused_port()), command=command)
        self.assertEqual(result.status, 7, result)
        opened = pathlib.Path(trace).read_text()
        self.assertIn("/etc/hosts", opened)
        self.assertEqual(re.findall(r'"[^"]*\.so[.\d]*"', opened), [])


class Reproducible(unittest.TestCase):
    def test_a_second_run_makes_the_same_bytes(self):
        def sums():
            made = [*TREE.glob("*.deb"), *TREE.glob("twx-*.tar.gz")]
            return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in made}

        first = sums()
        self.assertEqual(len(first), 3)
        output(ROOT / "packaging/make_packages", TREE)
        self.assertEqual(sums(), first)


if __name__ == "__main__":
    unittest.main()
