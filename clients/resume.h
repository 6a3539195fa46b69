// Going on where a file ends (-C -, and a retry): RFC 9110, section 14.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/http.h"
#include "reactor/failure.h"

namespace twx {

// How many bytes the file has; 0 if there is none. Fails with Error::cannot_read for what is there
// and no regular file.
Result<std::uint64_t> size_so_far(std::string const& path);
// What -C says: a number, or 0 for "-", the size so far.
std::uint64_t told_offset(std::string_view option);
// The value of the field Range that asks for all from `offset` on.
std::string range_from(std::uint64_t offset);

enum class Resume {
  append,    // the body goes behind what is there
  complete,  // nothing is missing: done, whatever the body says
};
// What an answer to range_from(offset) comes to; `offset` is not 0. To be asked for the final
// answer only, not for a redirect that is followed. complete: a 416 with just that total, or an
// answer of 200 that is just as long. Fails with HttpError::range_refused for everything but a 206
// whose Content-Range begins at `offset`.
Result<Resume> resume(HttpHead const& head, std::uint64_t offset);

}  // namespace twx
