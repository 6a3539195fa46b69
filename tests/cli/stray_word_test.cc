#include "cli/stray_word.h"

#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Words {
  Options options;
  Duration time{};
  std::uint64_t size = 0, count = 0;
  std::string text, file, choice, url;
  bool flag = false;

  Words() {
    options.option("-t,--time", "TIME", time, "Time");
    options.size("--size", "SIZE", size, 0, 100, "Size");
    options.option("--count", "N", count, 0, 100, "Count");
    options.option("--text", "TEXT", text, "Text");
    options.option("--file", "FILE", file, "File", Kind::file);
    options.option("--url", "URL", url, "URL", Kind::url);
    options.choice("--choice", "", choice, {"a", "b"}, "Choice");
    options.flag("-f,--flag", flag, "Flag");
  }
  std::string torn(std::vector<std::string_view> const& words) {
    return torn_value(options, words);
  }
  std::string unquoted(std::vector<std::string_view> const& words) {
    return unquoted_value(options, words, words.back());
  }
};

}  // namespace

TEST_CASE_METHOD(Words, "a time or size and its unit as two words are put together", "[cli]") {
  auto const told = "--time: a time is one word, number and unit: 500ms, 2s, 1.5m or 1h";
  CHECK(torn({"--time", "5", "s"}) == told);
  CHECK(torn({"x", "-ft", "1.5", "Minutes", "y"}) == told);
  CHECK(torn({"--size", "10", "MB"}) ==
        "--size: a size is one word, number and unit: 4096, 64k, 1M or 2G");
  CHECK(torn({"--time", "5"}).empty());
  CHECK(torn({"--time", "5s", "s"}).empty());
  CHECK(torn({"--time", "5", "host"}).empty());
  CHECK(torn({"--size", "5", "s"}).empty());
  CHECK(torn({"--count", "5", "s"}).empty());
  CHECK(torn({"--text", "--time", "5", "s"}).empty());
  CHECK(torn({"--", "--time", "5", "s"}).empty());
}

TEST_CASE_METHOD(Words, "a word behind a text may belong to it", "[cli]") {
  CHECK(unquoted({"--text", "hello", "world"}) ==
        "; put a value of several words in quotes: --text 'hello world'");
  CHECK(unquoted({"--text", "hello", "9000"}).empty());
  CHECK(unquoted({"--text", "hello", "x", "world"}).empty());
  CHECK(unquoted({"--file", "hello", "world"}).empty());
  CHECK(unquoted({"--choice", "a", "world"}).empty());
  CHECK(unquoted({"-f", "world"}).empty());
}

TEST_CASE_METHOD(Words, "where nothing is left, the value that took it is named", "[cli]") {
  auto const* const a_text = options.find("--text");
  auto const* const a_url = options.find("--url");
  std::vector<Given> const last{{a_text, "a"}, {a_text, "b"}};
  CHECK(swallowed_word(last, true) == "; 'b' is the value of --text");
  CHECK(swallowed_word(last, false).empty());
  std::vector<Given> const address{{a_text, "http://x/"}, {a_url, "http://y/"}};
  CHECK(swallowed_word(address, false) == "; 'http://x/' is the value of --text");
  CHECK(swallowed_word(std::vector<Given>{{options.find("-f"), ""}}, true).empty());
  CHECK(swallowed_word({}, true).empty());
}

TEST_CASE_METHOD(Words, "an option awaits its value behind its name or its letter", "[cli]") {
  CHECK(awaiting_value(options, "--time") == options.find("-t"));
  CHECK(awaiting_value(options, "-ft") == options.find("-t"));
  for (auto const* word : {"-f", "-t5", "-x", "--nothing", "time", "-", "--", ""})
    CHECK_FALSE(awaiting_value(options, word));
}
