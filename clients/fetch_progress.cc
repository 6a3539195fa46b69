#include "clients/fetch_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "clients/progress_text.h"
#include "reactor/failure.h"
#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

using namespace std::chrono_literals;

constexpr Duration period = 200ms;
constexpr Duration rate_window = 5s;

constexpr std::string_view erase_line = "\033[K";
constexpr std::string_view erase_below = "\033[J";
constexpr std::string_view line_up = "\033[A";

std::string_view environment(char const* name) {
  auto const* const value = std::getenv(name);
  return value ? value : "";
}

std::string right(std::string_view text, std::size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ').append(text);
}

std::string rate_text(double rate) { return size_text(static_cast<std::uint64_t>(rate)) + "/s"; }

double per_second(std::uint64_t bytes, Duration time) {
  if (time <= Duration::zero()) return 0;
  return static_cast<double>(bytes) / std::chrono::duration<double>(time).count();
}

// One column stays free, so that the cursor never waits to wrap.
std::size_t columns_of(FetchProgress::Size size) { return std::max(size.columns, 2U) - 1; }

}  // namespace

bool FetchProgress::wanted(bool silent, bool body_to_output) {
  if (silent || ::isatty(STDERR_FILENO) != 1) return false;
  if (body_to_output && ::isatty(STDOUT_FILENO) == 1) return false;
  auto const terminal = environment("TERM");
  return !terminal.empty() && terminal != "dumb" && environment("CI").empty();
}

FetchProgress::Size FetchProgress::terminal_size() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

FetchProgress::FetchProgress(Clock& clock, Write write, std::function<Size()> size)
    : clock_(clock), write_(std::move(write)), size_(std::move(size)) {}

FetchProgress::~FetchProgress() {
  try {
    erase();
  } catch (...) {
    log_failure("progress", Failure::from_current_exception());
  }
}

std::unique_ptr<FetchProgress::Line> FetchProgress::begin(std::string_view name) {
  lines_.reserve(lines_.size() + 1);
  std::unique_ptr<Line> line(new Line(*this, escaped(name)));
  if (!next_.active()) next_ = clock_.call_later(period, [this] { tick(); });
  lines_.push_back(line.get());
  return line;
}

void FetchProgress::erase() {
  auto out = drawn_ == 0 ? "" : top().append(erase_below);
  flush(std::move(out));
  drawn_ = 0;
  shown_.clear();
}

// `out`, after which the cursor is in an empty line, and the lines that stay.
void FetchProgress::flush(std::string out) {
  for (auto const& text : std::exchange(ended_, {})) out.append(text) += '\n';
  if (!out.empty()) write_(out);
}

// From where the cursor is to the beginning of the first line.
std::string FetchProgress::top() const {
  std::string out = "\r";
  for (std::size_t i = 1; i < drawn_; ++i) out += line_up;
  return out;
}

void FetchProgress::tick() {
  if (!lines_.empty()) next_ = clock_.call_later(period, [this] { tick(); });
  for (auto* const line : lines_) line->sample();
  draw();
}

void FetchProgress::draw() {
  auto texts = this->texts(size_());
  if (ended_.empty() && texts == shown_) return;
  auto out = drawn_ == 0 ? "" : top();
  for (auto const& text : std::exchange(ended_, {})) out.append(text).append(erase_line) += '\n';
  for (auto const& text : texts) {
    if (&text != &texts.front()) out += '\n';
    out.append(text).append(erase_line);
  }
  out += erase_below;
  drawn_ = texts.size();
  shown_ = std::move(texts);
  write_(out);
}

std::vector<std::string> FetchProgress::texts(Size size) const {
  std::vector<std::string> all;
  auto const columns = columns_of(size);
  std::size_t const room = std::max(size.rows, 2U) - 1;
  auto const count = std::min(lines_.size(), room);
  all.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) all.push_back(lines_[i]->text(columns));
  if (count == lines_.size()) return all;
  double rate = 0;
  std::uint64_t bytes = 0;
  for (auto const* const line : lines_) {
    rate += line->rate();
    bytes += line->at();
  }
  all.push_back(fitted(std::to_string(lines_.size() - count) + " more; all together " +
                           size_text(bytes) + ", " + rate_text(rate),
                       columns));
  return all;
}

void FetchProgress::ended(Line const& line, std::string text) {
  std::erase(lines_, &line);
  if (!text.empty()) ended_.push_back(std::move(text));
}

FetchProgress::Line::Line(FetchProgress& progress, std::string name)
    : progress_(progress),
      name_(std::move(name)),
      began_(progress.clock_.now()),
      samples_{{began_, 0}} {}

FetchProgress::Line::~Line() { std::erase(progress_.lines_, this); }

void FetchProgress::Line::restarted(unsigned retry, std::uint64_t from) {
  retry_ = retry;
  from_ = from;
  moved_ = sent_ = 0;
  sending_ = false;
  length_.reset();
  begin_count();
}

void FetchProgress::Line::sends(std::optional<std::uint64_t> length) {
  sent_length_ = length;
  sent_ = 0;
  sending_ = true;
  begin_count();
}

void FetchProgress::Line::answered() {
  sending_ = false;
  begin_count();
}

void FetchProgress::Line::begin_count() {
  began_ = progress_.clock_.now();
  samples_.assign(1, {began_, count()});
}

void FetchProgress::Line::finished(bool well) {
  progress_.ended(*this, last_text(columns_of(progress_.size_()), well));
}

// Keeps one that is as old as the window.
void FetchProgress::Line::sample() {
  auto const now = progress_.clock_.now();
  samples_.push_back({now, count()});
  while (samples_.size() > 2 && now - samples_[1].time >= rate_window) samples_.pop_front();
}

double FetchProgress::Line::rate() const {
  return per_second(samples_.back().moved - samples_.front().moved,
                    samples_.back().time - samples_.front().time);
}

std::string FetchProgress::Line::text(std::size_t columns) const {
  auto const at = this->at();
  auto const rate = this->rate();
  auto const total = this->total();
  std::string time;
  if (total && *total >= at && rate > 0) {
    auto const seconds = std::min(static_cast<double>(*total - at) / rate, 1e7);
    time = time_text(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
    time += " left";
  }
  return composed(columns, rate, time);
}

std::string FetchProgress::Line::last_text(std::size_t columns, bool well) const {
  auto const took = progress_.clock_.now() - began_;
  return composed(columns, per_second(count(), took), time_text(took) + (well ? "" : " fail"));
}

std::string FetchProgress::Line::composed(std::size_t columns, double rate,
                                          std::string_view time) const {
  auto const at = this->at();
  auto const total = this->total();
  std::string percent;
  if (total && *total >= at) {
    auto const part = *total == 0 ? 1 : static_cast<double>(at) / static_cast<double>(*total);
    percent = std::to_string(static_cast<int>(part * 100)) + "%";
  }
  auto const numbers = right(percent, 6) + right(size_text(at), 12) + right(rate_text(rate), 14) +
                       "  " + fitted(time, 12);
  auto name = retry_ > 0 ? "retry " + std::to_string(retry_) + ": " : "";
  if (!sending_ && sent_ > 0) name += "sent " + size_text(sent_) + ": ";
  name += name_;
  constexpr std::size_t shortest_name = 8;
  if (columns < numbers.size() + shortest_name)
    return fitted(numbers.substr(numbers.find_first_not_of(' ')), columns);
  return fitted(name, columns - numbers.size()) + numbers;
}

}  // namespace twx
