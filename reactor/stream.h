// Internal to reactor/. Stream: the one state machine of a connection, whatever is beneath it. A
// kind (sockets with or without TLS, standard streams, pipes) says how to read, write, shut, close.
//
// Input is open until its end, output until it is shut or has failed; lose_connection ("closing")
// flushes, then closes; the end is reported once, by finish(). Calls of the user only note what is
// wanted and mark the stream dirty; flush() does it at the end of the turn, so no callback runs
// inside a user's call.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <new>
#include <optional>

#include "reactor/protocol.h"
#include "reactor/splicer.h"
#include "reactor/transport.h"
#include "reactor/write_queue.h"

namespace twx {

class FileForwarding;
class Loop;

// Who made the stream and wants to hear of its end, after the protocol has.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;
  virtual void stream_lost(Failure const&) = 0;
};

class Stream : public Transport {
 public:
  explicit Stream(Loop& loop);
  ~Stream() override;

  // Called by the loop and by those who make streams, in the reactor's own turn.
  void start(std::unique_ptr<Protocol>, StreamOwner* owner = nullptr);
  // The end no longer matters to the owner.
  void disown() { owner_ = nullptr; }
  // start() in a later turn.
  void start_later(std::unique_ptr<Protocol>);
  void flush();
  void finish(Failure const& reason);

  void write(Bytes) override;
  void write(SharedBytes) override;
  void lose_write_connection() override;
  void lose_connection() override;
  void abort_connection() override;
  bool disconnecting() const override { return (closing_ || give_up_) && !lost_; }
  void pause_producing() override;
  void resume_producing() override;
  bool paused() const override { return paused_; }
  void register_producer(Producer&, bool streaming) override;
  void unregister_producer() override;
  void set_water_marks(WaterMarks marks) override { marks_ = marks; }
  std::size_t unsent() const override { return queue_.size(); }
  Traffic traffic() const override { return traffic_; }
  void set_idle_timeout(Duration) override;
  bool forward_to(Transport& sink) override;
  bool forward_to_file(int file, std::uint64_t count) override;
  Address host() const override { return {}; }
  Address peer() const override { return {}; }
  void set_tcp_no_delay(bool) override {}
  bool tcp_no_delay() const override { return false; }
  void set_tcp_keep_alive(bool) override {}
  bool tcp_keep_alive() const override { return false; }

 protected:
  // What a kind provides. receive and send are like recv and sendmsg: -1 and errno.
  virtual ssize_t receive(std::span<std::byte>) = 0;
  virtual ssize_t send(iovec const*, int count) = 0;
  // Tells the peer that no more comes; false: try again when the system takes output.
  virtual bool shut_output() = 0;
  // The same before closing, for kinds that say good bye.
  virtual bool ready_to_close() { return true; }
  // The peer may have a word to say after that, by which it refuses what it was told.
  virtual bool may_be_refused() const { return false; }
  // What an error of input comes to when all is said.
  virtual Failure discarded_failure(int) const { return Error::connection_done; }
  // Ends the output of the descriptor itself.
  virtual void shut_descriptor() = 0;
  // How much of what is queued may be sent now.
  virtual std::size_t sendable() const { return queue_.size(); }
  // Has input that no descriptor will tell of.
  virtual bool input_buffered() const { return false; }
  // Has output beside what is queued that the system has not taken; send() of nothing offers it.
  virtual bool holds_output() const { return false; }
  // Output, or its end, waits for the peer to say more.
  virtual bool output_wants_input() const { return false; }
  // While securing(), once in each turn in which something happened.
  virtual void go_on_securing() {}
  // Events to wait for; errors and hang-ups come always, except after want_nothing.
  virtual void want(bool input, bool output) = 0;
  virtual void want_nothing() = 0;
  virtual void close_descriptors(bool reset) = 0;
  // What a person is told of an error of one side.
  virtual Failure input_failure(int error) const;
  virtual Failure output_failure(int error) const;
  // The error that the system holds for this connection, 0 for none.
  virtual int pending_error() const { return 0; }
  // Input may still hold bytes after output has failed.
  virtual bool input_survives_output() const { return false; }
  // With the output shut: true if input is there that nobody will read. Closing now would reset
  // what is on its way.
  virtual bool input_left_over() { return false; }
  // Descriptors that splice may use, -1 for none.
  virtual int plain_input() const { return -1; }
  virtual int plain_output() const { return -1; }

  // What a kind reports.
  void input_ready(bool hung_up);  // or nothing more will come
  void output_ready();
  void output_failed(int error);

  Loop& loop() const { return loop_; }
  // Between these two nothing is read, and of the output only sendable() leaves.
  void begin_securing();
  void secured();
  bool securing() const { return securing_; }
  bool lost() const { return lost_; }
  // Calls the user: what that throws ends the connection.
  template <class Call>
  void guarded(Call call) {
    try {
      call();
    } catch (...) {
      callback_failed();
    }
  }
  void callback_failed();
  Protocol* protocol() const { return protocol_.get(); }
  StreamOwner* owner() const { return owner_; }
  void set_owner(StreamOwner* owner) { owner_ = owner; }
  void mark_dirty();
  // Ends the stream with this turn.
  void give_up(Failure reason);
  // Lack of memory for `call` ends this connection and nothing else.
  template <class Call>
  void within_memory(Call call) {
    try {
      call();
    } catch (std::bad_alloc const&) {
      give_up(Failure::no_memory());
    }
  }

 private:
  friend class Loop;

  bool reading() const {
    return !paused_ && !resumed_ && !eof_ && !closing_ && !lost_ && !sink_full_ && !give_up_ &&
           !securing_;
  }
  bool writable() const {
    if (lost_ || write_error_ || give_up_ || output_shut_) return false;
    return (!closing_ && !output_closing_) || producer_;  // closing waits for a producer
  }
  bool has_room() { return queue_.size() <= marks_.limit || make_room(); }
  bool make_room();
  // What could be queued in part only must not be sent: then the connection ends, not its writer.
  template <class Append>
  void enqueue(Append append) {
    within_memory(append);
    mark_dirty();
  }
  void drop(std::size_t count);
  void drop_output();
  void touch();
  void check_idle();
  void read_input();
  void input_ended();
  void hung_up();
  void send_directly(Bytes&);
  void send_queue();
  void report_output_failure();
  void tell_resumed();
  void tell_marks();
  void drained();
  void close_down();
  void wait_to_shut();
  void wait_to_close();
  void discard_input();
  void update_interest();
  void forward_input();
  void take_forwarded(Splicer::Step const&);
  void stop_forwarding();
  void fill_file();
  void end_file(Result<void> const& written = {});
  void give_back_held();

  Loop& loop_;
  std::unique_ptr<Protocol> protocol_;
  StreamOwner* owner_ = nullptr;
  Stream* previous_ = nullptr;  // the loop's list of all
  Stream* next_ = nullptr;
  Stream* next_dirty_ = nullptr;  // the loop's list for the end of this turn
  Producer* producer_ = nullptr;
  Stream* sink_ = nullptr;    // forwards to
  Stream* source_ = nullptr;  // forwarded from
  std::unique_ptr<Splicer> splicer_;
  std::unique_ptr<FileForwarding> to_file_;
  WriteQueue queue_;
  WaterMarks marks_;
  Traffic traffic_;
  Duration idle_limit_{};
  Time last_active_{};
  DelayedCall timer_;  // idle time, or the end of discarding
  std::optional<Failure> give_up_;
  int write_error_ = 0;
  bool dirty_ : 1 = false;
  bool paused_ : 1 = false;   // by the protocol
  bool resumed_ : 1 = false;  // by the protocol, which has not been told yet
  bool sink_full_ : 1 = false;
  bool eof_ : 1 = false;
  bool closing_ : 1 = false;         // lose_connection
  bool discarding_ : 1 = false;      // flushed and shut; reads what comes until the peer closes
  bool output_closing_ : 1 = false;  // lose_write_connection
  bool output_shut_ : 1 = false;
  bool output_dead_ : 1 = false;  // write_error_ has been acted on
  bool blocked_ : 1 = false;      // the system takes no more for now
  bool full_ : 1 = false;         // pause_writing was called
  bool streaming_ : 1 = false;    // the producer pushes
  bool owes_resume_ : 1 = false;  // to the protocol, since a producer took over while full
  bool parked_ : 1 = false;       // hung up while not reading: not waited for until it reads on
  bool counted_ : 1 = false;      // the loop's: a connection of the network
  bool securing_ : 1 = false;     // TLS is being agreed upon
  bool leaving_ : 1 = false;      // ready_to_close waits for the peer, as long as timer_ says
  bool shutting_ : 1 = false;     // shut_output or ready_to_close waits for the system
  bool lost_ : 1 = false;
};

}  // namespace twx
