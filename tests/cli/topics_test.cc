#include "cli/topics.h"

#include "reactor/endpoint_settings.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;
using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE("a topic is found by its name", "[cli]") {
  REQUIRE_FALSE(topics().empty());
  for (auto const& topic : topics()) CHECK(find_topic(topic.name) == &topic);
  CHECK(find_topic("serve") == nullptr);
  CHECK(find_topic("") == nullptr);
}

TEST_CASE("the text of each topic fits 80 columns", "[cli]") {
  for (auto const& topic : topics()) {
    auto const text = topic.text();
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
      CAPTURE(std::string(rest.substr(0, rest.find('\n'))));
      REQUIRE(rest.find('\n') <= 80);
    }
  }
}

TEST_CASE("the help of endpoints has every form and every setting", "[cli]") {
  auto const text = find_topic("endpoints")->text();
  for (auto const& form : endpoint_forms())
    CHECK_THAT(text, ContainsSubstring("\n  " + std::string(form.text) + "  "));
  for (auto const& setting : endpoint_settings())
    CHECK_THAT(text, ContainsSubstring("\n  " + std::string(setting.key) +
                                       (setting.metavar.empty() ? " " : "=")));
}

TEST_CASE("each form that help shows is an endpoint", "[cli]") {
  for (auto const& form : endpoint_forms()) {
    CAPTURE(std::string(form.text));
    CHECK(Endpoint::parse(form.text));
  }
}

TEST_CASE("each endpoint in the examples of a topic is one", "[cli]") {
  for (auto const& topic : topics()) {
    std::string text = topic.text();
    text.erase(0, text.find("\nExamples:"));
    for (std::size_t at = 0; (at = text.find("://", at)) != text.npos; ++at) {
      auto const begin = text.find_last_of(" '", at) + 1;
      auto const word = text.substr(begin, text.find_first_of("'\n ", at) - begin);
      CAPTURE(word);
      CHECK(Endpoint::parse(word));
    }
  }
}
