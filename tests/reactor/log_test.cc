#include "reactor/log.h"

#include <new>
#include <string>
#include <vector>

#include "reactor/failure.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

// Puts back the sink that was there.
class Restore {
 public:
  Restore() : before_(set_log_sink({})) {}
  ~Restore() { set_log_sink(std::move(before_)); }
  Restore(Restore const&) = delete;
  Restore& operator=(Restore const&) = delete;

 private:
  LogSink before_;
};

TEST_CASE("Without a sink nothing is heard and nothing breaks", "[log]") {
  Restore const restore;
  CHECK_FALSE(log_enabled(Level::error));
  log(Level::error, "into the void");
}

TEST_CASE("A sink gets level and line of each event", "[log]") {
  Restore const restore;
  std::vector<std::pair<Level, std::string>> heard;
  set_log_sink([&](Level level, std::string_view line) { heard.emplace_back(level, line); });
  log(Level::error, "one");
  log(Level::debug, "two");
  CHECK(heard ==
        std::vector<std::pair<Level, std::string>>{{Level::error, "one"}, {Level::debug, "two"}});
}

TEST_CASE("Events beyond the level asked for are not heard", "[log]") {
  Restore const restore;
  std::string heard;
  set_log_sink([&](Level, std::string_view line) { heard += line; }, Level::notice);
  CHECK(log_enabled(Level::error));
  CHECK(log_enabled(Level::warning));
  CHECK(log_enabled(Level::notice));
  CHECK_FALSE(log_enabled(Level::info));
  CHECK_FALSE(log_enabled(Level::debug));
  log(Level::info, "info");
  log(Level::notice, "notice");
  CHECK(heard == "notice");
}

TEST_CASE("Installing a sink gives back the one before", "[log]") {
  Restore const restore;
  std::string heard;
  set_log_sink([&](Level, std::string_view line) { heard += line; });
  auto first = set_log_sink([](Level, std::string_view) {});
  log(Level::error, "unheard");
  first(Level::error, "direct ");
  set_log_sink(std::move(first));
  log(Level::error, "again");
  CHECK(heard == "direct again");
}

TEST_CASE("An empty sink is silence again", "[log]") {
  Restore const restore;
  set_log_sink([](Level, std::string_view) {});
  CHECK(log_enabled(Level::debug));
  set_log_sink({});
  CHECK_FALSE(log_enabled(Level::error));
}

TEST_CASE("Lines that a sink fails at are counted and told with the next", "[log]") {
  Restore const restore;
  std::string heard;
  auto full = true;
  set_log_sink([&](Level, std::string_view line) {
    if (full) throw std::bad_alloc();
    heard += std::string(line) + "; ";
  });
  log(Level::error, "one");
  log(Level::error, "two");
  full = false;
  log(Level::error, "three");
  log(Level::error, "four");
  CHECK(heard == "2 lines could not be logged; three; four; ");
}

TEST_CASE("A failure is logged with what it befell", "[log]") {
  Restore const restore;
  std::string heard;
  set_log_sink([&](Level level, std::string_view line) {
    if (level == Level::error) heard += line;
  });
  log_failure("a protocol failed", Failure(Error::idle_timeout));
  CHECK(heard == "a protocol failed: Idle for too long");
}

}  // namespace
