// Public. Function<R(Args...)>: a callable that is moved, never copied, so that it may own what it
// uses (std::function copies; std::move_only_function is C++23). Small ones need no allocation.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace twx {

template <class Signature>
class Function;

template <class R, class... Args>
class Function<R(Args...)> {
 public:
  Function() = default;
  Function(std::nullptr_t) {}
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Function> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  Function(F&& callable) {
    using Held = std::decay_t<F>;
    if constexpr (fits<Held>) {
      ::new (&storage_) Held(std::forward<F>(callable));
      operations_ = &inline_operations<Held>;
    } else {
      ::new (&storage_) Held*(new Held(std::forward<F>(callable)));
      operations_ = &heap_operations<Held>;
    }
  }
  Function(Function&& other) noexcept { take(other); }
  Function& operator=(Function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Function() { reset(); }

  explicit operator bool() const { return operations_ != nullptr; }
  // NOLINTNEXTLINE(performance-unnecessary-value-param): they are forwarded
  R operator()(Args... args) { return operations_->call(&storage_, std::forward<Args>(args)...); }

 private:
  static constexpr std::size_t capacity = 4 * sizeof(void*);
  template <class Held>
  static constexpr bool fits = sizeof(Held) <= capacity && alignof(Held) <= alignof(void*) &&
                               std::is_nothrow_move_constructible_v<Held>;

  struct Operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* to, void* from) noexcept;  // leaves `from` destroyed
    void (*destroy)(void*) noexcept;
  };

  template <class Held>
  static constexpr Operations inline_operations{
      [](void* at, Args&&... args) -> R {
        return static_cast<R>((*static_cast<Held*>(at))(std::forward<Args>(args)...));
      },
      [](void* to, void* from) noexcept {
        ::new (to) Held(std::move(*static_cast<Held*>(from)));
        static_cast<Held*>(from)->~Held();
      },
      [](void* at) noexcept { static_cast<Held*>(at)->~Held(); }};
  template <class Held>
  static constexpr Operations heap_operations{
      [](void* at, Args&&... args) -> R {
        return static_cast<R>((**static_cast<Held**>(at))(std::forward<Args>(args)...));
      },
      [](void* to, void* from) noexcept { ::new (to) Held*(*static_cast<Held**>(from)); },
      [](void* at) noexcept { delete *static_cast<Held**>(at); }};

  void take(Function& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_) operations_->move(&storage_, &other.storage_);
  }
  void reset() noexcept {
    if (auto const* operations = std::exchange(operations_, nullptr))
      operations->destroy(&storage_);
  }

  Operations const* operations_ = nullptr;
  alignas(void*) std::byte storage_[capacity];
};

}  // namespace twx
