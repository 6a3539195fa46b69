#include "tests/reactor/support/datagrams.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace twx::test {
namespace {

class Recording final : public DatagramProtocol {
 public:
  explicit Recording(std::shared_ptr<Datagrams> kept) : d_(std::move(kept)) {}
  ~Recording() override { d_->destroyed = true; }

  void start_protocol() override {
    d_->transport = &transport();
    tell("start", d_->on_start);
  }
  void datagram_received(Bytes data, Address const& from) override {
    {
      TestsOwn const own;
      d_->received.push_back(
          {std::string(text(data)), from, transport().destination(), transport().sent_to_many()});
      if (!d_->story.ends_with("data")) note("data");
    }
    if (d_->on_received) d_->on_received(transport(), data, from);
  }
  void connection_refused() override { tell("refused", d_->on_refused); }
  void resume_writing() override { tell("resume", d_->on_resume); }
  void stop_protocol() override {
    tell("stop", d_->on_stop);
    d_->transport = nullptr;
  }

 private:
  void note(std::string_view event) {
    if (!d_->story.empty()) d_->story += " ";
    d_->story += event;
  }
  void tell(std::string_view event, std::function<void(DatagramTransport&)> const& call) {
    {
      TestsOwn const own;
      note(event);
    }
    if (call) call(transport());
  }

  std::shared_ptr<Datagrams> d_;
};

int checked(int status, char const* what) {
  if (status < 0) throw std::system_error(errno, std::system_category(), what);
  return status;
}

int open_socket(int family) {
  auto const fd = checked(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  timeval const limit{std::chrono::duration_cast<std::chrono::seconds>(patience).count(), 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

}  // namespace

std::unique_ptr<DatagramProtocol> protocol_for(std::shared_ptr<Datagrams> kept) {
  return std::make_unique<Recording>(std::move(kept));
}

DatagramPeer::DatagramPeer(Address const& where) : fd_(open_socket(where.family())) {
  sockaddr_storage storage{};
  auto const size = where.copy_to(storage);
  checked(bind(fd_, reinterpret_cast<sockaddr*>(&storage), size), "bind");
}

DatagramPeer DatagramPeer::on(std::string_view host, std::uint16_t port) {
  return DatagramPeer(Address::ip(host, port).value());
}

DatagramPeer DatagramPeer::named_by_the_system() {
  DatagramPeer peer(open_socket(AF_UNIX));
  sockaddr const unnamed{AF_UNIX, {}};
  checked(bind(peer.fd_, &unnamed, sizeof(sa_family_t)), "bind");
  return peer;
}

DatagramPeer::~DatagramPeer() {
  if (fd_ >= 0) close(fd_);
}

Address DatagramPeer::address() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  checked(getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size), "getsockname");
  return Address::from(reinterpret_cast<sockaddr*>(&storage), size);
}

void DatagramPeer::connect(Address const& to) {
  sockaddr_storage storage{};
  auto const size = to.copy_to(storage);
  checked(::connect(fd_, reinterpret_cast<sockaddr*>(&storage), size), "connect");
}

int DatagramPeer::send(std::string_view data, Address const& to) {
  sockaddr_storage storage{};
  auto const size = to.copy_to(storage);
  auto const* const name = reinterpret_cast<sockaddr*>(&storage);
  TestsOwn const own;
  return sendto(fd_, data.data(), data.size(), MSG_DONTWAIT, name, size) < 0 ? errno : 0;
}

int DatagramPeer::send(std::string_view data) {
  TestsOwn const own;
  return ::send(fd_, data.data(), data.size(), MSG_DONTWAIT) < 0 ? errno : 0;
}

std::optional<std::string> DatagramPeer::receive() { return receive_with(0); }
std::optional<std::string> DatagramPeer::receive_now() { return receive_with(MSG_DONTWAIT); }

std::optional<std::string> DatagramPeer::receive_with(int flags) {
  TestsOwn const own;
  std::string data(300'000, '\0');
  sockaddr_storage from{};
  alignas(cmsghdr) char control[256];
  iovec piece{data.data(), data.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  auto const count = recvmsg(fd_, &message, flags);
  error_ = count < 0 ? errno : 0;
  if (count < 0) return std::nullopt;
  from_ = message.msg_namelen > 0
              ? Address::from(reinterpret_cast<sockaddr*>(&from), message.msg_namelen)
              : Address();
  if (auto* const header = CMSG_FIRSTHDR(&message); header && header->cmsg_type == IP_TTL)
    std::memcpy(&ttl_, CMSG_DATA(header), sizeof ttl_);
  data.resize(static_cast<std::size_t>(count));
  return data;
}

void DatagramPeer::ask_for_ttl() {
  int const on = 1;
  checked(setsockopt(fd_, IPPROTO_IP, IP_RECVTTL, &on, sizeof on), "IP_RECVTTL");
}

}  // namespace twx::test
