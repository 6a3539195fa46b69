// Internal to reactor/. One end of a pipe to a child, or the master of its terminal.
//
// A terminal that nobody has open any more answers EIO. A program that is about to exit may already
// have closed it, and would be ended by SIGHUP if we closed our side: so as long as the child lives
// nothing is made of that; the set tells when somebody opens it again and writes.
#pragma once

#include "reactor/descriptor.h"
#include "reactor/epoll_set.h"
#include "reactor/stream.h"

namespace twx {

class PipeStream final : public Stream, public Watched {
 public:
  enum class Use { reads, writes, terminal };

  // `pipe` must be non-blocking.
  PipeStream(Loop& loop, Descriptor pipe, Use use)
      : Stream(loop), pipe_(std::move(pipe)), use_(use) {}

  int fd() const { return pipe_.get(); }  // -1 after the end
  // The child is dead: a terminal that nobody has open is at its end.
  void child_exited();

 private:
  void ready(std::uint32_t events) override;
  ssize_t receive(std::span<std::byte>) override;
  ssize_t send(iovec const*, int count) override;
  bool shut_output() override { return true; }  // whoever is told of it closes
  void shut_descriptor() override {}
  void want(bool input, bool output) override;
  void want_nothing() override;
  void close_descriptors(bool reset) override;
  ssize_t deserted();
  bool input_survives_output() const override { return use_ == Use::terminal; }
  int plain_input() const override { return use_ == Use::reads ? fd() : -1; }
  int plain_output() const override { return use_ == Use::writes ? fd() : -1; }

  Descriptor pipe_;
  Use const use_;
  bool watched_ = false;
  bool deserted_ = false;  // nobody has the terminal open
  bool child_exited_ = false;
};

}  // namespace twx
