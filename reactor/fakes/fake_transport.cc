#include "reactor/fakes/fake_transport.h"

#include <algorithm>
#include <stdexcept>

#include "reactor/log.h"
#include "reactor/open_file.h"

namespace twx {
namespace {

constexpr std::size_t most_at_a_time = 65536;

Failure no_tls() {
  return Failure::with_message(Error::tls_handshake, "the peer does not speak TLS");
}

// True while it lives and where it was not true before.
class Inside {
 public:
  explicit Inside(bool& inside) : inside_(inside), before_(std::exchange(inside, true)) {}
  ~Inside() { inside_ = before_; }
  Inside(Inside const&) = delete;
  Inside& operator=(Inside const&) = delete;

 private:
  bool& inside_;
  bool const before_;
};

}  // namespace

// --- what the protocol asks for ---

void FakeTransport::write(Bytes data) { take_in(text(data)); }

void FakeTransport::write(SharedBytes message) {
  if (message && take_in(*message)) shared_.push_back(std::move(message));
}

bool FakeTransport::has_room() {
  if (queue_.size() > marks_.limit) send_queue();
  if (queue_.size() > marks_.limit) give_up(Error::output_overflow);
  return !give_up_;
}

// True if `data` is accepted for sending.
bool FakeTransport::take_in(std::string_view data) {
  if (data.empty()) return false;
  if (writable() && passing_writes_ && (*passing_writes_)-- == 0) {
    send_queue();
    write_failure_ = failure_to_come_;
    mark_dirty();
  }
  if (!writable() || !has_room()) {
    drop(data.size());
    return false;
  }
  queue_ += data;
  mark_dirty();
  return true;
}

void FakeTransport::lose_write_connection() {
  output_closing_ = true;
  mark_dirty();
}

void FakeTransport::lose_connection() {
  closing_ = true;
  mark_dirty();
}

void FakeTransport::abort_connection() {
  if (lost()) return;
  aborted_ = true;
  give_up(Error::connection_aborted);
}

void FakeTransport::pause_producing() {
  paused_ = true;
  mark_dirty();
}

void FakeTransport::resume_producing() {
  paused_ = false;
  resumed_ = true;
  mark_dirty();
}

void FakeTransport::register_producer(Producer& producer, bool streaming) {
  if (producer_) throw ProducerRegistered();
  if (lost()) return producer.stop_producing();
  producer_ = &producer;
  streaming_ = streaming;
  if (full_ && protocol_) owes_resume_ = true;
  full_ = false;  // the producer is to be told
  mark_dirty();
}

void FakeTransport::unregister_producer() {
  producer_ = nullptr;
  full_ = false;  // the protocol is to be told
  mark_dirty();
}

Result<void> FakeTransport::start_tls(std::shared_ptr<TlsContext> context,
                                      std::string const& peer_name) {
  if (lost()) return Failure(std::make_error_code(std::errc::not_connected));
  if (started_tls_ || tls_) return Failure(std::make_error_code(std::errc::already_connected));
  auto const limit = context ? context->options().handshake_timeout : Duration::zero();
  if (clock_ && limit != Duration::zero())
    handshake_limit_ = clock_->call_later(limit, [this] { finish(Error::handshake_timeout); });
  started_tls_ = {std::move(context), peer_name};
  securing_ = true;
  left_in_clear_ = queue_.size();
  if (!inbox_.empty() || eof_waits_) give_up(no_tls());
  mark_dirty();
  return {};
}

void FakeTransport::set_idle_timeout(Duration limit) {
  idle_limit_ = limit;
  idle_timer_ = {};
  if (!clock_ || limit == Duration::zero() || lost()) return;
  last_active_ = clock_->now();
  idle_timer_ = clock_->call_later(limit, [this] { check_idle(); });
}

void FakeTransport::check_idle() {
  auto const left = last_active_ + idle_limit_ - clock_->now();
  if (left <= Duration::zero()) return finish(Error::idle_timeout);
  idle_timer_ = clock_->call_later(left, [this] { check_idle(); });
}

void FakeTransport::touch() {
  if (clock_) last_active_ = clock_->now();
}

// --- the life of the connection ---

// Calls the protocol or its producer; what comes out of it ends the connection.
template <class Call>
void FakeTransport::tell(Call call) {
  Inside const inside(in_callback_);
  try {
    call();
  } catch (...) {
    auto failure = Failure::from_current_exception();
    log_failure("a protocol failed", failure);
    give_up(std::move(failure));
  }
}

void FakeTransport::refuse_inside_callback() const {
  if (in_callback_) throw std::logic_error("a FakeTransport is driven inside a callback");
}

void FakeTransport::connect(Protocol& protocol) {
  refuse_inside_callback();
  if (protocol_ || lost()) throw std::logic_error("a FakeTransport is for one connection");
  protocol_ = &protocol;
  told_in_turn_ = true;
  tell([this] { protocol_->make_connection(*this); });
  mark_dirty();
}

void FakeTransport::connect(std::unique_ptr<Protocol> protocol) {
  if (!protocol) return give_up(Error::no_protocol);
  auto& made = *protocol;
  if (!protocol_) owned_ = std::move(protocol);
  connect(made);
}

void FakeTransport::give_up(Failure reason) {
  if (lost() || give_up_) return;
  drop_output();
  give_up_ = std::move(reason);
  mark_dirty();
}

void FakeTransport::finish(Failure const& reason) {
  if (lost()) return;
  reason_ = give_up_ ? *give_up_ : reason;
  idle_timer_ = {};
  handshake_limit_ = {};
  drop_output();
  inbox_.clear();
  if (auto* const producer = std::exchange(producer_, nullptr))
    tell([&] { producer->stop_producing(); });
  if (protocol_) tell([this] { protocol_->connection_lost(*reason_); });
  protocol_ = nullptr;
  owned_.reset();
  if (when_lost_) when_lost_(*reason_);
}

void FakeTransport::lose(Failure const& reason) {
  refuse_inside_callback();
  if (told_in_turn_) flush();
  finish(write_failure_.value_or(reason));
}

FakeTransport::Reading FakeTransport::reading_state() const {
  if (reading()) return Reading::producing;
  auto const goes_on = !eof_ && !closing_ && !give_up_ && !lost();
  return goes_on ? Reading::paused : Reading::stopped;
}

// --- input ---

void FakeTransport::deliver(Bytes data) {
  refuse_inside_callback();
  if (lost()) return;
  if (input_ended()) throw std::logic_error("data is delivered after the end of input");
  if (reading_state() == Reading::stopped) return;
  inbox_ += text(data);
  read_inbox();
}

void FakeTransport::deliver(Descriptor descriptor) {
  refuse_inside_callback();
  if (lost() || !accepts_descriptors_) return;
  tell([&] { protocol_->descriptor_received(std::move(descriptor)); });
}

Result<void> FakeTransport::send_descriptor(int descriptor) {
  if (lost()) return Failure(std::make_error_code(std::errc::not_connected));
  auto copy = duplicate(descriptor);
  if (!copy) return Failure::from_errno();
  passed_.push_back(std::move(copy));
  return {};
}

Result<void> FakeTransport::receive_descriptors() {
  accepts_descriptors_ = true;
  return {};
}

void FakeTransport::deliver_eof() {
  refuse_inside_callback();
  if (input_ended() || lost()) return;
  if (securing_) return lose(no_tls());
  eof_waits_ = true;
  read_inbox();
}

void FakeTransport::read_inbox() {
  while (input_waits()) {
    if (std::exchange(told_in_turn_, true) || resumed_) {
      flush();
    } else {
      inbox_.empty() ? end_input() : read_piece();
    }
  }
}

void FakeTransport::read_piece() {
  // A copy of its own: a sanitizer sees if something refers to it after the call.
  auto const piece = inbox_.substr(0, most_at_a_time);
  inbox_.erase(0, most_at_a_time);
  traffic_.received += piece.size();
  touch();
  if (protocol_) tell([&] { protocol_->data_received(bytes(piece)); });
}

void FakeTransport::end_input() {
  eof_ = true;
  eof_waits_ = false;
  mark_dirty();
  if (write_failure_) return finish(*write_failure_);
  if (protocol_) tell([this] { protocol_->eof_received(); });
}

// --- output ---

void FakeTransport::drop(std::size_t count) {
  traffic_.dropped += count;
  log(Level::debug, "dropped " + std::to_string(count) + " bytes written to a closing connection");
}

void FakeTransport::drop_output() {
  traffic_.dropped += queue_.size();
  queue_.clear();
}

std::size_t FakeTransport::sendable() const {
  return write_failure_ ? 0 : std::min(securing_ ? left_in_clear_ : queue_.size(), room_);
}

void FakeTransport::send_queue() {
  auto const count = sendable();
  if (count == 0) return;
  sent_.append(queue_, 0, count);
  queue_.erase(0, count);
  if (room_ != no_limit) room_ -= count;
  if (securing_) left_in_clear_ -= count;
  traffic_.sent += count;
  touch();
}

std::string FakeTransport::written() const { return sent_ + queue_.substr(0, sendable()); }

std::string FakeTransport::take() {
  send_queue();
  shared_.clear();
  return std::exchange(sent_, {});
}

void FakeTransport::drain(std::size_t count) {
  refuse_inside_callback();
  room_ += std::min(count, no_limit - room_);
  mark_dirty();
  flush();
}

void FakeTransport::fail_write(unsigned passing, Failure failure) {
  passing_writes_ = passing;
  failure_to_come_ = std::move(failure);
}

// Output has failed: the end comes when nothing is left to be read.
void FakeTransport::report_write_failure(Failure const& failure) {
  output_dead_ = true;
  drop_output();
  if (closing_ || eof_ || securing_) finish(failure);
}

// --- TLS ---

void FakeTransport::finish_handshake(TlsInfo info) {
  refuse_inside_callback();
  if (!securing() || agreed_) throw std::logic_error("no handshake is under way");
  send_queue();
  if (left_in_clear_ > 0) throw std::logic_error("a handshake behind words in clear");
  agreed_ = std::move(info);
  mark_dirty();
}

void FakeTransport::secured() {
  tls_ = std::exchange(agreed_, std::nullopt);
  securing_ = false;
  handshake_limit_ = {};
  told_in_turn_ = true;
  mark_dirty();
  if (protocol_) tell([this] { protocol_->handshake_completed(); });
}

// --- the end of a turn ---

void FakeTransport::turn() {
  refuse_inside_callback();
  flush();
  if (!input_waits()) return;
  read_inbox();
  flush();
}

void FakeTransport::flush() {
  told_in_turn_ = false;
  if (!std::exchange(dirty_, false) || lost()) return;
  if (!give_up_) send_queue();
  if (!give_up_ && write_failure_ && !output_dead_) report_write_failure(*write_failure_);
  auto const for_nothing = closing_ && queue_.empty() && !producer_;
  if (!give_up_ && !lost() && agreed_ && !for_nothing) secured();
  if (!give_up_ && !lost()) tell_marks();
  if (!give_up_ && !lost() && queue_.empty() && (!securing_ || closing_)) drained();
  if (!give_up_ && !lost()) tell_resumed();
  if (give_up_) finish(*give_up_);
}

void FakeTransport::tell_resumed() {
  if (!std::exchange(resumed_, false) || paused_ || closing_ || !protocol_) return;
  tell([this] { protocol_->reading_resumed(); });
}

void FakeTransport::tell_marks() {
  if (std::exchange(owes_resume_, false)) tell([this] { protocol_->resume_writing(); });
  if (full_ ? queue_.size() > marks_.low : queue_.size() <= marks_.high) return;
  full_ = !full_;
  tell([this] {
    if (producer_ && streaming_)
      full_ ? producer_->pause_producing() : producer_->resume_producing();
    else if (!producer_ && protocol_)
      full_ ? protocol_->pause_writing() : protocol_->resume_writing();
  });
}

void FakeTransport::drained() {
  auto const output_over = output_dead_ || output_shut_;
  if (producer_ && !streaming_ && !output_over) tell([this] { producer_->resume_producing(); });
  if (give_up_ || (producer_ && !output_over)) return;
  if (!queue_.empty()) return mark_dirty();
  if (output_closing_ && !output_shut_ && !output_dead_) {
    output_shut_ = true;
    if (protocol_) tell([this] { protocol_->write_connection_lost(); });
  }
  if (give_up_) return;
  if (closing_) return finish(write_failure_.value_or(Error::connection_done));
  if (eof_ && output_shut_) finish(Error::connection_done);
}

// --- two ends ---

namespace {

bool carry(FakeTransport& from, FakeTransport& to) {
  from.turn();
  auto const data = from.take();
  if (!data.empty() && to.securing() && !from.tls()) {
    to.lose(no_tls());
    return true;
  }
  if (!data.empty()) to.deliver(data);
  if (to.lost() || !from.write_closed() || to.input_ended()) return !data.empty();
  if (auto const& reason = from.reason(); reason && !reason->is(Error::connection_done))
    to.lose(std::make_error_code(std::errc::connection_reset));
  else
    to.deliver_eof();
  return true;
}

}  // namespace

bool pump(FakeTransport& one, FakeTransport& other) {
  auto const there = carry(one, other);
  auto const back = carry(other, one);
  if (there || back) return true;
  if (!one.securing() || !other.securing()) return false;
  one.finish_handshake();
  other.finish_handshake();
  return true;
}

}  // namespace twx
