// A broadcast room: whatever one client sends goes to all the others, as it comes.
#include "reactor/log.h"
#include "servers/room.h"
#include "servers/serve.h"

namespace twx {
namespace {

bool is_close(std::string_view chunk) {
  return chunk == "close" || chunk == "close\n" || chunk == "close\r\n";
}

class Spread final : public ServedProtocol {
 public:
  Spread(std::shared_ptr<ServeOptions> options, std::shared_ptr<Room> room)
      : ServedProtocol(std::move(options)), room_(std::move(room)) {}

  void data_received(Bytes chunk) override {
    if (is_close(text(chunk))) {
      say(name_ + " closed");
      return transport().lose_connection();
    }
    say("spreading message from " + name_);
    room_->tell_others(transport(), std::make_shared<std::string const>(text(chunk)));
  }

 private:
  void admitted(std::uint64_t) override {
    name_ = std::to_string(admission().number());
    say("new connect " + name_);
    room_->enter(transport());
    transport().write("欢迎来到Spread Site,您是第" + name_ + "个客户端用户!\n");
  }
  void left(Failure const& reason) override {
    room_->leave(transport(), reason);
    say("lost connect: " + name_);
  }
  static void say(std::string const& what) {
    if (log_enabled(Level::info)) log(Level::info, what);
  }

  std::shared_ptr<Room> room_;
  std::string name_;
};

Action declare(Options& options) {
  auto const serving = declare_serve(options, {.threads = false});
  auto const room = std::make_shared<Room>("serve spread");
  options.group("");
  room->declare_backlog(options);
  options.example("twx serve spread 8007", "Everything goes to everybody else");
  return [serving, room](Reactor& reactor) {
    return serve(reactor, "serve spread", serving, factory_for<Spread>(serving, room));
  };
}

}  // namespace

extern constinit Command const serve_spread{
    "serve spread", "pass everything on to all others",
    "Greets each client with its number; what a client sends goes to all others, in the pieces in "
    "which it arrives. A piece that is just \"close\", with or without the end of a line, ends the "
    "client that sent it. Nobody is slowed down for the sake of a client that does not read, or "
    "not fast enough: it is dropped once its backlog is too long.",
    declare};

}  // namespace twx
