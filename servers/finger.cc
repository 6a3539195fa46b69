// Finger User Information Protocol, RFC 1288: one query, one answer.
#include "servers/line_end.h"
#include "servers/serve.h"
#include "servers/users.h"

namespace twx {
namespace {

// What is asked for, without RFC 1288's "/W " (section 2.3), which asks for more of the same.
std::string_view name_in(std::string_view query) {
  if (query == "/W" || query.starts_with("/W ")) query.remove_prefix(2);
  while (query.starts_with(' ')) query.remove_prefix(1);
  while (query.ends_with(' ')) query.remove_suffix(1);
  return query;
}

class Finger final : public Served<LineOnlyReceiver> {
 public:
  Finger(std::shared_ptr<ServeOptions> options, std::shared_ptr<Users> users, LineEnd end)
      : Served(std::move(options)), users_(std::move(users)) {
    set_line_end(end);
    set_max_length(longest_query);
  }

  void line_received(std::string_view query) override {
    send_line(answer(name_in(query)));
    transport().lose_connection();
  }

 private:
  std::string answer(std::string_view name) const {
    // Sections 3.2.1 and 3.2.2: what a server may refuse, and in which words.
    if (name.find('@') != name.npos) return "Finger forwarding service denied";
    if (name.empty()) return "Finger online user list denied";
    auto const found = users_->find(name);
    return found ? (*found).value_or("No such user") : "Internal error in server";
  }

  std::shared_ptr<Users> users_;
};

constexpr auto no_file = "--users needs the name of a file, not an empty one";

void declare_users(Options& options, Users& users) {
  Option user;
  user.names = "--user";
  user.metavar = "NAME=TEXT";
  user.help = "What to say of NAME";
  user.repeatable = true;
  user.set = [&users](std::string_view text) -> std::string {
    auto const equals = text.find('=');
    auto const name = stripped(text.substr(0, equals));
    if (equals == text.npos || name.empty())
      return "'" + std::string(text) + "' is no user; use NAME=TEXT";
    if (auto const why = unaskable(name); !why.empty())
      return "nobody can ask for '" + std::string(name) + "': " + std::string(why);
    users.fixed.insert_or_assign(std::string(name), std::string(text.substr(equals + 1)));
    return "";
  };
  options.option(std::move(user));
  options.option("--users", "FILE", users.file, "Read users from lines \"NAME: TEXT\" of FILE",
                 Kind::file);
  options.check([&users] { return users.file && users.file->empty() ? no_file : ""; });
  options.option("--reload", "TIME", users.reload,
                 "Read FILE again when it is so old (default 30s), and on SIGHUP at once");
  options.check([&users, usual = users.reload] {
    return users.reload != usual && !users.file ? "--reload is for --users; give its file" : "";
  });
}

Action declare(Options& options) {
  auto const serving = declare_serve(options);
  auto const users = std::make_shared<Users>();
  auto const end = std::make_shared<LineEnd>(LineEnd::crlf);
  options.group("");
  declare_users(options, *users);
  declare_line_end(options, *end, "takes both and answers alike");
  options.example("twx serve finger 1079 --user moshez='Happy and well'", "One user");
  options.example("twx serve finger 1079 --users status.txt --reload 5s", "Those of a file");
  return [serving, users, end](Reactor& reactor) -> Outcome {
    if (auto const read = users->read(); !read)
      return {ExitStatus::read_failed, read.failure().message()};
    if (users->file) serving->hung_up = [users] { users->read_again(); };
    return serve(reactor, "serve finger", serving, factory_for<Finger>(serving, users, *end));
  };
}

}  // namespace

extern constinit Command const serve_finger{
    "serve finger", "say how somebody is",
    "Answers a line with a user's name by what is to be said of that user, or by \"No such user\", "
    "and closes the connection (RFC 1288). Lists of all users and forwarding to other hosts are "
    "refused. A client whose line is longer than 1024 bytes is disconnected.\n\n"
    "FILE is a regular file of at most 64 MiB; in it blanks around NAME and TEXT do not count, and "
    "lines without a colon are left out. Where it cannot be read any more clients get \"Internal "
    "error in server\".",
    declare};

}  // namespace twx
