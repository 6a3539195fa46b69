#include "protocols/http_transfer_codings.h"

#include <algorithm>
#include <utility>

#include "protocols/http_words.h"
#include "reactor/ascii.h"

namespace twx {
namespace {

// As a transfer coding: RFC 9112, section 7.2.
bool is_compression(std::string_view coding) {
  return same_word(coding, "gzip") || same_word(coding, "x-gzip") || same_word(coding, "deflate");
}

}  // namespace

Result<void> HttpTransferCodings::read(HttpFields const& fields) {
  for (auto const& [name, value] : fields) {
    if (!same_word(name, "Transfer-Encoding")) continue;
    any_ = true;
    if (!is_field_text(value)) return Failure(HttpError::malformed);
    if (!read_list(value)) return Failure(HttpError::bad_transfer_coding);
  }
  if (any_ && !named_ && !leniency_.raw) return Failure(HttpError::bad_transfer_coding);
  return {};
}

bool HttpTransferCodings::read_list(std::string_view list) {
  while (!list.empty()) {
    auto const coding = trimmed(take_until(list, ','));
    if (!coding.empty() && !add(coding)) return false;
  }
  return true;
}

// Chunks are around everything else, once. Who wants to see what came takes whatever it is.
bool HttpTransferCodings::add(std::string_view coding) {
  auto const behind_chunks = std::exchange(chunked_, same_word(coding, "chunked"));
  named_ = true;
  if (leniency_.raw) return true;
  if (behind_chunks) return false;
  if (chunked_) return true;
  if (!leniency_.transfer_codings || !is_compression(coding)) return false;
  if (!rest_.empty()) rest_ += ", ";
  rest_ += coding;
  return true;
}

}  // namespace twx
