#include "clients/get_page.h"

#include <algorithm>
#include <map>

#include "clients/response.h"
#include "tests/reactor/support/harness.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace twx::test;

struct Site {
  Site();
  std::string url(std::string const& target) const {
    return "http://127.0.0.1:" + std::to_string(port) + target;
  }
  void start(std::string const& where, PageOptions options = {}) {
    result.reset();
    requests.clear();
    waiting = get_page(*reactor, where, std::move(options)).add_both([this](Result<Page> page) {
      result.emplace(std::move(page));
    });
  }
  Result<Page> get(std::string const& where, PageOptions options = {}) {
    start(where, std::move(options));
    REQUIRE(run_until(*reactor, [this] { return result.has_value(); }));
    return std::move(*result);
  }

  std::unique_ptr<Reactor> reactor = make_reactor();
  std::map<std::string, std::string> answers;
  std::vector<std::string> requests;
  bool keep = false;
  std::uint16_t port = 0;
  std::optional<Result<Page>> result;
  Deferred<void> waiting = succeed();
};

// A server that knows nothing of HTTP: the target of a request names the text of its answer, which
// ends with the connection unless `keep` is set.
struct Scripted : Protocol {
  explicit Scripted(Site& owner) : site(owner) {}

  void data_received(Bytes data) override {
    received += text(data);
    if (received.find("\r\n\r\n") == received.npos) return;
    site.requests.push_back(received);
    auto const target = received.substr(received.find(' ') + 1);
    transport().write(site.answers.at(target.substr(0, target.find(' '))));
    if (!site.keep) transport().lose_connection();
  }
  void connection_lost(Failure const&) override { site.requests.push_back("lost"); }

  Site& site;
  std::string received;
};

Site::Site() {
  auto factory = make_factory([this] { return std::make_unique<Scripted>(*this); });
  port = reactor->listen_tcp(0, std::move(factory), {}, "127.0.0.1").value()->host().port();
}

std::string redirect(int status, std::string const& to) {
  return "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + to +
         "\r\nContent-Length: 0\r\n\r\n";
}

TEST_CASE("A page is its status, its fields and its body", "[http][page]") {
  Site f;
  f.answers["/x?y"] = "HTTP/1.1 200 Fine\r\nX-B: 1\r\nx-a: 2\r\nContent-Length: 5\r\n\r\nhello";
  auto const page = f.get(f.url("/x?y#z")).value();
  CHECK(page.status == 200);
  CHECK(page.reason == "Fine");
  CHECK(page.fields == HttpFields{{"X-B", "1"}, {"x-a", "2"}, {"Content-Length", "5"}});
  CHECK(page.body == "hello");
  CHECK(page.url == f.url("/x?y"));
  CHECK(page.redirects.empty());
  CHECK(f.requests.at(0) == "GET /x?y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(f.port) +
                                "\r\nUser-Agent: twx\r\nConnection: close\r\n\r\n");
  CHECK(page.timings.connected <= page.timings.first_byte);
  CHECK(page.timings.first_byte <= page.timings.total);
}

Deferred<std::string> two_pages(Site& f) {
  auto const usual = co_await get_page(*f.reactor, f.url("/"));
  PageOptions const options{.method = "PUT"};
  auto const named = co_await get_page(*f.reactor, f.url("/"), options);
  co_return usual.body + f.requests.at(2).substr(0, 3);
}

TEST_CASE("A coroutine may leave the options out, or name them", "[http][page]") {
  Site f;
  f.answers["/"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  std::string got;
  auto const done = two_pages(f).add_callback([&got](std::string text) { got = std::move(text); });
  CHECK(run_until(*f.reactor, [&got] { return !got.empty(); }));
  CHECK(got == "helloPUT");
}

TEST_CASE("Whatever the status, it is a page", "[http][page][rule164]") {
  Site f;
  f.answers["/missing"] = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nsad\n";
  f.answers["/empty"] = "HTTP/1.1 204 No Content\r\n\r\n";
  CHECK(f.get(f.url("/missing")).value().status == 404);
  CHECK(f.get(f.url("/missing")).value().body == "sad\n");
  CHECK(f.get(f.url("/empty")).value().status == 204);
  CHECK(f.get(f.url("/missing"), {.method = "HEAD"}).value().body.empty());
}

TEST_CASE("A body and fields of one's own", "[http][page]") {
  Site f;
  f.answers["/"] = "HTTP/1.1 204 No Content\r\n\r\n";
  PageOptions options{.method = "POST",
                      .fields = {{"user-agent", ""}, {"Host", "other"}, {"A", "b"}},
                      .body = "hello"};
  CHECK(f.get(f.url("/"), options));
  CHECK(f.requests.at(0) ==
        "POST / HTTP/1.1\r\nHost: other\r\nA: b\r\nContent-Length: 5\r\nConnection: "
        "close\r\n\r\nhello");
}

TEST_CASE("Redirects are followed, up to a limit", "[http][page][rule165]") {
  Site f;
  f.answers["/a"] = redirect(302, "/b");
  f.answers["/b"] = redirect(307, "c");
  f.answers["/c"] = "HTTP/1.1 200 OK\r\n\r\nthere";
  f.answers["/loop"] = redirect(301, "/loop");
  f.answers["/file"] = redirect(301, "file:///etc/passwd");
  auto const page = f.get(f.url("/a")).value();
  CHECK(page.body == "there");
  CHECK(page.url == f.url("/c"));
  CHECK(page.redirects == std::vector{f.url("/a"), f.url("/b")});
  CHECK(f.get(f.url("/a"), {.follow_redirects = false}).value().status == 302);
  CHECK(f.get(f.url("/loop")).failure().code() == HttpError::too_many_redirects);
  CHECK(std::ranges::count(f.requests, "lost") == 21);
  CHECK(f.get(f.url("/file")).failure().code() == HttpError::bad_url);
}

TEST_CASE("What goes wrong with a page is its failure", "[http][page][rule166]") {
  Site f;
  f.answers["/short"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
  f.answers["/nothing"] = "";
  f.answers["/large"] = "HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x');
  CHECK(f.get(f.url("/short")).failure().code() == HttpError::truncated);
  CHECK(f.get(f.url("/nothing")).failure().code() == HttpError::no_answer);
  CHECK(f.get(f.url("/large"), {.most = 1001}).value().body.size() == 1001);
  CHECK(f.get(f.url("/large"), {.most = 1000}).failure().code() == HttpError::body_too_large);
  CHECK(f.get("gopher://127.0.0.1/").failure().code() == HttpError::bad_url);
  CHECK(f.get("http://127.0.0.1:1/").failure().code() == std::errc::connection_refused);
}

TEST_CASE("A time-out covers the body, and closes the connection", "[http][page][rule166]") {
  Site f;
  f.keep = true;
  f.answers["/"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
  CHECK(f.get(f.url("/"), {.timeout = 50ms}).failure().is(Error::timed_out));
  CHECK(run_until(*f.reactor, [&] { return f.requests.back() == "lost"; }));
}

TEST_CASE("A page of a POST that is sent on", "[http][page][rule165]") {
  Site f;
  f.answers["/form"] = redirect(302, "/thanks");
  f.answers["/thanks"] = "HTTP/1.1 200 OK\r\n\r\nthanks";
  PageOptions options{.method = "POST", .body = "a=b"};
  CHECK(f.get(f.url("/form"), options).value().body == "thanks");
  CHECK(f.requests.at(2).starts_with("GET /thanks "));
  options.redirects.keep_post_302 = true;  // as Twisted's getPage had it
  CHECK(f.get(f.url("/form"), options));
  CHECK(f.requests.at(2).starts_with("POST /thanks "));
  CHECK(f.requests.at(2).ends_with("\r\n\r\na=b"));
}

TEST_CASE("Cookies of a redirect go back to their domain only", "[http][page][rule163]") {
  Site f;
  auto const here = "http://localhost:" + std::to_string(f.port);
  f.answers["/login"] = "HTTP/1.1 302 Moved\r\nSet-Cookie: a=b\r\nLocation: /home\r\n\r\n";
  f.answers["/home"] = redirect(302, here + "/away");
  f.answers["/away"] = "HTTP/1.1 200 OK\r\n\r\n";
  CHECK(f.get(f.url("/login")));
  REQUIRE(f.requests.size() == 6);
  CHECK(f.requests[0].find("Cookie") == std::string::npos);
  CHECK(f.requests[2].ends_with("\r\nCookie: a=b\r\n\r\n"));
  CHECK(f.requests[4].find("Cookie") == std::string::npos);
  CHECK(f.get(f.url("/away")));
  CHECK(f.requests[0].find("Cookie") == std::string::npos);  // a jar for each call
  auto const jar = std::make_shared<HttpCookieJar>();
  CHECK(f.get(f.url("/login"), {.cookies = jar}));
  CHECK(f.get(f.url("/away"), {.cookies = jar}));
  CHECK(f.requests[0].ends_with("\r\nCookie: a=b\r\n\r\n"));
}

TEST_CASE("A login in the URL is told by the Basic scheme", "[http][page]") {
  Site f;
  f.answers["/"] = "HTTP/1.1 200 OK\r\n\r\n";
  auto const page = f.get("http://us%65r:p%40ss@127.0.0.1:" + std::to_string(f.port) + "/");
  CHECK(page);
  CHECK(f.requests.at(0).find("\r\nAuthorization: Basic dXNlcjpwQHNz\r\n") != std::string::npos);
}

TEST_CASE("A body cut off is in the failure", "[http][page][rule166]") {
  Site f;
  f.answers["/short"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
  auto const partial = partial_download(f.get(f.url("/short")).failure());
  REQUIRE(partial);
  CHECK(partial->status == 200);
  CHECK(partial->body == "hello");
}

TEST_CASE("An endless body ends at the ceiling", "[http][page]") {
  Site f;
  f.keep = true;
  f.answers["/"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string const chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (int i = 0; i < 100; ++i) f.answers["/"] += chunk;
  CHECK(f.get(f.url("/"), {.most = 5000000}).failure().code() == HttpError::body_too_large);
  CHECK(f.requests.back() == "lost");
}

TEST_CASE("A silent server is given up", "[http][page][rule166]") {
  Site f;
  f.keep = true;
  f.answers["/"] = "";
  CHECK(f.get(f.url("/"), {.timeout = 20ms}).failure().is(Error::timed_out));
}

TEST_CASE("A body that is wanted elsewhere is not kept", "[http][page]") {
  struct Count final : BodyReceiver {
    void data_received(Bytes data) override { size += data.size(); }
    void connection_lost(Failure const& reason) override { end = reason.message(); }
    std::size_t size = 0;
    std::string end;
  };
  Site f;
  f.answers["/a"] = redirect(302, "/b") + "moved";
  f.answers["/b"] =
      "HTTP/1.1 404 Missing\r\nContent-Length: 3000000\r\n\r\n" + std::string(3000000, 'x');
  Count count;
  auto const get = [&](PageOptions options) {
    f.result.reset();
    f.waiting = get_page(*f.reactor, f.url("/a"), count, std::move(options))
                    .add_both([&f](Result<Page> page) { f.result.emplace(std::move(page)); });
    REQUIRE(run_until(*f.reactor, [&f] { return f.result.has_value(); }));
    return *f.result;
  };
  auto page = get({});
  CHECK(page->status == 404);
  CHECK(page->body.empty());
  CHECK(page->url == f.url("/b"));
  CHECK(count.size == 3000000);
  CHECK(count.end == "Response complete");
  CHECK(get({.most = 1000000}).failure().code() == HttpError::body_too_large);
}

TEST_CASE("Cancelling closes the connection", "[http][page]") {
  Site f;
  f.keep = true;
  f.answers["/"] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
  f.start(f.url("/"));
  REQUIRE(run_until(*f.reactor, [&] { return f.requests.size() == 1; }));
  f.waiting.cancel();
  REQUIRE(f.result);
  CHECK(f.result->failure().is(Error::cancelled));
  CHECK(run_until(*f.reactor, [&] { return f.requests.back() == "lost"; }));
}

}  // namespace
