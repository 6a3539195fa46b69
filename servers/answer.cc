// A server that answers one question, line by line.
#include "servers/line_end.h"
#include "servers/serve.h"

namespace twx {
namespace {

class Answer final : public Served<LineOnlyReceiver> {
 public:
  Answer(std::shared_ptr<ServeOptions> options, LineEnd end) : Served(std::move(options)) {
    set_line_end(end);
  }

  void line_received(std::string_view line) override {
    send_line(line == "How are you?" ? "Fine" : "I don't know what you mean");
  }
};

Action declare(Options& options) {
  auto const serving = declare_serve(options);
  auto const end = std::make_shared<LineEnd>(LineEnd::crlf);
  options.group("");
  declare_line_end(options, *end, "takes both and answers as the client's first line ended");
  options.example("twx serve answer 8007 --line any", "Answer people who use netcat as well");
  return [serving, end](Reactor& reactor) {
    return serve(reactor, "serve answer", serving, factory_for<Answer>(serving, *end));
  };
}

}  // namespace

extern constinit Command const serve_answer{
    "serve answer", "answer \"How are you?\"",
    "Answers the line \"How are you?\" with \"Fine\" and every other line with \"I don't know what "
    "you mean\". A client whose line is longer than 16384 bytes is disconnected.",
    declare};

}  // namespace twx
