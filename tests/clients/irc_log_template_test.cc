#include "clients/irc_log_template.h"

#include "tests/clients/irc_log_events.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

std::tm date() {
  IrcLogStamps stamps(IrcLogTime::utc);
  return stamps.at(test::noon).date;
}

std::string expanded(std::string_view text, std::string_view network = "Net",
                     std::string_view channel = "#chan") {
  return IrcLogTemplate::parse(text).value().expand(network, channel, date());
}

std::string wrong(std::string_view text) {
  auto const parsed = IrcLogTemplate::parse(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.failure().code() == std::errc::invalid_argument);
  return parsed.failure().message();
}

}  // namespace

TEST_CASE("a name without a template is itself", "[clients]") {
  CHECK(expanded("log.txt") == "log.txt");
  CHECK(expanded("-") == "-");
  auto const path = IrcLogTemplate::parse("/a/b.log").value();
  CHECK(path.fixed());
  CHECK_FALSE(path.has_channel());
}

TEST_CASE("names and dates take their places", "[clients]") {
  CHECK(expanded("logs/{network}/{channel}/%Y-%m-%d.log") == "logs/Net/#chan/2026-11-21.log");
  CHECK(expanded("%F/%H%M%S {channel}") == "2026-11-21/123456 #chan");
  CHECK(expanded("{{100%%}}") == "{100%}");
  CHECK(expanded("a}b") == "a}b");
}

TEST_CASE("a template knows how often it changes, and where it begins to", "[clients]") {
  auto const parsed = [](std::string_view text) { return IrcLogTemplate::parse(text).value(); };
  CHECK(parsed("{channel}").unit() == IrcLogTemplate::Unit::none);
  CHECK(parsed("{channel}-%F").unit() == IrcLogTemplate::Unit::day);
  CHECK(parsed("%H %F").unit() == IrcLogTemplate::Unit::second);
  CHECK(parsed("%F %H").unit() == IrcLogTemplate::Unit::second);
  CHECK(parsed("a/b/{channel}/c.log").fixed_folders() == 4);
  CHECK(parsed("a/b{channel}/c.log").fixed_folders() == 2);
  CHECK(parsed("a/%%/b{{/{channel}").fixed_folders() == 7);
  CHECK(parsed("{channel}/c.log").fixed_folders() == 0);
  CHECK(parsed("/{channel}").fixed_folders() == 1);
}

TEST_CASE("what a template does not know is said with what it knows", "[clients]") {
  CHECK(wrong("{nick}.log") ==
        "there is no {nick}, only {network} and {channel}; a brace itself is {{ or }}");
  CHECK(wrong("{channel") ==
        "there is no {channel, only {network} and {channel}; a brace itself is {{ or }}");
  CHECK(wrong("a%Q") ==
        "there is no %Q, only strftime's %Y %m %d %F %H %M %S and the like; % itself is %%");
  CHECK(wrong("100%").find("there is no %,") == 0);
}

TEST_CASE("a peer's names do not leave the folder", "[irc45]") {
  CHECK(expanded("logs/{channel}.log", "", "#/../../x") == "logs/#%2F..%2F..%2Fx.log");
  CHECK(expanded("logs/{network}/{channel}", "..", ".") == "logs/%2E./%2E");
  CHECK(expanded("logs/{channel}", "", ".profile") == "logs/%2Eprofile");
  CHECK(expanded("logs/{network}/x", "") == "logs/%/x");
  CHECK(safe_name(std::string_view("#a\0b\n", 5)) == "#a%00b%0A");
}

TEST_CASE("different names are different files", "[irc46]") {
  CHECK(safe_name("#a/b") == "#a%2Fb");
  CHECK(safe_name("#a-b") == "#a-b");
  CHECK(safe_name("#a%2Fb") == "#a%252Fb");
}

TEST_CASE("names in any script stay, what cannot be seen does not", "[clients]") {
  CHECK(safe_name("#f\xc3\xbc\xc3\x9f") == "#f\xc3\xbc\xc3\x9f");
  CHECK(safe_name("#\xe2\x80\xae"
                  "a") == "#%E2%80%AEa");
  CHECK(safe_name("#\xff\xc3") == "#%FF%C3");
  CHECK(safe_name("#\x02") == "#%02");
}

TEST_CASE("a long name is cut, and told apart by its hash", "[irc45]") {
  std::string const base(200, 'x');
  auto const one = safe_name(base + "1");
  auto const other = safe_name(base + "2");
  CHECK(one.size() == 120);
  CHECK(one.substr(0, 104) == base.substr(0, 103) + "~");
  CHECK(one != other);
  CHECK(safe_name(base.substr(0, 119)) == base.substr(0, 119));
  CHECK(safe_name(base.substr(0, 120)).size() == 120);
  CHECK(safe_name(base.substr(0, 120)) != base.substr(0, 120));
}

TEST_CASE("no character and no escape is cut in two", "[clients]") {
  for (std::size_t before = 88; before < 104; ++before) {
    std::string const ahead(before, 'x');
    for (auto const* const character : {"/", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
      auto name = ahead;
      for (int i = 0; i < 60; ++i) name += character;
      auto const safe = safe_name(name);
      auto const body = safe.substr(0, safe.size() - 17);
      INFO(safe);
      CHECK(safe.size() <= 120);
      CHECK(safe.size() > 114);
      auto const whole = safe_name(character).size();
      CHECK((body.size() - before) % whole == 0);
    }
  }
}
