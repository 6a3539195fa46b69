// Internal to the library. HttpChunks: the framing of a chunked body (RFC 9112, section 7.1), byte
// by byte. No I/O in it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "protocols/http.h"
#include "reactor/bytes.h"
#include "reactor/failure.h"

namespace twx {

// The line before a chunk of so many bytes; of 0, before the trailer. CR LF follows the chunk.
std::string chunk_head(std::size_t size);

class HttpChunks {
 public:
  // Takes what is in the chunks, or, if `raw`, all of it, as it came: never empty, valid during the
  // call. What it throws passes through.
  using Sink = std::function<void(Bytes)>;
  // `limits` must live as long.
  HttpChunks(HttpLimits const& limits, bool raw, Sink sink)
      : limits_(limits), raw_(raw), sink_(std::move(sink)) {}

  // Takes what has come, at most up to the end of the body, and says how much that was. Fails with
  // HttpError::bad_chunk, malformed (the trailer), head_too_large; then nothing more may be given.
  Result<std::size_t> put(std::string_view data);
  bool done() const { return state_ == State::done; }
  HttpFields const& trailer() const { return trailer_; }

 private:
  enum class State {
    size,
    spaces,  // behind it
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    trailer,
    done
  };
  Result<void> put_byte(char);
  Result<void> put_size_line(char);
  Result<void> put_digit(char);
  Result<void> put_trailer(char);
  Result<void> end_trailer_line();
  Result<void> want(bool right, State next);
  std::size_t take_data(std::string_view);

  HttpLimits const& limits_;
  bool const raw_;
  Sink const sink_;
  State state_ = State::size;
  std::uint64_t left_ = 0;  // of the chunk
  int digits_ = 0;          // of its size
  std::size_t line_ = 0;    // how long that line is
  std::string text_;        // of the present line of the trailer
  std::size_t trailer_size_ = 0;
  HttpFields trailer_;
};

}  // namespace twx
