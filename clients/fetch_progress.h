// How far the transfers are: a line each on a terminal, rewritten where they stand.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/clock.h"

namespace twx {

// At most five times a second the lines of all transfers are drawn anew: name, percent if a length
// is known, bytes, rate of the last five seconds, remaining time. More than the terminal has room
// for become a line for all of them. The line of a transfer that has ended stays, above the others,
// with its mean rate and its time.
class FetchProgress {
 public:
  struct Size {
    unsigned columns = 80;
    unsigned rows = 24;
  };
  // Bytes for the terminal, control sequences among them.
  using Write = std::function<void(std::string_view)>;
  class Line;

  // Whether there is to be progress at all: standard error is a terminal that can move its cursor
  // (TERM is set and not "dumb"), nobody asked for silence, CI is not in the environment, and the
  // body does not go to a terminal. `body_to_output`: it goes to standard output.
  static bool wanted(bool silent, bool body_to_output);
  // Of the terminal at standard error, now.
  static Size terminal_size();

  // `clock` must outlive this.
  FetchProgress(Clock& clock, Write write, std::function<Size()> size = terminal_size);
  // Shows what has ended, and takes away what has not. Lines must be gone by then.
  ~FetchProgress();
  FetchProgress(FetchProgress const&) = delete;
  FetchProgress& operator=(FetchProgress const&) = delete;

  // A transfer begins. `name` as it is: what a terminal must not see is made visible.
  std::unique_ptr<Line> begin(std::string_view name);
  // To be called before anybody else writes to the terminal: the cursor is then at the beginning of
  // an empty line. The lines come back with the next drawing. Throws what the writing throws.
  void erase();

 private:
  void tick();
  void draw();
  void flush(std::string out);
  void ended(Line const&, std::string text);
  std::string top() const;
  std::vector<std::string> texts(Size) const;

  Clock& clock_;
  Write write_;
  std::function<Size()> size_;
  std::vector<Line*> lines_;        // that have not ended
  std::vector<std::string> ended_;  // not shown yet
  std::size_t drawn_ = 0;           // lines; the cursor is in the last one
  std::vector<std::string> shown_;
  DelayedCall next_;
};

// One transfer. Destroying it without finished() takes its line away.
class FetchProgress::Line {
 public:
  ~Line();
  Line(Line const&) = delete;
  Line& operator=(Line const&) = delete;

  // Of the whole, in the same bytes as moved() counts: as they come from the connection, codings
  // not undone. Nothing: unknown.
  void length(std::optional<std::uint64_t> length) { length_ = length; }
  // So many bytes more.
  void moved(std::uint64_t bytes) {
    if (bytes > 0 && sending_) answered();
    moved_ += bytes;
  }
  // A request with a body begins, of that length if it is known: the line is about that until the
  // first byte of an answer's body comes, and says then how much was sent.
  void sends(std::optional<std::uint64_t> length);
  // So many bytes of it.
  void sent(std::uint64_t bytes) { sent_ += bytes; }
  // It is tried again, the `retry`th time; the count begins anew at `from`, where it is resumed.
  // Also, with 0, before the first bytes of a transfer that goes on with a file.
  void restarted(unsigned retry, std::uint64_t from = 0);
  // The last call: the line stays.
  void finished(bool well);

 private:
  friend class FetchProgress;
  struct Sample {
    Time time;
    std::uint64_t moved = 0;
  };

  Line(FetchProgress& progress, std::string name);
  void answered();
  void sample();
  std::uint64_t count() const { return sending_ ? sent_ : moved_; }
  std::uint64_t at() const { return sending_ ? sent_ : from_ + moved_; }
  std::optional<std::uint64_t> total() const { return sending_ ? sent_length_ : length_; }
  void begin_count();
  double rate() const;
  std::string text(std::size_t columns) const;
  std::string last_text(std::size_t columns, bool well) const;
  std::string composed(std::size_t columns, double rate, std::string_view time) const;

  FetchProgress& progress_;
  std::string name_;
  Time began_;
  std::deque<Sample> samples_;
  std::optional<std::uint64_t> length_;
  std::uint64_t from_ = 0;
  std::uint64_t moved_ = 0;  // since then
  std::optional<std::uint64_t> sent_length_;
  std::uint64_t sent_ = 0;
  bool sending_ = false;
  unsigned retry_ = 0;
};

}  // namespace twx
