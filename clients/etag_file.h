// --etag-save and --etag-compare: the version of a page that is here already (RFC 9110, 8.8.3).
#pragma once

#include <string>

#include "protocols/http.h"
#include "reactor/failure.h"

namespace twx {

// The value for If-None-Match: the first line of the file, quotes and W/ kept, or "\"\"" where
// there is none. Fails with Error::cannot_read; a missing file is that too unless `may_be_missing`
// (with --etag-save it will be made).
Result<std::string> read_etag(std::string const& path, bool may_be_missing);
// Writes the ETag of the final answer and a line end, or nothing where it has none. After a 304
// without one the file stays. Fails with Error::cannot_write.
Result<void> save_etag(std::string const& path, HttpHead const& head);

}  // namespace twx
