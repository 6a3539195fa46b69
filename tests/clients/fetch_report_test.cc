#include "clients/fetch_report.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

FetchResult example() {
  FetchResult result;
  result.url = "https://user:p%40ss@example.org/a";
  result.number = 2;
  FetchStep first{"https://user:p%40ss@example.org/a", "POST", {}};
  first.head.status = 302;
  FetchStep last{"https://example.org/b", "GET", {}};
  last.head.status = 200;
  last.head.reason = "Fine";
  last.head.fields = {{"Content-Type", "text/plain"}, {"set-Cookie", "a=\"\xff\""}, {"X", ""}};
  result.steps = {first, last};
  result.body_size = 10;
  result.wire_size = 5;
  result.length = 5;
  result.head_size = 142;
  result.request_size = 79;
  result.upload_size = 3;
  result.timings.connected = 201us;
  result.timings.secured = 1500us;
  result.timings.total = 2s;
  result.tls = TlsInfo{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "http/1.1", "example.org", "ab", true};
  result.peer = Address::ip("::1", 443);
  result.host = Address::ip("::1", 50000);
  result.connects = 1;
  result.retries = 1;
  result.file = "out";
  return result;
}

bool has(std::string const& report, std::string const& part) {
  return report.find(part) != report.npos;
}

}  // namespace

TEST_CASE("a report is one line with all that is known", "[fetch]") {
  CHECK(fetch_report(example()) ==
        R"({"url":"https://example.org/a","number":2,"method":"GET",)"
        R"("final_url":"https://example.org/b","http_version":"1.1","status":200,"reason":"Fine",)"
        R"("headers":[["Content-Type","text/plain"],["set-Cookie","a=\")"
        "\xef\xbf\xbd"
        R"(\""],["X",""]],)"
        R"("chain":[{"url":"https://example.org/a","method":"POST","status":302},)"
        R"({"url":"https://example.org/b","method":"GET","status":200}],"redirect_url":null,)"
        R"("sizes":{"body":10,"wire":5,"length":5,"head":142,"request":79,"upload":3},)"
        R"("timings":{"name_look_up":null,"connected":0.000201,"secured":0.001500,)"
        R"("pre_transfer":null,"redirect":null,"start_transfer":null,"total":2.000000},)"
        R"("tls":{"version":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","alpn":"http/1.1",)"
        R"("server_name":"example.org","pin":"ab","resumed":true},)"
        R"("peer":"[::1]:443","local":"[::1]:50000","proxy_status":null,"connects":1,"retries":1,)"
        R"("file":"out","error":null})"
        "\n");
}

TEST_CASE("what did not happen is null in a report", "[fetch]") {
  FetchResult result;
  result.url = "http://x/";
  result.failure = Failure(std::make_error_code(std::errc::connection_refused), "x:80");
  CHECK(fetch_report(result) ==
        R"({"url":"http://x/","number":0,"method":null,"final_url":null,"http_version":null,)"
        R"("status":null,"reason":null,"headers":[],"chain":[],"redirect_url":null,)"
        R"("sizes":{"body":0,"wire":0,"length":null,"head":0,"request":0,"upload":0},)"
        R"("timings":{"name_look_up":null,"connected":null,"secured":null,"pre_transfer":null,)"
        R"("redirect":null,"start_transfer":null,"total":null},"tls":null,"peer":null,)"
        R"("local":null,"proxy_status":null,"connects":0,"retries":0,"file":null,)"
        R"("error":{"status":7,"text":"x:80: Connection refused"}})"
        "\n");
}

TEST_CASE("a reader that went away is no error of the report", "[fetch]") {
  FetchResult result;
  result.failure = Failure(Error::reader_gone);
  CHECK(has(fetch_report(result), R"("error":null)"));
}

TEST_CASE("line ends and quotes of a server do not leave their string", "[fetch]") {
  auto result = example();
  result.steps.back().head.reason = "a\"\n\r\\\t\x80";
  auto const report = fetch_report(result);
  CHECK(has(report, R"("reason":"a\"\u000a\u000d\\\u0009)"
                    "\xef\xbf\xbd\""));
  CHECK(report.find('\n') == report.size() - 1);
}

TEST_CASE("URLs are shown without login", "[fetch]") {
  CHECK(without_login("http://u:p@h/") == "http://h/");
  CHECK(without_login("u:p@h/a@b") == "h/a@b");
  CHECK(without_login("http://u@v:p@h:1?a@b") == "http://h:1?a@b");
  CHECK(without_login("http://h/a@b") == "http://h/a@b");
  CHECK(without_login("http://h#@") == "http://h#@");
  CHECK(without_login("").empty());
}
