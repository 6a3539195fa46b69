// The options of twx fetch that are about requests: method, fields, body, login.
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "clients/fetch_input.h"
#include "clients/fetch_option.h"
#include "clients/fetch_options.h"
#include "protocols/http_date.h"
#include "protocols/percent.h"
#include "reactor/visible.h"

namespace twx {

namespace {

// It ends the run before anything is sent, with another status than a bad value.
std::string unreadable(FetchOptions& values, Failure const& failure) {
  if (failure.code() != Error::cannot_read) return failure.message();
  if (!values.unreadable) values.unreadable = failure;
  return "";
}

std::string add_field(HttpFields& fields, std::vector<std::string>* empty, std::string_view text) {
  auto const colon = text.find(':');
  if (colon == 0 || (colon == text.npos && !(empty && text.ends_with(';'))))
    return "'" + std::string(text) +
           "' is no field; write NAME: VALUE, NAME: to take it away, or NAME;";
  if (colon == text.npos)
    empty->emplace_back(text.substr(0, text.size() - 1));
  else
    fields.push_back(
        {std::string(text.substr(0, colon)), std::string(trimmed(text.substr(colon + 1)))});
  return "";
}

// RFC 9110, section 14.1.2; what the numbers mean is the server's.
std::string check_range(std::string_view text) {
  if (text.find_first_not_of("0123456789-,") == text.npos) return "";
  return "'" + std::string(text) + "' is no range; use FROM-TO, FROM- or -COUNT";
}

// -z: a date, or the time of a file; with "-" before it the other way round. As curl: what is
// neither is no condition, and that is told.
std::string set_condition(FetchOptions& values, std::string_view text) {
  auto const older = text.starts_with('-');
  std::string const since(text.substr(older ? 1 : 0));
  auto time = http_date(since);
  struct stat status{};
  if (!time && ::stat(since.c_str(), &status) == 0)
    time = std::chrono::sys_seconds(std::chrono::seconds(status.st_mtime));
  values.condition.reset();
  values.warning.clear();
  if (time)
    values.condition =
        HttpField{older ? "If-Unmodified-Since" : "If-Modified-Since", http_date_text(*time)};
  else
    values.warning =
        "--time-cond: '" + escaped(text) + "' is neither a date nor a file; there is no condition";
  return "";
}

// A field, or a file of fields, one a line.
std::string add_fields(FetchOptions& values, HttpFields& fields, std::vector<std::string>* empty,
                       std::string_view text) {
  if (!text.starts_with('@')) return add_field(fields, empty, text);
  auto const all = fetch_input(std::string(text.substr(1)));
  if (!all) return unreadable(values, all.failure());
  std::istringstream lines(*all);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    if (auto wrong = add_field(fields, empty, line); !wrong.empty()) return wrong;
  }
  return "";
}

void add_data(FetchOptions& values, std::string_view piece, std::string_view between = "&") {
  if (values.data)
    *values.data += between;
  else
    values.data.emplace();
  *values.data += piece;
}

// -d's way: what a file holds without its line ends.
std::string add_data_or_file(FetchOptions& values, std::string_view text, bool as_it_is,
                             std::string_view between = "&") {
  if (!text.starts_with('@')) {
    add_data(values, text, between);
    return "";
  }
  auto all = fetch_input(std::string(text.substr(1)));
  if (!all) return unreadable(values, all.failure());
  if (!as_it_is) std::erase_if(*all, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  add_data(values, *all, between);
  return "";
}

// "content", "=content", "name=content", "@file" or "name@file": the name as it is, the rest
// percent-encoded.
Result<std::string> encoded_pair(std::string_view text) {
  auto const at = text.find_first_of("=@");
  if (at == text.npos) return form_encoded(text);
  auto const name = text.substr(0, at);
  auto content = Result<std::string>(std::string(text.substr(at + 1)));
  if (text[at] == '@') content = fetch_input(*content);
  if (!content) return content;
  return (name.empty() ? "" : std::string(name) + "=") + form_encoded(*content);
}

std::string add_encoded(FetchOptions& values, std::string_view text) {
  auto const pair = encoded_pair(text);
  if (!pair) return unreadable(values, pair.failure());
  add_data(values, *pair);
  return "";
}

std::string add_query(FetchOptions& values, std::string_view text) {
  auto const pair =
      text.starts_with('+') ? Result<std::string>(std::string(text.substr(1))) : encoded_pair(text);
  if (!pair) return unreadable(values, pair.failure());
  values.query.append(values.query.empty() ? "" : "&").append(*pair);
  return "";
}

void declare_data(Options& options, FetchOptions& values) {
  auto const data = [&values](std::string_view text) {
    return add_data_or_file(values, text, false);
  };
  options.option(each_value("-d,--data", "DATA",
                            "Send this by POST; @FILE takes it from FILE, @- from standard input",
                            data, Kind::data));
  options.option(each_value("--data-ascii", "DATA", "The same as --data", data, Kind::data));
  options.option(each_value("--data-raw", "DATA", "As --data, with @ meaning itself",
                            [&values](std::string_view text) {
                              add_data(values, text);
                              return std::string();
                            }));
  options.option(each_value(
      "--data-binary", "DATA", "As --data, with the line ends of files kept",
      [&values](std::string_view text) { return add_data_or_file(values, text, true); },
      Kind::data));
  options.option(each_value(
      "--data-urlencode", "DATA",
      "As --data, percent-encoded: CONTENT, NAME=CONTENT, @FILE or NAME@FILE",
      [&values](std::string_view text) { return add_encoded(values, text); }, Kind::data));
  options.option(each_value(
      "--json", "JSON", "Send this by POST as application/json, and accept the same",
      [&values](std::string_view text) {
        values.data_type = "application/json";
        return add_data_or_file(values, text, true, "");
      },
      Kind::data));
  options.flag("-G,--get", values.data_in_query, "Put the data into the URL's query, by GET");
  options.option(each_value(
      "--url-query", "DATA", "Add this to the URL's query, as --data-urlencode; +DATA as it is",
      [&values](std::string_view text) { return add_query(values, text); }, Kind::data));
}

std::string add_form(FetchOptions& values, std::string_view text, bool literal) {
  if (text.find('=') == text.npos)
    return "'" + std::string(text) + "' is not NAME=CONTENT; a file is NAME=@FILE";
  auto part = literal ? parse_form_string(text) : parse_form(text, fetch_input);
  if (!part) return unreadable(values, part.failure());
  values.forms.push_back(std::move(*part));
  auto const open = std::ranges::count(values.forms, FormPart::Role::begin, &FormPart::role) -
                    std::ranges::count(values.forms, FormPart::Role::end, &FormPart::role);
  return open < 0 ? "there is no =( that =) could end" : "";
}

void declare_files(Options& options, FetchOptions& values) {
  auto const form = [&values](bool literal) {
    return [&values, literal](std::string_view text) { return add_form(values, text, literal); };
  };
  options.option(each_value(
      "-F,--form", "NAME=CONTENT",
      "Send a form (multipart/form-data): =@FILE a file, =<FILE its text, =( to =) parts within; "
      ";type= ;filename= ;encoder= ;headers=",
      form(false), Kind::data));
  options.option(
      each_value("--form-string", "NAME=TEXT", "As --form, TEXT as it stands", form(true)));
  options.option("-T,--upload-file", "FILE", values.uploads,
                 "Send FILE by PUT, - standard input; one for each URL, its name is added to a URL "
                 "that ends with /",
                 Kind::file);
  options.option("--expect100-timeout", "TIME", values.expect_timeout,
                 "Wait so long for leave to send a body that needs it (default 1s)");
}

void declare_logins(Options& options, FetchOptions& values) {
  options.group("Login");
  options.option("-u,--user", "NAME:PASSWORD", values.user,
                 "Log in; without :PASSWORD it is asked for on the terminal");
  auto const basic = [&values](std::string_view) {
    values.digest = values.any_login = false;
    return std::string();
  };
  options.option(flag_value("--basic", "Send the password as it is (default)", basic));
  options.flag("--digest", values.digest, "Prove the password without sending it (RFC 7616)");
  options.flag("--anyauth", values.any_login, "Ask first, then log in the best way there is");
  options.option("--oauth2-bearer", "TOKEN", values.bearer, "Log in with a token");
  options.flag("-n,--netrc", values.netrc, "Take name and password from ~/.netrc");
  options.flag("--netrc-optional", values.netrc_optional,
               "The same, if the file is there and the URL has none");
  options.option("--netrc-file", "FILE", values.netrc_file, "That file instead", Kind::file);
}

}  // namespace

void declare_fetch_request(Options& options, FetchOptions& values) {
  options.group("Request");
  options.option("-X,--request", "METHOD", values.method,
                 "Method (default: GET, POST with data, PUT with a file)");
  options.option(each_value(
      "-H,--header", "FIELD",
      "Field to send, NAME: VALUE; NAME: takes ours away, NAME; is empty, @FILE has them",
      [&values](std::string_view text) {
        return add_fields(values, values.fields, &values.empty, text);
      },
      Kind::data));
  declare_data(options, values);
  declare_files(options, values);
  options.flag("-I,--head", values.head, "Ask for the head of the answer only, and show it");
  options.option("-A,--user-agent", "NAME", values.user_agent, "What to call ourselves");
  options.option("-e,--referer", "URL", values.referer,
                 "Where the link was; URL;auto or ;auto sets it after redirects", Kind::url);
  auto const set_range = [&values](std::string_view text) {
    values.range = text;
    return check_range(text);
  };
  options.option(each_value("-r,--range", "RANGE", "Bytes FROM-TO of the body only", set_range))
      .repeatable = false;
  auto const set_time = [&values](std::string_view text) { return set_condition(values, text); };
  options
      .option(each_value("-z,--time-cond", "DATE",
                         "Only if changed since DATE, or since that file was; -DATE: only if not",
                         set_time, Kind::text_or_file))
      .repeatable = false;
  options.flag("-0,--http1.0", values.http10, "Speak HTTP/1.0");
  options.option(flag_value("--http1.1", "Speak HTTP/1.1 (default)", [&values](std::string_view) {
    values.http10 = false;
    return std::string();
  }));
  options.flag("--path-as-is", values.path_as_is, "Leave . and .. in the URL's path");
  options.option("--request-target", "PATH", values.request_target,
                 "Ask for this instead of the URL's path");
  options.flag("--tr-encoding", values.transfer_coding,
               "Let the server compress what it sends (TE), and undo that");
  declare_logins(options, values);
}

void declare_proxy_fields(Options& options, FetchOptions& values) {
  options.option(each_value(
      "--proxy-header", "FIELD", "Field for the proxy only",
      [&values](std::string_view text) {
        return add_fields(values, values.proxy_fields, nullptr, text);
      },
      Kind::data));
}

}  // namespace twx
