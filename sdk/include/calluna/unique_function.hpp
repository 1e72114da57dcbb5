#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace calluna {

template <class Signature>
class unique_function;

/// A callable that is moved, never copied: completions own sockets, buffers and other completions.
/// (C++23 has std::move_only_function; the compilers of Debian 12 do not in C++20.)
/// Calling an empty one is a bug. Callables of up to 48 bytes are kept inside, without allocation.
template <class R, class... Args>
class unique_function<R(Args...)> {
 public:
  unique_function() noexcept = default;
  unique_function(std::nullptr_t) noexcept {}  // NOLINT: like std::function

  template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, unique_function> &&
                                              std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>>
  unique_function(F&& callable) {  // NOLINT: like std::function
    using held = std::decay_t<F>;
    if constexpr (fits<held>) {
      ::new (static_cast<void*>(&storage_)) held(std::forward<F>(callable));
      operations_ = &inside<held>;
    } else {
      ::new (static_cast<void*>(&storage_)) held*(new held(std::forward<F>(callable)));
      operations_ = &outside<held>;
    }
  }

  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  unique_function(unique_function const&) = delete;
  unique_function& operator=(unique_function const&) = delete;
  ~unique_function() { reset(); }

  explicit operator bool() const noexcept { return operations_ != nullptr; }

  R operator()(Args... args) { return operations_->call(&storage_, std::forward<Args>(args)...); }

 private:
  static constexpr std::size_t room = 48;
  struct operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };

  template <class F>
  static constexpr bool fits =
      sizeof(F) <= room &&
      alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr operations inside{
      [](void* at, Args&&... args) -> R {
        return static_cast<R>((*static_cast<F*>(at))(std::forward<Args>(args)...));
      },
      [](void* from, void* to) noexcept {
        ::new (to) F(std::move(*static_cast<F*>(from)));
        static_cast<F*>(from)->~F();
      },
      [](void* at) noexcept { static_cast<F*>(at)->~F(); }};

  template <class F>
  static constexpr operations outside{
      [](void* at, Args&&... args) -> R {
        return static_cast<R>((**static_cast<F**>(at))(std::forward<Args>(args)...));
      },
      [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
      [](void* at) noexcept { delete *static_cast<F**>(at); }};

  void take(unique_function& other) noexcept {
    if (other.operations_ == nullptr) return;
    operations_ = std::exchange(other.operations_, nullptr);
    operations_->move(&other.storage_, &storage_);
  }
  void reset() noexcept {
    if (operations_ == nullptr) return;
    std::exchange(operations_, nullptr)->destroy(&storage_);
  }

  alignas(std::max_align_t) std::byte storage_[room];
  operations const* operations_ = nullptr;
};

}  // namespace calluna
