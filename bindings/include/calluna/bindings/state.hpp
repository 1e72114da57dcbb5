#pragma once
#include <lua.hpp>

#include <cstddef>

namespace calluna::bindings {

/// Bytes: what a Lua state may hold.
struct memory_limits {
  /// Above this the scheduler runs a full collection between tasks.
  std::size_t soft = 48u << 20;
  /// An allocation beyond this fails as Lua's "not enough memory"; the generation is then replaced,
  /// as LuaJIT makes no emergency collection and the state stays full.
  std::size_t hard = 64u << 20;
};

/// A lua_State with a cap on its memory, closed at the end. One thread at a time.
class state {
 public:
  /// Throws std::bad_alloc if not even an empty state fits.
  explicit state(memory_limits limits = {});
  ~state();
  state(state const&) = delete;
  state& operator=(state const&) = delete;

  lua_State* get() const noexcept { return lua_; }
  std::size_t used() const noexcept { return memory_.used; }
  memory_limits const& limits() const noexcept { return memory_.limits; }
  /// An allocation has been refused: the state is to be discarded.
  bool exhausted() const noexcept { return memory_.exhausted; }

  /// A pointer of the owner's, found again from any coroutine of this state.
  void set_owner(void* owner) noexcept { memory_.owner = owner; }
  static void* owner_of(lua_State* lua) noexcept;

 private:
  // Small blocks come and go with every event: each size has a list of free ones (measured: a
  // quarter of a handler's time was malloc and free).
  static constexpr std::size_t size_step = 16, largest_pooled = 1024;
  struct free_block {
    free_block* next;
  };
  struct memory {
    memory_limits limits;
    std::size_t used = 0;
    bool exhausted = false;
    void* owner = nullptr;
    free_block* free[largest_pooled / size_step + 1] = {};
  };
  static void* take(memory& from, std::size_t size);
  static void give_back(memory& to, void* block, std::size_t size);
  static void* allocate(void* memory, void* block, std::size_t old_size, std::size_t new_size);

  memory memory_{};
  lua_State* lua_;
};

}  // namespace calluna::bindings
