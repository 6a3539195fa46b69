#include "reactor/reconnecting.h"

#include <algorithm>
#include <new>
#include <random>

#include "reactor/log.h"

namespace twx {
namespace {

// The sum of twelve numbers between 0 and 1 deviates by 1 from 6, and normally, but for what
// happens once in a million. std::normal_distribution takes a logarithm, and for that every start
// of twx would load the mathematical library.
double draw_normal(double mean, double deviation) {
  static thread_local std::minstd_rand engine(std::random_device{}());
  std::uniform_real_distribution<double> uniform;
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform(engine);
  return mean + deviation * sum;
}

using Seconds = std::chrono::duration<double>;

}  // namespace

ReconnectingClientFactory::ReconnectingClientFactory(Clock& clock, Settings settings, Draw draw)
    : clock_(clock),
      settings_(settings),
      draw_(draw ? std::move(draw) : Draw(draw_normal)),
      delay_(settings.initial_delay) {}

void ReconnectingClientFactory::client_connection_failed(Connector& connector, Failure const&) {
  connector_ = connector.weak_from_this();
  seen_ = true;
  if (trying_) retry();
}

void ReconnectingClientFactory::client_connection_lost(Connector& connector,
                                                       Failure const& reason) {
  ReconnectingClientFactory::client_connection_failed(connector, reason);
}

void ReconnectingClientFactory::retry() {
  if (!seen_) throw std::logic_error("no connector to retry");
  auto connector = connector_.lock();
  if (!trying_ || !connector) return log(Level::debug, "not trying again: stopped");
  ++retries_;
  if (settings_.max_retries && retries_ > *settings_.max_retries)
    return log(Level::debug, "not trying again: that was the last retry");
  delay_ = next_delay();
  if (log_enabled(Level::debug))
    log(Level::debug, "trying again in " + std::to_string(Seconds(delay_).count()) + " s");
  waiting_ = clock_.call_later(delay_,
                               [this, connector = std::move(connector)] { try_again(*connector); });
}

// What lacks memory once has failed once.
void ReconnectingClientFactory::try_again(Connector& connector) {
  try {
    connector.connect();
  } catch (std::bad_alloc const&) {
    client_connection_failed(connector, Failure::no_memory());
  }
}

Duration ReconnectingClientFactory::next_delay() {
  auto const most = Seconds(settings_.max_delay).count();
  auto delay = std::min(Seconds(delay_).count() * settings_.factor, most);
  if (settings_.jitter != 0) delay = std::clamp(draw_(delay, delay * settings_.jitter), 0.0, most);
  return std::chrono::duration_cast<Duration>(Seconds(delay));
}

void ReconnectingClientFactory::reset_delay() {
  waiting_ = {};
  delay_ = settings_.initial_delay;
  retries_ = 0;
  trying_ = true;
}

void ReconnectingClientFactory::stop_trying() {
  waiting_ = {};
  trying_ = false;
  auto const connector = connector_.lock();
  if (connector && connector->state() == Connector::State::connecting) connector->disconnect();
}

}  // namespace twx
