// How a tool declares itself. Parser, --help, manual and completions are all made from what
// `declare` says here, so nothing is said twice. Knows no command-line library.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.h"
#include "reactor/clock.h"
#include "reactor/failure.h"

namespace twx {

class Reactor;

// What a value is, so that a shell can offer candidates.
enum class Kind {
  flag,
  text,
  text_or_file,  // what it is, its form tells
  data,          // text; or behind an @ the name of a file that holds it
  file,
  folder,
  host,
  host_port,  // both, divided by a colon
  port,
  endpoint,
  address,    // of this machine
  interface,  // of this machine
  url,
  time,
  size,
  count
};

// One option or positional argument.
struct Option {
  std::string names;    // "-q", "--idle-timeout", "-v,--verbose"; a positional has no dash
  std::string metavar;  // what stands for the value in the help; empty for a flag
  Kind kind = Kind::text;
  std::string help;       // one sentence without a full stop; the default, if any, in it
  std::string group;      // heading in the help; empty for the command's own
  bool required = false;  // positionals only
  bool repeatable = false;
  std::vector<std::string> choices = {};  // if not empty, the only values allowed
  // Takes one value (a flag gets ""); answers "" or what is wrong with the value and what would be
  // right: "'abc' is not a time; use 500ms, 2s, 1.5m or 1h".
  std::function<std::string(std::string_view)> set = {};
  std::function<void()> unset = {};  // what --no-X does, where that is taken
  bool divides = false;              // begins another set of arguments: see Options::divider

  bool positional() const { return names.front() != '-'; }
  bool takes_value() const { return kind != Kind::flag; }
  // "-v" and "--verbose" of "-v,--verbose". They point into `names`.
  std::vector<std::string_view> each_name() const;
  // Whether that is one of them.
  bool is_named(std::string_view name) const;
  // "--no-X" for "--X", "--X" for "--no-X"; empty where it cannot be taken back.
  std::string unset_name() const;
  // What messages call it: the last of the names, which is the long one where there is one.
  std::string_view name() const;
};

struct Example {
  std::string command;  // as typed in a shell
  std::string what;     // what it does, one line
};

// Collects what one command takes. The variables named must outlive the parsed command: they live
// in the state that its Action owns.
class Options {
 public:
  void flag(std::string names, bool& value, std::string help);
  // Counts how often the flag is given: -vv is 2.
  void flag_count(std::string names, int& value, std::string help);
  void option(std::string names, std::string metavar, std::string& value, std::string help,
              Kind kind = Kind::text);
  void option(std::string names, std::string metavar, std::optional<std::string>& value,
              std::string help, Kind kind = Kind::text);
  void option(std::string names, std::string metavar, std::vector<std::string>& values,
              std::string help, Kind kind = Kind::text);
  // A time: ms, s, m, h, fractions; seconds without a unit.
  void option(std::string names, std::string metavar, std::optional<Duration>& value,
              std::string help);
  void option(std::string names, std::string metavar, Duration& value, std::string help);
  // A whole number from `least` to `most`.
  void option(std::string names, std::string metavar, std::uint64_t& value, std::uint64_t least,
              std::uint64_t most, std::string help);
  void option(std::string names, std::string metavar, std::optional<std::uint64_t>& value,
              std::uint64_t least, std::uint64_t most, std::string help);
  // A size in bytes from `least` to `most`: 4096, 64k, 1M.
  void size(std::string names, std::string metavar, std::uint64_t& value, std::uint64_t least,
            std::uint64_t most, std::string help);
  // One of `choices`. The help names them: as the metavar if that is empty, otherwise after `help`.
  void choice(std::string names, std::string metavar, std::string& value,
              std::vector<std::string> choices, std::string help);
  // Any other kind of value: `set` as in Option. The reference stays valid until the next call.
  Option& option(Option);

  // Values without a name, in the order of declaration; only the last may be repeatable.
  void positional(std::string name, std::string& value, bool required, std::string help, Kind kind);
  void positional(std::string name, std::vector<std::string>& values, bool required,
                  std::string help, Kind kind);

  // Heading for the options that follow.
  void group(std::string heading) { group_ = std::move(heading); }
  void example(std::string command, std::string what);
  // As curl takes them, for all options: of one that is given twice the last counts, and --no-X
  // takes a flag --X back (--X one that is called --no-X).
  void forgiving() { forgiving_ = true; }
  bool is_forgiving() const { return forgiving_; }
  // A word that ends one set of arguments, all that a usage asks for, and begins another. `next` is
  // called between the two, after the checks, to put the values of the first away.
  void divider(std::string names, std::string help, std::function<void()> next);

  // Looks at all values of a set together, after parsing: "" or what is wrong and what would be
  // right.
  void check(std::function<std::string()> check) { checks_.push_back(std::move(check)); }

  std::span<Option const> all() const { return options_; }
  // The option with this name, such as "-v"; nullptr if there is none. Positionals are not found.
  Option const* find(std::string_view name) const;
  std::span<Example const> examples() const { return examples_; }
  std::span<std::function<std::string()> const> checks() const { return checks_; }

 private:
  std::vector<Option> options_;
  std::vector<Example> examples_;
  std::vector<std::function<std::string()>> checks_;
  std::string group_;
  bool forgiving_ = false;
};

// Runs the command; owns everything that `declare` gave to the options.
using Action = std::function<Outcome(Reactor&)>;

struct Command {
  std::string_view path;     // "serve echo"
  std::string_view summary;  // one line, no full stop
  std::string_view manual;   // what it does and why, paragraphs divided by empty lines
  Action (*declare)(Options&);

  // "serve" of "serve echo"; empty if the path is one word.
  std::string_view group() const {
    auto const space = path.find(' ');
    return space == path.npos ? std::string_view() : path.substr(0, space);
  }
  // "echo" of "serve echo", "connect" of "connect".
  std::string_view name() const { return path.substr(path.find(' ') + 1); }
};

// THE list of commands (cli/commands.cc), in the order in which help shows them.
std::span<Command const* const> commands();

// Values as the command line spells them; used by Options and by endpoints' settings.
Result<Duration> parse_time(std::string_view);          // 500ms, 2, 1.5s, 3m, 1h
std::optional<double> parse_decimal(std::string_view);  // 12, 1.5, .5
Result<std::uint64_t> parse_size(std::string_view);     // 4096, 64k, 1M, 2G (powers of 1024)
Result<std::uint64_t> parse_count(std::string_view);    // decimal digits

}  // namespace twx
