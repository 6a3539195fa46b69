// Lines from the network, appended to a file.
#include "reactor/log.h"

#include "reactor/visible.h"
#include "servers/line_end.h"
#include "servers/log_file.h"
#include "servers/serve.h"

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
    logging_->raw ? logging_->file->append(line) : logging_->file->append(escaped(line));
  }

 private:
  std::shared_ptr<Logging> logging_;
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.several_endpoints = false});
  auto const logging = std::make_shared<Logging>();
  options.group("");
  options.positional("FILE", logging->path, true, "File to append to", Kind::file);
  declare_line_end(options, logging->end, "takes both");
  options.flag("--raw", logging->raw,
               "Write control characters as they come, not as \\x1b; beware of terminals");
  options.example("twx serve log 8007 lines.log", "Keep what clients send, line by line");
  return [serving, logging](Reactor& reactor) -> Outcome {
    logging->file = std::make_unique<LogFile>(logging->path);
    if (auto const opened = logging->file->open(); !opened)
      return {ExitStatus::write_failed, opened.failure().message()};
    serving->hung_up = [logging] {
      if (auto const opened = logging->file->open(); !opened)
        log_failure("the old log file stays", opened.failure());
    };
    return serve(reactor, "serve log", serving, factory_for<LineLogger>(serving, logging));
  };
}

}  // namespace

extern constinit Command const serve_log{
    "serve log", "append lines to a file",
    "Appends each line that a client sends to FILE, ended by a newline, each by one write. The "
    "file "
    "may be moved or deleted at any time: a new one is begun within a second, or at once on "
    "SIGHUP. "
    "When the disk is full lines are lost, which is said once; logging goes on by itself.",
    declare};

}  // namespace twx
