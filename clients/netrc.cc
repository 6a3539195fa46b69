#include "clients/netrc.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "protocols/http.h"
#include "reactor/ascii.h"
#include "reactor/descriptor.h"

namespace twx {
namespace {

constexpr std::size_t most = 1024 * 1024;
constexpr std::string_view blank = " \t\r\v\f";

Failure cannot_read(std::string const& what) {
  return Failure::with_message(Error::cannot_read, what);
}

char unescaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

// The words of a file, which may lie on any number of lines.
class Words {
 public:
  explicit Words(std::string_view text) : left_(text) { next_line(); }

  // Nothing at the end, or where a quote has no end.
  std::optional<std::string> next() {
    while (skip_blank(), line_.empty()) {
      if (left_.empty()) return std::nullopt;
      next_line();
    }
    if (line_.front() == '"') return quoted();
    auto const word = line_.substr(0, line_.find_first_of(blank));
    line_.remove_prefix(word.size());
    return std::string(word);
  }
  // The body of a macro, to the empty line that ends it.
  void skip_macro() {
    while (!left_.empty() && !is_blank(take_until(left_, '\n'))) {
    }
    next_line();
  }
  bool broken() const { return broken_; }

 private:
  static bool is_blank(std::string_view line) { return line.find_first_not_of(blank) == line.npos; }
  void skip_blank() { line_.remove_prefix(std::min(line_.find_first_not_of(blank), line_.size())); }
  void next_line() {
    line_ = take_until(left_, '\n');
    skip_blank();
    if (line_.starts_with('#')) line_ = {};
  }
  std::optional<std::string> quoted() {
    std::string word;
    for (std::size_t i = 1; i < line_.size(); ++i) {
      if (line_[i] == '"') {
        line_.remove_prefix(i + 1);
        return word;
      }
      auto const escape = line_[i] == '\\' && i + 1 < line_.size();
      word += escape ? unescaped(line_[++i]) : line_[i];
    }
    broken_ = true;
    return std::nullopt;
  }

  std::string_view left_;
  std::string_view line_;
  bool broken_ = false;
};

}  // namespace

Result<Netrc> Netrc::parse(std::string_view text) {
  Netrc netrc;
  auto& entries = netrc.entries_;
  Words words(text);
  auto const take_into = [&](auto member) {
    auto value = words.next();
    if (!entries.empty() && value) entries.back().*member = std::move(value);
  };
  while (auto const word = words.next()) {
    if (same_word(*word, "machine")) {
      if (auto host = words.next()) entries.push_back({std::move(host), {}, {}});
    } else if (same_word(*word, "default")) {
      entries.emplace_back();
    } else if (same_word(*word, "login")) {
      take_into(&Entry::user);
    } else if (same_word(*word, "password")) {
      take_into(&Entry::password);
    } else if (same_word(*word, "account")) {
      words.next();
    } else if (same_word(*word, "macdef")) {
      words.skip_macro();
    }
  }
  if (words.broken()) return cannot_read("netrc: a quote without an end");
  return netrc;
}

Result<Netrc> Netrc::read(std::string const& path) {
  auto const failed = [&] { return cannot_read(path + ": " + Failure::from_errno().message()); };
  Descriptor const file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed();
  std::string all;
  char piece[16 * 1024];
  while (all.size() <= most) {
    auto const count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed();
    if (count == 0) return parse(all);
    all.append(piece, static_cast<std::size_t>(count));
  }
  return cannot_read(path + ": larger than 1 MiB");
}

std::optional<NetrcLogin> Netrc::find(std::string_view host, std::string_view user) const {
  for (auto const& entry : entries_) {
    if (entry.host && !same_word(*entry.host, host)) continue;
    if (!user.empty() && entry.user != user) continue;
    if (!entry.user && !entry.password) return std::nullopt;
    return NetrcLogin{entry.user.value_or(""), entry.password};
  }
  return std::nullopt;
}

}  // namespace twx
