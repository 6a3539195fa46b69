#include "protocols/http_challenge.h"

#include <algorithm>
#include <optional>

#include "protocols/http_words.h"

namespace twx {
namespace {

bool is_token68(char c) {
  constexpr std::string_view marks = "-._~+/";
  return ascii::is_letter(c) || ascii::is_digit(c) || marks.find(c) != marks.npos;
}

// The value of one field, read from its beginning.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  void skip(std::string_view set) {
    left_.remove_prefix(std::min(left_.find_first_not_of(set), left_.size()));
  }
  bool take(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  template <class Is>
  std::string_view word(Is is) {
    auto const end = std::ranges::find_if_not(left_, is);
    auto const size = static_cast<std::size_t>(end - left_.begin());
    auto const word = left_.substr(0, size);
    left_.remove_prefix(size);
    return word;
  }
  // A token68 that ends its challenge; nothing where there is something else.
  std::string_view token68() {
    auto ahead = *this;
    auto size = ahead.word(is_token68).size();
    size += size == 0 ? 0 : ahead.word([](char c) { return c == '='; }).size();
    ahead.skip(" \t");
    if (size == 0 || (!ahead.done() && !ahead.take(','))) return {};
    auto const token = left_.substr(0, size);
    left_.remove_prefix(size);
    return token;
  }
  // Nothing if it has no end.
  std::optional<std::string> quoted() {
    std::string value;
    while (!left_.empty() && left_.front() != '"') {
      if (left_.front() == '\\' && left_.size() > 1) left_.remove_prefix(1);
      value += left_.front();
      left_.remove_prefix(1);
    }
    return take('"') ? std::optional(std::move(value)) : std::nullopt;
  }
  // What follows "=".
  std::optional<std::string> value() {
    if (take('"')) return quoted();
    auto const token = word(is_token_char);
    return token.empty() ? std::nullopt : std::optional<std::string>(token);
  }

 private:
  std::string_view left_;
};

void read(Reader reader, std::vector<HttpChallenge>& all) {
  auto const first = all.size();
  for (reader.skip(" \t,"); !reader.done(); reader.skip(" \t,")) {
    auto const name = reader.word(is_token_char);
    reader.skip(" \t");
    if (!name.empty() && reader.take('=')) {
      reader.skip(" \t");
      auto value = reader.value();
      if (value && all.size() > first)
        all.back().parameters.push_back({std::string(name), std::move(*value)});
    } else if (!name.empty()) {
      all.push_back({std::string(name), std::string(reader.token68()), {}});
    } else {
      reader.word([](char c) { return c != ','; });
    }
  }
}

}  // namespace

std::vector<HttpChallenge> challenges(HttpFields const& fields, std::string_view name) {
  std::vector<HttpChallenge> all;
  for (auto const& field : fields)
    if (same_word(field.name, name)) read(Reader(field.value), all);
  return all;
}

HttpChallenge const* find_challenge(std::vector<HttpChallenge> const& all,
                                    std::string_view scheme) {
  auto const found = std::ranges::find_if(all, [scheme](HttpChallenge const& each) {
    return same_word(each.scheme, scheme);
  });
  return found == all.end() ? nullptr : &*found;
}

std::string quoted_string(std::string_view text) {
  std::string result = "\"";
  for (auto const c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace twx
