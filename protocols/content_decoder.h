// Public. ContentDecoder: undoes the content codings of a body (RFC 9110, section 8.4). No I/O in
// it, and bounded memory however much a body swells: one block for each coding beside the window of
// its format, which is 32 KiB (gzip, deflate), 16 MiB (br) or 8 MiB (zstd; RFC 9659) at most.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http.h"
#include "reactor/bytes.h"
#include "reactor/failure.h"

namespace twx {

class ContentDecoder {
 public:
  // Takes decoded pieces: never empty, valid during the call. What it throws passes through; then
  // nothing more may be given.
  using Sink = std::function<void(Bytes)>;

  // That many may be stacked on each other.
  static constexpr std::size_t most_codings = 5;
  // A decoded piece is no longer, unless there is no coding at all.
  static constexpr std::size_t block_size = 64 * 1024;
  // What to put into Accept-Encoding.
  static constexpr std::string_view accepted = "deflate, gzip, br, zstd";

  // For what the fields Content-Encoding list, in all of them together. Known are gzip (x-gzip),
  // deflate (RFC 1950, and bare RFC 1951 as some servers send it), br, zstd and identity. Fails
  // with HttpError::bad_content_coding for another, or for too many.
  static Result<std::unique_ptr<ContentDecoder>> make(HttpFields const& fields, Sink sink);
  ~ContentDecoder();

  // Decodes all of it. Fails with HttpError::bad_content_coding, or for want of memory; then
  // nothing more may be given.
  Result<void> put(Bytes coded);

  // The same for who cannot take everything at once, since a few bytes may become gigabytes: add()
  // keeps a copy, each step() makes one block of one coding at most. False: more is to be added
  // first.
  void add(Bytes coded);
  Result<bool> step();

  // The end of the body: decodes what is left. HttpError::bad_content_coding if it is cut off.
  // Nothing at all is a whole body: servers answer so.
  Result<void> finish();

 private:
  class Stage;
  class Zlib;
  class Brotli;
  class Zstd;
  explicit ContentDecoder(Sink sink);
  Result<void> add_stage(std::string_view coding);
  Result<std::size_t> decode(Stage&, Bytes& input);
  Bytes unused() const { return bytes(coded_).subspan(used_); }

  Sink const sink_;
  std::vector<std::unique_ptr<Stage>> stages_;  // the first takes what comes
  std::string coded_;
  std::size_t used_ = 0;  // of it
  bool begun_ = false;
};

}  // namespace twx
