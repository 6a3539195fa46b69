// Who is in which channel, and with what sign: QUIT and NICK do not say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocols/irc_case_mapping.h"
#include "protocols/irc_modes.h"
#include "protocols/irc_support.h"

namespace twx {

// Channels are told by their index.
class IrcMembers {
 public:
  // More are not remembered: their QUIT and NICK go unnoticed.
  static constexpr std::size_t most = 100'000;

  // `support` must outlive it.
  explicit IrcMembers(IrcSupport const& support) : support_(support), seats_(table()) {}

  // Names with their signs and spaces between them, as 353 has them; "!user@host" may follow.
  void listed(std::size_t channel, std::string_view names);
  void joined(std::size_t channel, std::string_view nick);
  void left(std::size_t channel, std::string_view nick);
  void changed(std::size_t channel, IrcModeChange const&);
  void renamed(std::string_view nick, std::string_view now);
  void quit(std::string_view nick);
  // Nobody is known of this channel any more.
  void clear(std::size_t channel);
  // The server has named its case mapping.
  void fold_anew();

  // Calls `call(channel)` for each that `nick` is in.
  template <class Call>
  void each_channel(std::string_view nick, Call call) const {
    if (auto const found = seats_.find(nick); found != seats_.end())
      for (auto const& seat : found->second) call(std::size_t{seat.channel});
  }
  // The highest sign, such as "@"; empty if there is none.
  std::string_view sign(std::size_t channel, std::string_view nick) const;
  std::size_t size() const { return seats_.size(); }

 private:
  struct Seat {
    std::uint16_t channel;
    std::uint16_t modes;  // a bit for each of IrcSupport::prefix_modes
  };
  using Table = std::unordered_map<std::string, std::vector<Seat>, IrcHash, IrcEqual>;

  Table table() const;
  Seat* seat(std::size_t channel, std::string_view nick);
  Seat const* find(std::size_t channel, std::string_view nick) const;

  IrcSupport const& support_;
  Table seats_;
};

}  // namespace twx
