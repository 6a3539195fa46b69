#include "reactor/datagram_service.h"

#include "reactor/log.h"

namespace twx {

// Passes everything on to `inner`. It goes with its socket, started or not: then the place is
// empty.
class DatagramServerService::Watched final : public DatagramProtocol {
 public:
  Watched(std::unique_ptr<DatagramProtocol> inner, Place place)
      : inner_(std::move(inner)), place_(std::move(place)) {}
  ~Watched() override { *place_ = nullptr; }
  Watched(Watched const&) = delete;
  Watched& operator=(Watched const&) = delete;

  void start_protocol() override { inner_->make_connection(transport()); }
  void datagram_received(Bytes data, Address const& from) override {
    inner_->datagram_received(data, from);
  }
  void connection_refused() override { inner_->connection_refused(); }
  void resume_writing() override { inner_->resume_writing(); }
  void stop_protocol() override { inner_->stop_protocol(); }

 private:
  std::unique_ptr<DatagramProtocol> inner_;
  Place place_;
};

DatagramServerService::DatagramServerService(Reactor& reactor, Endpoint where,
                                             DatagramFactory build, DatagramOptions options,
                                             int family)
    : reactor_(reactor),
      where_(std::move(where)),
      build_(std::move(build)),
      options_(options),
      family_(family) {}

DatagramServerService::~DatagramServerService() {
  abandon();
  try {
    close_sockets().release();
  } catch (std::bad_alloc const&) {
    log(Level::error, "no memory to close the sockets of a service");
  }
}

std::vector<DatagramTransport*> DatagramServerService::sockets() const {
  std::vector<DatagramTransport*> open;
  for (auto const& place : places_)
    if (*place && (*place)->listening()) open.push_back(*place);
  return open;
}

std::unique_ptr<DatagramProtocol> DatagramServerService::build_watched() {
  places_.push_back(std::make_shared<DatagramTransport*>(nullptr));
  return std::make_unique<Watched>(build_(), places_.back());
}

Deferred<void> DatagramServerService::on_privileged_start() {
  places_.clear();
  return reactor_.listen_datagram(
                     where_, [this] { return build_watched(); }, options_, family_)
      .add_callback([this](std::vector<DatagramTransport*> const& open) { listening(open); });
}

void DatagramServerService::listening(std::vector<DatagramTransport*> const& open) {
  auto place = places_.begin();
  for (auto* const socket : open) **place++ = socket;
  auto const whose = name().empty() ? "" : name() + ": ";
  for (auto const* socket : open)
    log(Level::notice, whose + "listening on " + socket->host().datagram_uri());
}

// All close now; fires when the last of them has.
Deferred<void> DatagramServerService::close_sockets() {
  auto closed = succeed();
  for (auto const& place : places_)
    if (*place)
      closed = std::move(closed).add_callback(
          [each = (*place)->stop_listening()]() mutable { return std::move(each); });
  places_.clear();
  return closed;
}

}  // namespace twx
