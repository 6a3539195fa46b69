// Public. Service: a part of a program that is started and stopped. MultiService: several as one.
//
//   class Clerk final : public Service {
//     Deferred<void> on_start() override;  // succeed() where nothing takes time
//     Deferred<void> on_stop() override;
//   };
//   MultiService office;
//   auto& clerk = office.emplace_service<Clerk>();
//   office.start_service().release();
#pragma once

#include <concepts>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/deferred.h"

namespace twx {

class MultiService;

// Two children of one MultiService would have the same name.
struct ServiceNameTaken : std::logic_error {
  explicit ServiceNameTaken(std::string const& name)
      : std::logic_error("there is a service '" + name + "' already") {}
};

// For one thread. Not to be destroyed inside one of its own calls; what was asked of one that goes
// fails with Error::abandoned.
class Service {
 public:
  explicit Service(std::string name = {}) : name_(std::move(name)) {}
  virtual ~Service() = default;
  Service(Service const&) = delete;
  Service& operator=(Service const&) = delete;

  // Does what may need privileges, such as taking a low port. Fires when that is done, at once if
  // it is.
  Deferred<void> privileged_start_service();
  // Does what privileged_start_service does, unless that has happened, then the rest. Fires when
  // all is done, at once if it is. Fails with what stood in the way, after which it may be called
  // again, or with Error::cancelled if stop_service came before it was done.
  Deferred<void> start_service();
  // Undoes both, and waits for one that cannot be cancelled. Fires when that is done, at once if
  // there is nothing to undo. Fails with what went wrong, stopped all the same, or with
  // Error::cancelled if start_service came before it began.
  Deferred<void> stop_service();
  // From start_service to stop_service, whatever came of them.
  bool running() const { return running_; }

  // May be empty; MultiService::service_named does not find such a one.
  std::string const& name() const { return name_; }
  // Throws std::logic_error if it has a parent.
  void set_name(std::string name);
  // Which owns this; nullptr if none does.
  MultiService* parent() const { return parent_; }
  // Moves it from its parent to another one: it is stopped if it runs, and started if `to` runs.
  // Fires when that is done. Throws as add_service does, and std::logic_error without a parent.
  Deferred<void> set_service_parent(MultiService& to);

 protected:
  // What a kind of service does. Never two of them at a time: each begins when the one before has
  // fired. on_start comes after an on_privileged_start that succeeded, on_stop after any of the
  // two, successful or not; what stop_service finds under way is cancelled first. What they throw
  // is a failure.
  virtual Deferred<void> on_privileged_start() { return succeed(); }
  virtual Deferred<void> on_start() { return succeed(); }
  virtual Deferred<void> on_stop() { return succeed(); }

  // Cancels what is under way and hears nothing of it any more. The first thing in the destructor
  // of a class whose Deferreds refer to it.
  void abandon();

 private:
  friend class MultiService;
  using Step = Deferred<void> (Service::*)();
  enum class Stage { idle, prepared, started };

  Deferred<void> go_on();
  Deferred<void> halt();
  Deferred<void> perform(Step, Stage after);
  Deferred<void> afterwards(Step);
  static Deferred<void> if_alive(std::weak_ptr<Service> const&, Step);

  std::string name_;
  MultiService* parent_ = nullptr;
  bool running_ = false;
  bool busy_ = false;      // step_ has not fired
  bool stopping_ = false;  // it is on_stop
  bool touched_ = false;   // there is something to stop
  Stage stage_ = Stage::idle;
  Deferred<void> step_ = succeed();
  std::vector<Promise<void>> waiting_;  // for the end of step_
  // Owns nothing: what waits asks it whether this is still there.
  std::shared_ptr<Service> alive_{this, [](Service*) {}};
};

// Owns its children and starts and stops them with itself. A child does not wait for the one before
// it. One that fails does not stop the others: the first failure is told, further ones are logged.
class MultiService : public Service {
 public:
  using Service::Service;
  // Destroys the children, the last one first, without stopping them.
  ~MultiService() override;

  // Takes `child` over and starts it at once if this runs: fires when it is started. Throws
  // ServiceNameTaken and, if there is no child, std::invalid_argument.
  Deferred<void> add_service(std::unique_ptr<Service> child);
  // Adds a new S(args...); a failing start is logged.
  template <std::derived_from<Service> S, class... Args>
  S& emplace_service(Args&&... args) {
    auto child = std::make_unique<S>(std::forward<Args>(args)...);
    auto& made = *child;
    add_and_log(std::move(child));
    return made;
  }
  // Gives `child` up and stops it: fires with it when it is stopped, and owns it until then. A
  // failing stop is logged. Throws std::invalid_argument if it is none of the children.
  Deferred<std::unique_ptr<Service>> remove_service(Service& child);

  // The child of that name, nullptr if there is none.
  Service* service_named(std::string_view name) const;
  // In the order of adding, in which they start; they stop in reverse.
  std::vector<std::unique_ptr<Service>> const& services() const { return children_; }

 protected:
  Deferred<void> on_privileged_start() override;
  Deferred<void> on_start() override;
  Deferred<void> on_stop() override;

 private:
  friend class Service;
  using Children = std::vector<std::unique_ptr<Service>>;
  using Tokens = std::vector<std::weak_ptr<Service>>;
  static Tokens tokens(Children const& of);
  static Deferred<void> call_each(Tokens const&, Step);
  void add_and_log(std::unique_ptr<Service> child);
  void refuse_name_of(Service const& child) const;

  std::unique_ptr<Service> take_leaving(Service& child);

  Children children_;
  Children leaving_;  // removed, not stopped yet
};

}  // namespace twx
