// The body of an answer on its way to the output: uncompressed if that is asked for, and counted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "clients/checksum.h"
#include "clients/fetch_output.h"
#include "protocols/content_decoder.h"
#include "protocols/http.h"

namespace twx {

class FetchBody {
 public:
  // `decode`: content codings are undone. `most`: bytes of it, as they come and as they are
  // written; 0: any. Both references must live as long.
  FetchBody(Reactor& reactor, FetchOutput& output, bool decode, std::uint64_t most)
      : reactor_(reactor), output_(output), decode_(decode), most_(most) {}
  ~FetchBody() {
    output_.hold = [](bool) {};
  }
  FetchBody(FetchBody const&) = delete;
  FetchBody& operator=(FetchBody const&) = delete;

  // Where the bytes come from, while they do: nothing more, or more again; and the end of it all,
  // since the body has failed.
  struct Source {
    std::function<void(bool)> hold;
    std::function<void()> abort;
  };
  void set_source(Source source);

  // Of a new answer whose body is wanted; `transfer_codings`, see HttpResponseParser, are undone in
  // any case. Throws HttpError::body_too_large if it tells such a length.
  void begin(HttpHead const& head, std::string_view transfer_codings = {});
  // Throws what the output does, HttpError::body_too_large and bad_content_coding. A little that
  // becomes much is decoded in later turns, so that nobody else has to wait.
  void put(Bytes);
  // HttpResponseReceiver::body_file and body_forwarded, for a body that is written as it comes:
  // where nothing is decoded, and watch() was not called. Throw what put() does.
  int file();
  void forwarded(std::uint64_t count, Result<void> const& written);
  // Bytes handed to the output since set_source().
  std::uint64_t written() const { return written_; }
  // What is written goes through `checksum` too, which must live as long.
  void watch(Checksum& checksum) { checksum_ = &checksum; }
  // The source is at its end, or has failed. Fires when everything is with the output; fails with
  // what went wrong here, and otherwise with what did there.
  Deferred<void> finish(Result<void> source);

 private:
  void write(Bytes);
  void count(std::uint64_t& counted, std::uint64_t more) const;
  void hold(bool);
  void work();
  void work_later();
  void tell_source();
  void settle();

  Reactor& reactor_;
  FetchOutput& output_;
  Checksum* checksum_ = nullptr;
  bool const decode_;
  std::uint64_t const most_;
  std::uint64_t come_ = 0;
  std::uint64_t written_ = 0;
  Source source_;
  bool coded_ = false;  // something is to be undone, if it is there
  HttpFields fields_;
  std::unique_ptr<ContentDecoder> decoder_;  // from the first byte on
  DelayedCall later_;
  bool held_ = false;    // by the output
  bool busy_ = false;    // there is more to decode
  bool paused_ = false;  // the source is
  std::optional<Failure> failure_;
  Result<void> source_result_;
  Promise<void> finished_;
};

}  // namespace twx
