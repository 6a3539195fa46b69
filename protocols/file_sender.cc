#include "protocols/file_sender.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace twx {

FileSender::~FileSender() { detach(); }

Deferred<std::optional<char>> FileSender::begin_file_transfer(int file, Transport& transport) {
  if (transport_) throw ProducerRegistered();
  auto deferred = Deferred<std::optional<char>>::with_canceller([this](auto&) { detach(); });
  file_ = file;
  last_sent_.reset();
  transport_ = &transport;
  try {
    transport.register_producer(*this, false);
  } catch (...) {
    transport_ = nullptr;
    throw;
  }
  auto promise = deferred.promise();
  if (transport_)
    done_ = std::move(promise);
  else  // it was lost before
    promise.errback(Error::connection_lost);
  return deferred;
}

void FileSender::resume_producing() {
  std::byte chunk[chunk_size];
  ssize_t count = -1;
  do {
    count = read(file_, chunk, sizeof chunk);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return fail(Failure::from_errno());
  auto const data = Bytes(chunk).first(static_cast<std::size_t>(count));
  if (data.empty()) return finish();
  last_sent_ = text(data).back();
  transport_->write(data);
}

void FileSender::stop_producing() {
  transport_ = nullptr;  // which has let go of this
  fail(Error::connection_lost);
}

void FileSender::detach() {
  if (auto* const transport = std::exchange(transport_, nullptr)) transport->unregister_producer();
}

// Firing comes last: it may destroy this.
void FileSender::finish() {
  detach();
  auto done = std::move(done_);
  done.callback(last_sent_);
}

void FileSender::fail(Failure failure) {
  detach();
  auto done = std::move(done_);
  if (!done.fired()) done.errback(std::move(failure));
}

}  // namespace twx
