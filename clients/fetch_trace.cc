#include "clients/fetch_trace.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "protocols/http_redirect.h"
#include "reactor/ascii.h"
#include "reactor/descriptor.h"
#include "reactor/log.h"
#include "reactor/visible.h"

namespace twx {
namespace {

// The first line of `text`, its end included; it is taken away.
std::string_view take_whole_line(std::string_view& text) {
  auto const end = std::min(text.find('\n'), text.size() - 1);
  auto const line = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return line;
}

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_secret(std::string_view name) {
  return is_credential(name) || same_word(name, "Set-Cookie");
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    auto const written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      throw FailureException(Failure::from_errno());
    }
  }
}

void append_hex_column(std::string& out, std::string_view line) {
  for (std::size_t i = 0; i < 16; ++i) {
    if (i < line.size())
      ascii::append_hex(out, line[i]);
    else
      out += "  ";
    out += ' ';
  }
}

}  // namespace

std::string redacted_head(std::string_view head) {
  std::string out;
  auto secret = false;  // as was the field whose value goes on in a folded line
  while (!head.empty()) {
    auto const line = take_whole_line(head);
    auto const content = without_end(line);
    auto const folded = line.starts_with(' ') || line.starts_with('\t');
    auto const colon = folded ? line.npos : content.find(':');
    auto const name = colon == line.npos ? std::string_view() : content.substr(0, colon);
    if (!folded) secret = is_secret(trimmed(name));
    if (secret)
      out.append(name).append(folded ? " [redacted]" : ": [redacted]");
    else
      out += content;
    out += line.substr(content.size());
  }
  return out;
}

std::string trace_record(std::string_view title, std::string_view data, bool hex) {
  std::size_t const width = hex ? 16 : 64;
  char number[64];
  std::snprintf(number, sizeof number, ", %zu bytes (0x%zx)\n", data.size(), data.size());
  auto out = std::string(title) + number;
  for (std::size_t at = 0; at < data.size();) {
    std::snprintf(number, sizeof number, "%04zx: ", at);
    out += number;
    auto const end = hex ? data.npos : data.find("\r\n", at);
    auto const ends = end != data.npos && end - at <= width;
    auto const line = data.substr(at, ends ? end - at : width);
    if (hex) append_hex_column(out, line);
    for (auto const c : line) out += c >= ' ' && c <= '~' ? c : '.';
    out += '\n';
    at += ends ? line.size() + 2 : width;
  }
  return out;
}

Result<TraceWrite> open_trace(std::string const& file) {
  if (file == "-") return [](std::string_view text) { write_all(STDOUT_FILENO, text); };
  if (file == "%") return [](std::string_view text) { write_all(STDERR_FILENO, text); };
  // Not for everybody's eyes: bodies are in it.
  auto const opened = std::make_shared<Descriptor>(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!*opened)
    return Failure::with_message(Error::cannot_write,
                                 file + ": " + Failure::from_errno().message());
  return [opened](std::string_view text) { write_all(opened->get(), text); };
}

FetchTrace::FetchTrace(TraceOptions options, TraceWrite write)
    : options_(std::move(options)), write_(std::move(write)) {}

bool FetchTrace::wanted() const { return write_ || log_enabled(Level::info); }

template <class Tell>
void FetchTrace::tell(Tell tell_it) noexcept {
  try {
    if (wanted()) tell_it();
  } catch (...) {
    write_ = nullptr;
    log_failure("trace", Failure::from_current_exception());
  }
}

void FetchTrace::info(std::string_view text) noexcept {
  tell([&] {
    log(Level::info, prefix() + "* " + escaped(text));
    if (write_) write_(prefix() + "== Info: " + escaped(text) + "\n");
  });
}

void FetchTrace::request_head(std::string_view head) noexcept {
  tell([&] {
    auto const shown = options_.show_secrets ? std::string(head) : redacted_head(head);
    lines('>', shown);
    record("=> Send header", shown);
  });
}

void FetchTrace::response_head(std::string_view head) noexcept {
  tell([&] {
    auto const shown = options_.show_secrets ? std::string(head) : redacted_head(head);
    lines('<', shown);
    for (std::string_view rest = shown; !rest.empty();)
      record("<= Recv header", take_whole_line(rest));
  });
}

void FetchTrace::request_body(Bytes data) noexcept {
  if (wants_bodies()) tell([&] { record("=> Send data", text(data)); });
}

void FetchTrace::response_body(Bytes data) noexcept {
  if (wants_bodies()) tell([&] { record("<= Recv data", text(data)); });
}

void FetchTrace::lines(char mark, std::string_view head) const {
  if (!log_enabled(Level::info)) return;
  auto const begin = prefix() + mark + ' ';
  while (!head.empty()) log(Level::info, begin + escaped(without_end(take_whole_line(head))));
}

void FetchTrace::record(std::string_view title, std::string_view data) {
  if (write_ && !data.empty()) write_(prefix() + trace_record(title, data, options_.hex));
}

std::string FetchTrace::prefix() const {
  if (!options_.time) return "";
  auto const now = options_.now();
  auto const whole = std::chrono::floor<std::chrono::seconds>(now);
  auto const second = std::chrono::system_clock::to_time_t(whole);
  std::tm local{};
  ::localtime_r(&second, &local);
  char text[48];
  std::snprintf(
      text, sizeof text, "%02d:%02d:%02d.%06d ", local.tm_hour, local.tm_min, local.tm_sec,
      static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(now - whole).count()));
  return text;
}

}  // namespace twx
