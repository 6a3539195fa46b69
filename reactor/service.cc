#include "reactor/service.h"

#include <algorithm>
#include <optional>

#include "reactor/log.h"

namespace twx {
namespace {

void settle(Promise<void>& promise, Result<void> const& result) {
  if (promise.fired()) return;  // cancelled by who waited
  if (result) return promise.callback();
  promise.errback(result.failure());
}

// Nobody needs to be told that what was stopped did not start.
void log_unless_cancelled(std::string_view what, Failure const& why) {
  if (!why.is(Error::cancelled)) log_failure(what, why);
}

// Fires when all that were added have: with the first failure, if any; the others are logged.
class Gathering {
 public:
  void add(Deferred<void> one) {
    ++state_->left;
    std::move(one)
        .add_both([state = state_](Result<void> const& result) { state->one_less(result); })
        .release();
  }
  Deferred<void> all() && {
    state_->one_less({});
    return std::move(done_);
  }

 private:
  struct State {
    void one_less(Result<void> const& result) {
      if (!result && !failure && !done.fired())
        failure = result.failure();
      else if (!result)
        log_unless_cancelled("another service failed", result.failure());
      if (--left == 0) settle(done, failure ? Result<void>(*failure) : Result<void>());
    }
    Promise<void> done;
    std::size_t left = 1;  // the adding itself
    std::optional<Failure> failure;
  };
  Deferred<void> done_;
  std::shared_ptr<State> state_ = std::make_shared<State>(done_.promise());
};

auto find(std::vector<std::unique_ptr<Service>>& among, Service const& service) {
  return std::ranges::find(among, &service, &std::unique_ptr<Service>::get);
}

}  // namespace

// --- one service ---

Deferred<void> Service::privileged_start_service() {
  if (busy_) return afterwards(&Service::privileged_start_service);
  if (stage_ != Stage::idle) return succeed();
  return perform(&Service::on_privileged_start, Stage::prepared);
}

Deferred<void> Service::start_service() {
  running_ = true;
  return go_on();
}

Deferred<void> Service::go_on() {
  if (!running_) return fail<void>(Error::cancelled);
  if (busy_) return afterwards(&Service::go_on);
  if (stage_ == Stage::started) return succeed();
  if (stage_ == Stage::prepared) return perform(&Service::on_start, Stage::started);
  return perform(&Service::on_privileged_start, Stage::prepared)
      .add_callback([alive = std::weak_ptr(alive_)] { return if_alive(alive, &Service::go_on); });
}

Deferred<void> Service::stop_service() {
  running_ = false;
  auto const alive = std::weak_ptr(alive_);
  if (busy_ && !stopping_) step_.cancel();
  return if_alive(alive, &Service::halt);
}

Deferred<void> Service::halt() {
  if (running_) return fail<void>(Error::cancelled);  // started anew in between
  if (busy_) return afterwards(&Service::halt);
  if (!touched_) return succeed();
  stopping_ = true;
  return perform(&Service::on_stop, Stage::idle);
}

// A step that fails leaves the stage as it was, except that a stop is always the end.
Deferred<void> Service::perform(Step step, Stage after) {
  Deferred<void> result;
  auto const alive = std::weak_ptr(alive_);
  auto ended = [this, alive, after, promise = result.promise()](Result<void> const& done) mutable {
    if (alive.expired()) return;
    busy_ = stopping_ = false;
    if (done || after == Stage::idle) stage_ = after;
    touched_ = after != Stage::idle;
    // What is told from here on may destroy this.
    auto waiting = std::exchange(waiting_, {});
    settle(promise, done);
    for (auto& each : waiting) settle(each, {});
  };
  Deferred<void> start;
  auto begin = start.promise();
  step_ = std::move(start)
              .add_callback([this, step] { return (this->*step)(); })
              .add_both(std::move(ended));
  busy_ = true;
  begin.callback();
  return result;
}

Deferred<void> Service::afterwards(Step step) {
  Deferred<void> free;
  waiting_.push_back(free.promise());
  return std::move(free).add_callback(
      [step, alive = std::weak_ptr(alive_)] { return if_alive(alive, step); });
}

Deferred<void> Service::if_alive(std::weak_ptr<Service> const& alive, Step step) {
  auto* const service = alive.lock().get();
  return service ? (service->*step)() : fail<void>(Error::abandoned);
}

void Service::abandon() {
  alive_.reset();
  step_.cancel();
}

void Service::set_name(std::string name) {
  if (parent_) throw std::logic_error("a service with a parent cannot be renamed");
  name_ = std::move(name);
}

Deferred<void> Service::set_service_parent(MultiService& to) {
  if (!parent_) throw std::logic_error("a service without a parent is added, not moved");
  if (parent_ != &to) to.refuse_name_of(*this);
  return parent_->remove_service(*this).add_callback(
      [&to, alive = std::weak_ptr(to.alive_)](std::unique_ptr<Service> child) {
        if (alive.expired()) return fail<void>(Error::abandoned);
        return to.add_service(std::move(child));
      });
}

// --- several ---

MultiService::~MultiService() {
  abandon();
  while (!children_.empty()) children_.pop_back();
}

void MultiService::refuse_name_of(Service const& child) const {
  if (service_named(child.name())) throw ServiceNameTaken(child.name());
}

Deferred<void> MultiService::add_service(std::unique_ptr<Service> child) {
  if (!child) throw std::invalid_argument("no service to add");
  refuse_name_of(*child);
  auto& added = *child;
  children_.push_back(std::move(child));
  added.parent_ = this;
  return running() ? added.start_service() : succeed();
}

void MultiService::add_and_log(std::unique_ptr<Service> child) {
  add_service(std::move(child))
      .add_errback([](Failure const& why) { log_unless_cancelled("a service did not start", why); })
      .release();
}

// It stays with this until it is stopped: a Deferred that owned it could end up owning itself.
Deferred<std::unique_ptr<Service>> MultiService::remove_service(Service& child) {
  auto const place = find(children_, child);
  if (place == children_.end()) throw std::invalid_argument("that service is no child of this");
  leaving_.push_back(std::move(*place));
  children_.erase(place);
  child.parent_ = nullptr;
  return child.stop_service().add_both(
      [this, &child, alive = std::weak_ptr(alive_)](
          Result<void> const& stopped) -> Result<std::unique_ptr<Service>> {
        if (alive.expired()) return Error::abandoned;
        if (!stopped) log_failure("a service that was removed failed", stopped.failure());
        return take_leaving(child);
      });
}

std::unique_ptr<Service> MultiService::take_leaving(Service& child) {
  auto const place = find(leaving_, child);
  auto owned = std::move(*place);
  leaving_.erase(place);
  return owned;
}

Service* MultiService::service_named(std::string_view name) const {
  if (name.empty()) return nullptr;
  auto const found =
      std::ranges::find(children_, name, [](auto const& child) { return child->name(); });
  return found == children_.end() ? nullptr : found->get();
}

// Those that are there now: what is called may add and remove some.
MultiService::Tokens MultiService::tokens(Children const& of) {
  Tokens all;
  for (auto const& child : of) all.emplace_back(child->alive_);
  return all;
}

Deferred<void> MultiService::call_each(Tokens const& services, Step step) {
  Gathering called;
  for (auto const& each : services)
    if (auto* const service = each.lock().get()) called.add((service->*step)());
  return std::move(called).all();
}

Deferred<void> MultiService::on_privileged_start() {
  return call_each(tokens(children_), &Service::privileged_start_service);
}

Deferred<void> MultiService::on_start() {
  return call_each(tokens(children_), &Service::start_service);
}

Deferred<void> MultiService::on_stop() {
  auto all = tokens(leaving_);
  std::ranges::copy(tokens(children_), std::back_inserter(all));
  std::ranges::reverse(all);
  return call_each(all, &Service::stop_service);
}

}  // namespace twx
