// For the tests that need real descriptors: runs a reactor until something has happened, with a
// deadline instead of a sleep.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "reactor/log.h"
#include "reactor/reactor.h"

namespace twx::test {

using namespace std::chrono_literals;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// Around what the tests themselves do inside the loop, so that tests which make allocations or
// system calls fail can leave it out. Nothing unless such a test has set it.
extern void (*around_the_test)(bool begins);
class TestsOwn {
 public:
  TestsOwn() {
    if (around_the_test) around_the_test(true);
  }
  ~TestsOwn() {
    if (around_the_test) around_the_test(false);
  }
  TestsOwn(TestsOwn const&) = delete;
  TestsOwn& operator=(TestsOwn const&) = delete;
};

// How long a test waits for what must come.
constexpr Duration patience = sanitized ? 60s : 10s;

// Runs `reactor` until `done` holds; false if it does not within `limit`. What is open stays open,
// and the reactor can be run again.
bool run_until(Reactor& reactor, std::function<bool()> const& done, Duration limit = patience);
// Runs it for so long, whatever happens: to show what does not happen.
void run_for(Reactor& reactor, Duration);
// Runs it for some turns.
void run_turns(Reactor& reactor, int turns = 3);

// Runs `work` in a thread of its own and `reactor` in this one until `work` is done; what it
// returned.
template <class Work>
auto run_beside(Reactor& reactor, Work work) {
  std::atomic<bool> done{false};
  decltype(work()) result{};
  std::thread thread([&] {
    result = work();
    done = true;
  });
  // A peer gives up by itself after `patience`, so twice that is never waited for.
  run_until(reactor, [&] { return done.load(); }, 2 * patience);
  thread.join();
  return result;
}

// What this thread has used of the processor so far.
Duration processor_time();
// How often this thread has gone to sleep: each wait of an idle reactor.
long sleeps();

// The whole log while it lives.
class LogLines {
 public:
  LogLines();
  ~LogLines();
  LogLines(LogLines const&) = delete;
  LogLines& operator=(LogLines const&) = delete;

  std::size_t count(std::string_view part) const;
  std::string text() const;

 private:
  std::vector<std::string> lines_;
  LogSink before_;
};

// A directory that goes with the object.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory const&) = delete;
  ScratchDirectory& operator=(ScratchDirectory const&) = delete;

  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// Runs `work` in a child process; ends with it.
class Child {
 public:
  explicit Child(std::function<std::string()> const& work);
  ~Child();
  Child(Child const&) = delete;
  Child& operator=(Child const&) = delete;

  int id() const { return id_; }
  // Waits for what `work` returned; says how the child died if it did.
  std::string report();

 private:
  int id_ = -1;
  int pipe_ = -1;
};
inline std::string in_child(std::function<std::string()> const& work) {
  return Child(work).report();
}

// "abc..." of so many bytes, in which no two neighbouring kilobytes are alike.
std::string pattern(std::size_t size);
// For comparing long texts: equal, or where they differ.
std::string difference(std::string_view got, std::string_view wanted);

}  // namespace twx::test
