// Public. HttpBody: what follows the head of a request, a piece at a time, so that it need not be
// in memory.
//
//   request.body = memory_body("a=b");
//   request.body = file_body("/tmp/picture").value();
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/descriptor.h"
#include "reactor/failure.h"
#include "reactor/function.h"

namespace twx {

// Read by one request at a time.
class HttpBody {
 public:
  // Bytes of one piece at most.
  static constexpr std::size_t piece_size = 64 * 1024;

  HttpBody() = default;
  virtual ~HttpBody() = default;
  HttpBody(HttpBody const&) = delete;
  HttpBody& operator=(HttpBody const&) = delete;

  // Bytes of the whole, from the beginning. Nothing: not known before its end.
  virtual std::optional<std::uint64_t> size() const = 0;
  // The next piece, valid until the next call here; empty at the end. Nothing where none has come
  // yet: then when_ready is called later, never inside this call. Fails with Error::cannot_read.
  virtual Result<std::optional<Bytes>> read() = 0;
  // Back to the beginning, after a failure too. False where what was read cannot be had again.
  virtual bool rewind() = 0;

  // Called, if set, when read() that gave nothing has something to say. Whoever reads sets it, and
  // takes it away when done.
  Function<void()> when_ready;
};

// What is there already.
std::shared_ptr<HttpBody> memory_body(std::string content);
// The same, not copied: many requests may share it.
std::shared_ptr<HttpBody> memory_body(SharedBytes content);

// A file from `offset` on; nothing if that lies behind its end. It is opened now and read as it is
// sent. One that turns out shorter or longer than it was when opened is an error. Fails with
// Error::cannot_read, also for what is no regular file: a pipe could block the loop.
Result<std::shared_ptr<HttpBody>> file_body(std::string const& path, std::uint64_t offset = 0);
// The same of an open file, whose own offset stays where it is. `name` is for people.
Result<std::shared_ptr<HttpBody>> file_body(Descriptor file, std::string name,
                                            std::uint64_t offset = 0);

// One after the other. Its size is known if those of all are.
std::shared_ptr<HttpBody> sequence_body(std::vector<std::shared_ptr<HttpBody>> parts);

// What comes from outside as it comes, for example to a Protocol over standard input. Its size is
// not known unless told, and it can be sent again only as long as nothing of it was read.
class FedBody final : public HttpBody {
 public:
  // `hold(true)` asks the source for no more until `hold(false)`: one piece is kept at a time. It
  // is called once in a row for each; it may call add().
  explicit FedBody(Function<void(bool)> hold, std::optional<std::uint64_t> size = {})
      : hold_(std::move(hold)), size_(size) {}

  // Copies `data`, which may be of any size.
  void add(Bytes data);
  // Its end, or what stands in the place of the rest.
  void finish(Result<void> result = {});
  // The source is gone: `hold` is not called any more.
  void forget_source() { hold_ = {}; }

  std::optional<std::uint64_t> size() const override { return size_; }
  Result<std::optional<Bytes>> read() override;
  bool rewind() override { return !started_; }

 private:
  void hold(bool wanted);
  void tell_ready();

  Function<void(bool)> hold_;
  std::optional<std::uint64_t> const size_;
  std::string waiting_;
  std::string given_;     // by the last read()
  std::size_t next_ = 0;  // of given_
  std::optional<Result<void>> end_;
  bool held_ = false;
  bool asked_ = false;    // read() gave nothing
  bool started_ = false;  // something was read
};

}  // namespace twx
