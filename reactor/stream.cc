#include "reactor/stream.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "reactor/file_forwarding.h"
#include "reactor/log.h"
#include "reactor/loop.h"

namespace twx {
namespace {

// From this size on a write goes to the system straight from the caller's memory; smaller ones are
// cheaper to copy, and then leave together at the end of the turn.
constexpr std::size_t direct_size = 4096;
constexpr int most_pieces = 64;                         // of one gathered write
constexpr auto discard_time = std::chrono::seconds(2);  // for input that nobody reads any more

// Keeps of the pieces what makes `most` bytes; returns how many those are.
std::size_t clip(iovec* pieces, int& count, std::size_t most) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) {
    size += pieces[i].iov_len;
    if (size < most) continue;
    pieces[i].iov_len -= size - most;
    count = i + 1;
    return most;
  }
  return size;
}

bool transient(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Stream::Stream(Loop& loop) : loop_(loop) {}
Stream::~Stream() = default;

// --- what the user asks for ---

void Stream::write(Bytes data) {
  if (data.empty()) return;
  if (!writable() || !has_room()) return drop(data.size());
  if (queue_.empty() && data.size() >= direct_size && !securing_) send_directly(data);
  enqueue([&] { queue_.append(loop_.segments(), data); });
}

void Stream::write(SharedBytes message) {
  if (!message || message->empty()) return;
  if (!writable() || !has_room()) return drop(message->size());
  enqueue([&] { queue_.append(loop_.segments(), std::move(message)); });
}

// What is queued for the end of the turn does not tell whether the peer reads: the system is asked.
bool Stream::make_room() {
  blocked_ = false;  // that may be over
  send_queue();
  if (queue_.size() > marks_.limit) give_up(Error::output_overflow);
  return writable();
}

void Stream::lose_write_connection() {
  output_closing_ = true;
  mark_dirty();
}

void Stream::lose_connection() {
  closing_ = true;
  mark_dirty();
}

void Stream::abort_connection() { give_up(Error::connection_aborted); }

void Stream::pause_producing() {
  paused_ = true;
  mark_dirty();
}

void Stream::resume_producing() {
  paused_ = false;
  resumed_ = true;
  mark_dirty();
}

void Stream::register_producer(Producer& producer, bool streaming) {
  if (producer_) throw ProducerRegistered();
  if (lost_) return producer.stop_producing();
  producer_ = &producer;
  streaming_ = streaming;
  if (full_) owes_resume_ = true;
  full_ = false;  // the producer is to be told
  mark_dirty();
}

void Stream::unregister_producer() {
  producer_ = nullptr;
  full_ = false;  // the protocol is to be told
  mark_dirty();
}

void Stream::set_idle_timeout(Duration limit) {
  if (lost_ || discarding_) return;  // the timer ends the discarding
  idle_limit_ = limit;
  if (limit == Duration::zero()) return;  // a timer that is set finds nothing to do
  last_active_ = loop_.turn_time();
  if (!timer_.active() || timer_.time() > last_active_ + limit)
    timer_ = loop_.call_later(limit, [this] { check_idle(); });
}

// --- the life of a connection ---

Failure Stream::input_failure(int error) const {
  return std::error_code(error, std::system_category());
}

Failure Stream::output_failure(int error) const { return input_failure(error); }

void Stream::callback_failed() {
  auto failure = Failure::from_current_exception();
  log_failure("a protocol failed", failure);
  give_up(std::move(failure));
}

void Stream::mark_dirty() {
  if (dirty_ || lost_) return;
  dirty_ = true;
  loop_.mark_dirty(*this);
}

void Stream::give_up(Failure reason) {
  if (lost_ || give_up_) return;
  drop_output();
  give_up_ = std::move(reason);
  mark_dirty();
}

void Stream::drop(std::size_t count) {
  traffic_.dropped += count;
  if (log_enabled(Level::debug))
    log(Level::debug,
        "dropped " + std::to_string(count) + " bytes written to a closing connection");
}

void Stream::drop_output() {
  traffic_.dropped += queue_.size();
  queue_.clear(loop_.segments());
}

void Stream::touch() {
  if (idle_limit_ != Duration::zero()) last_active_ = loop_.turn_time();
}

void Stream::check_idle() {
  if (give_up_ || idle_limit_ == Duration::zero()) return;  // the former ends it in this turn
  auto const left = last_active_ + idle_limit_ - loop_.now();
  if (left <= Duration::zero()) return finish(Error::idle_timeout);
  within_memory([&] { timer_ = loop_.call_later(left, [this] { check_idle(); }); });
}

void Stream::start(std::unique_ptr<Protocol> protocol, StreamOwner* owner) {
  if (lost_) return;
  protocol_ = std::move(protocol);
  owner_ = owner;
  if (!protocol_) {  // made, then lost: no protocol to tell
    give_up(Error::no_protocol);
    return;
  }
  guarded([this] { protocol_->make_connection(*this); });
  mark_dirty();
}

void Stream::start_later(std::unique_ptr<Protocol> protocol) {
  timer_ = loop_.call_later(Duration::zero(), [this, protocol = std::move(protocol)]() mutable {
    start(std::move(protocol));
  });
}

void Stream::finish(Failure const& reason) {
  if (lost_) return;
  lost_ = true;
  timer_ = {};
  end_file();
  stop_forwarding();
  if (source_) source_->stop_forwarding();
  drop_output();
  if (auto* const producer = std::exchange(producer_, nullptr))
    guarded([&] { producer->stop_producing(); });
  if (protocol_)
    guarded([&] { protocol_->connection_lost(reason); });
  else if (!owner_ && reason.code() == std::errc::not_enough_memory)
    log_failure("a TLS handshake failed", reason);  // there is nobody else to tell
  close_descriptors(reason.is(Error::connection_aborted) || reason.is(Error::output_overflow));
  protocol_.reset();
  auto* const owner = owner_;
  loop_.remove(*this);
  if (owner) owner->stream_lost(reason);
}

// --- input ---

void Stream::input_ready(bool hung_up) {
  if (discarding_) return discard_input();
  if (reading()) return sink_ ? forward_input() : to_file_ ? fill_file() : read_input();
  if (hung_up) this->hung_up();
}

void Stream::read_input() {
  auto const buffer = loop_.read_buffer();
  auto const count = receive(buffer);
  if (count > 0) {
    auto const data = buffer.first(static_cast<std::size_t>(count));
    if (input_buffered()) mark_dirty();
    traffic_.received += data.size();
    touch();
    guarded([&] { protocol_->data_received(data); });
  } else if (count == 0) {
    input_ended();
  } else if (!transient(errno)) {
    // The error that stopped the output came first and says more than the one that it leads to.
    finish(write_error_ ? output_failure(write_error_) : input_failure(errno));
  }
}

void Stream::input_ended() {
  eof_ = true;
  end_file();
  stop_forwarding();
  if (write_error_) return finish(output_failure(write_error_));
  if (!give_up_ && !closing_) guarded([this] { protocol_->eof_received(); });
  mark_dirty();
}

void Stream::hung_up() {
  if (lost_ || give_up_) return;
  mark_dirty();
  if (!queue_.empty()) {  // the next write tells what happened
    blocked_ = false;
    return;
  }
  if (closing_ && !producer_) return;  // this turn closes it
  if (!eof_ && !closing_) {            // unread input comes first, once reading goes on
    parked_ = true;
    return;
  }
  auto const error = pending_error();
  if (error == 0 && closing_ && !producer_) return;  // flush() closes
  finish(error ? Failure(std::error_code(error, std::system_category()))
               : Failure(Error::connection_lost));
}

void Stream::discard_input() {
  auto const count = receive(loop_.read_buffer());
  if (count > 0 && input_buffered()) mark_dirty();
  if (count == 0) return finish(Error::connection_done);
  if (count < 0 && !transient(errno)) finish(discarded_failure(errno));
}

// --- output ---

void Stream::send_directly(Bytes& data) {
  iovec const piece{const_cast<std::byte*>(data.data()), data.size()};
  auto const count = send(&piece, 1);
  if (count < 0) {
    if (transient(errno))
      blocked_ = errno != EINTR;
    else
      output_failed(errno);
    return;
  }
  traffic_.sent += static_cast<std::size_t>(count);
  touch();
  data = data.subspan(static_cast<std::size_t>(count));
  blocked_ = !data.empty();
}

void Stream::send_queue() {
  iovec pieces[most_pieces];
  while ((sendable() > 0 || holds_output()) && !blocked_ && !write_error_) {
    auto pieces_count = queue_.gather(pieces, most_pieces);
    auto const asked = clip(pieces, pieces_count, sendable());
    auto const count = send(pieces, pieces_count);
    if (count < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        blocked_ = true;
      else if (errno != EINTR)
        output_failed(errno);
      continue;
    }
    traffic_.sent += static_cast<std::size_t>(count);
    if (count > 0) touch();
    queue_.consume(loop_.segments(), static_cast<std::size_t>(count));
    blocked_ = static_cast<std::size_t>(count) < asked;
  }
}

void Stream::output_failed(int error) {
  if (!write_error_) write_error_ = error;
  mark_dirty();
}

void Stream::output_ready() {
  blocked_ = shutting_ = false;
  if (source_ && source_->sink_full_) {
    source_->sink_full_ = false;
    source_->mark_dirty();
    if (source_->splicer_->held() > 0) source_->forward_input();
  }
  mark_dirty();
}

// Output has failed. What the peer sent before is still to be read, then the connection ends with
// the write's error.
void Stream::report_output_failure() {
  output_dead_ = true;
  if (source_) source_->stop_forwarding();
  drop_output();
  auto const nothing_to_read = closing_ || eof_ || securing_ || !input_survives_output();
  if (nothing_to_read) return finish(output_failure(write_error_));
  shut_descriptor();  // a peer that is still there must not wait for more
  // So that a protocol that waits for output to drain reads on; what it writes is dropped.
  if (full_) tell_marks();
}

// --- the end of a turn ---

void Stream::flush() {
  dirty_ = false;
  if (!lost_ && (reading() || discarding_) && input_buffered()) input_ready(false);
  if (!lost_ && !give_up_ && (!queue_.empty() || holds_output())) send_queue();
  auto const for_nothing = closing_ && queue_.empty() && !producer_;
  if (!lost_ && !give_up_ && securing_ && !for_nothing) go_on_securing();
  if (lost_) return;
  if (!give_up_ && write_error_ && !output_dead_) report_output_failure();
  if (lost_) return;
  if (!give_up_) tell_marks();
  if (!give_up_ && queue_.empty() && (!securing_ || closing_)) drained();
  if (lost_) return;
  if (!give_up_) tell_resumed();
  if (give_up_) {
    auto const reason = *give_up_;
    return finish(reason);
  }
  update_interest();
}

void Stream::tell_resumed() {
  if (!resumed_) return;
  resumed_ = false;
  if (!paused_ && !closing_ && protocol_) guarded([this] { protocol_->reading_resumed(); });
}

void Stream::tell_marks() {
  if (owes_resume_) {
    owes_resume_ = false;
    guarded([this] { protocol_->resume_writing(); });
  }
  auto const over = queue_.size() > marks_.high;
  if (full_ ? queue_.size() > marks_.low : !over) return;
  full_ = over;
  guarded([this] {
    if (producer_ && streaming_)
      full_ ? producer_->pause_producing() : producer_->resume_producing();
    else if (!producer_)
      full_ ? protocol_->pause_writing() : protocol_->resume_writing();
  });
}

void Stream::drained() {
  if (source_ && (closing_ || output_closing_)) {
    source_->stop_forwarding();
    if (!queue_.empty()) return mark_dirty();
  }
  auto const deaf = output_dead_ || output_shut_;
  if (producer_ && !streaming_ && !deaf) {
    guarded([this] { producer_->resume_producing(); });
    if (producer_) return;  // it may have written all and gone
  }
  if (producer_ && !deaf) return;
  if (!queue_.empty()) return mark_dirty();
  if (output_closing_ && !output_shut_ && !output_dead_) {
    if (!shut_output()) return wait_to_shut();
    output_shut_ = true;
    guarded([this] { protocol_->write_connection_lost(); });
  }
  if (give_up_) return;
  if (closing_) return close_down();
  if (eof_ && output_shut_) finish(Error::connection_done);
}

void Stream::close_down() {
  if (discarding_) return;
  if (write_error_) return finish(output_failure(write_error_));
  if (securing_) return finish(Error::connection_done);
  if (!ready_to_close()) return wait_to_close();
  if (eof_) return finish(Error::connection_done);
  auto const refusable = !output_shut_ && may_be_refused();
  // Before the question, so that what comes after it finds an end that is on its way already.
  if (!output_shut_) shut_descriptor();
  output_shut_ = true;
  if (!refusable && !input_left_over()) return finish(Error::connection_done);
  discarding_ = true;
  timer_ = loop_.call_later(discard_time, [this] { finish(Error::connection_done); });
}

// The system takes nothing now, not even a good bye.
void Stream::wait_to_shut() { blocked_ = shutting_ = true; }

// Who must say more before it can be told that this is the end is not waited for for ever.
void Stream::wait_to_close() {
  if (output_wants_input() && !leaving_)
    timer_ = loop_.call_later(discard_time, [this] { finish(Error::connection_done); });
  leaving_ = leaving_ || output_wants_input();
  wait_to_shut();
}

void Stream::begin_securing() {
  stop_forwarding();
  if (source_) source_->stop_forwarding();
  securing_ = true;
  mark_dirty();
}

void Stream::secured() {
  securing_ = false;
  mark_dirty();
}

void Stream::update_interest() {
  if ((reading() || discarding_) && input_buffered()) mark_dirty();
  auto const left = !queue_.empty() || shutting_ || holds_output();
  auto const output = (blocked_ && left) || (source_ && source_->sink_full_);
  auto const input = reading() || discarding_;
  if (input || output) parked_ = false;
  if (parked_) return want_nothing();
  want(input, output);
}

}  // namespace twx
