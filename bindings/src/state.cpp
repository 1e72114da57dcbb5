#include <calluna/bindings/state.hpp>

#include <cstdlib>
#include <new>

namespace calluna::bindings {

state::state(memory_limits limits) : memory_{limits}, lua_(lua_newstate(&allocate, &memory_)) {
  if (lua_ == nullptr) throw std::bad_alloc();
}

state::~state() {
  memory_.limits.hard = static_cast<std::size_t>(-1);  // closing may allocate; it must not fail
  lua_close(lua_);
}

void* state::owner_of(lua_State* lua) noexcept {
  void* data = nullptr;
  lua_getallocf(lua, &data);
  return static_cast<memory*>(data)->owner;
}

void* state::allocate(void* data, void* block, std::size_t old_size, std::size_t new_size) {
  auto& m = *static_cast<memory*>(data);
  if (new_size == 0) {
    m.used -= old_size;
    std::free(block);
    return nullptr;
  }
  if (new_size > old_size && m.used - old_size + new_size > m.limits.hard) {
    m.exhausted = true;
    return nullptr;
  }
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) m.used = m.used - old_size + new_size;
  return moved;
}

}  // namespace calluna::bindings
