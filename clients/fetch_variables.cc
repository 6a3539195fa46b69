#include "clients/fetch_variables.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/exit_status.h"
#include "protocols/json_string.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

enum class Kind { number, status, text, text_or_null };

struct Variable {
  std::string_view name;
  Kind kind;
  std::string (*value)(FetchResult const&);
};

std::string none(FetchResult const&) { return ""; }
std::string zero(FetchResult const&) { return "0"; }

HttpHead const& last_head(FetchResult const& result) {
  static HttpHead const nothing;
  return result.steps.empty() ? nothing : result.steps.back().head;
}

int exit_code(FetchResult const& result) {
  return result.failure ? static_cast<int>(exit_status(*result.failure)) : 0;
}

std::string error(FetchResult const& result) {
  auto const failed = result.failure && exit_status(*result.failure) != ExitStatus::done;
  return failed ? result.failure->message() : "";
}

std::string status(FetchResult const& result) { return std::to_string(last_head(result).status); }

std::string version(FetchResult const& result) {
  auto const& head = last_head(result);
  if (head.status == 0) return "0";
  return head.version == 10 ? "1" : "1.1";
}

std::string ip(std::optional<Address> const& address) {
  return address && !address->is_unix() ? address->host() : "";
}

std::string port(std::optional<Address> const& address) {
  return std::to_string(address ? address->port() : 0);
}

std::string last_url(FetchResult const& result) {
  return result.steps.empty() ? result.url : result.steps.back().url;
}

std::string scheme(FetchResult const& result) {
  if (!result.peer) return "";
  auto const url = last_url(result);
  auto const end = url.find("://");
  auto scheme = end == url.npos ? "HTTP" : url.substr(0, end);
  std::ranges::transform(scheme, scheme.begin(), ascii::upper);
  return scheme;
}

std::string speed(std::uint64_t bytes, Duration time) {
  if (time <= Duration::zero()) return "0";
  auto const seconds = std::chrono::duration<double>(time).count();
  return std::to_string(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds));
}

using Given = FetchResult const&;

// In curl's order.
constexpr Variable variables[] = {
    {"certs", Kind::text, none},
    {"content_type", Kind::text_or_null,
     [](Given r) { return std::string(last_head(r).fields.value("Content-Type")); }},
    {"errormsg", Kind::text_or_null, error},
    {"exitcode", Kind::number, [](Given r) { return std::to_string(exit_code(r)); }},
    {"filename_effective", Kind::text_or_null, [](Given r) { return r.file; }},
    {"ftp_entry_path", Kind::text_or_null, none},
    {"http_code", Kind::status, status},
    {"http_connect", Kind::status, [](Given r) { return std::to_string(r.connect_status); }},
    {"http_version", Kind::text, version},
    {"local_ip", Kind::text, [](Given r) { return ip(r.host); }},
    {"local_port", Kind::number, [](Given r) { return port(r.host); }},
    {"method", Kind::text, [](Given r) { return r.steps.empty() ? "GET" : r.steps.back().method; }},
    {"num_certs", Kind::number, zero},
    {"num_connects", Kind::number, [](Given r) { return std::to_string(r.connects); }},
    {"num_headers", Kind::number,
     [](Given r) { return std::to_string(last_head(r).fields.size()); }},
    {"num_redirects", Kind::number,
     [](Given r) { return std::to_string(r.steps.empty() ? 0 : r.steps.size() - 1); }},
    {"proxy_ssl_verify_result", Kind::number, zero},
    {"redirect_url", Kind::text_or_null, [](Given r) { return r.redirect_url; }},
    {"referer", Kind::text_or_null, [](Given r) { return r.referer; }},
    {"remote_ip", Kind::text, [](Given r) { return ip(r.peer); }},
    {"remote_port", Kind::number, [](Given r) { return port(r.peer); }},
    {"response_code", Kind::status, status},
    {"scheme", Kind::text_or_null, scheme},
    {"size_download", Kind::number, [](Given r) { return std::to_string(r.wire_size); }},
    {"size_header", Kind::number, [](Given r) { return std::to_string(r.head_size); }},
    {"size_request", Kind::number, [](Given r) { return std::to_string(r.request_size); }},
    {"size_upload", Kind::number, [](Given r) { return std::to_string(r.upload_size); }},
    {"speed_download", Kind::number, [](Given r) { return speed(r.wire_size, r.timings.total); }},
    {"speed_upload", Kind::number, [](Given r) { return speed(r.upload_size, r.timings.total); }},
    {"ssl_verify_result", Kind::number,
     [](Given r) {
       // X509_V_ERR_UNSPECIFIED: the reason is in the message only.
       return std::string(r.failure && r.failure->is(Error::certificate_not_trusted) ? "1" : "0");
     }},
    {"time_appconnect", Kind::number, [](Given r) { return seconds_text(r.timings.secured); }},
    {"time_connect", Kind::number, [](Given r) { return seconds_text(r.timings.connected); }},
    {"time_namelookup", Kind::number, [](Given r) { return seconds_text(r.timings.name_look_up); }},
    {"time_pretransfer", Kind::number,
     [](Given r) { return seconds_text(r.timings.pre_transfer); }},
    {"time_redirect", Kind::number, [](Given r) { return seconds_text(r.timings.redirect); }},
    {"time_starttransfer", Kind::number,
     [](Given r) { return seconds_text(r.timings.start_transfer); }},
    {"time_total", Kind::number, [](Given r) { return seconds_text(r.timings.total); }},
    {"url", Kind::text, [](Given r) { return r.url; }},
    {"url_effective", Kind::text, last_url},
    {"urlnum", Kind::number, [](Given r) { return std::to_string(r.number); }},
};

// Not among curl 7.88's; newer ones have it.
constexpr Variable retries{"num_retries", Kind::number,
                           [](Given r) { return std::to_string(r.retries); }};

std::string json_value(Variable const& variable, FetchResult const& result) {
  auto value = variable.value(result);
  if (variable.kind == Kind::text_or_null && value.empty()) return "null";
  auto const quoted = variable.kind == Kind::text || variable.kind == Kind::text_or_null;
  return quoted ? json_string(value) : value;
}

}  // namespace

std::string seconds_text(Duration time) {
  auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  char text[48];
  std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                static_cast<long long>(micros % 1'000'000));
  return text;
}

std::optional<std::string> fetch_variable(std::string_view name, FetchResult const& result) {
  if (same_word(name, retries.name)) return retries.value(result);
  for (auto const& variable : variables) {
    if (!same_word(name, variable.name)) continue;
    auto value = variable.value(result);
    if (variable.kind == Kind::status && value.size() < 3) value.insert(0, 3 - value.size(), '0');
    return value;
  }
  return std::nullopt;
}

std::string fetch_variables_json(FetchResult const& result) {
  std::string out = "{";
  for (auto const& variable : variables)
    out.append(json_string(variable.name)).append(":").append(json_value(variable, result)) += ',';
  return out + "\"curl_version\":\"twx/" TWX_VERSION "\"}";
}

std::string fetch_fields_json(FetchResult const& result) {
  struct Values {
    std::string name;
    std::string list;
  };
  std::vector<Values> all;
  for (auto const& field : last_head(result).fields) {
    auto name = field.name;
    std::ranges::transform(name, name.begin(), ascii::lower);
    auto const found = std::ranges::find(all, name, &Values::name);
    if (found == all.end())
      all.push_back({std::move(name), json_string(field.value)});
    else
      found->list.append(",").append(json_string(field.value));
  }
  std::string out = "{\n";
  for (auto const& [name, list] : all) {
    if (&name != &all.front().name) out += ",\n";
    out.append(json_string(name)).append(":[").append(list) += ']';
  }
  return out + (all.empty() ? "}" : "\n}");
}

}  // namespace twx
