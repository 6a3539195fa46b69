// twx fetch: pages by their URLs, with curl's options.
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <sstream>

#include "clients/fetch_dry_run.h"
#include "clients/fetch_input.h"
#include "clients/fetch_queue.h"
#include "clients/fetch_report.h"
#include "clients/fetch_transfer.h"
#include "clients/fetch_write_out.h"
#include "clients/slow_start.h"
#include "reactor/deferred_list.h"
#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

Level most_said() {
  auto most = Level::error;
  for (auto const level : {Level::warning, Level::notice, Level::info, Level::debug})
    if (log_enabled(level)) most = level;
  return most;
}

void write_error(std::string_view text) {
  while (!text.empty()) {
    auto const count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;  // nobody is left to be told
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// The lines of --input-file that are URLs.
std::vector<std::string> urls_in(std::string const& file) {
  std::vector<std::string> urls;
  std::istringstream lines(fetch_input(file).value());
  for (std::string line; std::getline(lines, line);) {
    auto const url =
        trimmed(line.ends_with('\r') ? std::string_view(line).substr(0, line.size() - 1)
                                     : std::string_view(line));
    if (!url.empty() && !url.starts_with('#')) urls.emplace_back(url);
  }
  return urls;
}

Result<TraceWrite> trace_to(FetchArguments const& arguments) {
  return arguments.trace_file.empty() ? TraceWrite() : open_trace(arguments.trace_file);
}

// All URLs, one after the other or some at a time.
class Fetch {
 public:
  // The URLs go out of `arguments`, which must live as long.
  Fetch(Reactor& reactor, FetchArguments& arguments, TraceWrite const& trace)
      : reactor_(reactor),
        arguments_(arguments),
        slow_start_(reactor),
        pool_({.most_idle = arguments.parallel_max,
               .most_for_key = arguments.parallel_max,
               .most = arguments.parallel_max + 2}),
        trace_({.hex = arguments.trace_hex,
                .time = arguments.trace_time,
                .show_secrets = arguments.show_secrets},
               trace),
        shared_{reactor,
                pool_,
                cookies_,
                trace_,
                arguments.silent,
                nullptr,
                [this]() -> StandardStreams& {
                  if (!streams_) streams_ = standard_streams(reactor_);
                  return *streams_;
                }} {}
  ~Fetch() { end_progress(); }
  Fetch(Fetch const&) = delete;
  Fetch& operator=(Fetch const&) = delete;

  Outcome run() {
    reactor_.on_termination([this](int number) {
      outcome_.signal = number;
      if (reactor_.running()) reactor_.stop();
    });
    reactor_.call_when_running([&] {
      all_ = fetch_all().add_both([this](Result<void> const& result) {
        if (!result) tell("", result.failure());
        if (outcome_.signal == 0) reactor_.stop();
      });
    });
    reactor_.run();
    all_ = Deferred<void>();
    return outcome_;
  }

 private:
  void plan() {
    for (auto& options : arguments_.sets) {
      cookies_.read(options).value();
      auto urls = std::move(options.urls);
      auto& set = sets_.emplace_back(reactor_, options);
      if (!options.input_file.empty())
        for (auto& url : urls_in(options.input_file)) urls.push_back(std::move(url));
      jobs_.add(set, std::move(urls));
    }
  }

  Deferred<void> fetch_all() {
    plan();
    begin_progress();
    auto const count = arguments_.parallel ? std::min(arguments_.parallel_max, jobs_.size()) : 1;
    auto const few = arguments_.parallel_immediate ? count : std::min(count, SlowStart::few);
    std::vector<Deferred<void>> parts;
    parts.push_back(workers(few));
    if (count > few) parts.push_back(workers_later(count - few));
    auto all = gather_results(std::move(parts));
    co_await std::move(all);
    end_progress();
    write_cookies();
    for (auto& set : sets_)
      if (set.heads) {
        auto finished = set.heads->finish();
        co_await std::move(finished);
      }
    if (streams_) {
      auto finished = streams_->finish();
      co_await std::move(finished);
    }
  }

  Deferred<void> workers(std::size_t count) {
    std::vector<Deferred<void>> all;
    while (all.size() < count && !jobs_.empty()) all.push_back(work());
    return gather_results(std::move(all));
  }

  Deferred<void> workers_later(std::size_t count) {
    auto turn = slow_start_.turn();
    co_await std::move(turn);
    auto others = workers(count);
    co_await std::move(others);
  }

  Deferred<void> work() {
    while (!ended_early()) {
      auto job = jobs_.next();
      if (!job) break;
      if (arguments_.dry_run) {
        show(*job);
        continue;
      }
      FetchTransfer transfer(shared_, job->set, std::move(job->target));
      auto fetched = transfer.run();
      ++under_way_;
      co_await std::move(fetched);
      --under_way_;
      slow_start_.ended();
      auto const& result = transfer.result();
      auto const ended = ended_early();  // by another one, and this one with it
      if (result.failure && !ended) tell(result.url, *result.failure);
      if (!ended && ended_early() && under_way_ > 0)
        end_ = reactor_.call_later(Duration::zero(), [this] { all_.cancel(); });
      write_after(job->set.options, result);
    }
    slow_start_.go();  // there is nothing left to begin with
  }

  bool ended_early() const { return arguments_.fail_early && outcome_.status != ExitStatus::done; }

  void show(FetchJob const& job) {
    auto const output = shared_.streams().output();
    auto const shown =
        dry_run(job.set, cookies_, job.target, [&output](Bytes data) { output->write(data); });
    if (!shown) tell(job.target.url, shown.failure());
  }

  void write_after(FetchOptions const& options, FetchResult const& result) {
    std::string out;
    if (!options.write_out.empty()) {
      auto const written = write_out(options.write_out, result);
      for (auto const& name : written.unknown)
        log(Level::warning, "fetch: there is no variable '" + escaped(name) + "' for --write-out");
      for (auto const& piece : written.pieces) {
        if (piece.to_error && progress_) progress_->erase();
        if (piece.to_error)
          write_error(isatty(STDERR_FILENO) == 1 ? VisibleText().feed(piece.text) : piece.text);
        else
          out += piece.text;
      }
    }
    if (!arguments_.report.empty()) out += fetch_report(result);
    if (!out.empty()) shared_.streams().output()->write(bytes(out));
  }

  void write_cookies() {
    for (auto const& options : arguments_.sets) {
      if (options.cookie_jar == "-") {
        shared_.streams().output()->write(bytes(cookies_.text()));
      } else if (!options.cookie_jar.empty()) {
        if (auto const written = cookies_.write(options.cookie_jar); !written)
          tell("", written.failure());
      }
    }
  }

  // The first failure is the outcome; each is told.
  void tell(std::string const& url, Failure const& failure) {
    auto const status = exit_status(failure);
    if (status == ExitStatus::done || outcome_.signal != 0) return;
    if (outcome_.status == ExitStatus::done) outcome_.status = status;
    if (arguments_.silent && !arguments_.show_error) return;
    log(Level::error, "fetch" + (url.empty() ? "" : " " + escaped(without_login(url))) + ": " +
                          escaped(failure.message()));
  }

  void begin_progress() {
    auto const quiet = arguments_.silent || arguments_.no_progress || arguments_.dry_run;
    if (!FetchProgress::wanted(quiet, jobs_.any_to_output())) return;
    progress_.emplace(reactor_, write_error);
    shared_.progress = &*progress_;
    auto const most = most_said();
    sink_ = set_log_sink({});
    set_log_sink(
        [this](Level level, std::string_view line) {
          progress_->erase();
          sink_(level, line);
        },
        most);
  }

  void end_progress() {
    if (!progress_) return;
    auto const most = most_said();
    set_log_sink(std::move(sink_), most);
    progress_.reset();
    shared_.progress = nullptr;
  }

  Reactor& reactor_;
  FetchArguments& arguments_;
  SlowStart slow_start_;
  HttpPool pool_;
  FetchCookies cookies_;
  FetchTrace trace_;
  std::unique_ptr<StandardStreams> streams_;
  std::optional<FetchProgress> progress_;
  LogSink sink_;  // while there is progress: what it stands before
  FetchShared shared_;
  std::deque<FetchSet> sets_;
  FetchQueue jobs_;
  std::size_t under_way_ = 0;
  Deferred<void> all_;
  DelayedCall end_;
  Outcome outcome_;
};

Action declare(Options& options) {
  auto const arguments = declare_fetch(options);
  options.example("twx fetch -L -o page.html https://example.org/",
                  "Keep a page, follow redirects");
  options.example("twx fetch -i example.org", "Show the head too");
  options.example("twx fetch --json '{\"a\": 1}' http://localhost:8080/api", "Post JSON");
  options.example("twx fetch --retry 5 -C - -O https://example.org/large.iso",
                  "Go on with a download where it has stopped, however often");
  return [arguments](Reactor& reactor) {
    for (auto const& set : arguments->sets)
      if (auto const& failure = set.unreadable)
        return Outcome{exit_status(*failure), "fetch: " + failure->message()};
    for (auto const& set : arguments->sets)
      if (!set.warning.empty() && !arguments->silent) log(Level::warning, "fetch: " + set.warning);
    auto trace = trace_to(*arguments);
    if (trace) return Fetch(reactor, *arguments, *trace).run();
    return Outcome{exit_status(trace.failure()), "fetch: " + trace.failure().message()};
  };
}

}  // namespace

extern constinit Command const client_fetch{
    "fetch", "fetch URLs by HTTP",
    "Fetches each URL and writes the body to standard output, as it comes. Options are spelled as "
    "curl spells them and mean the same; --no-X takes a flag --X back. Redirects are followed only "
    "with -L; the login, cookies and fields that look like a secret are not sent to another "
    "origin. With several URLs the exit status is that of the first failure.",
    declare};

}  // namespace twx
