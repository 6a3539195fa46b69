// Lines from the network, appended to a file.
#include "reactor/log.h"

#include "servers/line_end.h"
#include "servers/log_file.h"
#include "servers/serve.h"
#include "servers/shown_line.h"

namespace twx {
namespace {

struct Logging {
  std::string path;
  LineEnd end = LineEnd::crlf;
  bool raw = false;
  std::unique_ptr<LogFile> file;
};

class LineLogger final : public Served<LineOnlyReceiver> {
 public:
  LineLogger(std::shared_ptr<ServeOptions> options, std::shared_ptr<Logging> logging)
      : Served(std::move(options)), logging_(std::move(logging)) {
    set_line_end(logging_->end);
  }

  void line_received(std::string_view line) override {
    logging_->raw ? logging_->file->append(line) : logging_->file->append(shown_line(line));
  }
  void line_length_exceeded(std::string_view rest) override {
    tell("a line longer than " + std::to_string(max_length()) + " bytes was", rest);
    transport().lose_connection();
  }

 private:
  void left(Failure const&) override {
    auto const rest = clear_line_buffer();
    if (rest.empty()) return;
    auto const count = std::to_string(rest.size());
    auto const one = rest.size() == 1;
    tell(count + (one ? " byte without an end of line was" : " bytes without an end of line were"),
         rest);
  }
  void tell(std::string const& what, std::string_view dropped) {
    auto const ends_otherwise =
        logging_->end == LineEnd::crlf && dropped.find('\n') != dropped.npos;
    log(Level::warning,
        "serve log: " + transport().peer().to_string() + ": " + what + " dropped" +
            (ends_otherwise ? "; a client that ends lines with LF alone needs --line any" : ""));
  }

  std::shared_ptr<Logging> logging_;
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.several_endpoints = false});
  auto const logging = std::make_shared<Logging>();
  options.group("");
  options.positional("FILE", logging->path, true, "File to append to", Kind::file);
  declare_line_end(options, logging->end, "takes both");
  options.check([logging] {
    return logging->path == "-" ? "FILE: '-' is no file here; write /dev/stdout, or ./- for one"
                                : "";
  });
  options.flag("--raw", logging->raw,
               "Write control characters as they come, not as \\xNN; beware of terminals");
  options.example("twx serve log 8007 lines.log", "Keep what clients send, line by line");
  options.example("twx serve log 8007 lines.log --line any",
                  "That of netcat and scripts as well, whose lines end with LF");
  return [serving, logging](Reactor& reactor) -> Outcome {
    logging->file = std::make_unique<LogFile>(logging->path);
    if (auto const opened = logging->file->open(); !opened)
      return {ExitStatus::write_failed, opened.failure().message()};
    serving->hung_up = [logging] { logging->file->begin_anew(); };
    return serve(reactor, "serve log", serving, factory_for<LineLogger>(serving, logging));
  };
}

}  // namespace

extern constinit Command const serve_log{
    "serve log", "append lines to a file",
    "Appends each line that a client sends to FILE, ended by a newline, each by one write. Control "
    "characters except tabs are written as \\xNN, two hexadecimal digits for each byte: 00 to 1f, "
    "7f, "
    "and 80 to 9f, alone or as UTF-8. A client whose line is longer than 16384 bytes is "
    "disconnected; that, and input after the last end of a line, is dropped, which is said.\n\n"
    "The file may be moved or deleted at any time: a new one is begun within a second, or at once "
    "on SIGHUP. When the disk is full, or nobody reads the pipe that FILE is, lines are lost, "
    "which "
    "is said once; logging goes on by itself.",
    declare};

}  // namespace twx
