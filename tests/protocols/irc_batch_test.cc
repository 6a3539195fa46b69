// Messages that belong together.
#include "protocols/irc_batch.h"

#include <string>

#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Fixture {
  std::optional<IrcBatches::Change> take(std::string const& line) {
    return batches.take(*IrcMessage::parse(line));
  }
  IrcBatch const* of(std::string const& line) const { return batches.of(*IrcMessage::parse(line)); }
  IrcBatch const* of(std::string const& line, std::string_view type) const {
    return batches.of(*IrcMessage::parse(line), type);
  }
  IrcBatches batches;
};

TEST_CASE("A batch begins, holds messages and ends", "[irc]") {
  Fixture f;
  auto const begun = f.take(":srv BATCH +yXNAbvnRHTRBv netsplit irc.hub other.host");
  REQUIRE(begun);
  CHECK(begun->begun);
  CHECK(begun->batch.type == "netsplit");
  CHECK(begun->batch.parameters == std::vector<std::string>{"irc.hub", "other.host"});
  REQUIRE(f.of("@batch=yXNAbvnRHTRBv :bob QUIT :x"));
  CHECK(f.of("@batch=yXNAbvnRHTRBv :bob QUIT :x")->type == "netsplit");
  CHECK_FALSE(f.of("@batch=other :bob QUIT :x"));
  CHECK_FALSE(f.of(":bob QUIT :x"));
  auto const ended = f.take(":srv BATCH -yXNAbvnRHTRBv");
  REQUIRE(ended);
  CHECK_FALSE(ended->begun);
  CHECK(ended->batch.type == "netsplit");
  CHECK_FALSE(f.of("@batch=yXNAbvnRHTRBv :bob QUIT :x"));
  CHECK(f.batches.size() == 0);
}

TEST_CASE("A batch may lie in another", "[irc]") {
  Fixture f;
  f.take("BATCH +outer chathistory #c");
  f.take("@batch=outer BATCH +inner netjoin a b");
  f.take("@batch=inner BATCH +third x");
  CHECK(f.of("@batch=inner X", "chathistory")->reference == "outer");
  CHECK(f.of("@batch=third X", "netjoin")->reference == "inner");
  CHECK_FALSE(f.of("@batch=outer X", "netjoin"));
  f.take("BATCH -outer");
  CHECK(f.batches.size() == 0);
}

TEST_CASE("What cannot be understood changes nothing", "[irc][irc32]") {
  Fixture f;
  f.take("BATCH +a netsplit");
  for (auto const* const line : {"BATCH", "BATCH +", "BATCH -", "BATCH a netsplit", "BATCH +b",
                                 "BATCH -b", "BATCH +a netjoin", "X +c y"})
    CHECK_FALSE(f.take(line));
  CHECK(f.batches.size() == 1);
  CHECK(f.of("@batch=a X")->type == "netsplit");
}

TEST_CASE("After a disconnect no batch is left over", "[irc][irc36]") {
  Fixture f;
  f.take("BATCH +a netsplit x y");
  f.batches.clear();
  CHECK_FALSE(f.of("@batch=a :bob QUIT :x"));
  CHECK_FALSE(f.take("BATCH -a"));
}

TEST_CASE("No more are open than may be; the oldest goes first", "[irc][irc29]") {
  Fixture f;
  for (std::size_t i = 0; i < IrcBatches::most + 10; ++i)
    f.take("BATCH +r" + std::to_string(i) + " t");
  CHECK(f.batches.size() == IrcBatches::most);
  CHECK_FALSE(f.of("@batch=r9 X"));
  CHECK(f.of("@batch=r10 X"));
}

TEST_CASE("A reference that comes again makes no circle", "[irc][irc29]") {
  Fixture f;
  f.take("BATCH +a t");
  f.take("@batch=a BATCH +b t");
  for (std::size_t i = 0; i + 1 < IrcBatches::most; ++i)
    f.take("BATCH +r" + std::to_string(i) + " t");
  CHECK_FALSE(f.of("@batch=a X"));
  f.take("@batch=b BATCH +a t");
  CHECK_FALSE(f.of("@batch=b X", "none"));
  CHECK_FALSE(f.of("@batch=a X", "none"));
}

}  // namespace
