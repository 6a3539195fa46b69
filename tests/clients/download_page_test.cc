#include "clients/download_page.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/clients/site.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Fixture {
  Result<Page> download(std::string const& target, DownloadOptions options = {}) {
    return await(*reactor, download_page(*reactor, site.url(target), path, std::move(options)));
  }
  std::string content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(std::string const& text) const { std::ofstream(path, std::ios::binary) << text; }
  // Names in the directory.
  std::string names() const {
    std::string all;
    for (auto const& entry : std::filesystem::directory_iterator(directory.path("")))
      all += entry.path().filename().string() + ' ';
    return all;
  }

  std::unique_ptr<Reactor> reactor = make_reactor();
  Site site{*reactor};
  ScratchDirectory directory;
  std::string path = directory.path("page");
};

TEST_CASE("A page goes to a file", "[http][download][rule168]") {
  Fixture f;
  f.site.answers["/"] = answer(pattern(3000000), "X: y\r\n");
  auto const page = f.download("/").value();
  CHECK(page.status == 200);
  CHECK(page.fields.value("X") == "y");
  CHECK(page.body.empty());
  CHECK(page.url == f.site.url("/"));
  CHECK(page.timings.total >= page.timings.first_byte);
  CHECK(difference(f.content(), pattern(3000000)) == "equal");
  CHECK(f.names() == "page ");
}

TEST_CASE("A file is replaced when the new one is whole", "[http][download][rule168]") {
  Fixture f;
  f.put("before");
  chmod(f.path.c_str(), 0640);
  f.site.on_request = [&](Transport& transport, std::string const&) {
    transport.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  };
  auto waiting = download_page(*f.reactor, f.site.url(), f.path);
  REQUIRE(run_until(*f.reactor, [&] { return f.names().find(".part") != std::string::npos; }));
  CHECK(f.content() == "before");
  waiting.cancel();
  std::move(waiting)
      .add_errback([](Failure const& failure) -> Result<Page> {
        CHECK(failure.is(Error::cancelled));
        return Page();
      })
      .release();
  CHECK(f.names() == "page ");
  CHECK(run_until(*f.reactor, [&] { return f.site.open == 0; }));
  f.site.on_request = {};
  f.site.answers["/"] = answer("after");
  CHECK(f.download("/"));
  CHECK(f.content() == "after");
  struct stat found{};
  stat(f.path.c_str(), &found);
  CHECK((found.st_mode & 0777) == 0640);
}

TEST_CASE("A download that fails leaves no file", "[http][download][rule168]") {
  Fixture f;
  f.site.answers["/cut"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
  f.site.answers["/missing"] = answer("sad", "", "404 Not Found");
  f.site.answers["/large"] = answer(std::string(1001, 'x'));
  auto const expected = [&](std::string const& names) {
    CHECK(f.download("/cut").failure().code() == HttpError::truncated);
    auto const missing = f.download("/missing").failure();
    CHECK(missing.code() == HttpError::status);
    CHECK(missing.message() == "the server answered 404 Not Found");
    CHECK(f.download("/large", {.page = {.most = 1000}}).failure().code() ==
          HttpError::body_too_large);
    CHECK(f.names() == names);
  };
  expected("");
  f.put("before");
  expected("page ");
  CHECK(f.content() == "before");
}

TEST_CASE("What is no plain file is written to as it is", "[http][download]") {
  Fixture f;
  auto const other = f.directory.path("other");
  std::ofstream(other) << "before";
  std::filesystem::create_symlink(other, f.path);
  f.site.answers["/"] = answer("after");
  CHECK(f.download("/"));
  CHECK(std::filesystem::is_symlink(f.path));
  CHECK(f.content() == "after");
  f.path = "/dev/null";
  CHECK(f.download("/"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
  f.path = "/dev/full";
  CHECK(f.download("/").failure().code() == Error::cannot_write);
  f.path = f.directory.path("no/such");
  CHECK(f.download("/").failure().message() == f.path + ": No such file or directory");
}

TEST_CASE("A partial download goes on where it stopped", "[http][download][rule168]") {
  Fixture f;
  DownloadOptions const partial{.partial = true};
  f.site.answers["/cut"] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
  CHECK(f.download("/cut", partial).failure().code() == HttpError::truncated);
  CHECK(f.content() == "hello");
  CHECK(f.site.field(0, "Range").empty());
  f.site.answers["/rest"] =
      answer(" you!", "Content-Range: bytes 5-9/10\r\n", "206 Partial Content");
  CHECK(f.download("/rest", partial).value().status == 206);
  CHECK(f.site.field(1, "Range") == "bytes=5-");
  CHECK(f.content() == "hello you!");
  f.site.answers["/done"] = answer("", "Content-Range: bytes */10\r\n", "416 No Range");
  CHECK(f.download("/done", partial).value().status == 416);
  CHECK(f.content() == "hello you!");
}

TEST_CASE("Another part than was asked for is refused", "[http][download][rule168]") {
  Fixture f;
  DownloadOptions const partial{.partial = true};
  f.put("hello");
  f.site.answers["/other"] =
      answer("lo you!", "Content-Range: bytes 3-9/10\r\n", "206 Partial Content");
  f.site.answers["/untold"] = answer("lo you!", "", "206 Partial Content");
  f.site.answers["/shorter"] = answer("", "Content-Range: bytes */3\r\n", "416 No Range");
  f.site.answers["/all"] = answer("anew");
  CHECK(f.download("/other", partial).failure().code() == HttpError::malformed);
  CHECK(f.download("/untold", partial).failure().code() == HttpError::malformed);
  CHECK(f.download("/shorter", partial).failure().code() == HttpError::status);
  CHECK(f.content() == "hello");
  CHECK(f.download("/all", partial));
  CHECK(f.content() == "anew");
  CHECK(f.download("/other").failure().code() == HttpError::malformed);
}

}  // namespace
