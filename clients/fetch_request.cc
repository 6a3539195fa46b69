#include "clients/fetch_request.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "clients/fetch_input.h"
#include "clients/resume.h"
#include "protocols/content_decoder.h"
#include "protocols/http_form.h"
#include "protocols/percent.h"
#include "reactor/open_file.h"

namespace twx {
namespace {

// Above that a server is asked first, as curl does.
constexpr std::uint64_t large = 1024 * 1024;

std::string file_name(std::string const& path) { return path.substr(path.rfind('/') + 1); }

void add_query(std::string& target, std::string_view query) {
  if (query.empty()) return;
  if (target.find('?') == target.npos)
    target += '?';
  else if (!target.ends_with('?') && !target.ends_with('&'))
    target += '&';
  target += query;
}

// A file of any kind: one that is no regular file is read now.
Result<std::shared_ptr<HttpBody>> body_of(std::string const& path, std::uint64_t offset,
                                          MakeBody const& standard_input) {
  struct stat status{};
  if (path == "-" || path == ".") {
    if (!is_regular_file(STDIN_FILENO)) return standard_input();
    return file_body(Descriptor(dup(STDIN_FILENO)), "standard input", offset);
  }
  if (stat(path.c_str(), &status) < 0 || S_ISREG(status.st_mode)) return file_body(path, offset);
  auto all = fetch_input(path);
  if (!all) return all.failure();
  return memory_body(std::move(*all));
}

Result<FetchBodyPlan> form_of(FetchOptions const& values) {
  auto form = make_form(values.forms, [](std::string const& path) {
    auto const whole = [&path]() -> std::shared_ptr<HttpBody> {
      return memory_body(fetch_input(path).value());
    };
    return body_of(path, 0, whole);
  });
  if (!form) return form.failure();
  return FetchBodyPlan{form->body, form->content_type};
}

std::string usual_method(FetchOptions const& values, FetchBodyPlan const& plan, bool upload) {
  if (values.method) return *values.method;
  if (values.head) return "HEAD";
  if (upload) return "PUT";
  return plan.body ? "POST" : "GET";
}

// A number alone is where it begins.
std::string range_field(std::string const& range) {
  return "bytes=" + range + (range.find('-') == range.npos ? "-" : "");
}

std::string content_range(std::uint64_t from, std::uint64_t size) {
  auto const end = from + size;
  return "bytes " + std::to_string(from) + "-" + std::to_string(end - 1) + "/" +
         std::to_string(end);
}

void add_body(HttpFields& ours, HttpFields const& given, FetchBodyPlan const& plan, bool http10) {
  auto const size = plan.body->size();
  auto const told = given.lists("Transfer-Encoding", "chunked") || given.find("Content-Length");
  if (!told && size)
    ours.push_back({"Content-Length", std::to_string(*size)});
  else if (!told)
    ours.push_back({"Transfer-Encoding", "chunked"});
  if (!plan.type.empty()) ours.push_back({"Content-Type", plan.type});
  if (!http10 && (!size || *size > large)) ours.push_back({"Expect", "100-continue"});
}

// For all that the user has not given, with room for those that he has.
HttpFields our_fields(FetchOptions const& values, HttpUrl const& url, FetchBodyPlan const& plan,
                      bool upload) {
  HttpFields ours;
  ours.reserve(8 + values.fields.size() + values.empty.size());
  ours.push_back({"Host", url.authority()});
  if (!values.range.empty()) ours.push_back({"Range", range_field(values.range)});
  auto const from = upload ? told_offset(values.resume) : 0;
  auto const size = plan.body ? plan.body->size().value_or(0) : 0;
  if (from > 0 && size > 0) ours.push_back({"Content-Range", content_range(from, size)});
  if (!values.user_agent.empty()) ours.push_back({"User-Agent", values.user_agent});
  auto const json = values.data_type == "application/json";
  ours.push_back({"Accept", json ? "application/json" : "*/*"});
  if (values.transfer_coding) {
    ours.push_back({"Connection", "TE"});
    ours.push_back({"TE", "gzip"});
  }
  if (!values.cookies.empty()) ours.push_back({"Cookie", values.cookies});
  if (values.compressed) ours.push_back({"Accept-Encoding", std::string(ContentDecoder::accepted)});
  auto const referer = values.referer.substr(0, values.referer.find(";auto"));
  if (!referer.empty()) ours.push_back({"Referer", referer});
  if (values.condition) ours.push_back(*values.condition);
  if (plan.body) add_body(ours, values.fields, plan, values.http10);
  return ours;
}

}  // namespace

bool is_allowed(HttpUrl const& url, std::string const& schemes) {
  return schemes == "http,https" || schemes == url.scheme;
}

Result<HttpUrl> fetch_url(FetchOptions const& values, std::string const& text,
                          std::string const& upload) {
  auto url = HttpUrl::parse(text, values.path_as_is);
  if (!url) return url;
  if (!is_allowed(*url, values.schemes))
    return Failure::with_message(HttpError::refused, "--proto does not allow " + url->scheme);
  auto const end = std::min(url->target.find('?'), url->target.size());
  if (!upload.empty() && upload != "-" && upload != "." &&
      url->target.substr(0, end).ends_with('/'))
    url->target.insert(end, percent_encoded(file_name(upload)));
  if (values.data_in_query && values.data) add_query(url->target, *values.data);
  add_query(url->target, values.query);
  return url;
}

Result<FetchBodyPlan> fetch_body(FetchOptions const& values, std::string const& upload,
                                 MakeBody const& standard_input) {
  if (!upload.empty()) {
    auto body = body_of(upload, told_offset(values.resume), standard_input);
    if (!body) return body.failure();
    return FetchBodyPlan{std::move(*body), ""};
  }
  if (!values.forms.empty()) return form_of(values);
  if (!values.data || values.data_in_query) return FetchBodyPlan{};
  return FetchBodyPlan{memory_body(*values.data), values.data_type};
}

HttpRequest fetch_request(FetchOptions const& values, HttpUrl const& url, FetchBodyPlan const& plan,
                          bool upload) {
  HttpRequest request{.method = usual_method(values, plan, upload),
                      .target = values.request_target.empty() ? url.target : values.request_target};
  request.version = values.http10 ? 10 : 11;
  request.leniency = {.http09 = values.http09,
                      .ignore_length = values.ignore_length,
                      .raw = values.raw,
                      .transfer_codings = values.transfer_coding};
  request.body = plan.body;
  request.fields = our_fields(values, url, plan, upload);
  std::erase_if(request.fields,
                [&](HttpField const& field) { return values.fields.find(field.name); });
  for (auto const& field : values.fields)
    if (!field.value.empty()) request.fields.push_back(field);
  for (auto const& name : values.empty) request.fields.push_back({name, ""});
  return request;
}

}  // namespace twx
