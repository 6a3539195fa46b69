"""twx fetch: where bodies go, which files are spared, and how a file is completed."""

import hashlib
import os

from harness import KIB, MIB, random_bytes, read_descriptor
from fetching import FetchCase, answer

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


class FilesCase(FetchCase):
    def fetch(self, *args, **options):
        """In the test's own directory."""
        return super().fetch(*args, cwd=options.pop("cwd", self.folder), **options)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def files(self):
        return sorted(os.listdir(self.folder))


class Names(FilesCase):
    def test_one_for_each_url(self):
        """In their order; what has none goes to standard output."""
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b"), "/c": answer(b"c")})
        result = self.fetch("-o", "1", site.url("/a"), "-o", "2", *map(site.url, ("/b", "/c")))
        self.assertQuiet(result, b"c")
        self.assertEqual((self.content("1"), self.content("2")), (b"a", b"b"))
        self.assertEqual(self.fetch("-o", "1", "-o", "2", site.url("/a")).status, 2)

    def test_of_the_url(self):
        """-O takes what follows the last slash, as it stands; the query is no part of it."""
        site = self.site({"/x/a%20b?c/d": answer(b"a"), "/.b": answer(b"b")})
        self.assertQuiet(self.fetch("-O", site.url("/x/a%20b?c/d"), "-O", site.url("/.b")), b"")
        self.assertEqual(self.files(), [".b", "a%20b"])

    def test_a_url_without_one(self):
        site = self.site({"/": answer(b"a")})
        for url in (site.url("/"), site.url("/?/x")):
            self.assertFails(self.fetch("-O", url), 23, "fetch .*: the URL ends without .*")
        self.assertEqual((site.requests, self.files()), ([], []))

    def test_for_all_urls(self):
        site = self.site({"/a": answer(b"a"), "/b": answer(b"b"), "/c": answer(b"c")})
        urls = map(site.url, ("/a", "/b", "/c"))
        self.assertQuiet(self.fetch("--remote-name-all", "-o", "x", *urls), b"")
        self.assertEqual(self.files(), ["b", "c", "x"])

    def test_in_a_directory(self):
        """Which must be there, or be made."""
        site = self.site({"/a": answer(b"a")})
        options = ("--output-dir", "new/er", "-O", site.url("/a"))
        self.assertFails(self.fetch(*options), 23, "fetch .*: new/er/a: No such file or directory")
        self.assertQuiet(self.fetch("--create-dirs", *options), b"")
        self.assertEqual(self.content("new/er/a"), b"a")
        self.assertQuiet(self.fetch("--create-dirs", "-o", "p/q/r", site.url("/a")), b"")
        self.assertEqual(self.content("p/q/r"), b"a")

    def test_of_the_server(self):
        """CVE-2010-3842, CVE-2016-0754: what it calls a path is only ever a name here."""
        for disposition, name in (
            ('attachment; filename="right"', "right"),
            ('attachment; filename="../../evil"', "evil"),
            ('attachment; filename="/etc/evil"', "evil"),
            ('attachment; filename="..\\\\..\\\\evil"', "evil"),
            ("attachment; filename*=UTF-8''n%2fa%6de", "ame"),
            ('attachment; filename=".."', "url"),
            ('attachment; filename="."', "url"),
            ('attachment; filename=""', "url"),
            ("attachment", "url"),
        ):
            with self.subTest(disposition):
                field = f"Content-Disposition: {disposition}"
                site = self.site({"/url": answer(b"a", "200 OK", field)})
                self.assertQuiet(self.fetch("-OJ", site.url("/url")), b"")
                made = self.files()
                for file in made:
                    os.remove(self.path(file))
                self.assertEqual(made, [name])
        self.assertFalse(os.path.exists(os.path.join(os.path.dirname(self.folder), "evil")))

    def test_of_the_server_and_hidden(self):
        """A name with a dot in front would be read by the next shell: the URL's is taken."""
        field = 'Content-Disposition: attachment; filename=".bashrc"'
        site = self.site({"/url": answer(b"a", "200 OK", field)})
        self.assertQuiet(self.fetch("-OJ", site.url("/url")), b"")
        self.assertNotIn(".bashrc", self.files())

    def test_of_the_server_never_over_a_file(self):
        """CVE-2020-8177; a link that leads nowhere is one too."""
        field = "Content-Disposition: attachment; filename=there"
        site = self.site({"/url": answer(b"new", "200 OK", field)})
        self.file("there", b"old")
        for _ in range(2):
            result = self.fetch("-OJ", site.url("/url"))
            self.assertFails(result, 23, "fetch .*: there: File exists")
            result = self.fetch("-OJ", "--remove-on-error", site.url("/url"))
            self.assertEqual(result.status, 23)
            self.assertTrue(os.path.lexists(self.path("there")))
            os.remove(self.path("there"))
            os.symlink("nowhere", self.path("there"))
        self.assertEqual(self.files(), ["there"])
        self.assertQuiet(self.fetch("-OJ", "--no-clobber", site.url("/url")), b"")
        self.assertEqual(self.content("there.1"), b"new")

    def test_of_the_server_alone(self):
        """CVE-2020-8177: with -i the head would come first, with -C something is there."""
        site = self.site({"/url": answer(b"a")})
        for option in (("-i",), ("-C", "-")):
            self.assertEqual(self.fetch("-OJ", *option, site.url("/url")).status, 2)
        self.assertEqual(site.requests, [])


class Sparing(FilesCase):
    def test_numbers_are_added(self):
        site = self.site({"/a": answer(b"new")})
        self.file("a", b"old")
        for name in ("a.1", "a.2"):
            self.assertQuiet(self.fetch("--no-clobber", "-O", site.url("/a")), b"")
            self.assertEqual(self.content(name), b"new")
        self.assertEqual(self.content("a"), b"old")
        self.assertQuiet(self.fetch("-O", site.url("/a")), b"")
        self.assertEqual(self.content("a"), b"new")
        self.assertEqual(self.fetch("--no-clobber", "-C", "-", "-O", site.url("/a")).status, 2)

    def test_what_is_there_is_not_fetched(self):
        site = self.site({"/a": answer(b"new"), "/b": answer(b"b")})
        self.file("a", b"old")
        result = self.fetch("--skip-existing", "--remote-name-all", site.url("/a"), site.url("/b"))
        self.assertQuiet(result, b"")
        self.assertEqual((self.content("a"), self.content("b")), (b"old", b"b"))
        self.assertEqual(len(site.requests), 1)

    def test_nothing_is_left_of_a_failure(self):
        """CVE-2022-27778: only what this run has made is removed."""
        site = self.site({"/a": answer(b"new", "200 OK", "Content-Length: 9")})
        self.assertEqual(self.fetch("-O", site.url("/a")).status, 18)
        self.assertEqual(self.content("a"), b"new")
        self.assertEqual(self.fetch("--remove-on-error", "-O", site.url("/a")).status, 18)
        self.assertEqual(self.files(), ["a"])
        os.remove(self.path("a"))
        self.assertEqual(self.fetch("--remove-on-error", "-O", site.url("/a")).status, 18)
        self.assertEqual(self.files(), [])

    def test_a_failure_before_the_body_touches_nothing(self):
        site = self.site({"/a": b"", "/b": answer(b"no", "404 Not Found")})
        for name in ("a", "b"):
            self.file(name, b"old")
            self.assertNotEqual(self.fetch("-f", "-O", site.url("/" + name)).status, 0)
            self.assertEqual(self.content(name), b"old")

    def test_an_empty_body_makes_an_empty_file(self):
        site = self.site({"/a": answer(), "/b": b"HTTP/1.1 204 None\r\n\r\n"})
        self.file("b", b"old")
        self.assertQuiet(self.fetch("--remote-name-all", site.url("/a"), site.url("/b")), b"")
        self.assertEqual((self.content("a"), self.content("b")), (b"", b""))

    def test_no_larger_than_allowed(self):
        """Told or not."""
        chunked = answer(b"5\r\nhello\r\n0\r\n\r\n", "200 OK", "Transfer-Encoding: chunked")
        site = self.site({"/a": answer(b"hello"), "/b": chunked})
        for target in ("/a", "/b"):
            self.assertQuiet(self.fetch("--max-filesize", "5", site.url(target)), b"hello")
            self.assertEqual(self.fetch("--max-filesize", "4", site.url(target)).status, 63)


class Times(FilesCase):
    def test_of_the_server(self):
        dated = answer(b"a", "200 OK", f"Last-Modified: {DATE}")
        site = self.site({"/a": dated, "/b": answer(b"b")})
        self.assertQuiet(self.fetch("-R", "--remote-name-all", site.url("/a"), site.url("/b")), b"")
        self.assertEqual(os.stat(self.path("a")).st_mtime, 784111777)
        self.assertNotEqual(os.stat(self.path("b")).st_mtime, 784111777)

    def test_only_if_changed(self):
        """Since a date, or since a file was; a 304 touches nothing."""
        site = self.site({"/a": b"HTTP/1.1 304 Not Modified\r\n\r\n"})
        self.file("a", b"old")
        os.utime(self.path("a"), (784111777, 784111777))
        for value, field in (
            (DATE, "If-Modified-Since"),
            ("a", "If-Modified-Since"),
            ("-" + DATE, "If-Unmodified-Since"),
        ):
            with self.subTest(value):
                self.assertQuiet(self.fetch("-z", value, "-o", "a", site.url("/a")), b"")
                self.assertEqual(site.fields()[field], DATE)
                self.assertEqual(self.content("a"), b"old")
        self.assertQuiet(self.fetch("-z", "a", "-o", "b", site.url("/a")), b"")
        self.assertEqual(self.files(), ["a"])

    def test_neither_a_date_nor_a_file(self):
        """Told in one line, once, and there is no condition; of two the last counts."""
        site = self.site({"/a": answer(b"a")})
        said = "fetch: --time-cond: '.*nonsense' is neither a date nor a file; there is no condition"
        for args in (("-z", "nonsense"), ("-z", "-nonsense"), ("-z", DATE, "-z", "nonsense")):
            with self.subTest(args):
                result = self.fetch(*args, site.url("/a"), site.url("/a"))
                self.assertFails(result, 0, said)
                self.assertEqual(result.out, b"aa")
                self.assertNotIn("If-Modified-Since", site.fields())
                self.assertNotIn("If-Unmodified-Since", site.fields())
        self.assertQuiet(self.fetch("-s", "-z", "nonsense", site.url("/a")), b"a")
        self.assertQuiet(self.fetch("-z", "nonsense", "-z", DATE, site.url("/a")), b"a")
        self.assertEqual(site.fields()["If-Modified-Since"], DATE)

    def test_of_an_etag(self):
        """Kept after a first fetch, compared before a second."""
        site = self.site({"/a": answer(b"one", "200 OK", 'ETag: "x1"')})
        both = ("--etag-compare", "tag", "--etag-save", "tag", "-o", "a")
        self.assertQuiet(self.fetch(*both, site.url("/a")), b"")
        self.assertEqual(site.fields()["If-None-Match"], '""')
        self.assertEqual((self.content("a"), self.content("tag")), (b"one", b'"x1"\n'))
        site.pages["/a"] = b'HTTP/1.1 304 Not Modified\r\n\r\n'
        self.assertQuiet(self.fetch(*both, site.url("/a")), b"")
        self.assertEqual(site.fields()["If-None-Match"], '"x1"')
        self.assertEqual((self.content("a"), self.content("tag")), (b"one", b'"x1"\n'))
        self.assertEqual(self.fetch("--etag-compare", "none", site.url("/a")).status, 26)


class GoingOn(FilesCase):
    def part(self, text, where):
        return answer(text, "206 Partial Content", f"Content-Range: bytes {where}")

    def test_where_a_file_ends(self):
        site = self.site({"/a": self.part(b" world", "5-10/11")})
        self.file("a", b"hello")
        self.assertQuiet(self.fetch("-C", "-", "-O", site.url("/a")), b"")
        self.assertEqual(site.fields()["Range"], "bytes=5-")
        self.assertEqual(self.content("a"), b"hello world")

    def test_without_a_file(self):
        site = self.site({"/a": answer(b"hello")})
        self.assertQuiet(self.fetch("-C", "-", "-O", site.url("/a")), b"")
        self.assertNotIn("Range", site.fields())
        self.assertEqual(self.content("a"), b"hello")

    def test_at_an_offset(self):
        site = self.site({"/a": self.part(b" world", "5-10/11")})
        self.file("a", b"hello")
        self.assertQuiet(self.fetch("-C", "5", "-o", "a", site.url("/a")), b"")
        self.assertEqual(self.content("a"), b"hello world")
        self.assertQuiet(self.fetch("-C", "5", site.url("/a")), b" world")
        self.assertEqual(site.fields()["Range"], "bytes=5-")
        self.assertEqual(self.fetch("-C", "x", site.url("/a")).status, 2)
        site.pages["/a"] = answer(b"hello world")
        self.assertEqual(self.fetch("-C", "5", site.url("/a")).status, 33)
        self.assertEqual(self.fetch("-I", "-C", "5", site.url("/a")).status, 0)

    def test_a_part(self):
        site = self.site({"/a": self.part(b"ell", "1-3/5")})
        self.assertQuiet(self.fetch("-r", "1-3", site.url("/a")), b"ell")
        self.assertEqual(site.fields()["Range"], "bytes=1-3")

    def test_a_finished_file(self):
        for name, page in (
            ("/a", answer(b"no", "416 Range Not Satisfiable", "Content-Range: bytes */5")),
            ("/b", answer(b"HELLO")),
        ):
            with self.subTest(name):
                site = self.site({name: page})
                self.file(name[1:], b"hello")
                self.assertQuiet(self.fetch("-f", "-C", "-", "-O", site.url(name)), b"")
                self.assertEqual(self.content(name[1:]), b"hello")

    def test_other_answers_leave_the_file_alone(self):
        """Only a 206 that begins where the file ends is appended."""
        pages = {
            "whole": answer(b"hello world"),
            "elsewhere": self.part(b"world", "6-10/11"),
            "nowhere": answer(b" world", "206 Partial Content"),
            "longer": answer(b"", "416 Range Not Satisfiable", "Content-Range: bytes */4"),
            "missing": answer(b"Not found", "404 Not Found"),
            "broken": answer(b"Oh", "500 Error"),
        }
        site = self.site({"/" + name: page for name, page in pages.items()})
        for name in pages:
            with self.subTest(name):
                self.file(name, b"hello")
                self.assertEqual(self.fetch("-C", "-", "-O", site.url("/" + name)).status, 33)
                self.assertEqual(self.content(name), b"hello")
        self.assertEqual(self.fetch("-f", "-C", "-", "-O", site.url("/missing")).status, 22)


class Checksums(FilesCase):
    def test_right_and_wrong(self):
        data = random_bytes(300 * KIB)
        site = self.site({"/a": answer(data)})
        for name in ("sha256", "md5"):
            right = f"{name}:{hashlib.new(name, data).hexdigest()}"
            self.assertQuiet(self.fetch("--checksum", right, "-O", site.url("/a")), b"")
            self.assertSame(self.content("a"), data)
        wrong = "sha256:" + "0" * 64
        self.assertEqual(self.fetch("--checksum", wrong, "-O", site.url("/a")).status, 1)
        os.remove(self.path("a"))
        options = ("--checksum", wrong, "--remove-on-error", "-O")
        self.assertEqual(self.fetch(*options, site.url("/a")).status, 1)
        self.assertEqual(self.files(), [])

    def test_what_is_none_is_refused_before_anything_is_sent(self):
        site = self.site({"/a": answer()})
        for text in ("sha256", "sha256:12", "crc:00", "sha256:" + "g" * 64, ""):
            with self.subTest(text):
                self.assertEqual(self.fetch("--checksum", text, site.url("/a")).status, 2)
        self.assertEqual(site.requests, [])

    def test_of_a_file_that_is_completed(self):
        """And of one that was complete."""
        done = answer(b"", "416 Range Not Satisfiable", "Content-Range: bytes */11")
        rest = answer(b" world", "206 Partial Content", "Content-Range: bytes 5-10/11")
        site = self.site({"/a": rest})
        right = "sha256:" + hashlib.sha256(b"hello world").hexdigest()
        wrong = "sha256:" + hashlib.sha256(b" world").hexdigest()
        for checksum, status in ((right, 0), (wrong, 1)):
            self.file("a", b"hello")
            for page in (rest, done):
                site.pages["/a"] = page
                result = self.fetch("--checksum", checksum, "-C", "-", "-O", site.url("/a"))
                self.assertEqual(result.status, status, result)
                self.assertEqual(self.content("a"), b"hello world")


class Devices(FilesCase):
    def test_a_pipe_with_a_name(self):
        """It may wait for its reader, and the other way round."""
        data = random_bytes(2 * MIB)
        site = self.site({"/a": answer(data), "/empty": answer()})
        os.mkfifo(self.path("pipe"))
        for target, wanted in (("/a", data), ("/empty", b"")):
            program = self.start("fetch", "-o", self.path("pipe"), site.url(target))
            with open(self.path("pipe"), "rb", buffering=0) as reader:
                self.assertSame(read_descriptor(reader.fileno()), wanted)
            self.assertEqual(program.wait(), 0)
        self.assertEqual(self.files(), ["pipe"])

    def test_a_full_disk(self):
        site = self.site({"/a": answer(random_bytes(MIB)), "/b": answer(b"a")})
        for target in ("/a", "/b"):
            result = self.fetch("-o", "/dev/full", site.url(target))
            self.assertFails(result, 23, "fetch .*: /dev/full: No space left on device")

    def test_standard_output_by_its_name(self):
        data = random_bytes(MIB)
        site = self.site({"/a": answer(data), "/b": answer(b"b")})
        self.assertQuiet(self.fetch("-o", "/dev/stdout", site.url("/a")), data)
        self.assertQuiet(self.fetch("-o", "-", site.url("/b")), b"b")
        self.assertQuiet(self.fetch("-o", "/dev/null", site.url("/a")), b"")
        with open(self.path("out"), "wb") as out:
            result = self.fetch("-o", "/dev/stdout", site.url("/b"), stdout=out)
        self.assertEqual((result.status, self.content("out")), (0, b"b"))
