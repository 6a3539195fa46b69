// Netrc: logins by host, from the file that ftp(1) and curl read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/failure.h"

namespace twx {

struct NetrcLogin {
  std::string user;
  // Nothing: the file has none, and no other may take its place.
  std::optional<std::string> password;

  bool operator==(NetrcLogin const&) const = default;
};

// What a file says, kept: one that is a pipe can be read only once.
class Netrc {
 public:
  // machine NAME or default, then login, password and account in any order; macdef up to an empty
  // line; lines that begin with "#" are comments. A word may be in double quotes, with \" \\ \n \r
  // \t in it. Fails with Error::cannot_read where a quote has no end; unknown words are passed
  // over.
  static Result<Netrc> parse(std::string_view text);
  // The whole file, which may be a pipe; "-" is standard input. Blocks. Fails with
  // Error::cannot_read, also above 1 MiB.
  static Result<Netrc> read(std::string const& path);

  // The first entry of the file that is of this host, or for all. With a `user`: the first that is
  // of that user as well; one that names no user is nobody's. An entry without a user is a login
  // only if it has a password; otherwise there is none for the host, whatever follows.
  std::optional<NetrcLogin> find(std::string_view host, std::string_view user = {}) const;

 private:
  struct Entry {
    std::optional<std::string> host;  // nothing: all
    std::optional<std::string> user;
    std::optional<std::string> password;
  };
  std::vector<Entry> entries_;
};

}  // namespace twx
