// LOGFILE of irc-log: a path, or a template for many.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/failure.h"

namespace twx {

// A name that a peer has chosen, as one safe part of a file name. Different names stay different:
// '/', '%', control characters, a leading '.', bytes that are no UTF-8, and characters that cannot
// be seen become %XX for each byte; an empty name becomes "%". Never more than 120 bytes: a longer
// name ends with '~' and 16 hexadecimal digits of its hash.
std::string safe_name(std::string_view name);

// `{network}`, `{channel}` and strftime's %Y %y %C %m %d %e %j %F %a %A %b %B %h %G %g %V %U %W %u
// %w, %H %I %p %M %S %T %s; `%%`, `{{` and `}}` are those characters themselves.
class IrcLogTemplate {
 public:
  // Fails with std::errc::invalid_argument for a name or a conversion that is none of these; the
  // message says which there are.
  static Result<IrcLogTemplate> parse(std::string_view text);

  // How much of the path a date changes.
  enum class Unit { none, day, second };

  bool has_channel() const { return has_channel_; }
  bool has_network() const { return has_network_; }
  Unit unit() const { return unit_; }
  // Nothing stands for something else.
  bool fixed() const { return !has_channel_ && !has_network_ && unit_ == Unit::none; }
  // The length of the path's folders up to the last '/' before anything that varies: these must be
  // there. Those below are made, and no symbolic link among them is followed.
  std::size_t fixed_folders() const { return fixed_folders_; }

  // `network` and `channel` as they are; they are made safe here. `channel` is to be folded.
  std::string expand(std::string_view network, std::string_view channel, std::tm const&) const;

 private:
  struct Piece {
    enum class Kind { literal, network, channel, date };
    Kind kind;
    std::string text;  // literal, or strftime's format
  };

  Result<void> add(std::string_view& rest);
  Result<void> add_name(std::string_view& rest);
  Result<void> add_date(std::string_view& rest);
  void add_literal(std::string_view text);

  std::vector<Piece> pieces_;
  bool has_channel_ = false;
  bool has_network_ = false;
  Unit unit_ = Unit::none;
  std::size_t fixed_folders_ = 0;
};

}  // namespace twx
