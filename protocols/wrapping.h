// Public. WrappingFactory and ProtocolWrapper: a layer between connections and their protocols, for
// policies that hold for any protocol.
//
//   auto site = factory_for<Site>();
//   reactor.listen_tcp(80, std::make_shared<TimeoutFactory>(reactor, std::move(site)));
#pragma once

#include <memory>

#include "reactor/factory.h"
#include "reactor/protocol.h"
#include "reactor/transport.h"

namespace twx {

// The protocol of the outer transport, and the transport of the inner protocol, which it owns. As
// it stands it passes on everything; a policy overrides what it wants to see, and calls what it
// overrides.
class ProtocolWrapper : public Protocol, public Transport {
 public:
  explicit ProtocolWrapper(std::unique_ptr<Protocol> inner) : inner_(std::move(inner)) {}
  ~ProtocolWrapper() override = default;
  ProtocolWrapper(ProtocolWrapper const&) = delete;
  ProtocolWrapper& operator=(ProtocolWrapper const&) = delete;

  // --- Protocol: what the outer transport tells ---
  void connection_made() override { inner_->make_connection(*this); }
  void data_received(Bytes data) override { inner_->data_received(data); }
  void eof_received() override { inner_->eof_received(); }
  void write_connection_lost() override { inner_->write_connection_lost(); }
  void pause_writing() override { inner_->pause_writing(); }
  void resume_writing() override { inner_->resume_writing(); }
  void reading_resumed() override { inner_->reading_resumed(); }
  void descriptor_received(Descriptor descriptor) override {
    inner_->descriptor_received(std::move(descriptor));
  }
  void file_forwarded(std::uint64_t count, Result<void> const& written) override {
    inner_->file_forwarded(count, written);
  }
  void handshake_completed() override { inner_->handshake_completed(); }
  void connection_lost(Failure const& reason) override { inner_->connection_lost(reason); }

  // --- Transport: what the inner protocol asks for ---
  using Transport::write;
  void write(Bytes data) override { transport().write(data); }
  void write(SharedBytes message) override { transport().write(std::move(message)); }
  void write_sequence(std::span<Bytes const> pieces) override {
    transport().write_sequence(pieces);
  }
  void lose_write_connection() override { transport().lose_write_connection(); }
  void lose_connection() override { transport().lose_connection(); }
  void abort_connection() override { transport().abort_connection(); }
  bool disconnecting() const override { return transport().disconnecting(); }
  void pause_producing() override { transport().pause_producing(); }
  void resume_producing() override { transport().resume_producing(); }
  bool paused() const override { return transport().paused(); }
  void register_producer(Producer& producer, bool streaming) override {
    transport().register_producer(producer, streaming);
  }
  void unregister_producer() override { transport().unregister_producer(); }
  void set_water_marks(WaterMarks marks) override { transport().set_water_marks(marks); }
  std::size_t unsent() const override { return transport().unsent(); }
  Traffic traffic() const override { return transport().traffic(); }
  void set_idle_timeout(Duration limit) override { transport().set_idle_timeout(limit); }
  // Bytes that are forwarded do not pass through here: a policy that must see them says no.
  bool forward_to(Transport& sink) override { return transport().forward_to(sink); }
  bool forward_to_file(int file, std::uint64_t count) override {
    return transport().forward_to_file(file, count);
  }
  Result<void> start_tls(std::shared_ptr<TlsContext> context, std::string const& name) override {
    return transport().start_tls(std::move(context), name);
  }
  std::optional<TlsInfo> tls() const override { return transport().tls(); }
  Address peer() const override { return transport().peer(); }
  Address host() const override { return transport().host(); }
  void set_tcp_no_delay(bool on) override { transport().set_tcp_no_delay(on); }
  bool tcp_no_delay() const override { return transport().tcp_no_delay(); }
  void set_tcp_keep_alive(bool on) override { transport().set_tcp_keep_alive(on); }
  bool tcp_keep_alive() const override { return transport().tcp_keep_alive(); }
  Result<void> send_descriptor(int descriptor) override {
    return transport().send_descriptor(descriptor);
  }
  Result<void> receive_descriptors() override { return transport().receive_descriptors(); }

 protected:
  // transport() is the outer one.
  Protocol& inner() const { return *inner_; }

 private:
  std::unique_ptr<Protocol> inner_;
};

// For ports and connectors alike. Passes every call on to the wrapped factory, the calls of a
// ClientFactory if it is one, and wraps what that builds. As thread-safe as the wrapped one.
class WrappingFactory : public ClientFactory {
 public:
  explicit WrappingFactory(std::shared_ptr<Factory> wrapped);

  // Nothing if the wrapped factory builds nothing.
  std::unique_ptr<Protocol> build_protocol(Address const& peer) override;
  void start_factory() override { wrapped_->do_start(); }
  void stop_factory() override { wrapped_->do_stop(); }
  void started_connecting(Connector&) override;
  void client_connection_failed(Connector&, Failure const& reason) override;
  void client_connection_lost(Connector&, Failure const& reason) override;

 protected:
  // What is built around `inner`, which is there; a ProtocolWrapper if not overridden.
  virtual std::unique_ptr<Protocol> wrap(std::unique_ptr<Protocol> inner, Address const& peer);
  Factory& wrapped() const { return *wrapped_; }

 private:
  std::shared_ptr<Factory> wrapped_;
  ClientFactory* client_;  // the same, if it is one
};

}  // namespace twx
