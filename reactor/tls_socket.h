// Internal to reactor/. What OpenSSL reads and writes the socket of a TlsSession by, instead of its
// own BIO for sockets: takes whole records.
//
// OpenSSL cannot write anything else once a record has left in part, not even the answer that a
// KeyUpdate demands in the midst of reading (RFC 8446, section 4.6.3): it takes that for misuse,
// and the connection is lost. So here the rest of a record is kept until the socket takes it.
#pragma once

#include <openssl/bio.h>
#include <sys/types.h>

#include <span>
#include <vector>

#include "reactor/bytes.h"

namespace twx {

class TlsSocket {
 public:
  // `fd` must be non-blocking.
  explicit TlsSocket(int fd) : fd_(fd) {}
  TlsSocket(TlsSocket const&) = delete;
  TlsSocket& operator=(TlsSocket const&) = delete;

  // A new one, which refers to this object. Throws std::bad_alloc.
  BIO* bio();
  // Until this is called nothing is kept: OpenSSL goes on by itself with a handshake that left in
  // part.
  void begin_keeping() { keeping_ = true; }
  // After close_notify: what OpenSSL still writes, answers to changes of keys, goes nowhere. The
  // peer must ignore it (RFC 8446, section 6.1), and the socket may be shut.
  void end() { over_ = true; }
  // Bytes taken from OpenSSL that the socket has not taken yet, most_kept at most.
  std::size_t kept() const { return kept_.size(); }
  // Offers them to the socket. False if not all have left: errno is EAGAIN, or what the socket has
  // failed with, as it then does for ever, and nothing is kept.
  bool flush();

  // A record (RFC 8446, section 5.2), and behind it some of what OpenSSL writes while it reads. A
  // peer that wants more answers and reads none gets no further: reading waits for the socket.
  static constexpr std::size_t most_kept = 20 * 1024;

 private:
  // What OpenSSL calls.
  static int write(BIO*, char const* data, int size) noexcept;
  static int read(BIO*, char* room, int size) noexcept;
  static long control(BIO*, int what, long, void*) noexcept;
  static BIO_METHOD* method();
  ssize_t take(Bytes);
  bool keep(Bytes);
  void fail(int error);

  int const fd_;
  int error_ = 0;
  bool keeping_ = false;
  bool over_ = false;
  bool ended_ = false;  // the input
  std::vector<std::byte> kept_;
};

}  // namespace twx
