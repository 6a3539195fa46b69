// Whatever a server offers, an answer to it is one line, its quotes are closed, and it reads as one
// challenge does: what was offered comes back in it.
//
// Input: the values of WWW-Authenticate, a line each.
#include <string>
#include <string_view>

#include "protocols/http_digest.h"
#include "tests/fuzz/input.h"

namespace {

using namespace twx;
using namespace twx::fuzz;

HttpFields fields_of(std::string_view lines) {
  HttpFields fields;
  while (!lines.empty()) {
    auto const line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    fields.push_back({"WWW-Authenticate", std::string(line)});
  }
  return fields;
}

// What they say, written anew.
std::string written(std::vector<HttpChallenge> const& all) {
  std::string text;
  for (auto const& each : all) {
    text += (text.empty() ? "" : ", ") + each.scheme;
    if (!each.token.empty()) text += " " + each.token;
    for (auto separator = " "; auto const& [name, value] : each.parameters) {
      text += (each.token.empty() ? separator : ", ") + name + "=" + quoted_string(value);
      separator = ", ";
    }
  }
  return text;
}

std::size_t size_of(std::vector<HttpChallenge> const& all) {
  std::size_t size = 0;
  for (auto const& each : all) {
    size += each.scheme.size() + each.token.size();
    for (auto const& [name, value] : each.parameters) size += name.size() + value.size();
  }
  return size;
}

void check_answer(std::vector<HttpChallenge> const& offered) {
  DigestSession session("user", "password", [] { return std::string("ours"); });
  if (!session.take(offered)) return require(!session.ready(), "nothing was taken");
  auto const answer = session.answer("GET", "/x").value();
  auto const read = challenges({{"A", answer}}, "A");
  require(read.size() == 1 && read[0].scheme == "Digest", "an answer is one of its kind");
  auto const& given = read[0].parameters;
  auto const taken = std::ranges::any_of(offered, [&](HttpChallenge const& each) {
    return each.parameters.value("nonce") == given.value("nonce") &&
           each.parameters.value("realm") == given.value("realm") &&
           each.parameters.value("opaque") == given.value("opaque");
  });
  require(taken, "what was offered comes back");
  require(given.value("uri") == "/x" && given.value("response").size() >= 32, "it is an answer");
  require(!session.take(offered) || session.ready(), "once more");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const lines = Input(data, size).rest();
  auto const offered = challenges(fields_of(lines), "www-authenticate");
  require(size_of(offered) <= lines.size(), "nothing is made up");
  auto const again = challenges({{"A", written(offered)}}, "A");
  require(written(again) == written(offered), "what is written reads the same");
  check_answer(offered);
  return 0;
}
