// Internal to reactor/. A connected TCP or unix stream socket, with or without TLS.
#pragma once

#include "reactor/descriptor.h"
#include "reactor/epoll_set.h"
#include "reactor/function.h"
#include "reactor/passed_descriptors.h"
#include "reactor/stream.h"
#include "reactor/tls.h"

namespace twx {

class SocketStream final : public Stream, public Watched {
 public:
  // `socket` must be non-blocking.
  SocketStream(Loop&, Descriptor socket, Address peer);
  ~SocketStream() override;

  // Instead of start(): TLS first, and `build` is asked for the protocol when that is agreed upon.
  // `limit`: for the handshake; zero leaves that to the caller. `peer_key`: see TlsSession.
  using Build = Function<std::unique_ptr<Protocol>()>;
  void start_with_tls(std::shared_ptr<TlsContext>, std::string const& peer_name,
                      std::string peer_key, Duration limit, Build build,
                      StreamOwner* owner = nullptr);

  Address host() const override;
  Address peer() const override { return peer_; }
  void set_tcp_no_delay(bool) override;
  bool tcp_no_delay() const override;
  void set_tcp_keep_alive(bool) override;
  bool tcp_keep_alive() const override;
  Result<void> start_tls(std::shared_ptr<TlsContext>, std::string const& peer_name) override;
  std::optional<TlsInfo> tls() const override;
  Result<void> send_descriptor(int descriptor) override;
  Result<void> receive_descriptors() override;

 private:
  void ready(std::uint32_t events) override;
  ssize_t receive(std::span<std::byte>) override;
  ssize_t send(iovec const*, int count) override;
  bool shut_output() override;
  bool ready_to_close() override;
  bool may_be_refused() const override;
  Failure discarded_failure(int error) const override;
  void shut_descriptor() override;
  std::size_t sendable() const override;
  bool input_buffered() const override;
  bool holds_output() const override;
  bool output_wants_input() const override;
  void go_on_securing() override;
  Failure input_failure(int error) const override;
  void want(bool input, bool output) override;
  void want_nothing() override;
  void close_descriptors(bool reset) override;
  int pending_error() const override;
  bool input_survives_output() const override { return true; }
  bool input_left_over() override;
  bool input_waits() const;
  int plain_input() const override { return tls_ ? -1 : fd(); }
  int plain_output() const override { return tls_ ? -1 : fd(); }
  int fd() const { return socket_.get(); }
  std::uint32_t input_event() const;
  std::uint32_t output_event() const;

  Result<void> may_pass() const;
  ssize_t receive_beside(std::span<std::byte>);

  struct Tls;
  DelayedCall handshake_limit(Duration);
  void handshake_failed(Failure const&);

  Descriptor socket_;
  std::unique_ptr<Tls> tls_;                   // nothing: in clear
  std::unique_ptr<PassedDescriptors> passed_;  // from the first use on
  bool watched_ = false;
  Address peer_;
};

}  // namespace twx
