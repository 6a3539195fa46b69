#include "servers/quotes.h"

#include <unistd.h>

#include <cstdio>
#include <set>
#include <string>

#include "tests/support/catch.h"

using twx::fortunes;
using twx::Quotes;

namespace {

// A file of its own for one test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string const& contents) {
    auto const fd = mkstemp(path_);
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, contents.data(), contents.size()) == static_cast<ssize_t>(contents.size()));
    close(fd);
  }
  ~TemporaryFile() { std::remove(path_); }
  std::string path() const { return path_; }
  void replace(std::string const& contents) const {
    auto* const file = std::fopen(path_, "w");
    REQUIRE(file != nullptr);
    std::fputs(contents.c_str(), file);
    std::fclose(file);
  }

 private:
  char path_[32] = "/tmp/twx-quotes-XXXXXX";
};

}  // namespace

TEST_CASE("the default quote keeps the doctor away", "[quotes]") {
  Quotes quotes;
  CHECK(*quotes.next() == "An apple a day keeps the doctor away");
}

TEST_CASE("an empty quote means the default", "[quotes]") {
  Quotes quotes;
  quotes.text = "";
  CHECK(*quotes.next() == "An apple a day keeps the doctor away");
  quotes.text = "mine";
  CHECK(*quotes.next() == "mine");
}

TEST_CASE("fortunes are divided by a line with a percent sign", "[quotes]") {
  using Entries = std::vector<std::string_view>;
  CHECK(fortunes("one\n%\ntwo\nlines\n%\nthree\n") == Entries{"one", "two\nlines", "three\n"});
  CHECK(fortunes("only") == Entries{"only"});
  CHECK(fortunes("one\n%\ntwo\n%\n") == Entries{"one", "two"});
  CHECK(fortunes("100%\n%%\n") == Entries{"100%\n%%\n"});
  CHECK(fortunes("") == Entries{""});
}

TEST_CASE("each entry of a fortune file comes up sooner or later", "[quotes]") {
  TemporaryFile const file("a\n%\nb\n%\nc");
  Quotes quotes;
  quotes.files = {file.path()};
  std::set<std::string> seen;
  for (int i = 0; i < 1000 && seen.size() < 3; ++i) seen.insert(*quotes.next());
  CHECK(seen == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("a fortune file is read anew for each quote", "[quotes]") {
  TemporaryFile const file("before");
  Quotes quotes;
  quotes.files = {file.path()};
  CHECK(*quotes.next() == "before");
  file.replace("after");
  CHECK(*quotes.next() == "after");
}

TEST_CASE("a fortune file that cannot be read is named", "[quotes]") {
  Quotes quotes;
  quotes.files = {"/nonexistent/fortunes"};
  CHECK_FALSE(quotes.check());
  CHECK(quotes.next().failure().message() == "/nonexistent/fortunes: No such file or directory");
}
