#include "reactor/passed_descriptors.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace twx {
namespace {

// With one byte. The kernel takes 253, and a read brings those of one byte at most.
constexpr std::size_t most_at_once = 64;
constexpr std::size_t most_bytes = most_at_once * sizeof(int);

struct Control {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(most_bytes)> space{};
};

// The first pieces, `most` bytes at most; the last one cut.
std::vector<iovec> clipped(iovec const* pieces, int count, std::uint64_t most) {
  std::vector<iovec> kept;
  for (int i = 0; i < count && most > 0; ++i) {
    kept.push_back(pieces[i]);
    kept.back().iov_len = std::min<std::uint64_t>(most, pieces[i].iov_len);
    most -= kept.back().iov_len;
  }
  return kept;
}

void attach(msghdr& message, Control& control, std::span<int const> descriptors) {
  message.msg_control = control.space.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  auto* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
}

}  // namespace

ssize_t PassedDescriptors::send(int fd, iovec const* pieces, int count, std::uint64_t position) {
  std::vector<int> now;
  auto later = leaving_.begin();
  for (; later != leaving_.end() && later->position <= position && now.size() < most_at_once;
       ++later)
    now.push_back(later->descriptor.get());
  // More than can leave with one byte: the rest goes with the next.
  auto most = ~std::uint64_t{};
  if (later != leaving_.end())
    most = std::max<std::uint64_t>(1, later->position > position ? later->position - position : 1);
  auto kept = clipped(pieces, count, most);
  msghdr message{};
  message.msg_iov = kept.data();
  message.msg_iovlen = kept.size();
  Control control;
  if (!now.empty()) attach(message, control, now);
  auto const sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  if (sent > 0) leaving_.erase(leaving_.begin(), later);
  return sent;
}

ssize_t PassedDescriptors::receive(int fd, std::span<std::byte> buffer,
                                   std::vector<Descriptor>& arrived) {
  iovec piece{buffer.data(), buffer.size()};
  Control control;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.space.data();
  message.msg_controllen = control.space.size();
  arrived.reserve(arrived.size() + most_at_once);  // nothing may throw once they are ours
  auto const count = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    auto const size = header->cmsg_len - CMSG_LEN(0);
    for (std::size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(header) + at, sizeof descriptor);
      arrived.emplace_back(descriptor);
    }
  }
  return count;
}

}  // namespace twx
