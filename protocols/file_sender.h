// Public. FileSender: sends a file, as fast as the peer takes it and no faster.
#pragma once

#include <cstddef>
#include <optional>

#include "reactor/deferred.h"
#include "reactor/transport.h"

namespace twx {

// A pull producer: reads 16,384 bytes each time all that was written has left. One file at a time.
// Destroying it stops the transfer with Error::abandoned.
class FileSender final : public Producer {
 public:
  // Bytes of one reading, and of one write().
  static constexpr std::size_t chunk_size = 16384;

  FileSender() = default;
  ~FileSender() override;
  FileSender(FileSender const&) = delete;
  FileSender& operator=(FileSender const&) = delete;

  // Sends what lies between the file offset of the descriptor and the end. Fires when the last byte
  // is written to the transport, with that byte; with nothing if there was none. Fails with what
  // read(2) says, which leaves the connection open, and with Error::connection_lost when that is
  // lost. The descriptor is a regular file's, stays the caller's and must be open until then.
  // Cancelling stops it. Throws ProducerRegistered if the transport has a producer already.
  Deferred<std::optional<char>> begin_file_transfer(int file, Transport& transport);

  void resume_producing() override;
  void stop_producing() override;

 private:
  void detach();
  void finish();
  void fail(Failure failure);

  Transport* transport_ = nullptr;  // while it sends
  int file_ = -1;
  std::optional<char> last_sent_;
  Promise<std::optional<char>> done_;
};

}  // namespace twx
