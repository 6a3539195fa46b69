#include "clients/fetch_write_out.h"

#include <unistd.h>

#include <cstdio>

#include "clients/fetch_variables.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using namespace std::chrono_literals;

HttpHead head(int status, HttpFields fields) {
  HttpHead head;
  head.status = status;
  head.fields = std::move(fields);
  return head;
}

// As curl 7.88 saw it: a POST, redirected once.
FetchResult example() {
  FetchResult result;
  result.url = "http://127.0.0.1:42071/r";
  result.steps = {{"http://127.0.0.1:42071/r", "POST", head(302, {{"Location", "/"}})},
                  {"http://127.0.0.1:42071/", "GET",
                   head(200,
                        {{"Content-Type", "text/plain; x=\"q\""}, {"X-A", "1"}, {"x-a", "two"}})}};
  result.body_size = 7;
  result.wire_size = 5;
  result.head_size = 196;
  result.request_size = 231;
  result.upload_size = 3;
  result.connects = 1;
  result.timings = {53us, 201us, 0us, 337us, 6634us, 10169us, 10329us};
  result.peer = Address::ip("127.0.0.1", 42071);
  result.host = Address::ip("127.0.0.1", 45018);
  result.file = "/dev/null";
  return result;
}

FetchResult failed() {
  FetchResult result;
  result.url = "http://127.0.0.1:1/";
  result.failure = Failure(std::make_error_code(std::errc::connection_refused), "127.0.0.1:1");
  result.timings.total = 1s;
  return result;
}

std::string out(std::string_view format, FetchResult const& result = example()) {
  std::string text;
  for (auto const& piece : write_out(format, result).pieces)
    text += piece.to_error ? "<" + piece.text + ">" : piece.text;
  return text;
}

}  // namespace

TEST_CASE("what is no variable stands for itself, as in curl", "[fetch]") {
  CHECK(out("a%%b%c%{http_code\\n%{") == "a%b%c%{http_code\n%{");
  CHECK(out("a\\n\\r\\t\\q\\\\n\\\\%%{http_code}%") == "a\n\r\t\\q\\\\n\\\\%{http_code}%");
  CHECK(out("%header{x-a") == "%header{x-a");
  CHECK(out("%header{}|%headerx{a}|%hea|") == "|%headerx{a}|%hea|");
  CHECK(out("\\") == "\\");
  CHECK(out("").empty());
}

TEST_CASE("an unknown variable shows nothing and is told of", "[fetch]") {
  auto const written = write_out("a%{foo}b%{header{x-a}}", example());
  REQUIRE(written.pieces.size() == 1);
  CHECK(written.pieces[0].text == "ab}");
  CHECK(written.unknown == std::vector<std::string>{"foo", "header{x-a"});
}

TEST_CASE("each variable is written as curl writes it", "[fetch]") {
  std::vector<std::pair<std::string, std::string>> const variables{
      {"certs", ""},
      {"content_type", "text/plain; x=\"q\""},
      {"errormsg", ""},
      {"exitcode", "0"},
      {"filename_effective", "/dev/null"},
      {"ftp_entry_path", ""},
      {"http_code", "200"},
      {"HTTP_Code", "200"},
      {"http_connect", "000"},
      {"http_version", "1.1"},
      {"local_ip", "127.0.0.1"},
      {"local_port", "45018"},
      {"method", "GET"},
      {"num_certs", "0"},
      {"num_connects", "1"},
      {"num_headers", "3"},
      {"num_redirects", "1"},
      {"num_retries", "0"},
      {"proxy_ssl_verify_result", "0"},
      {"redirect_url", ""},
      {"referer", ""},
      {"remote_ip", "127.0.0.1"},
      {"remote_port", "42071"},
      {"response_code", "200"},
      {"scheme", "HTTP"},
      {"size_download", "5"},
      {"size_header", "196"},
      {"size_request", "231"},
      {"size_upload", "3"},
      {"speed_download", "484"},
      {"speed_upload", "290"},
      {"ssl_verify_result", "0"},
      {"time_appconnect", "0.000000"},
      {"time_connect", "0.000201"},
      {"time_namelookup", "0.000053"},
      {"time_pretransfer", "0.000337"},
      {"time_redirect", "0.006634"},
      {"time_starttransfer", "0.010169"},
      {"time_total", "0.010329"},
      {"url", "http://127.0.0.1:42071/r"},
      {"url_effective", "http://127.0.0.1:42071/"},
      {"urlnum", "0"},
  };
  for (auto const& [name, text] : variables) {
    CAPTURE(name);
    CHECK(out("%{" + name + "}") == text);
  }
}

TEST_CASE("what did not happen is empty or zero", "[fetch]") {
  auto const result = failed();
  CHECK(out("%{http_code}|%{response_code}|%{http_version}|%{scheme}|%{remote_ip}|%{remote_port}|"
            "%{content_type}|%{num_headers}|%{num_redirects}|%{speed_download}",
            result) == "000|000|0|||0||0|0|0");
  CHECK(out("%{exitcode} %{errormsg}", result) == "7 127.0.0.1:1: Connection refused");
  CHECK(out("%{url_effective}", result) == "http://127.0.0.1:1/");
  CHECK(out("%{num_headers}%header{x}", FetchResult{}) == "0");
}

TEST_CASE("an answer of HTTP/1.0 has the version 1, as in curl", "[fetch]") {
  auto result = example();
  result.steps.back().head.version = 10;
  CHECK(out("%{http_version}", result) == "1");
}

TEST_CASE("a certificate that is not trusted shows as a result of its verification", "[fetch]") {
  auto result = failed();
  result.failure = Failure(Error::certificate_not_trusted);
  CHECK(out("%{ssl_verify_result} %{exitcode}", result) == "1 60");
}

TEST_CASE("a unix socket has no address and no port", "[fetch]") {
  auto result = example();
  result.peer = Address::unix("/tmp/socket");
  CHECK(out("[%{remote_ip}] %{remote_port} %{scheme}", result) == "[] 0 HTTP");
}

TEST_CASE("a field is the first of its name in the last head", "[fetch]") {
  CHECK(out("[%header{x-A}][%header{nope}][%header{Location}]") == "[1][][]");
}

TEST_CASE("text goes to standard error and back", "[fetch]") {
  auto const written = write_out("A%{stderr}B%{STDERR}C%{stdout}%{stdout}D%{stderr}", example());
  REQUIRE(written.pieces.size() == 3);
  CHECK(out("A%{stderr}B%{STDERR}C%{stdout}%{stdout}D%{stderr}") == "A<BC>D");
}

TEST_CASE("after onerror there is more only for a transfer that failed", "[fetch]") {
  CHECK(out("A%{onerror}D%{exitcode}") == "A");
  CHECK(out("A%{onerror}D%{exitcode}", failed()) == "AD7");
  auto gone = failed();
  gone.failure = Failure(Error::reader_gone);
  CHECK(out("A%{onerror}D", gone) == "A");
}

TEST_CASE("json has curl's keys in curl's order", "[fetch]") {
  auto const json = out("%{json}");
  std::string const expected =
      R"({"certs":"","content_type":"text/plain; x=\"q\"","errormsg":null,"exitcode":0,)"
      R"("filename_effective":"/dev/null","ftp_entry_path":null,"http_code":200,"http_connect":0,)"
      R"("http_version":"1.1","local_ip":"127.0.0.1","local_port":45018,"method":"GET",)"
      R"("num_certs":0,"num_connects":1,"num_headers":3,"num_redirects":1,)"
      R"("proxy_ssl_verify_result":0,"redirect_url":null,"referer":null,"remote_ip":"127.0.0.1",)"
      R"("remote_port":42071,"response_code":200,"scheme":"HTTP","size_download":5,)"
      R"("size_header":196,"size_request":231,"size_upload":3,"speed_download":484,)"
      R"("speed_upload":290,"ssl_verify_result":0,"time_appconnect":0.000000,)"
      R"("time_connect":0.000201,"time_namelookup":0.000053,"time_pretransfer":0.000337,)"
      R"("time_redirect":0.006634,"time_starttransfer":0.010169,"time_total":0.010329,)"
      R"("url":"http://127.0.0.1:42071/r","url_effective":"http://127.0.0.1:42071/","urlnum":0,)"
      R"("curl_version":"twx/)";
  CHECK(json.substr(0, expected.size()) == expected);
  CHECK(json.ends_with("\"}"));
  auto const none = out("%{json}", failed());
  CHECK(none.find(R"("http_code":0,)") != none.npos);
  CHECK(none.find(R"("http_version":"0","local_ip":"","local_port":0,)") != none.npos);
  CHECK(none.find(R"("scheme":null,)") != none.npos);
}

TEST_CASE("the fields as JSON stand together by name", "[fetch]") {
  auto result = example();
  result.steps.back().head.fields.push_back({"Empty", ""});
  result.steps.back().head.fields.push_back({"Odd", "\"\xff\x01"});
  CHECK(out("%{header_json}", result) ==
        "{\n\"content-type\":[\"text/plain; x=\\\"q\\\"\"],\n\"x-a\":[\"1\",\"two\"],\n"
        "\"empty\":[\"\"],\n\"odd\":[\"\\\"\xef\xbf\xbd\\u0001\"]\n}");
  CHECK(out("%{header_json}", failed()) == "{\n}");
}

TEST_CASE("seconds have six decimals, however long it took", "[fetch]") {
  CHECK(seconds_text(0ns) == "0.000000");
  CHECK(seconds_text(999ns) == "0.000000");
  CHECK(seconds_text(1us) == "0.000001");
  CHECK(seconds_text(100h + 1500ms) == "360001.500000");
}

TEST_CASE("the format can be in a file, whose line ends do not count", "[fetch]") {
  std::string const path = "/tmp/twx_write_out_" + std::to_string(::getpid());
  auto* const file = std::fopen(path.c_str(), "w");
  std::fputs("a\r\nb\n%{http_code}\\n\n", file);
  std::fclose(file);
  CHECK(write_out_format("@" + path).value() == "ab%{http_code}\\n");
  std::remove(path.c_str());
  CHECK(write_out_format("plain\n").value() == "plain\n");
  auto const missing = write_out_format("@" + path);
  REQUIRE_FALSE(missing);
  CHECK(missing.failure().is(Error::cannot_read));
  CHECK(missing.failure().message() == path + ": No such file or directory");
  CHECK_FALSE(write_out_format("@/"));
}
