#include "clients/fetch_write_out.h"

#include <algorithm>

#include "cli/exit_status.h"
#include "clients/fetch_input.h"
#include "clients/fetch_variables.h"

namespace twx {
namespace {

constexpr auto whole = std::string_view::npos;

class WriteOut {
 public:
  WriteOut(std::string_view format, FetchResult const& result) : rest_(format), result_(result) {}

  WrittenOut run() && {
    while (!rest_.empty()) {
      if (rest_.size() > 1 && rest_[0] == '%')
        percent();
      else if (rest_.size() > 1 && rest_[0] == '\\')
        escape();
      else
        put(take(std::min(rest_.find_first_of("%\\", 1), rest_.size())));
    }
    return std::move(out_);
  }

 private:
  void percent();
  void escape();
  void variable(std::string_view name);
  void field(std::string_view name);

  std::string_view take(std::size_t count) {
    auto const taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  // What stands between `opening` and the next brace; nothing, and `opening` shown, without one.
  template <class Use>
  void braces(std::string_view opening, Use use) {
    auto const end = rest_.find('}');
    take(opening.size());
    if (end == whole) return put(opening);
    auto const name = take(end - opening.size());
    take(1);
    use(name);
  }
  void put(std::string_view text) {
    if (text.empty()) return;
    if (out_.pieces.empty() || out_.pieces.back().to_error != to_error_)
      out_.pieces.push_back({to_error_, ""});
    out_.pieces.back().text += text;
  }

  std::string_view rest_;
  FetchResult const& result_;
  bool to_error_ = false;
  WrittenOut out_;
};

void WriteOut::percent() {
  constexpr std::string_view header = "%header{";
  if (rest_.starts_with("%%"))
    put(take(2).substr(1));
  else if (rest_.starts_with("%{"))
    braces("%{", [this](std::string_view name) { variable(name); });
  else if (rest_.starts_with(header))
    braces(header, [this](std::string_view name) { field(name); });
  else
    put(take(2));
}

void WriteOut::escape() {
  auto const both = take(2);
  switch (both[1]) {
    case 'n': return put("\n");
    case 'r': return put("\r");
    case 't': return put("\t");
    default: put(both);
  }
}

void WriteOut::variable(std::string_view name) {
  if (same_word(name, "stderr") || same_word(name, "stdout")) {
    to_error_ = same_word(name, "stderr");
  } else if (same_word(name, "onerror")) {
    auto const& failure = result_.failure;
    if (!failure || exit_status(*failure) == ExitStatus::done) rest_ = {};
  } else if (same_word(name, "json")) {
    put(fetch_variables_json(result_));
  } else if (same_word(name, "header_json")) {
    put(fetch_fields_json(result_));
  } else if (auto const value = fetch_variable(name, result_)) {
    put(*value);
  } else {
    out_.unknown.emplace_back(name);
  }
}

void WriteOut::field(std::string_view name) {
  if (!result_.steps.empty()) put(trimmed(result_.steps.back().head.fields.value(name)));
}

}  // namespace

WrittenOut write_out(std::string_view format, FetchResult const& result) {
  return WriteOut(format, result).run();
}

Result<std::string> write_out_format(std::string_view value) {
  if (!value.starts_with('@')) return std::string(value);
  auto text = fetch_input(std::string(value.substr(1)));
  if (!text) return text;
  std::erase_if(*text, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
  return text;
}

}  // namespace twx
