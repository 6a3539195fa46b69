#include "clients/fetch_queue.h"

#include "reactor/fakes/fake_clock.h"
#include "tests/support/catch.h"

namespace {

using namespace twx;

struct Jobs {
  FetchSet& add(FetchOptions const& options, std::vector<std::string> urls) {
    auto& set = sets.emplace_back(clock, options);
    queue.add(set, std::move(urls));
    return set;
  }

  FakeClock clock;
  std::deque<FetchSet> sets;
  FetchQueue queue;
};

TEST_CASE("Jobs come in order, each with its number and its set", "[fetch]") {
  Jobs f;
  auto& first = f.add({}, {"a", "b"});
  f.add({}, {});
  auto& last = f.add({}, {"c"});
  CHECK(f.queue.size() == 3);
  CHECK_FALSE(f.queue.empty());
  auto number = 0U;
  for (auto const& [url, set] : {std::pair("a", &first), {"b", &first}, {"c", &last}}) {
    auto const job = f.queue.next();
    REQUIRE(job);
    CHECK(f.queue.empty() == (number == 2));
    CHECK(job->target.url == url);
    CHECK(job->target.number == number++);
    CHECK(&job->set == set);
  }
  CHECK_FALSE(f.queue.next());
  CHECK_FALSE(f.queue.next());
}

TEST_CASE("Outputs and uploads belong to the first URLs of their set", "[fetch]") {
  Jobs f;
  FetchOptions options;
  options.outputs = {{"file", false}};
  options.uploads = {"one", "two"};
  f.add(options, {"a", "b", "c"});
  auto const a = f.queue.next(), b = f.queue.next(), c = f.queue.next();
  REQUIRE(a->target.output);
  CHECK(a->target.output->path == "file");
  CHECK(a->target.upload == "one");
  CHECK_FALSE(b->target.output);
  CHECK(b->target.upload == "two");
  CHECK(c->target.upload.empty());
}

TEST_CASE("Whether any body goes to standard output", "[fetch]") {
  FetchOptions to_file;
  to_file.outputs = {{"file", false}};
  FetchOptions to_dash;
  to_dash.outputs = {{"-", false}};
  FetchOptions remote;
  remote.remote_name_all = true;
  CHECK_FALSE(Jobs().queue.any_to_output());
  auto const any = [](FetchOptions const& options, std::vector<std::string> urls) {
    Jobs f;
    f.add(options, std::move(urls));
    return f.queue.any_to_output();
  };
  CHECK(any({}, {"a"}));
  CHECK_FALSE(any(to_file, {"a"}));
  CHECK(any(to_file, {"a", "b"}));
  CHECK(any(to_dash, {"a"}));
  CHECK_FALSE(any(remote, {"a", "b"}));
}

}  // namespace
