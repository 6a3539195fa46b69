// A chat room: who has given a name hears what the others say.
#include <unordered_set>

#include "reactor/visible.h"
#include "servers/line_end.h"
#include "servers/room.h"
#include "servers/serve.h"
#include "servers/shown_line.h"

namespace twx {
namespace {

struct Chatting {
  LineEnd end = LineEnd::crlf;
  Room room{"serve chat"};
  std::unordered_set<std::string> names;
};

class Chat final : public Served<LineOnlyReceiver> {
 public:
  Chat(std::shared_ptr<ServeOptions> options, std::shared_ptr<Chatting> chatting)
      : Served(std::move(options)), chatting_(std::move(chatting)) {
    set_line_end(chatting_->end);
  }

  void data_received(Bytes data) override {
    Served::data_received(data);
    tell_others();
  }
  void reading_resumed() override {
    Served::reading_resumed();
    tell_others();
  }
  void line_received(std::string_view line) override {
    name_.empty() ? take_name(line) : say(line);
  }

 private:
  void admitted(std::uint64_t) override { send_line("What's your name?"); }
  void left(Failure const& reason) override {
    if (name_.empty()) return;
    chatting_->names.erase(name_);
    chatting_->room.leave(transport(), reason);
  }
  void take_name(std::string_view name) {
    if (name.empty()) return send_line("What's your name?");
    if (escaped(name) != name)
      return send_line("Name has control characters, please choose another.");
    if (!chatting_->names.emplace(name).second)
      return send_line("Name taken, please choose another.");
    name_ = name;
    chatting_->room.enter(transport());
    send_line("Welcome, " + name_ + "!");
  }
  void say(std::string_view line) {
    said_.append("<").append(name_).append("> ").append(shown_line(line));
    said_ += chatting_->end == LineEnd::lf ? "\n" : "\r\n";
  }
  // Lines that came together leave as one message.
  void tell_others() {
    if (said_.empty()) return;
    auto const message = std::make_shared<std::string const>(std::exchange(said_, {}));
    chatting_->room.tell_others(transport(), message);
  }

  std::shared_ptr<Chatting> chatting_;
  std::string name_;  // empty: not given yet
  std::string said_;  // and not told yet
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.threads = false});
  auto const chatting = std::make_shared<Chatting>();
  options.group("");
  declare_line_end(options, chatting->end,
                   "takes both, answers as the client's first line ended, and passes on what is "
                   "said ended by CR LF");
  chatting->room.declare_backlog(options);
  options.example("twx serve chat 8123 --line any",
                  "A room on port 8123; join with: twx connect HOST 8123");
  return [serving, chatting](Reactor& reactor) {
    return serve(reactor, "serve chat", serving, factory_for<Chat>(serving, chatting));
  };
}

}  // namespace

extern constinit Command const serve_chat{
    "serve chat", "a chat room, line by line",
    "Asks each client for a name that nobody else has; then each line goes to all others as "
    "\"<NAME> LINE\". Control characters but for tabs are refused in names and reach the others as "
    "\\xNN. A client whose line is longer than 16384 bytes is disconnected. A terminal, and "
    "netcat, end lines with LF alone: that wants --line any.\n\n"
    "Nobody is slowed down for the sake of a client that does not read, or not fast enough: it is "
    "dropped once its backlog is too long.",
    declare};

}  // namespace twx
