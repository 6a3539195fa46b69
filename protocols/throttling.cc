#include "protocols/throttling.h"

#include <algorithm>
#include <new>
#include <set>

#include "reactor/log.h"

namespace twx {

// What is counted, for all connections together.
class ThrottlingFactory::Throttle {
 public:
  // One of the two ways that bytes go.
  struct Way {
    char const* name;
    std::optional<std::uint64_t> limit;
    void (Throttled::*rest)(bool);
    std::uint64_t bytes = 0;  // in this second
    bool resting = false;
    DelayedCall go_on = {};
  };

  Throttle(Clock& clock, ThrottlingLimits const& limits);

  void enter(Throttled&);
  void leave(Throttled&);
  // So many more bytes.
  void count(Way& way, std::size_t bytes) {
    way.bytes += bytes;
    if (!second_.active() && !connections_.empty()) begin_second();
  }

  Clock& clock;
  Way read, write;
  std::size_t places = 0;  // protocols that were built and have not ended

 private:
  void begin_second();
  void look_at(Way&);
  void set_resting(Way&, bool resting);

  DelayedCall second_;
  std::set<Throttled*> connections_;  // from connection_made to connection_lost
};

// One connection: merges the rests with what its protocol and its transport want.
class ThrottlingFactory::Throttled final : public ProtocolWrapper {
 public:
  Throttled(std::unique_ptr<Protocol> inner, std::shared_ptr<void> place,
            std::shared_ptr<Throttle> throttle)
      : ProtocolWrapper(std::move(inner)),
        place_(std::move(place)),
        throttle_(std::move(throttle)) {}

  // Those that are resting already.
  void begin(bool reading, bool writing) {
    if (reading) rest_reading(true);
    writing_rests_ = writing;  // is told after connection_made
  }
  void rest_reading(bool rest) {
    reading_rests_ = rest;
    settle_reading();
  }
  // Called from outside of the transport's turn, which else would take what the protocol throws.
  void rest_writing(bool rest) {
    writing_rests_ = rest;
    try {
      settle_writing();
    } catch (...) {
      log_failure("a protocol failed", Failure::from_current_exception());
      abort_connection();
    }
  }

  void connection_made() override;
  void connection_lost(Failure const& reason) override;
  void data_received(Bytes data) override {
    throttle_->count(throttle_->read, data.size());
    ProtocolWrapper::data_received(data);
  }
  void pause_writing() override {
    full_ = true;
    settle_writing();
  }
  void resume_writing() override {
    full_ = false;
    settle_writing();
  }

  using ProtocolWrapper::write;
  void write(Bytes data) override {
    throttle_->count(throttle_->write, data.size());
    ProtocolWrapper::write(data);
  }
  void write(SharedBytes message) override {
    if (message) throttle_->count(throttle_->write, message->size());
    ProtocolWrapper::write(std::move(message));
  }
  void write_sequence(std::span<Bytes const> pieces) override {
    for (auto const piece : pieces) throttle_->count(throttle_->write, piece.size());
    ProtocolWrapper::write_sequence(pieces);
  }
  void pause_producing() override {
    paused_ = true;
    settle_reading();
  }
  void resume_producing() override {
    paused_ = false;
    settle_reading();
  }
  // Not the rests: a receiver would take one for its own pause and go on with it.
  bool paused() const override { return paused_; }
  void register_producer(Producer& producer, bool streaming) override;
  void unregister_producer() override;
  bool forward_to(Transport&) override { return false; }
  bool forward_to_file(int, std::uint64_t) override { return false; }

 private:
  // Stands between the transport and the inner protocol's producer.
  struct Relay final : Producer {
    explicit Relay(Throttled& owner) : connection(owner) {}
    void resume_producing() override { connection.producer_may_go_on(); }
    void pause_producing() override { connection.pause_writing(); }
    void stop_producing() override {
      std::exchange(connection.producer_, nullptr)->stop_producing();
    }
    Throttled& connection;
  };

  void settle_reading() {
    paused_ || reading_rests_ ? transport().pause_producing() : transport().resume_producing();
  }
  void settle_writing();
  void settle_later();
  void producer_may_go_on();

  std::shared_ptr<void> place_;
  std::shared_ptr<Throttle> throttle_;
  bool paused_ = false;  // by the protocol
  bool reading_rests_ = false;
  bool full_ = false;  // says the transport
  bool writing_rests_ = false;
  bool protocol_held_ = false;  // pause_writing was called
  bool producer_held_ = false;  // pause_producing was called
  bool pull_waits_ = false;     // a resume_producing that came during a rest
  bool streaming_ = false;
  Producer* producer_ = nullptr;
  Relay relay_{*this};
  DelayedCall later_;
};

// --- one connection ---

void ThrottlingFactory::Throttled::connection_made() {
  throttle_->enter(*this);
  ProtocolWrapper::connection_made();
  settle_writing();
}

void ThrottlingFactory::Throttled::connection_lost(Failure const& reason) {
  throttle_->leave(*this);
  later_ = {};
  ProtocolWrapper::connection_lost(reason);
}

void ThrottlingFactory::Throttled::settle_writing() {
  auto const hold = full_ || writing_rests_;
  auto const hold_protocol = hold && !producer_;
  if (std::exchange(protocol_held_, hold_protocol) != hold_protocol)
    hold_protocol ? inner().pause_writing() : inner().resume_writing();
  if (!producer_) return;
  if (!streaming_) {
    if (!writing_rests_ && std::exchange(pull_waits_, false)) producer_->resume_producing();
  } else if (std::exchange(producer_held_, hold) != hold) {
    hold ? producer_->pause_producing() : producer_->resume_producing();
  }
}

void ThrottlingFactory::Throttled::producer_may_go_on() {
  if (streaming_) return resume_writing();
  if (writing_rests_)
    pull_waits_ = true;
  else
    producer_->resume_producing();
}

// What the change of hands means for either comes later, as from any transport.
void ThrottlingFactory::Throttled::register_producer(Producer& producer, bool streaming) {
  if (producer_) throw ProducerRegistered();
  settle_later();
  producer_ = &producer;
  streaming_ = streaming;
  producer_held_ = pull_waits_ = false;
  transport().register_producer(relay_, streaming);
}

void ThrottlingFactory::Throttled::unregister_producer() {
  producer_ = nullptr;
  full_ = false;  // the transport says so again if it is
  transport().unregister_producer();
  settle_later();
}

void ThrottlingFactory::Throttled::settle_later() {
  if (writing_rests_)
    later_ =
        throttle_->clock.call_later(Duration::zero(), [this] { rest_writing(writing_rests_); });
}

// --- all of them ---

ThrottlingFactory::Throttle::Throttle(Clock& with, ThrottlingLimits const& limits)
    : clock(with),
      read{"reading", limits.read, &Throttled::rest_reading},
      write{"writing", limits.write, &Throttled::rest_writing} {}

void ThrottlingFactory::Throttle::enter(Throttled& connection) {
  if (connections_.empty()) begin_second();
  connections_.insert(&connection);
  connection.begin(read.resting, write.resting);
}

void ThrottlingFactory::Throttle::leave(Throttled& connection) {
  connections_.erase(&connection);
  if (!connections_.empty()) return;
  second_ = {};
  for (auto* const way : {&read, &write}) {
    way->bytes = 0;
    way->resting = false;
    way->go_on = {};
  }
}

// Where there is no memory for it the next bytes try again.
void ThrottlingFactory::Throttle::begin_second() {
  second_ = {};  // its memory will do for the new one
  try {
    second_ = clock.call_later(std::chrono::seconds(1), [this] {
      begin_second();
      look_at(read);
      look_at(write);
    });
  } catch (std::bad_alloc const&) {
    log_failure("nothing is throttled until more bytes come", Failure::no_memory());
  }
}

void ThrottlingFactory::Throttle::look_at(Way& way) {
  auto const bytes = static_cast<double>(std::exchange(way.bytes, 0));
  if (!way.limit || bytes <= static_cast<double>(*way.limit)) return;
  std::chrono::duration<double> const seconds(bytes / static_cast<double>(*way.limit) - 1);
  auto const rest = std::chrono::ceil<Duration>(seconds);
  if (way.go_on.active() && way.go_on.time() - clock.now() >= rest) return;
  way.go_on = clock.call_later(rest, [this, &way] { set_resting(way, false); });
  set_resting(way, true);
}

void ThrottlingFactory::Throttle::set_resting(Way& way, bool resting) {
  way.resting = resting;
  for (auto* const each : connections_) (each->*way.rest)(resting);
  if (log_enabled(Level::debug))  // last: it may lack memory
    log(Level::debug, (resting ? "throttling " : "no longer throttling ") + std::string(way.name));
}

// --- the factory ---

ThrottlingFactory::ThrottlingFactory(Clock& clock, std::shared_ptr<Factory> wrapped,
                                     ThrottlingLimits limits)
    : WrappingFactory(std::move(wrapped)), most_connections_(limits.connections) {
  if (limits.read == 0U || limits.write == 0U)
    throw std::invalid_argument("a throttle that lets nothing through");
  throttle_ = std::make_shared<Throttle>(clock, limits);
}

std::unique_ptr<Protocol> ThrottlingFactory::build_protocol(Address const& peer) {
  if (throttle_->places >= most_connections_) {
    log(Level::debug, "connection refused: there are enough");
    return nullptr;
  }
  ++throttle_->places;
  std::shared_ptr<void> place(throttle_.get(),
                              [throttle = throttle_](void*) { --throttle->places; });
  auto inner = wrapped().build_protocol(peer);
  if (!inner) return nullptr;
  return std::make_unique<Throttled>(std::move(inner), std::move(place), throttle_);
}

std::size_t ThrottlingFactory::connections() const { return throttle_->places; }

}  // namespace twx
