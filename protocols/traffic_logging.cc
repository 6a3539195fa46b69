#include "protocols/traffic_logging.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <new>
#include <string_view>

#include "reactor/ascii.h"
#include "reactor/log.h"

namespace twx {
namespace {

void append_escaped(std::string& out, char c, char quote) {
  auto const value = static_cast<unsigned char>(c);
  if (c == quote || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n' || c == '\r' || c == '\t') {
    out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
  } else if (value < 0x20 || value > 0x7e) {
    ascii::append_hex(out += "\\x", c);
  } else {
    out += c;
  }
}

std::string repr(Bytes data) {
  auto const raw = text(data);
  auto const quote = raw.find('\'') != raw.npos && raw.find('"') == raw.npos ? '"' : '\'';
  std::string out(1, quote);
  for (auto const c : raw) append_escaped(out, c, quote);
  return out += quote;
}

std::string repr(std::span<Bytes const> pieces) {
  std::string out = "[";
  for (auto const piece : pieces) out += (out.size() > 1 ? ", " : "") + repr(piece);
  return out += "]";
}

struct CloseFile {
  // All is flushed already.
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

// For the owner alone, not through a link, and without waiting for the reader of a pipe.
std::FILE* open_new(char const* path) {
  auto const fd =
      open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  auto* const file = fdopen(fd, "w");
  if (!file) close(fd);
  return file;
}

}  // namespace

// --- to files ---

// The file of one connection. Nothing that happens here reaches the connection.
class TrafficLoggingFactory::File {
 public:
  File(std::string path, std::shared_ptr<std::atomic<bool>> failed)
      : path_(std::move(path)), failed_(std::move(failed)), file_(open_new(path_.c_str())) {
    if (!file_) tell(Failure::from_errno());
  }

  // `make` gives the line; it may need memory that is not there.
  template <class Make>
  void line(Make make) noexcept {
    if (!file_) return;
    try {
      auto const whole = make() + "\n";
      auto const written = std::fwrite(whole.data(), 1, whole.size(), file_.get());
      if (written != whole.size() || std::fflush(file_.get()) != 0) give_up(Failure::from_errno());
    } catch (std::bad_alloc const&) {
      give_up(Failure::no_memory());
    }
  }

 private:
  void give_up(Failure const& why) noexcept {
    tell(why);
    file_.reset();
  }
  void tell(Failure const& why) noexcept {
    if (!failed_->exchange(true)) log_failure("cannot log traffic to " + path_, why);
  }

  std::string path_;
  std::shared_ptr<std::atomic<bool>> failed_;
  std::unique_ptr<std::FILE, CloseFile> file_;
};

class TrafficLoggingFactory::Logged final : public ProtocolWrapper {
 public:
  Logged(std::unique_ptr<Protocol> inner, std::uint64_t number, std::string const& prefix,
         std::shared_ptr<std::atomic<bool>> failed)
      : ProtocolWrapper(std::move(inner)),
        number_(std::to_string(number)),
        file_(prefix + "-" + number_, std::move(failed)) {}

  void connection_made() override {
    file_.line([] { return std::string("*"); });
    ProtocolWrapper::connection_made();
  }
  void data_received(Bytes data) override {
    file_.line([&] { return "C " + number_ + ": " + repr(data); });
    ProtocolWrapper::data_received(data);
  }
  using ProtocolWrapper::write;
  void write(Bytes data) override {
    file_.line([&] { return "S " + number_ + ": " + repr(data); });
    ProtocolWrapper::write(data);
  }
  void write(SharedBytes message) override {
    if (message) file_.line([&] { return "S " + number_ + ": " + repr(bytes(*message)); });
    ProtocolWrapper::write(std::move(message));
  }
  void write_sequence(std::span<Bytes const> pieces) override {
    file_.line([&] { return "SV " + number_ + ": " + repr(pieces); });
    ProtocolWrapper::write_sequence(pieces);
  }
  void lose_connection() override {
    file_.line([&] { return "S " + number_ + ": *"; });
    ProtocolWrapper::lose_connection();
  }
  bool forward_to(Transport&) override { return false; }
  bool forward_to_file(int, std::uint64_t) override { return false; }

 private:
  std::string number_;
  File file_;
};

TrafficLoggingFactory::TrafficLoggingFactory(std::shared_ptr<Factory> wrapped, std::string prefix)
    : WrappingFactory(std::move(wrapped)), prefix_(std::move(prefix)) {}

std::unique_ptr<Protocol> TrafficLoggingFactory::wrap(std::unique_ptr<Protocol> inner,
                                                      Address const&) {
  return std::make_unique<Logged>(std::move(inner), ++count_, prefix_, failed_);
}

// --- to the log ---

namespace {

class Spewing final : public ProtocolWrapper {
 public:
  using ProtocolWrapper::ProtocolWrapper;

  void data_received(Bytes data) override {
    spew("Received: ", data);
    ProtocolWrapper::data_received(data);
  }
  using ProtocolWrapper::write;
  void write(Bytes data) override {
    spew("Sending: ", data);
    ProtocolWrapper::write(data);
  }
  void write(SharedBytes message) override {
    if (message) spew("Sending: ", bytes(*message));
    ProtocolWrapper::write(std::move(message));
  }
  void write_sequence(std::span<Bytes const> pieces) override {
    for (auto const piece : pieces) spew("Sending: ", piece);
    ProtocolWrapper::write_sequence(pieces);
  }
  bool forward_to(Transport&) override { return false; }
  bool forward_to_file(int, std::uint64_t) override { return false; }

 private:
  static void spew(char const* what, Bytes data) noexcept {
    if (!log_enabled(Level::debug)) return;
    try {
      log(Level::debug, what + repr(data));
    } catch (std::bad_alloc const&) {
      log(Level::debug, what);
    }
  }
};

}  // namespace

std::unique_ptr<Protocol> SpewingFactory::wrap(std::unique_ptr<Protocol> inner, Address const&) {
  return std::make_unique<Spewing>(std::move(inner));
}

}  // namespace twx
