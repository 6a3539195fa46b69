// What -w, --write-out prints about a transfer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/fetch_result.h"

namespace twx {

struct WrittenOut {
  struct Piece {
    bool to_error = false;  // to standard error, after %{stderr}
    std::string text;       // never empty; holds whatever the peer has sent
  };
  std::vector<Piece> pieces;         // in the order in which they are to be written
  std::vector<std::string> unknown;  // variables that there are not, to be told as warnings
};

// Carries out `format` as curl 7.88 does: %{variable} (see fetch_variable), %{json},
// %{header_json}, %header{name}, which is the first field of that name in the last head, %% and the
// escapes \n, \r and \t. After %{stderr} and %{stdout} the text goes there; after %{onerror} it
// ends unless the transfer has failed. What is none of these stands for itself.
WrittenOut write_out(std::string_view format, FetchResult const&);

// What the value of -w stands for: itself, or what is in FILE after "@FILE", or in standard input
// after "@-", without line ends and NULs (curl leaves them out too). Fails with Error::cannot_read.
Result<std::string> write_out_format(std::string_view value);

}  // namespace twx
