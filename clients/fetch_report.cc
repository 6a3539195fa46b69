#include "clients/fetch_report.h"

#include <algorithm>

#include "cli/exit_status.h"
#include "clients/fetch_variables.h"
#include "protocols/json_string.h"

namespace twx {
namespace {

std::string string_or_null(std::string_view text) {
  return text.empty() ? "null" : json_string(text);
}

template <class T>
std::string number_or_null(std::optional<T> const& number) {
  return number ? std::to_string(*number) : "null";
}

std::string address_or_null(std::optional<Address> const& address) {
  return address ? json_string(address->to_string()) : "null";
}

std::string time_or_null(Duration time) {
  return time == Duration::zero() ? "null" : seconds_text(time);
}

std::string url_or_null(std::string_view url) { return string_or_null(without_login(url)); }

std::string status_or_null(int status) { return status == 0 ? "null" : std::to_string(status); }

// The members come in the order of the calls.
class Object {
 public:
  Object& add(std::string_view name, std::string_view json) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_.append(name).append("\":").append(json);
    return *this;
  }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

template <class Range, class ToJson>
std::string array(Range const& range, ToJson to_json) {
  std::string text = "[";
  for (auto const& element : range) {
    if (text.size() > 1) text += ',';
    text += to_json(element);
  }
  return text + "]";
}

std::string step(FetchStep const& step) {
  return Object()
      .add("url", url_or_null(step.url))
      .add("method", json_string(step.method))
      .add("status", status_or_null(step.head.status))
      .text();
}

std::string field(HttpField const& field) {
  return "[" + json_string(field.name) + "," + json_string(field.value) + "]";
}

std::string sizes(FetchResult const& result) {
  return Object()
      .add("body", std::to_string(result.body_size))
      .add("wire", std::to_string(result.wire_size))
      .add("length", number_or_null(result.length))
      .add("head", std::to_string(result.head_size))
      .add("request", std::to_string(result.request_size))
      .add("upload", std::to_string(result.upload_size))
      .text();
}

std::string timings(FetchTimings const& timings) {
  return Object()
      .add("name_look_up", time_or_null(timings.name_look_up))
      .add("connected", time_or_null(timings.connected))
      .add("secured", time_or_null(timings.secured))
      .add("pre_transfer", time_or_null(timings.pre_transfer))
      .add("redirect", time_or_null(timings.redirect))
      .add("start_transfer", time_or_null(timings.start_transfer))
      .add("total", time_or_null(timings.total))
      .text();
}

std::string tls(std::optional<TlsInfo> const& tls) {
  if (!tls) return "null";
  return Object()
      .add("version", string_or_null(tls->version))
      .add("cipher", string_or_null(tls->cipher))
      .add("alpn", string_or_null(tls->alpn))
      .add("server_name", string_or_null(tls->server_name))
      .add("pin", string_or_null(tls->pin))
      .add("resumed", tls->resumed ? "true" : "false")
      .text();
}

std::string error(std::optional<Failure> const& failure) {
  if (!failure) return "null";
  auto const status = exit_status(*failure);
  if (status == ExitStatus::done) return "null";
  return Object()
      .add("status", std::to_string(static_cast<int>(status)))
      .add("text", json_string(failure->message()))
      .text();
}

void add_answer(Object& report, FetchStep const& last) {
  auto const& head = last.head;
  auto const answered = head.status != 0;
  auto const version = head.version == 10 ? "\"1.0\"" : "\"1.1\"";
  report.add("method", string_or_null(last.method))
      .add("final_url", url_or_null(last.url))
      .add("http_version", answered ? version : "null")
      .add("status", status_or_null(head.status))
      .add("reason", string_or_null(head.reason))
      .add("headers", array(head.fields, field));
}

}  // namespace

std::string without_login(std::string_view url) {
  auto const scheme = url.find("://");
  auto const begin = scheme == url.npos ? 0 : scheme + 3;
  auto const end = std::min(url.find_first_of("/?#", begin), url.size());
  auto const at = url.substr(begin, end - begin).rfind('@');
  std::string result(url);
  if (at != url.npos) result.erase(begin, at + 1);
  return result;
}

std::string fetch_report(FetchResult const& result) {
  Object report;
  report.add("url", url_or_null(result.url)).add("number", std::to_string(result.number));
  add_answer(report, result.steps.empty() ? FetchStep{} : result.steps.back());
  report.add("chain", array(result.steps, step))
      .add("redirect_url", url_or_null(result.redirect_url))
      .add("sizes", sizes(result))
      .add("timings", timings(result.timings))
      .add("tls", tls(result.tls))
      .add("peer", address_or_null(result.peer))
      .add("local", address_or_null(result.host))
      .add("proxy_status", status_or_null(result.connect_status))
      .add("connects", std::to_string(result.connects))
      .add("retries", std::to_string(result.retries))
      .add("file", string_or_null(result.file))
      .add("error", error(result.failure));
  return report.text() + "\n";
}

}  // namespace twx
