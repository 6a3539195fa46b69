// Internal to reactor/. Standard input and output as one stream: two descriptors that may be
// anything and that belong to others as well (the shell, the programs before and behind in a pipe).
// So they are never made non-blocking: pipes and terminals are opened a second time, sockets are
// asked per call, files do not block. Where a second opening is refused, a poll goes before each
// call.
#pragma once

#include "reactor/epoll_set.h"
#include "reactor/stream.h"

namespace twx {

class StandardStream final : public Stream {
 public:
  StandardStream(Loop& loop, int input, int output);
  ~StandardStream() override;

 private:
  enum class Sort { file, opened, socket, polled };
  struct Side final : Watched {
    explicit Side(StandardStream& owner) : stream(owner) {}
    void open(int standard, int mode);
    int want(EpollSet&, std::uint32_t events);  // 0 or errno
    void leave(EpollSet&);
    void ready(std::uint32_t events) override {
      stream.within_memory([&] { stream.side_ready(*this, events); });
    }

    StandardStream& stream;
    int fd = -1;
    Sort sort = Sort::file;
    bool plain = false;  // splice may be used: no terminal, no socket
    bool watched = false;
  };

  void side_ready(Side const&, std::uint32_t events);
  ssize_t receive(std::span<std::byte>) override;
  ssize_t send(iovec const*, int count) override;
  bool shut_output() override { return true; }
  void shut_descriptor() override {}
  Failure input_failure(int error) const override;
  Failure output_failure(int error) const override;
  void want(bool input, bool output) override;
  void want_nothing() override;
  void close_descriptors(bool reset) override;
  int plain_input() const override { return in_.plain ? in_.fd : -1; }
  int plain_output() const override { return out_.plain ? out_.fd : -1; }

  Side in_;
  Side out_;
  bool out_hung_up_ = false;
};

}  // namespace twx
