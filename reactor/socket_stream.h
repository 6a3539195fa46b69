// Internal to reactor/. A connected TCP or unix stream socket.
#pragma once

#include "reactor/descriptor.h"
#include "reactor/epoll_set.h"
#include "reactor/stream.h"

namespace twx {

class SocketStream final : public Stream, public Watched {
 public:
  // `socket` must be non-blocking.
  SocketStream(Loop& loop, Descriptor socket, Address peer)
      : Stream(loop), socket_(std::move(socket)), peer_(std::move(peer)) {}

  Address host() const override;
  Address peer() const override { return peer_; }
  void set_tcp_no_delay(bool) override;
  bool tcp_no_delay() const override;
  void set_tcp_keep_alive(bool) override;
  bool tcp_keep_alive() const override;

 private:
  void ready(std::uint32_t events) override;
  ssize_t receive(std::span<std::byte>) override;
  ssize_t send(iovec const*, int count) override;
  void shut_output() override;
  void want(bool input, bool output) override;
  void want_nothing() override;
  void close_descriptors(bool reset) override;
  int pending_error() const override;
  bool input_survives_output() const override { return true; }
  bool input_left_over() override;
  int plain_input() const override { return fd(); }
  int plain_output() const override { return fd(); }
  int fd() const { return socket_.get(); }

  Descriptor socket_;
  bool watched_ = false;
  Address peer_;
};

}  // namespace twx
