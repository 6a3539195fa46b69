"""The library as its users have it: installed, found, compiled against and run."""

import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["TWX_SOURCE"])
CONSUMER = pathlib.Path(__file__).resolve().parent / "consumer"
CXX = [os.environ["CXX"], *shlex.split(os.environ.get("CXXFLAGS", ""))]
# As strict as our own compilation, and what does not concern a user's code is an error there too.
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Woverloaded-virtual -Werror".split()
STRANGERS = re.compile(r"/(openssl|CLI|boost)/")


def run(*command, **options):
    done = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=250,
        **options,
    )
    assert done.returncode == 0, f"{shlex.join(map(str, command))}:\n{done.stdout}"
    return done.stdout


def public_headers(folder):
    """Those of the sources that say so in their first line, as reactor/reactor.h."""
    for header in (SOURCE / folder).rglob("*.h"):
        if header.read_text().startswith("// Public"):
            yield str(header.relative_to(SOURCE))


class InstalledCase(unittest.TestCase):
    """Each class has a prefix of its own, moved after installing: nothing may name the old place."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(os.environ["TWX_SCRATCH"]) / cls.__name__
        shutil.rmtree(cls.scratch, ignore_errors=True)
        cls.scratch.mkdir()
        run(
            os.environ["CMAKE"], "--install", os.environ["TWX_BUILD"],
            "--prefix", cls.scratch / "before",
        )  # fmt: skip
        cls.prefix = cls.scratch / "prefix"
        (cls.scratch / "before").rename(cls.prefix)
        cls.include = cls.prefix / "include"

    def installed_headers(self):
        return sorted(str(each.relative_to(self.include)) for each in self.include.rglob("*.h"))


class Files(InstalledCase):
    def test_the_program_runs(self):
        self.assertIn(os.environ["TWX_VERSION"], run(self.prefix / "bin/twx", "--version"))

    @unittest.skipIf("-fsanitize" in os.environ.get("CXXFLAGS", ""), "sanitizers need libraries")
    def test_the_program_shares_nothing_but_the_c_library(self):
        """Each library more is a tenth of the time that a start takes."""
        headers = run("objdump", "-p", self.prefix / "bin/twx")
        needed = re.findall(r"NEEDED +(\S+)", headers)
        self.assertLessEqual(set(needed), {"libc.so.6", "ld-linux-x86-64.so.2"})

    def test_the_program_has_no_standard_streams(self):
        """They would be made at every start; cli/no_standard_streams.cc has the reason."""
        symbols = run("nm", self.prefix / "bin/twx")
        self.assertIn(" main\n", symbols)
        self.assertNotRegex(symbols, r" _ZSt(4cout|3cin|4cerr)\b")

    def test_the_manual_is_there(self):
        for page in (SOURCE / "man").iterdir():
            section = page.suffix.removeprefix(".")
            self.assertTrue((self.prefix / f"share/man/man{section}" / page.name).is_file(), page)

    def test_the_completions_are_where_shells_look(self):
        for place, source in (
            ("share/bash-completion/completions/twx", "twx.bash"),
            ("share/zsh/site-functions/_twx", "_twx"),
            ("share/fish/vendor_completions.d/twx.fish", "twx.fish"),
        ):
            installed = (self.prefix / place).read_bytes()
            self.assertEqual(installed, (SOURCE / "completions" / source).read_bytes(), place)

    def test_public_headers_are_there_and_internal_ones_are_not(self):
        installed = self.installed_headers()
        for folder in ("reactor", "protocols", "clients"):
            for header in public_headers(folder):
                self.assertIn(f"twx/{header}", installed)
        for header in ("loop.h", "epoll_reactor.h", "stream.h", "tls_context.h"):
            self.assertNotIn(f"twx/reactor/{header}", installed)


class FoundByCMake(InstalledCase):
    def test_consumers_are_built_and_run(self):
        build = self.scratch / "build"
        cmake = os.environ["CMAKE"]
        run(
            cmake, "-S", CONSUMER, "-B", build, "-G", os.environ["GENERATOR"],
            f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={os.environ['CXX']}",
            f"-DCMAKE_CXX_FLAGS={os.environ.get('CXXFLAGS', '')}",
        )  # fmt: skip
        run(cmake, "--build", build)
        self.assertEqual(run(build / "echo"), "hello")
        self.assertEqual(run(build / "doubles"), "hello")
        self.assertEqual(run(build / "lines").splitlines(), ["hello!"])
        self.assertEqual(run(build / "page").splitlines(), ["Connection refused"])


class FoundByPkgConfig(InstalledCase):
    def pkg_config(self, *arguments):
        path = next(self.prefix.rglob("twx.pc")).parent
        return run(
            "pkg-config", *arguments, "twx", env={**os.environ, "PKG_CONFIG_PATH": str(path)}
        ).split()

    def test_a_consumer_is_built_and_runs(self):
        echo = self.scratch / "echo"
        flags = self.pkg_config("--static", "--cflags", "--libs")
        run(*CXX, "-std=c++20", CONSUMER / "echo.cc", *flags, "-o", echo)
        self.assertEqual(run(echo), "hello")

    def test_it_names_the_version(self):
        self.assertEqual(self.pkg_config("--modversion"), [os.environ["TWX_VERSION"]])


class Headers(InstalledCase):
    def compile(self, header):
        """What `header` includes, directly or not, when it is a file's only include."""
        name = self.scratch / header.replace("/", "_").replace(".h", ".cc")
        name.write_text(f'#include <{header}>\n#include "{header.removeprefix("twx/")}"\n')
        run(
            *CXX, "-std=gnu++20", *STRICT, "-fsyntax-only", "-I", self.include, "-I", self.include / "twx",
            "-MD", "-MF", name.with_suffix(".d"), name,
        )  # fmt: skip
        return name.with_suffix(".d").read_text()

    def test_each_compiles_alone_and_drags_in_no_other_library(self):
        headers = self.installed_headers()
        self.assertGreater(len(headers), 20)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for header, included in zip(headers, pool.map(self.compile, headers)):
                self.assertIn(str(self.include / header), included)
                if header != "twx/reactor/asio.h":
                    self.assertEqual(list(filter(STRANGERS.search, included.split())), [], header)


if __name__ == "__main__":
    unittest.main()
